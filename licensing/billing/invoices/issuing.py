"""A draft becomes an invoice: its number, its day, its due date, and its entry in the books. Rule: VT-LI-8."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from core.audit import record
from core.db import db
from core.events import publish
from core.people.models import CoC
from core.policy.vocabulary import ClockName
from licensing.access.services import local_day, policy_in_force
from licensing.billing.books.ledger import post_invoice
from licensing.billing.invoices import numbers
from licensing.billing.invoices.models import Invoice, InvoiceState
from licensing.events import InvoiceIssued


def issue(row: Invoice, at: datetime) -> None:
    """`row` is a draft with its lines and sum, its row locked. Publishes InvoiceIssued."""
    assert row.state is InvoiceState.DRAFT, "only a draft is issued"
    today = local_day(at, row.coc.tz)
    row.year = today.year
    [row.sequence] = numbers.take(row.lead_id, row.series, row.year)
    row.state, row.issued_on, row.issued_at = InvoiceState.ISSUED, today, at
    if (due := due_of(row.coc, at)) is not None and row.total_cents > 0:
        row.due, row.due_on = due, local_day(datetime.fromisoformat(due["due"]), row.coc.tz)
    db.session.flush()
    post_invoice(row)
    record("invoice.issued", row, data={"number": row.number, "cents": row.total_cents, "due_on": row.due_on})
    publish(InvoiceIssued(row.id, row.debtor_id, at))


def due_of(coc: CoC, at: datetime) -> dict[str, Any] | None:
    """The decision on when an invoice of this day is due, counted by the pack; None where it sets no term."""
    policy = policy_in_force(coc, at)
    if not policy.has(ClockName.INVOICE_DUE):
        return None
    day = datetime.combine(local_day(at, coc.tz), time(), ZoneInfo(coc.tz)).astimezone(UTC)
    return policy.due(ClockName.INVOICE_DUE, day, coc.tz).as_json()
