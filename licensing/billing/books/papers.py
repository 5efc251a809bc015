"""A statement on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from core.money import dollars
from core.pdf import GAP, blank, paragraph, table
from core.people.models import Agency
from core.ui.times import say_day
from licensing.billing.books.queries import StatementLine

MOST_LINES = 2_000


def statement(
    debtor: Agency, lines: Sequence[StatementLine], opening: int, period: tuple[date | None, date], at: datetime
) -> bytes:
    owner, (first, last) = debtor.coc.lead.name, period
    page = blank(f"Statement of {debtor.name}", owner, at)
    paragraph(page, owner, style="B", size=14)
    paragraph(page, f"Statement of {debtor.name}", style="B", size=12)
    since = f"from {say_day(first)} to" if first else "through"
    paragraph(page, f"Everything {since} {say_day(last)}.")
    page.ln(GAP)
    rows = [["Balance before", "", dollars(opening)]] if first else []
    rows += [[f"{say_day(one.entry.on)}: {one.words}", dollars(one.entry.cents), dollars(one.balance)] for one in lines]
    if rows:
        table(page, ["", "Amount", "Balance"], rows)
    else:
        paragraph(page, "Nothing was invoiced and nothing was paid.")
    page.ln(GAP)
    owed = lines[-1].balance if lines else opening
    paragraph(page, f"Paid ahead: {dollars(-owed)}" if owed < 0 else f"Owed: {dollars(owed)}", style="B")
    return bytes(page.output())
