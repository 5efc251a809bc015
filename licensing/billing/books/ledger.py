"""Writing down what a debtor owes more, or less. Nothing else writes an entry, and nothing changes one."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, insert, select

from core.db import db
from licensing.billing.books.models import EntryKind, LedgerEntry
from licensing.billing.invoices.models import Invoice, InvoiceKind
from licensing.billing.payments.models import Payment


def invoice_entry(row: Invoice) -> dict[str, object]:
    """The entry of an issued invoice or credit note; for many at once, insert these together."""
    kind = EntryKind.CREDIT if row.kind is InvoiceKind.CREDIT else EntryKind.INVOICE
    return {
        "lead_id": row.lead_id, "coc_id": row.coc_id, "debtor_id": row.debtor_id, "kind": kind, "on": row.issued_on,
        "at": row.issued_at, "cents": row.total_cents, "fund": row.fund, "invoice_id": row.id,
    }  # fmt: skip


def post_invoice(row: Invoice) -> None:
    db.session.execute(insert(LedgerEntry), [invoice_entry(row)])


def post_payment(row: Payment) -> None:
    _post(row, EntryKind.PAYMENT, -row.cents, row.received_on, row.at)


def post_reversal(row: Payment, on: date, at: datetime) -> None:
    _post(row, EntryKind.REVERSAL, row.cents, on, at)


def _post(row: Payment, kind: EntryKind, cents: int, on: date, at: datetime) -> None:
    entry = LedgerEntry(
        lead_id=row.lead_id, coc_id=row.coc_id, debtor_id=row.debtor_id, kind=kind, on=on, at=at, cents=cents,
        payment_id=row.id,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()


def balance(debtor_id: int) -> int:
    """What the agency owes in all, in cents; below zero: what it has paid ahead."""
    return int(db.session.scalar(select(func.sum(LedgerEntry.cents)).where(LedgerEntry.debtor_id == debtor_id)) or 0)
