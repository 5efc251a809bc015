"""Taking payments, putting them to invoices, and taking back what was put. Rules: VT-LI-8, HUD-LI-2.

Locks in this order: the debtor, its invoices, its payments, and the series of numbers last. Whoever changes what is
open of an invoice tells it by InvoiceSettled when that becomes nothing, or something again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import among, db
from core.errors import Conflict, Invalid
from core.events import publish, subscribe
from core.money import dollars
from core.once import KeyUsed
from core.people.models import Agency
from core.ui import times
from licensing.access.ground import hold, local_day
from licensing.billing.books import ledger
from licensing.billing.invoices import numbers
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceState
from licensing.billing.payments import mails, rules
from licensing.billing.payments.models import Method, Payment, PaymentPart
from licensing.billing.payments.rules import Owed
from licensing.events import InvoiceIssued, InvoiceSettled, MoneyFreed
from licensing.overtaken import overtaken

SERIES = "R"


@dataclass(frozen=True)
class Received:
    """Money that came. `parts` says how much goes to which invoice; None: to what has been due longest.

    `keeps_rest`: what no invoice takes is kept as prepaid. `is_another`: one just like it is on record, and this is
    not that one. `once` is the same however often one form is sent.
    """

    method: Method
    cents: int
    received_on: date
    once: str
    reference: str = ""
    note: str = ""
    parts: Mapping[int, int] | None = None
    keeps_rest: bool = False
    is_another: bool = False


def take(debtor: Agency, told: Received, by: Principal, at: datetime) -> Payment:
    """Raises Invalid or Conflict naming the field; nothing is written then."""
    hold(debtor)
    if earlier := db.session.scalar(select(Payment).where(Payment.once == told.once)):
        return _same_form(earlier, debtor, told)
    rules.must_be_money(told.cents)
    rules.must_be_a_day(told.received_on, local_day(at, debtor.coc.tz))
    if not told.is_another:
        _must_be_new(debtor, told)
    owed = _locked_owed(debtor, told.parts or ())
    parts = _parts(debtor, told, owed)
    for row in owed:
        if row.id in parts:
            _pay(row, parts[row.id], at)
    return _write(debtor, told, parts, by, at)


def _same_form(earlier: Payment, debtor: Agency, told: Received) -> Payment:
    same = (earlier.debtor_id, earlier.cents, earlier.method, earlier.received_on, earlier.reference)
    if same != (debtor.id, told.cents, told.method, told.received_on, told.reference):
        raise KeyUsed
    return earlier


def _must_be_new(debtor: Agency, told: Received) -> None:
    like = select(Payment).where(
        Payment.debtor_id == debtor.id, Payment.reference == told.reference, Payment.cents == told.cents,
        Payment.received_on == told.received_on, Payment.reversed_at.is_(None),
    )  # fmt: skip
    if twin := db.session.scalar(like.limit(1)):
        named = f" with the reference {told.reference}" if told.reference else ""
        raise Conflict(
            f"{dollars(told.cents)} of {times.say_day(told.received_on)}{named} is on record already: {twin.number}.",
            "If this is another payment, say so below and send it again.",
            field="is_another",
        )


def _locked_owed(debtor: Agency, named: Collection[int]) -> list[Invoice]:
    """What the debtor owes and what was named beside, locked, in the order in which it is due."""
    open_ones = select(Invoice.id).where(
        Invoice.debtor_id == debtor.id, Invoice.state == InvoiceState.ISSUED, Invoice.open_cents > 0,
        Invoice.kind != InvoiceKind.CREDIT,
    )  # fmt: skip
    theirs = select(Invoice.id).where(Invoice.debtor_id == debtor.id, among(Invoice.id, named))
    rows = locked_invoices(db.session.scalars(open_ones.union(theirs) if named else open_ones))
    return sorted(rows, key=lambda row: (row.due_on or row.issued_on or date.max, row.id))


def locked_invoices(ids: Iterable[int]) -> list[Invoice]:
    """By their numbers, as everybody takes them; the debtor is held already."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    query = (
        select(Invoice)
        .where(among(Invoice.id, wanted))
        .order_by(Invoice.id)
        .with_for_update(of=Invoice, key_share=True)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _parts(debtor: Agency, told: Received, owed: Sequence[Invoice]) -> dict[int, int]:
    theirs = {row.id: as_owed(row) for row in owed}
    open_cents = sum(max(one.open_cents, 0) for one in theirs.values() if one.is_issued and not one.is_credit)
    if told.parts is None:
        parts = rules.oldest_first(told.cents, list(theirs.values()))
    else:
        parts = dict(told.parts)
        for number, cents in parts.items():
            if number not in theirs:
                raise Invalid(f"{debtor.name} has no such invoice.", "Choose one of the list.", f"part_{number}")
            rules.must_take(theirs[number], cents)
    rules.must_add_up(told.cents, parts, open_cents, keeps_rest=told.keeps_rest)
    return parts


def as_owed(row: Invoice) -> Owed:
    return Owed(
        row.id, row.number, row.debtor_id, row.total_cents, row.credited_cents, row.open_cents,
        is_issued=row.state is InvoiceState.ISSUED, is_credit=row.kind is InvoiceKind.CREDIT,
    )  # fmt: skip


def _pay(row: Invoice, cents: int, at: datetime) -> None:
    """So much more is paid of a locked invoice; less, where `cents` are below zero."""
    was_open = row.open_cents > 0
    row.paid_cents += cents
    row.open_cents -= cents
    db.session.flush()
    if was_open != (row.open_cents > 0):
        publish(InvoiceSettled(row.id, row.debtor_id, row.open_cents > 0, at))


def _write(debtor: Agency, told: Received, parts: Mapping[int, int], by: Principal, at: datetime) -> Payment:
    """The number last: whoever wants the next one waits for this commit."""
    year = local_day(at, debtor.coc.tz).year
    [sequence] = numbers.take(debtor.lead_id, SERIES, year)
    row = Payment(
        lead_id=debtor.lead_id, coc_id=debtor.coc_id, debtor_id=debtor.id, debtor=debtor, method=told.method,
        reference=told.reference, received_on=told.received_on, cents=told.cents,
        left_cents=told.cents - sum(parts.values()), note=told.note, series=SERIES, year=year, sequence=sequence,
        by_id=by.person_id, at=at, once=told.once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for number, cents in parts.items():
        db.session.add(PaymentPart(payment_id=row.id, invoice_id=number, cents=cents, by_id=by.person_id, at=at))
    ledger.post_payment(row)
    data = {"number": row.number, "cents": row.cents, "parts": dict(parts), "left": row.left_cents}
    record("payment.taken", row, agency_id=debtor.id, data=data)
    mails.received(row, at)
    return row


# ------------------------------------------------------------------ afterwards


def locked_payments(debtor_id: int, *conditions: object) -> list[Payment]:
    """By their numbers; the debtor, and the invoices that are to change, are held already."""
    query = select(Payment).where(Payment.debtor_id == debtor_id, *conditions)  # type: ignore[arg-type]
    query = query.order_by(Payment.id).with_for_update(of=Payment, key_share=True)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def put_to(
    payment: Payment, invoice_id: int, cents: int | None, by: Principal, at: datetime, seen_left: int | None = None
) -> int:
    """Put what is left of a payment to an invoice of its debtor; None: as much as it takes. Returns how much. Raises
    Conflict where not `seen_left` is left: the same was sent before, or somebody else put some of it."""
    hold(payment.debtor)
    rows = [row for row in locked_invoices([invoice_id]) if row.debtor_id == payment.debtor_id]
    [payment] = locked_payments(payment.debtor_id, Payment.id == payment.id)
    _must_stand(payment)
    if not rows:
        raise Invalid(f"{payment.debtor.name} has no such invoice.", "Choose one of the list.", "invoice")
    if not payment.left_cents:
        raise Conflict("Nothing is left of this payment.", "Load the page again to see how it stands.")
    if seen_left is not None and payment.left_cents != seen_left:
        raise Conflict(
            f"{dollars(payment.left_cents)} of this payment is left now, and {dollars(seen_left)} was when you began.",
            "Look at what it paid, and send this again if it is still right.",
        )
    [row] = rows
    wanted = cents if cents is not None else min(payment.left_cents, max(row.open_cents, 0)) or 1
    if refusal := rules.refusal_of(as_owed(row), wanted):
        refusal.field = "amount" if isinstance(refusal, Invalid) else "invoice"
        raise refusal
    if wanted > payment.left_cents:
        raise Invalid(f"Only {dollars(payment.left_cents)} is left of this payment.", "Give less.", "amount")
    _put(payment, row, wanted, by.person_id, at)
    return wanted


def _put(payment: Payment, row: Invoice, cents: int, by_id: int | None, at: datetime) -> None:
    payment.left_cents -= cents
    db.session.add(PaymentPart(payment_id=payment.id, invoice_id=row.id, cents=cents, by_id=by_id, at=at))
    _pay(row, cents, at)
    data = {"number": payment.number, "invoice": row.number, "cents": cents, "by_itself": by_id is None}
    record("payment.put", payment, agency_id=payment.debtor_id, data=data)


def take_back(part: PaymentPart, at: datetime) -> None:
    """The part goes back to its payment; the invoice is open again for so much."""
    hold(part.payment.debtor)
    [row] = locked_invoices([part.invoice_id])
    [payment] = locked_payments(row.debtor_id, Payment.id == part.payment_id)
    db.session.refresh(part)
    _must_stand(payment)
    if part.undone_at is not None:
        raise Conflict("This part was taken back before.", "Load the page again to see how it stands.")
    _undo(payment, part, row, at)
    data = {"number": payment.number, "invoice": row.number, "cents": part.cents}
    record("payment.taken_back", payment, agency_id=payment.debtor_id, data=data)


def _undo(payment: Payment, part: PaymentPart, row: Invoice, at: datetime) -> None:
    part.undone_at = at
    payment.left_cents += part.cents
    _pay(row, -part.cents, at)


def _must_stand(payment: Payment) -> None:
    if payment.reversed_at is not None:
        raise overtaken(f"{payment.number} was reversed", payment.reversed_at, payment.debtor.zone)


def reverse(payment: Payment, why: str, by: Principal, at: datetime) -> None:
    """It did not hold: a check that bounced, a transfer that was called back. What it paid is open again; it keeps its
    number and its row. Raises Conflict for one that was reversed before."""
    if not why:
        raise Invalid("Say why, in a few words.", "For example: the check came back unpaid.", "reason")
    hold(payment.debtor)
    mine = select(PaymentPart).where(PaymentPart.payment_id == payment.id, PaymentPart.undone_at.is_(None))
    invoices = {row.id: row for row in locked_invoices(part.invoice_id for part in db.session.scalars(mine))}
    [payment] = locked_payments(payment.debtor_id, Payment.id == payment.id)
    _must_stand(payment)
    parts = list(db.session.scalars(mine.order_by(PaymentPart.id).execution_options(populate_existing=True)))
    for part in parts:
        _undo(payment, part, invoices[part.invoice_id], at)
    payment.left_cents = 0
    payment.reversed_at, payment.reversed_by_id, payment.reversed_why = at, by.person_id, why
    db.session.flush()
    ledger.post_reversal(payment, local_day(at, payment.debtor.coc.tz), at)
    data = {"number": payment.number, "cents": payment.cents, "why": why}
    record("payment.reversed", payment, agency_id=payment.debtor_id, data=data)
    mails.reversed_(payment, [invoices[part.invoice_id] for part in parts], at)


@subscribe(InvoiceIssued)
def use_prepaid(event: InvoiceIssued) -> None:
    """What is left of earlier payments goes to a new invoice by itself, the oldest first. The debtor is held."""
    with db.session.no_autoflush:
        if not _has_left(event.debtor_id):
            return
    row = db.session.get_one(Invoice, event.invoice_id)
    if row.kind is InvoiceKind.CREDIT or row.open_cents <= 0:
        return
    hold(row.debtor)
    _use_left(locked_invoices([row.id]), event.debtor_id, event.at)


@subscribe(MoneyFreed)
def use_freed(event: MoneyFreed) -> None:
    """What a credit set free goes to what has been due longest: nobody is suspended while their money lies here."""
    if _has_left(event.debtor_id):
        debtor = db.session.get_one(Agency, event.debtor_id)
        _use_left(_locked_owed(debtor, ()), event.debtor_id, event.at)


def _has_left(debtor_id: int) -> bool:
    known = select(Payment.id).where(Payment.debtor_id == debtor_id, *LEFT).limit(1)
    return db.session.scalar(known) is not None


LEFT = (Payment.left_cents > 0, Payment.reversed_at.is_(None))


def _use_left(owed: Sequence[Invoice], debtor_id: int, at: datetime) -> None:
    left = locked_payments(debtor_id, *LEFT)
    for row in owed:
        for payment in left:
            if row.open_cents > 0 and payment.left_cents > 0:
                _put(payment, row, min(payment.left_cents, row.open_cents), None, at)
