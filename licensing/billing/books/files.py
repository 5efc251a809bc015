"""The books as files, for the pages and for programs alike."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Response, send_file, stream_with_context
from sqlalchemy import select

from core import sheets
from core.db import among, db
from core.errors import Invalid
from core.people.models import Agency, CoC
from licensing.access.ground import local_day
from licensing.billing.books import exports, papers, queries
from licensing.billing.books.queries import StatementLine
from licensing.billing.books.rules import BUCKETS

PDF = "pdf"
ANSI = "cp1252"  # QuickBooks Desktop reads no other; what it has not becomes a question mark


def ageing(coc: CoC, day: date, form: str, zone: ZoneInfo) -> Response:
    """What each agency owed at the end of `day`, by how long it had been due."""
    aged = queries.aged(coc, day)
    wanted = select(Agency).where(among(Agency.id, aged)).order_by(Agency.name, Agency.id)
    rows = [
        [one.name, *(exports.money(aged[one.id][name]) for name in BUCKETS), exports.money(sum(aged[one.id].values()))]
        for one in db.session.scalars(wanted)
    ]
    return sheets.download(f"ageing-{day.isoformat()}", form, ["Agency", *BUCKETS, "Owed"], rows, zone)


def statement(debtor: Agency, form: str, first: date | None, last: date | None, at: datetime) -> Response:
    """Raises Invalid for a PDF of more lines than anybody prints."""
    lines = queries.whole_statement(debtor.id, first, last)
    until = last or local_day(at, debtor.coc.tz)
    name = f"statement-{debtor.id}-{until.isoformat()}"
    if form == PDF:
        return _paper(debtor, list(lines), first, last, at, name)
    rows = ([one.entry.on, one.words, exports.money(one.entry.cents), exports.money(one.balance)] for one in lines)
    return sheets.download(name, form, ["Day", "What", "Amount", "Balance"], rows, debtor.zone)


def _paper(
    debtor: Agency, lines: list[StatementLine], first: date | None, last: date | None, at: datetime, name: str
) -> Response:
    if len(lines) > papers.MOST_LINES:
        raise Invalid(f"That is more than {papers.MOST_LINES:,} lines.", "Give a shorter period, or take the CSV.")
    opening = lines[0].balance - lines[0].entry.cents if lines else queries.balance_on(debtor.id, last)
    made = papers.statement(debtor, lines, opening, (first, last or local_day(at, debtor.coc.tz)), at)
    return send_file(io.BytesIO(made), "application/pdf", as_attachment=True, download_name=f"{name}.pdf")


def export(what: str, form: str, coc: CoC, period: tuple[date, date], zone: ZoneInfo) -> Response:
    """One of `exports.WHAT`, of a CoC and a period."""
    header, rows = exports.table(what, coc, *period)
    return sheets.download(f"{what}-{_said(period)}", form, header, rows, zone)


def quickbooks(coc: CoC, period: tuple[date, date]) -> Response:
    """For QuickBooks Desktop."""
    headers = {"Content-Disposition": f'attachment; filename="quickbooks-{_said(period)}.iif"'}
    lines: Iterator[bytes] = (line.encode(ANSI, "replace") for line in exports.iif(coc, *period))
    return Response(stream_with_context(lines), content_type=f"text/plain; charset={ANSI}", headers=headers)


def _said(period: tuple[date, date]) -> str:
    return "-".join(day.isoformat() for day in period)
