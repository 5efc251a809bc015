"""Zoom webinars: an attendee report with blocks for hosts, panelists and attendees; comma-separated."""

from __future__ import annotations

from training.sessions.reports.reading import LOOKED_AT, Table, column, is_blank, word
from training.sessions.reports.report import Product, Raw, ReportProblem, Said, Sort
from training.sessions.reports.times import seconds_if_readable

TITLE = "attendee report"
BLOCKS = ("host details", "panelist details", "attendee details", "other attended")
NOTHING = {"", "--"}


def recognizes(table: Table) -> bool:
    heads = [word(row[0]) for row in table.rows[:LOOKED_AT] if row]
    return TITLE in heads or any(head in BLOCKS for head in heads)


def read(table: Table) -> Raw:
    raw, absent, at = Raw(Product.ZOOM_WEBINAR, []), 0, 0
    while at < len(table.rows):
        if word(table.cell(at, 0)) in BLOCKS:
            at, missed = _block(table, at + 1, raw)
            absent += missed
        else:
            at += 1
    if not raw.rows and not absent:
        raise ReportProblem("This webinar report lists nobody.", "Export the attendee report once the webinar is over.")
    if absent:
        raw.notes.append(f"{absent} of those who registered did not attend.")
    return raw


def _block(table: Table, at: int, raw: Raw) -> tuple[int, int]:
    """Read the block that begins here; returns where it ends, and how many of it were not there."""
    if at >= len(table.rows):
        return at, 0
    header, absent = table.rows[at], 0
    join, leave = column(header, "join time"), column(header, "leave time")
    if join is None or leave is None:
        return at, 0
    at += 1
    while at < len(table.rows) and word(table.cell(at, 0)) not in BLOCKS:
        if is_blank(table.rows[at]):
            at += 1
            continue
        joined, left = (_given(table.cell(at, place)) for place in (join, leave))
        if joined:
            duration = seconds_if_readable(table.cell(at, column(header, "time in session (minutes)")))
            email = _given(table.cell(at, column(header, "email", "user email")))
            sort = Sort.SEGMENT if left else Sort.OPEN
            raw.rows.append(Said(_name(table, at, header), email, sort, joined, left, duration))
        else:
            absent += 1
        at += 1
    return at, absent


def _name(table: Table, at: int, header: list[str]) -> str:
    """What the person called themselves, else what they registered as."""
    shown = _given(table.cell(at, column(header, "user name (original name)", "user name")))
    parts = [_given(table.cell(at, column(header, part))) for part in ("first name", "last name")]
    return shown or " ".join(filter(None, parts))


def _given(cell: str) -> str:
    return "" if cell in NOTHING else cell
