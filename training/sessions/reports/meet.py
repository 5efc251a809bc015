"""Google Meet: one row for each person, with the time of day of the first joining and the last leaving, and how long
they were there in between. There is no date in it."""

from __future__ import annotations

from training.sessions.reports.reading import LOOKED_AT, Table, column, is_blank
from training.sessions.reports.report import Product, Raw, ReportProblem, Said, Sort
from training.sessions.reports.times import seconds

NEEDED = ("first name", "time joined", "time exited")


def _header(table: Table) -> int | None:
    for number, row in enumerate(table.rows[:LOOKED_AT]):
        if all(column(row, name) is not None for name in NEEDED):
            return number
    return None


def recognizes(table: Table) -> bool:
    return _header(table) is not None


def read(table: Table) -> Raw:
    number = _header(table)
    if number is None:
        raise ReportProblem("No attendance of a Google Meet was found.", "Bring the file that Meet sends after a call.")
    header, raw = table.rows[number], Raw(Product.MEET, [])
    first, last, email, lasted, joined, exited = (
        column(header, name) for name in ("first name", "last name", "email", "duration", "time joined", "time exited")
    )
    for at in range(number + 1, len(table.rows)):
        if is_blank(table.rows[at]) or not table.cell(at, joined):
            continue
        name = " ".join(filter(None, (table.cell(at, first), table.cell(at, last))))
        duration = seconds(table.cell(at, lasted))
        left = table.cell(at, exited)
        sort = Sort.SPAN if left else Sort.OPEN
        raw.rows.append(Said(name, table.cell(at, email), sort, table.cell(at, joined), left, duration))
    raw.notes.append("Google Meet gives no date: the session's is taken.")
    return raw
