"""Who has read a notice, as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

HEADER = ("Name", "Email", "Agency", "Read at", "Said by")
RUNS = ("=", "+", "-", "@", "\t", "\r")


def lines(rows: Iterable[tuple[Any, ...]], zone: ZoneInfo) -> Iterator[str]:
    yield _line(HEADER)
    for row in rows:
        yield _line([_cell(value, zone) for value in row])


def _cell(value: Any, zone: ZoneInfo) -> str:
    """Times with their offset; what a spreadsheet would take for a formula gets an apostrophe, and is text."""
    said = value.astimezone(zone).isoformat(timespec="seconds") if isinstance(value, datetime) else str(value or "")
    return f"'{said}" if said.startswith(RUNS) else said


def _line(cells: Iterable[str]) -> str:
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()
