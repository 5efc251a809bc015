"""What the desk decides without asking the database: spelling of tags, who is named in a note, whether one looks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

MOST_AT_ONCE = 100
MOST_COUNTED = 99
MOST_VIEWS = 20
LONGEST_TAG = 40
MOST_TAGS = 20
MOST_MINUTES = 24 * 60
FADES_AFTER = timedelta(seconds=40)
BREAK = re.compile(r"[\s_-]+")
UNFIT = re.compile(r"[^\w.+#-]")


def tag_named(text: str) -> str:
    """The one spelling of a tag: small letters, words joined with a hyphen; empty for what is none."""
    return UNFIT.sub("", BREAK.sub("-", text.strip().lower())).strip("-")[:LONGEST_TAG]


def mentioned(text: str, names: Mapping[int, str]) -> set[int]:
    """Who is named after an @: by the whole name, or by a first name that only one of them has."""
    lower = " ".join(text.lower().split())
    called = [name.lower().split()[0] for name in names.values() if name.split()]
    found = set()
    for number, name in names.items():
        first = name.lower().split()[:1]
        ways = [" ".join(name.lower().split()), *(f for f in first if called.count(f) == 1)]
        if any(re.search(rf"(?<![\w@])@{re.escape(way)}(?!\w)", lower) for way in ways if way):
            found.add(number)
    return found


def shown_count(found: int) -> str:
    """Counting ends at the number from which on nobody cares."""
    return f"{MOST_COUNTED}+" if found > MOST_COUNTED else str(found)


def minutes_said(minutes: int) -> str:
    hours, left = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{left} min" if left else ""]
    return " ".join(part for part in parts if part) or "0 min"


def tally(results: Iterable[Mapping[str, str]]) -> tuple[int, int]:
    """How many of them were done, and how many refused."""
    told = [bool(result.get("refused")) for result in results]
    return told.count(False), told.count(True)


def part_key(nonce: str, part: object) -> str:
    """The key of one part of what a form does, which its sending twice gives again."""
    return hashlib.sha256(f"{nonce} {part}".encode()).hexdigest()
