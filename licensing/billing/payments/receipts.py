"""The receipt on paper."""

from __future__ import annotations

import io
from collections.abc import Sequence

from flask import Response, send_file

from core.money import dollars
from core.pdf import GAP, blank, paragraph, table
from core.ui.times import say_day
from licensing.billing.payments.forms import METHODS
from licensing.billing.payments.models import Payment, PaymentPart


def file_of(row: Payment, parts: Sequence[PaymentPart]) -> Response:
    return send_file(io.BytesIO(render(row, parts)), "application/pdf", download_name=f"receipt-{row.number}.pdf")


def render(row: Payment, parts: Sequence[PaymentPart]) -> bytes:
    """Who paid how much, when and how, and what for; one that did not hold says so. The same bytes each time."""
    owner = row.debtor.coc.lead.name
    page = blank(f"Receipt {row.number}", owner, row.at)
    paragraph(page, owner, style="B", size=14)
    paragraph(page, f"Receipt {row.number}", style="B", size=12)
    if row.reversed_at:
        day = say_day(row.reversed_at.astimezone(row.debtor.zone).date())
        paragraph(page, f"This payment was reversed on {day}: {row.reversed_why}", style="B")
    page.ln(GAP)
    paragraph(page, f"Received from {row.debtor.name} on {say_day(row.received_on)}: {dollars(row.cents)}")
    named = f", {row.reference}" if row.reference else ""
    paragraph(page, f"{METHODS[row.method]}{named}")
    page.ln(GAP)
    lines = [[f"Invoice {one.invoice.number}", dollars(one.cents)] for one in parts if one.undone_at is None]
    if row.left_cents:
        lines.append(["Kept as prepaid for later invoices", dollars(row.left_cents)])
    if lines:
        table(page, ["For", "Amount"], lines)
    return bytes(page.output())
