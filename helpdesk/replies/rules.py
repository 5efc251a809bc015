"""Which places a canned reply can have, and what comes into them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST_NAME = 100
LONGEST_TEXT = 5_000
PLACEHOLDERS = {
    "requester_name": "who asked",
    "ticket_number": "the number of the request",
    "agency": "where they work",
    "signature": "your name and the HMIS Lead's",
}
EXAMPLE = {
    "requester_name": "Erin Doyle",
    "ticket_number": "#4182",
    "agency": "Harbor House",
    "signature": "Ana Petrov",
}
PLACE = re.compile(r"\{([^{}\n]{0,60})\}")


def unknown_places(text: str) -> list[str]:
    """The names in braces that nothing is known to fill, in order, each once."""
    return list(dict.fromkeys(name for name in PLACE.findall(text) if name not in PLACEHOLDERS))


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The reply with what is known put into its places (HUD-HD-7). What is filled in is not read for places again.

    A place that no fact fills stays as it is, so that whoever sends it sees what is missing.
    """
    return PLACE.sub(lambda place: facts.get(place[1]) or place[0], text)
