"""Invoices for tests, made by hand: a draft with one line, then issued as everything issues them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import func, select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import Agency, Person
from licensing.access.ground import hold, local_day
from licensing.access.models import License
from licensing.billing.books.ledger import balance
from licensing.billing.fees.models import Payer
from licensing.billing.invoices import crediting, issuing
from licensing.billing.invoices.models import Invoice, InvoicedLicense, InvoiceKind, InvoiceLine, InvoiceState
from licensing.billing.payments.models import Payment, PaymentPart
from licensing.billing.payments.services import locked_invoices

_once = count(1)


def draft(debtor: Agency, cents: int, by: Person, **values: Any) -> Invoice:
    """`agency`, `licenses`, `basis` and `words` are the line's; everything else is the invoice's."""
    agency, licenses = values.pop("agency", debtor), values.pop("licenses", ())
    basis, words = values.pop("basis", "licenses"), values.pop("words", "License fee")
    today = local_day(clock.now(), debtor.coc.tz)
    row = Invoice(
        **{
            "lead_id": debtor.lead_id, "coc_id": debtor.coc_id, "coc": debtor.coc, "agency_id": agency.id,
            "debtor_id": debtor.id, "debtor": debtor, "kind": InvoiceKind.YEARLY, "series": "VT",
            "first_day": date(today.year, 7, 1), "last_day": date(today.year + 1, 6, 30), "payer_name": debtor.name,
            "total_cents": cents, "open_cents": cents, "by_id": by.id, "at": clock.now(),
            "once": f"invoice-{next(_once)}", **values,
        }
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    line = InvoiceLine(invoice_id=row.id, position=1, basis=basis, words=words, unit_cents=cents, cents=cents)
    db.session.add(line)
    db.session.flush()
    _bill(row, line, licenses)
    return row


def _bill(row: Invoice, line: InvoiceLine, licenses: Sequence[License]) -> None:
    for held in licenses:
        db.session.add(InvoicedLicense(invoice_id=row.id, line_id=line.id, license_id=held.id))
    db.session.flush()


def invoice(debtor: Agency, cents: int, by: Person, **values: Any) -> Invoice:
    with unit_of_work():
        row = draft(debtor, cents, by, **values)
        issuing.issue(row, clock.now())
    return row


def drafted(debtor: Agency, cents: int, by: Person, **values: Any) -> Invoice:
    with unit_of_work():
        return draft(debtor, cents, by, **values)


def credit(row: Invoice, cents: int, by: Person) -> Invoice:
    """A credit note of so much on an issued invoice of one line."""
    with unit_of_work():
        hold(row.debtor)
        [row] = locked_invoices([row.id])
        [line] = row.lines
        who = principal_for(by, clock.now())
        return crediting.credit(
            row, {line.id: cents}, crediting.Cause.ERROR, "It was too much.", who, clock.now(), f"credit-{next(_once)}"
        )


def pays_for(payer: Agency, agency: Agency, by: Person, held: License | None = None) -> Payer:
    with unit_of_work() as session:
        row = Payer(
            lead_id=agency.lead_id, agency_id=agency.id, license_id=held.id if held else None,
            paying_agency_id=payer.id, by_id=by.id, at=clock.now(), once=f"payer-{next(_once)}",
        )  # fmt: skip
        session.add(row)
        session.flush()
    return row


def again(row: Invoice) -> Invoice:
    db.session.expire_all()
    return db.session.get_one(Invoice, row.id)


def state(row: Invoice) -> tuple[int, int, int]:
    """Paid, credited, open: in cents."""
    row = again(row)
    return row.paid_cents, row.credited_cents, row.open_cents


def unbalanced(debtor: Agency) -> list[str]:
    """What does not add up of a debtor's invoices, payments and ledger; nothing where all does."""
    db.session.expire_all()
    wrong: list[str] = []
    rows = db.session.scalars(
        select(Invoice).where(Invoice.debtor_id == debtor.id, Invoice.state == InvoiceState.ISSUED)
    ).all()
    invoices = [row for row in rows if row.kind is not InvoiceKind.CREDIT]
    for row in invoices:
        paid = _parts(PaymentPart.invoice_id == row.id)
        notes = -sum(note.total_cents for note in rows if note.credits_id == row.id)
        if row.total_cents != row.paid_cents + row.credited_cents + row.open_cents:
            wrong.append(f"{row.number}: {row.total_cents} is not what was paid, credited and is open")
        if (row.paid_cents, row.credited_cents) != (paid, notes):
            wrong.append(f"{row.number}: paid {row.paid_cents}, parts {paid}; credited {row.credited_cents}, {notes}")
    left = 0
    for one in db.session.scalars(select(Payment).where(Payment.debtor_id == debtor.id)):
        parts = _parts(PaymentPart.payment_id == one.id)
        whole = 0 if one.reversed_at else one.cents
        if parts + one.left_cents != whole:
            wrong.append(f"{one.number}: parts {parts} and {one.left_cents} left are not {whole}")
        left += one.left_cents
    owed = sum(row.open_cents for row in invoices) - left
    if balance(debtor.id) != owed:
        wrong.append(f"the ledger says {balance(debtor.id)}, the rows {owed}")
    return wrong


def _parts(which: Any) -> int:
    query = select(func.sum(PaymentPart.cents)).where(which, PaymentPart.undone_at.is_(None))
    return int(db.session.scalar(query) or 0)
