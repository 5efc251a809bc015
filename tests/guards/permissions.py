"""docs/permissions.md, made from the table and from what the packages grant: `python -m tests.guards.permissions`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.authz import Role, all_permissions, granted
from tests.guards.table import (
    ACCESS_ROWS,
    ACCOUNT_ROWS,
    ADDRESS_ROWS,
    AGENCY_ROWS,
    AGREEMENT_ROWS,
    ANSWERING_ROWS,
    BOND_ROWS,
    BOOKS_ROWS,
    CHANGE_ROWS,
    COURSE_ROWS,
    CREDENTIAL_ROWS,
    DEPARTURE_ROWS,
    DESK_ROWS,
    ENDING_ROWS,
    FEE_ROWS,
    FILING_ROWS,
    INTAKE_ROWS,
    INVOICE_ROWS,
    KNOWLEDGE_ROWS,
    LEAVE_ROWS,
    MATTER_ROWS,
    NOTICE_ROWS,
    OFFICE_ROWS,
    OPEN_ROWS,
    PAYMENT_ROWS,
    PRACTICE_ROWS,
    PROCEDURE_ROWS,
    REACH,
    RECERTIFICATION_ROWS,
    RECONCILIATION_ROWS,
    REPORT_ROWS,
    REQUIREMENT_ROWS,
    ROLES,
    ROSTER_ROWS,
    ROWS,
    SATISFACTION_ROWS,
    SEAT_ROWS,
    SERIES_ROWS,
    SESSION_ROWS,
    TICKET_ROWS,
    TRANSCRIPT_ROWS,
    USER_REVIEW_ROWS,
    VENDOR_ROWS,
    Door,
    Place,
    Row,
)

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
PARTS = {
    "Open to everybody": OPEN_ROWS,
    "Signing in and one's own account": ACCOUNT_ROWS,
    "Office": OFFICE_ROWS,
    "Help desk": TICKET_ROWS,
    "Where requests begin": INTAKE_ROWS,
    "The desk: lists, macros, staff, cover": DESK_ROWS,
    "Requests that belong together": BOND_ROWS,
    "Support addresses": ADDRESS_ROWS,
    "Knowledge base and canned replies": KNOWLEDGE_ROWS,
    "Into an answer, and before a request is sent": ANSWERING_ROWS,
    "Notices and newsletters": NOTICE_ROWS,
    "Data requests, client requests, outside demands": PROCEDURE_ROWS,
    "Complaints, conflicts, policy changes, letters and breaches": MATTER_ROWS,
    "Figures, themes and the yearly evaluation": REPORT_ROWS,
    "Vendor cases": VENDOR_ROWS,
    "Courses": COURSE_ROWS,
    "Training sessions": SESSION_ROWS,
    "Access and licenses": ACCESS_ROWS,
    "Changes of licenses": CHANGE_ROWS,
    "Agreements": AGREEMENT_ROWS,
    "Departures": DEPARTURE_ROWS,
    "Leaves": LEAVE_ROWS,
    "Agencies": AGENCY_ROWS,
    "Agencies that leave or are suspended": ENDING_ROWS,
    "HMIS accounts against the licenses": RECONCILIATION_ROWS,
    "Reviews of users": USER_REVIEW_ROWS,
    "The roster": ROSTER_ROWS,
    "Contracts and the calendar of reports": FILING_ROWS,
    "Seats of licenses": SEAT_ROWS,
    "Payments, bank's lists and what is overdue": PAYMENT_ROWS,
    "The books": BOOKS_ROWS,
    "Fees": FEE_ROWS,
    "Invoices": INVOICE_ROWS,
    "HMIS passwords": CREDENTIAL_ROWS,
    "How the help was": SATISFACTION_ROWS,
    "Training: series and who is on the way": SERIES_ROWS,
    "Training: transcripts and certificates": TRANSCRIPT_ROWS,
    "Training: what is owed again and again": RECERTIFICATION_ROWS,
    "Training: practice cases": PRACTICE_ROWS,
    "Training: what is required of each person": REQUIREMENT_ROWS,
}
ROLE_OF = dict(zip(ROLES, Role, strict=True))
HEAD = """\
# Who may do what

This page is made from the table that the tests hold the application to (`tests/guards/table.py`). Change the table,
then run `python -m tests.guards.permissions`; a test compares the two.

Nothing is allowed that no role grants. Roles are read anew for each request, so whoever left is refused at the next
click. Everybody who works at an agency is an end user there too; the other agency roles add to that.

In the tables: **yes**, let through; **no**, refused (403); **own**, only what
is theirs; **-**, not there (404). What lies beyond a role's reach is not there either, so that nobody
learns that it exists. A visitor who has not signed in is led to the sign-in page, and a program without a token gets
401.
"""


def page() -> str:
    return "\n".join([HEAD, *_reach(), *_routes(), *_notes(), *_grants()])


def write() -> None:
    PAGE.write_text(page(), encoding="utf-8")


def _reach() -> Iterator[str]:
    yield "## How far a role reaches\n"
    yield from _heads("Role", [place[0].upper() + place[1:] for place in Place])
    for letter, name in ROLES.items():
        yield _line(name, ["yes" if place in REACH[letter] else "-" for place in Place])
    yield ""


def _routes() -> Iterator[str]:
    yield "## Route by route\n"
    for title, rows in PARTS.items():
        yield f"### {title}\n"
        if rows is OPEN_ROWS:
            yield from (f"- `{row.route}`{' (in a demo only)' * (row.door is Door.DEMO)}" for row in rows)
        else:
            yield from _heads("Route", list(ROLES.values()))
            yield from (_line(f"`{row.route}`", [_cell(row, letter) for letter in ROLES]) for row in rows)
        yield ""


def _cell(row: Row, letter: str) -> str:
    if letter in row.may:
        return "own" if row.of == "oneself" else "yes"
    return "-" if letter in row.blind else "no"


def _notes() -> Iterator[str]:
    yield "## Why\n"
    yield from (f"- `{row.route}`: {row.note}" for row in ROWS if row.note)
    yield ""


def _grants() -> Iterator[str]:
    yield "## Permissions\n"
    yield "These are the names that an API token's scopes use.\n"
    yield from _heads("Permission", list(ROLES.values()))
    for name in sorted(all_permissions()):
        yield _line(f"`{name}`", ["yes" if name in granted(ROLE_OF[letter]) else "-" for letter in ROLES])
    yield ""


def _heads(first: str, names: list[str]) -> Iterator[str]:
    yield _line(first, names)
    yield _line("---", ["---"] * len(names))


def _line(first: str, cells: list[str]) -> str:
    return f"| {first} | {' | '.join(cells)} |"


if __name__ == "__main__":
    from importlib import import_module

    from app import BLUEPRINTS

    for room in BLUEPRINTS:  # each grants when it is imported
        import_module(room)
    write()
