"""Credit notes: what is taken off an issued invoice, line by line; the invoice itself stays as it is.

Rules: VT-LI-10. What was paid of the part that is credited goes to what the debtor has owed longest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.events import publish
from core.money import dollars
from core.once import KeyUsed
from core.policy.vocabulary import SwitchName
from core.typed import must_say
from licensing.access.ground import policy_in_force
from licensing.billing.invoices import issuing, mails
from licensing.billing.invoices.models import Invoice, InvoicedLicense, InvoiceKind, InvoiceLine, InvoiceState
from licensing.billing.payments.models import Payment, PaymentPart
from licensing.events import InvoiceSettled, MoneyFreed


class Cause(StrEnum):
    ERROR = "error"
    REVOKED = "revoked"
    OTHER = "other"


CAUSES = {
    Cause.ERROR: "It was billed in error",
    Cause.REVOKED: "Access was revoked",
    Cause.OTHER: "Something else, said below",
}


def left_of(row: Invoice) -> dict[int, int]:
    """By line, how much of it was not credited yet; only lines that charge something."""
    query = (
        select(InvoiceLine.credits_line_id, func.sum(InvoiceLine.cents))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.credits_id == row.id, Invoice.state == InvoiceState.ISSUED)
        .group_by(InvoiceLine.credits_line_id)
    )
    off = {number: int(cents) for number, cents in db.session.execute(query)}
    return {line.id: line.cents + off.get(line.id, 0) for line in row.lines if line.cents > 0}


def credited_whole(row: Invoice) -> dict[int, int]:
    """What a credit of everything takes off each line. Reliefs and other lines below zero come off the last ones."""
    left, free = left_of(row), row.total_cents - row.credited_cents
    told: dict[int, int] = {}
    for number, cents in left.items():
        if (off := min(cents, free)) > 0:
            told[number] = off
            free -= off
    return told


def credit(
    row: Invoice, told: Mapping[int, int], cause: Cause, reason: str, by: Principal, at: datetime, once: str
) -> Invoice:
    """A credit note for so many cents of each line. The debtor and the row are locked.

    Raises Invalid for more than is left of a line or of the invoice, for nothing, and for less than nothing; Conflict
    where the manual returns no fee for access that was revoked (VT-LI-10).
    """
    if known := db.session.scalar(select(Invoice).where(Invoice.once == once)):
        if known.credits_id != row.id or _told_by(known) != {number: cents for number, cents in told.items() if cents}:
            raise KeyUsed
        return known
    if row.state is not InvoiceState.ISSUED or row.kind is InvoiceKind.CREDIT:
        raise Conflict("Only an invoice that was issued can be credited.", "Drop a draft instead.")
    wanted = {number: cents for number, cents in told.items() if cents}
    _must_fit(row, wanted)
    must_say(reason, "For example: one license was counted twice.")
    _must_be_due_back(row, wanted, cause, at)
    total = sum(wanted.values())
    note = Invoice(
        lead_id=row.lead_id, coc_id=row.coc_id, coc=row.coc, agency_id=row.agency_id, debtor_id=row.debtor_id,
        credits_id=row.id, kind=InvoiceKind.CREDIT, series=row.series, first_day=row.first_day, last_day=row.last_day,
        payer_name=row.payer_name, payer_address=row.payer_address, payer_email=row.payer_email,
        purchase_order=row.purchase_order, fund=row.fund, note=reason, total_cents=-total, credited_cents=-total,
        open_cents=0, by_id=by.person_id, at=at, once=once,
    )  # fmt: skip
    lines = {line.id: line for line in row.lines}
    note.lines = [
        InvoiceLine(
            position=position, basis=lines[number].basis, words=lines[number].words, quantity=1, unit_cents=-cents,
            cents=-cents, why=[f"{CAUSES[cause]}: {dollars(cents)} of {dollars(lines[number].cents)} is taken off."],
            rule=lines[number].rule, credits_line_id=number,
        )
        for position, (number, cents) in enumerate(wanted.items(), 1)
    ]  # fmt: skip
    db.session.add(note)
    _take_off(row, total, at)
    db.session.flush()
    record("invoice.credited", row, data={"cents": total, "cause": cause, "reason": reason})
    issuing.issue(note, at)
    mails.issued([note], row.coc, at)
    publish(MoneyFreed(row.debtor_id, at))
    return note


def _told_by(note: Invoice) -> dict[int, int]:
    return {line.credits_line_id: -line.cents for line in note.lines if line.credits_line_id is not None}


def void(row: Invoice, reason: str, by: Principal, at: datetime, once: str) -> Invoice:
    """Credited in full, as billed in error; it keeps its number. The same form again is the same note. One that came to
    nothing has nothing to credit: the row itself is returned."""
    known = db.session.scalar(select(Invoice).where(Invoice.once == once, Invoice.credits_id == row.id))
    if known is not None and row.credited_cents >= row.total_cents:
        return known
    if row.total_cents or row.state is not InvoiceState.ISSUED:
        note = credit(row, credited_whole(row), Cause.ERROR, reason, by, at, once)
    else:
        note = row
        if row.void_at is None:
            must_say(reason, "For example: it went to the wrong agency.")
            record("invoice.voided", row, data={"number": row.number, "reason": reason})
    row.void_at = row.void_at or at
    return note


def _must_fit(row: Invoice, wanted: Mapping[int, int]) -> None:
    left = left_of(row)
    if any(cents < 0 for cents in wanted.values()):
        raise Invalid("A credit takes something off; it is not less than nothing.", "Give amounts above zero.")
    if not wanted:
        raise Invalid("Nothing would be credited.", "Give an amount for one line at least.")
    lines = {line.id: line for line in row.lines}
    for number, cents in wanted.items():
        if number not in left:
            raise Invalid("That line is not one of this invoice's charges.", "Choose among its lines.")
        if cents > left[number]:
            raise Invalid(
                f"{dollars(left[number])} is left of “{lines[number].words}”, and {dollars(cents)} is more.",
                "Credit what is left at most.", field=f"line-{number}",
            )  # fmt: skip
    free = row.total_cents - row.credited_cents
    if (total := sum(wanted.values())) > free:
        raise Invalid(
            f"{dollars(free)} is left of the invoice, and {dollars(total)} is more.",
            "Reliefs and other deductions are taken off it already.",
        )


def _must_be_due_back(row: Invoice, wanted: Mapping[int, int], cause: Cause, at: datetime) -> None:
    policy = policy_in_force(row.coc, at)
    if cause is not Cause.REVOKED or not policy.has(SwitchName.FEE_REFUND):
        return
    switch = policy.switch(SwitchName.FEE_REFUND)
    billed = select(InvoicedLicense.id).where(InvoicedLicense.line_id.in_(wanted)).limit(1)
    if not switch.on and db.session.scalar(billed) is not None:
        raise Conflict(switch.says, "What was billed in error can be credited as that.", "cause", switch.rule)


def _take_off(row: Invoice, total: int, at: datetime) -> None:
    """What is open is credited first; beyond it, what was paid is set free."""
    was_open = row.open_cents
    if total > row.open_cents:
        release(row, total - row.open_cents, at)
    row.open_cents -= total
    row.credited_cents += total
    if was_open and not row.open_cents:
        publish(InvoiceSettled(row.id, row.debtor_id, is_open=False, at=at))


def release(row: Invoice, cents: int, at: datetime) -> None:
    """So much of what was paid of the invoice goes back to its payments, the newest first; the rest stays paid."""
    parts = select(PaymentPart).where(PaymentPart.invoice_id == row.id, PaymentPart.undone_at.is_(None))
    found = db.session.scalars(parts.order_by(PaymentPart.id.desc())).all()
    ids = sorted({one.payment_id for one in found})
    held = select(Payment).where(Payment.id.in_(ids)).order_by(Payment.id).with_for_update(of=Payment, key_share=True)
    payments = {one.id: one for one in db.session.scalars(held.execution_options(populate_existing=True))}
    for part in found:
        if not cents:
            break
        off = min(part.cents, cents)
        part.undone_at = at
        if off < part.cents:
            db.session.add(
                PaymentPart(
                    payment_id=part.payment_id, invoice_id=row.id, cents=part.cents - off, by_id=part.by_id, at=at
                )
            )
        payment = payments[part.payment_id]
        payment.left_cents += off
        row.paid_cents -= off
        row.open_cents += off
        cents -= off
        data = {"number": payment.number, "invoice": row.number, "cents": off}
        record("payment.freed", payment, agency_id=payment.debtor_id, data=data)
    db.session.flush()
