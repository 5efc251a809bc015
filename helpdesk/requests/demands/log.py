"""The log of disclosures as a file that a spreadsheet opens safely."""

from __future__ import annotations

import csv
import io
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
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(cell: str) -> str:
    """A cell that would be taken for a formula gets an apostrophe before it, so that it is text."""
    return f"'{cell}" if cell.startswith(STARTS_A_FORMULA) else cell


def as_csv(rows: Iterable[Disclosure]) -> Iterator[str]:
    """Line by line, so that a long log needs no more memory than a short one."""
    yield _line(COLUMNS)
    for row in rows:
        at = row.released_at.astimezone(ZoneInfo(row.tz)).isoformat(timespec="seconds")
        until = row.kept_until.isoformat() if row.kept_until else "for good"
        who = (row.released_by.name, row.place, until)
        yield _line((str(row.id), at, row.client_id, row.to_whom, row.what, row.ground, row.rule, *who))


def _line(cells: Iterable[str]) -> str:
    made = io.StringIO()
    csv.writer(made).writerow([safe(cell) for cell in cells])
    return made.getvalue()
