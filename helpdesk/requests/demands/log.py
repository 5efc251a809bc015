"""The log of disclosures as a table to take away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from helpdesk.requests.demands.models import Disclosure

COLUMNS = (
    "Number",
    "Released",
    "HMIS client ID",
    "To whom",
    "What",
    "On what ground",
    "Rule",
    "Released by",
    "Agency or CoC",
    "Kept until",
)


def lines(rows: Iterable[Disclosure]) -> Iterator[tuple[object, ...]]:
    """One for each disclosure, its times in the zone of where it was asked for."""
    for row in rows:
        at = row.released_at.astimezone(ZoneInfo(row.tz)).isoformat(timespec="seconds")
        until = row.kept_until or "for good"
        who = (row.released_by.name, row.place, until)
        yield (row.id, at, row.client_id, row.to_whom, row.what, row.ground, row.rule, *who)
