"""Zoom meetings: one row for each joining, or one for each person with a total; comma-separated."""

from __future__ import annotations

from training.sessions.reports.reading import LOOKED_AT, Table, column, is_blank, told
from training.sessions.reports.report import Product, Raw, ReportProblem, Said, Sort
from training.sessions.reports.times import seconds, seconds_if_readable

NAME = ("name (original name)", "name", "user name (original name)", "user name")
EMAIL = ("user email", "email", "e-mail")
JOIN, LEAVE = ("join time",), ("leave time",)
DURATION, TOTAL = ("duration (minutes)",), ("total duration (minutes)",)
WAITING = ("in waiting room",)
YES = {"yes", "y", "true"}


def _header(table: Table) -> int | None:
    """The row of headers; a preamble may stand before it."""
    for number, row in enumerate(table.rows[:LOOKED_AT]):
        if column(row, *NAME) is not None and column(row, "meeting id", "topic") is None:
            return number
    return None


def recognizes(table: Table) -> bool:
    number = _header(table)
    if number is None:
        return False
    row = table.rows[number]
    has_times = column(row, *JOIN) is not None or column(row, *TOTAL) is not None or column(row, *DURATION) is not None
    return has_times and column(row, "attended", "role", "first name") is None


def read(table: Table) -> Raw:
    number = _header(table)
    if number is None:
        raise ReportProblem("No column of names was found.", "Bring the participants' report of a Zoom meeting.")
    header = table.rows[number]
    raw = Raw(Product.ZOOM_MEETING, [], about=_meeting(table, number))
    if column(header, *JOIN) is not None and column(header, *LEAVE) is not None:
        _segments(table, number, raw)
    elif column(header, *TOTAL) is not None:
        _totals(table, number, raw)
    else:
        advice = "In Zoom, leave “Show unique users” unticked before you export."
        raise ReportProblem(
            f"This file says nothing of when people were there: its columns are {told(header)}.", advice
        )
    return raw


def _meeting(table: Table, before: int) -> list[str]:
    """The meeting's own times, where a preamble has them."""
    for number in range(before):
        header = table.rows[number]
        if column(header, "meeting id") is not None and number + 1 < len(table.rows):
            found = [table.cell(number + 1, column(header, name)) for name in ("start time", "end time")]
            return [text for text in found if text]
    return []


def _segments(table: Table, number: int, raw: Raw) -> None:
    header, waited, untimed = table.rows[number], 0, 0
    name, email, join, leave, lasted, waiting = (
        column(header, *names) for names in (NAME, EMAIL, JOIN, LEAVE, DURATION, WAITING)
    )
    for at in range(number + 1, len(table.rows)):
        if is_blank(table.rows[at]):
            continue
        if table.cell(at, waiting).casefold() in YES:
            waited += 1
            continue
        joined, left = table.cell(at, join), table.cell(at, leave)
        if not joined:
            untimed += 1
            continue
        sort = Sort.SEGMENT if left else Sort.OPEN
        duration = seconds_if_readable(table.cell(at, lasted))
        raw.rows.append(Said(table.cell(at, name), table.cell(at, email), sort, joined, left, duration))
    if waited:
        raw.notes.append(f"{waited} {'row is' if waited == 1 else 'rows are'} of the waiting room, and no attendance.")
    if untimed:
        raw.notes.append(f"{untimed} {'row has' if untimed == 1 else 'rows have'} no time of joining.")


def _totals(table: Table, number: int, raw: Raw) -> None:
    header = table.rows[number]
    name, email, total = (column(header, *names) for names in (NAME, EMAIL, TOTAL))
    for at in range(number + 1, len(table.rows)):
        if not is_blank(table.rows[at]):
            spent = seconds(table.cell(at, total)) or 0
            raw.rows.append(Said(table.cell(at, name), table.cell(at, email), Sort.TOTAL, seconds=spent))
    raw.notes.append(
        "This report has totals only: it cannot say whether the time was the session's. What it earns is marked so. "
        "Better is the report with each joining and leaving (in Zoom, leave “Show unique users” unticked)."
    )
