"""Who is told of a payment: who speaks for the agency, and whom its invoices go to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.db import db
from core.outbox import enqueue
from core.people.models import Agency, Person
from licensing.agencies.mails import speakers
from licensing.billing.invoices.models import Invoice
from licensing.billing.payments.models import Payment, PaymentPart


def readers(debtor: Agency, invoices: Iterable[Invoice], at: datetime) -> list[Person | str]:
    """The executive director and the representatives, and each address outside to which one of the invoices went."""
    people = speakers(debtor, at)
    known = {person.email.casefold() for person in people}
    others = {row.payer_email for row in invoices if row.payer_email and row.payer_email.casefold() not in known}
    return [*people, *sorted(others)]


def received(row: Payment, at: datetime) -> None:
    """The receipt."""
    query = select(PaymentPart, Invoice).join(Invoice, Invoice.id == PaymentPart.invoice_id)
    found = db.session.execute(query.where(PaymentPart.payment_id == row.id).order_by(PaymentPart.id)).all()
    told = [(invoice, part.cents) for part, invoice in found]
    _send("payment-received", row, [invoice for invoice, _ in told], at, parts=told)


def reversed_(row: Payment, invoices: Sequence[Invoice], at: datetime) -> None:
    _send("payment-reversed", row, invoices, at, opened=list({one.id: one for one in invoices}.values()))


def _send(message: str, row: Payment, invoices: Sequence[Invoice], at: datetime, **context: Any) -> None:
    told = {"payment": row, "agency": row.debtor, "path": f"/payments/{row.id}", **context}
    for to in readers(row.debtor, invoices, at):
        who = to if isinstance(to, str) else to.id
        enqueue(message, to, key=f"{message}:{row.id}:{who}", context=told, subject=row, lead_id=row.lead_id)
