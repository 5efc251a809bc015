"""An invoice's time runs, ends, is moved or paused; its licenses are suspended and given back. Rule: VT-LI-8.

The engine of deadlines says when; what an invoice suspends is held under its own number, so that paying it frees what
it held and nothing else. Locks: the debtor, the invoice, then licenses in the order of their numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased, joinedload

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, State, cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict, Invalid
from core.events import subscribe
from core.once import KeyUsed
from core.people.models import Agency, AgencyStatus
from core.policy import Decision
from core.ui import times
from licensing.access import holds
from licensing.access.ground import hold, local_day, policy_in_force
from licensing.access.models import HoldKind, License, LicenseHold, LicenseState
from licensing.billing.fees.models import Payer
from licensing.billing.invoices.models import Invoice, InvoicedLicense, InvoiceKind, InvoiceState
from licensing.billing.overdue import mails, rules
from licensing.billing.payments.models import Respite, RespiteKind
from licensing.billing.payments.services import locked_invoices
from licensing.events import InvoiceIssued, InvoiceSettled, LicenseActivated, PayersChanged

DUE, ARREARS, PAUSE = "invoice-due", "invoice-arrears", "invoice-pause"
REMIND_PAUSE = (timedelta(days=3),)


def source_of(invoice_id: int) -> str:
    """Under which name an invoice holds licenses."""
    return f"invoice:{invoice_id}"


# ------------------------------------------------------------------ its time


@subscribe(InvoiceIssued)
def _issued(event: InvoiceIssued) -> None:
    with db.session.no_autoflush:
        row = db.session.get_one(Invoice, event.invoice_id)
    if row.kind is not InvoiceKind.CREDIT and row.due is not None and row.open_cents > 0:
        open_clock(row, first_due(row), 1)


def first_due(row: Invoice) -> Decision:
    """When it was due at first, with its reasons."""
    assert row.due is not None, "only an invoice with a due date has a clock"
    return rules.decision_of(row.due, ZoneInfo(row.coc.tz))


def open_clock(row: Invoice, due: Decision, occurrence: int) -> Deadline:
    return open_deadline(
        DUE, row, due, title=f"Invoice {row.number} of {row.payer_name} is due", lead_id=row.lead_id,
        coc_id=row.coc_id, agency_id=row.debtor_id, holder="agency", warn_before=rules.REMIND_BEFORE,
        occurrence=occurrence,
    )  # fmt: skip


def clock_of(row: Invoice) -> Deadline | None:
    """The one that counts: the last that was not dropped."""
    clocks = [one for one in deadlines_of(row, DUE) if one.state is not State.CANCELLED]
    return clocks[-1] if clocks else None


def _next_occurrence(row: Invoice) -> int:
    return max((one.occurrence for one in deadlines_of(row, DUE)), default=0) + 1


def does_suspend(row: Invoice, at: datetime) -> bool:
    """By the pack in force for its CoC, whatever the time."""
    return rules.suspends(policy_in_force(row.coc, at), row.kind)


def time_is_up(clock: Deadline, at: datetime) -> None:
    """Nothing came, or not all, by the due instant: the licenses are suspended where the manual says so, and no pause
    holds it off; everybody concerned is told."""
    row = _held(clock.subject_id)
    if row.open_cents <= 0:
        return
    given = [one for one in respites_of(row) if one.ended_at is None]
    pause = next((one for one in given if one.kind is RespiteKind.PAUSE), None)
    count = suspend(row, clock, at) if pause is None and does_suspend(row, at) else 0
    clock.outcome = _outcome(count, pause)
    _end_extensions(given, at)
    _open_arrears(row, clock, at)
    mails.overdue(row, clock.explanation, f"{clock.id}", count, pause, at)


def _end_extensions(given: Sequence[Respite], at: datetime) -> None:
    """Its day came, or more time than that was given."""
    for respite in given:
        if respite.kind is RespiteKind.EXTENSION and respite.ended_at is None:
            respite.ended_at = at


def _outcome(count: int, pause: Respite | None) -> str:
    if pause is not None:
        return f"Not paid in time. No license is suspended until {times.say_day(pause.last_day)}: {pause.reason}"[:300]
    return f"Not paid in time. {count} licenses are suspended." if count else "Not paid in time."


def _open_arrears(row: Invoice, clock: Deadline, at: datetime) -> None:
    """Reminders go on after the due date."""
    first, *_, last = rules.REMIND_AFTER
    zone = ZoneInfo(row.coc.tz)
    day = clock.due_at.astimezone(zone).date() + last
    why = f"Invoice {row.number} was due on {times.say_day(clock.due_at.astimezone(zone).date())}."
    open_deadline(
        ARREARS, row, rules.until(first_due(row), day, zone, at, why), title=f"Talk to {row.debtor.name}: {row.number}",
        lead_id=row.lead_id, coc_id=row.coc_id, agency_id=row.debtor_id, holder="lead", warn_before=(last - first,),
        occurrence=clock.occurrence,
    )  # fmt: skip


def _held(invoice_id: int) -> Invoice:
    """The debtor and then the invoice, as it stands now."""
    with db.session.no_autoflush:
        hold(db.session.get_one(Invoice, invoice_id).debtor)
        [row] = locked_invoices([invoice_id])
    return row


@subscribe(InvoiceSettled)
def _settled(event: InvoiceSettled) -> None:
    """In the transaction in which the money is put, or taken back. The debtor is held and the invoice locked."""
    row = db.session.get_one(Invoice, event.invoice_id)
    if event.is_open:
        _open_again(row)
        return
    for clock in deadlines_of(row, DUE, ARREARS):
        if clock.kind == DUE and (clock.is_open or clock.is_missed):
            meet(clock, event.at, "Nothing of it is open any more.")
        elif clock.is_open or clock.is_missed:
            cancel(clock, event.at, "Nothing of it is open any more.")
    for respite in respites_of(row):
        if respite.ended_at is None:
            _end(respite, event.at, "Nothing of it is open any more.")
    if count := free(row, event.at):
        mails.restored(row, count, event.at)


def _open_again(row: Invoice) -> None:
    """A payment did not hold. The due date is what it was: where it has passed, the engine acts at once."""
    if row.due is None:
        return
    clocks = deadlines_of(row, DUE)
    due = rules.decision_of(clocks[-1].explanation, ZoneInfo(row.coc.tz)) if clocks else first_due(row)
    open_clock(row, due, _next_occurrence(row))


# ------------------------------------------------------------------ the licenses


def licenses_of(row: Invoice) -> ColumnElement[bool]:
    """Which licenses an invoice that is not paid suspends: those that it bills, and those of the debtor for which no
    other agency pays."""
    billed = exists().where(InvoicedLicense.invoice_id == row.id, InvoicedLicense.license_id == License.id)
    own = and_(License.agency_id == row.debtor_id, ~_paid_elsewhere(row.debtor_id))
    return and_(License.state != LicenseState.ENDED, or_(own, billed))


def _paid_elsewhere(debtor_id: int) -> ColumnElement[bool]:
    """By a payer named for the license; where there is none, by one named for the whole agency."""
    mine, whole, special = aliased(Payer), aliased(Payer), aliased(Payer)
    of_license = exists().where(mine.license_id == License.id, *_is_another(mine, debtor_id))
    of_agency = exists().where(
        whole.agency_id == License.agency_id, whole.license_id.is_(None), *_is_another(whole, debtor_id)
    )
    has_own = exists().where(special.license_id == License.id, special.ended_at.is_(None))
    return or_(of_license, and_(of_agency, ~has_own))


def _is_another(payer: Any, debtor_id: int) -> tuple[ColumnElement[bool], ...]:
    """An agency that takes part; one that left pays for nobody."""
    gone = select(Agency.id).where(Agency.status == AgencyStatus.ENDED)
    theirs = payer.paying_agency_id
    return payer.ended_at.is_(None), theirs.is_not(None), theirs != debtor_id, theirs.not_in(gone)


def _locked(*conditions: ColumnElement[bool]) -> list[License]:
    query = select(License).where(*conditions).options(joinedload(License.person), joinedload(License.agency))
    locked = query.order_by(License.id).with_for_update(of=License).execution_options(populate_existing=True)
    return list(db.session.scalars(locked))


def suspend(row: Invoice, clock: Deadline, at: datetime, *which: ColumnElement[bool]) -> int:
    """Suspend what this invoice suspends (of it only `which`); its clock ran out. Returns how many were not held for it
    before."""
    due_on = clock.due_at.astimezone(ZoneInfo(row.coc.tz)).date()
    words = rules.held_words(row.number, row.debtor.name, row.open_cents, due_on)
    count = holds.hold_all(_locked(licenses_of(row), *which), HoldKind.UNPAID, source_of(row.id), words, at)
    if count:
        record("invoice.suspended", row, agency_id=row.debtor_id, data={"number": row.number, "licenses": count})
    return count


def held_by(invoice_id: int) -> ColumnElement[bool]:
    return exists().where(
        LicenseHold.license_id == License.id, LicenseHold.kind == HoldKind.UNPAID,
        LicenseHold.source == source_of(invoice_id), LicenseHold.lifted_at.is_(None),
    )  # fmt: skip


def free(row: Invoice, at: datetime) -> int:
    """What this invoice held is free of it; another that is not paid holds on. Returns how many it held."""
    mine = select(LicenseHold.license_id).where(
        LicenseHold.kind == HoldKind.UNPAID, LicenseHold.source == source_of(row.id), LicenseHold.lifted_at.is_(None)
    )
    count = holds.lift_all(_locked(License.id.in_(mine)), HoldKind.UNPAID, at, source_of(row.id))
    if count:
        record("invoice.freed", row, agency_id=row.debtor_id, data={"number": row.number, "licenses": count})
    return count


@subscribe(LicenseActivated)
def _new_license(event: LicenseActivated) -> None:
    """A license that an agency in arrears gets is one of its licenses, and suspended with them until it has paid."""
    for row in _overdue_of(event.agency_id):
        clock = clock_of(row)
        if clock is not None and does_suspend(row, event.at) and pause_of(row) is None:
            suspend(row, clock, event.at, License.id == event.license_id)


def _overdue_of(debtor_id: int) -> list[Invoice]:
    """What the debtor has not paid in time. The debtor is held, so nobody pays meanwhile."""
    overdue = exists().where(
        Deadline.kind == DUE, Deadline.subject_type == Invoice.__tablename__, Deadline.subject_id == Invoice.id,
        Deadline.state == State.FIRED,
    )  # fmt: skip
    owed = select(Invoice).where(
        Invoice.debtor_id == debtor_id, Invoice.state == InvoiceState.ISSUED, Invoice.open_cents > 0, overdue
    )
    return list(db.session.scalars(owed.order_by(Invoice.id).execution_options(populate_existing=True)))


@subscribe(PayersChanged)
def _payers_changed(event: PayersChanged) -> None:
    """What is overdue holds the licenses that its debtor pays for now, and no others. The agency is held."""
    for row in _overdue_of(event.agency_id):
        clock = clock_of(row)
        if clock is None or not does_suspend(row, event.at) or pause_of(row) is not None:
            continue
        suspend(row, clock, event.at)
        spared = _locked(held_by(row.id), ~licenses_of(row))
        holds.lift_all(spared, HoldKind.UNPAID, event.at, source_of(row.id))


# ------------------------------------------------------------------ more time


@dataclass(frozen=True)
class Asked:
    """A pause of the suspension, or more time to pay, through `last_day` of the CoC's zone."""

    kind: RespiteKind
    last_day: date
    reason: str
    once: str


def respites_of(row: Invoice) -> list[Respite]:
    query = select(Respite).where(Respite.invoice_id == row.id).options(joinedload(Respite.by))
    return list(db.session.scalars(query.order_by(Respite.id)))


def pause_of(row: Invoice) -> Respite | None:
    """The pause that holds the suspension off now."""
    query = select(Respite).where(
        Respite.invoice_id == row.id, Respite.kind == RespiteKind.PAUSE, Respite.ended_at.is_(None)
    )
    return db.session.scalar(query.limit(1))


def give(row: Invoice, asked: Asked, by: Principal, at: datetime) -> Respite:
    """Raises Invalid for a day that is none, Conflict for an invoice of which nothing is open. What is suspended for
    it is free at once, until the day is over."""
    row = _held(row.id)
    if earlier := db.session.scalar(select(Respite).where(Respite.once == asked.once)):
        if (earlier.invoice_id, earlier.kind, earlier.last_day) != (row.id, asked.kind, asked.last_day):
            raise KeyUsed
        return earlier
    clock = _must_be_open(row)
    zone = ZoneInfo(row.coc.tz)
    is_extension = asked.kind is RespiteKind.EXTENSION
    due_on = clock.due_at.astimezone(zone).date()
    rules.must_be_a_respite(asked.last_day, local_day(at, row.coc.tz), due_on, is_extension=is_extension)
    if not asked.reason:
        raise Invalid("Say why, in a few words.", "It stays on record, and the agency reads it.", "reason")
    if not is_extension:
        _must_be_to_pause(row, at)
    told = rules.until(first_due(row), asked.last_day, zone, at, asked.reason.rstrip(".") + ".")
    respite = Respite(
        invoice_id=row.id, invoice=row, kind=asked.kind, last_day=asked.last_day, reason=asked.reason,
        by_id=by.person_id, at=at, explanation=told.as_json(), once=asked.once,
    )  # fmt: skip
    if is_extension:
        _end_extensions(respites_of(row), at)
    db.session.add(respite)
    db.session.flush()
    _run(respite, row, clock, told, at)
    data = {"number": row.number, "kind": asked.kind, "last_day": asked.last_day, "why": asked.reason}
    record("invoice.respite", row, agency_id=row.debtor_id, data=data)
    mails.respite(respite, free(row, at), at)
    return respite


def _must_be_open(row: Invoice) -> Deadline:
    clock = clock_of(row) if row.open_cents > 0 else None
    if clock is None or not (clock.is_open or clock.is_missed):
        raise Conflict("Nothing of this invoice is due.", "Load the page again to see how it stands.")
    return clock


def _must_be_to_pause(row: Invoice, at: datetime) -> None:
    if not does_suspend(row, at):
        raise Invalid("No license is suspended for this invoice.", "Give more time to pay instead.", "kind")
    if earlier := pause_of(row):
        day = times.say_day(earlier.last_day)
        raise Conflict(f"The suspension is paused already, until {day}.", "End that pause first.", "kind")


def _run(respite: Respite, row: Invoice, clock: Deadline, told: Decision, at: datetime) -> None:
    if respite.kind is RespiteKind.EXTENSION:
        cancel(clock, at, f"More time was given: {respite.reason}"[:300])
        _drop(row, ARREARS, at, "More time was given.")
        open_clock(row, told, _next_occurrence(row))
        return
    open_deadline(
        PAUSE, respite, told, title=f"The pause for invoice {row.number} ends", lead_id=row.lead_id, coc_id=row.coc_id,
        agency_id=row.debtor_id, holder="agency", warn_before=REMIND_PAUSE,
    )  # fmt: skip


def _drop(row: Invoice, kind: str, at: datetime, why: str) -> None:
    for clock in deadlines_of(row, kind):
        if clock.is_open or clock.is_missed:
            cancel(clock, at, why)


def pause_is_over(clock: Deadline, at: datetime) -> None:
    """The day came: what is overdue suspends now."""
    respite = db.session.get_one(Respite, clock.subject_id)
    row = _held(respite.invoice_id)
    if respite.ended_at is not None:
        return
    respite.ended_at = at
    clock.outcome = "The pause is over."
    _act_again(row, at)


def end(respite: Respite, at: datetime) -> None:
    """Before its day: the pause is over now, or the invoice is due when it was due at first."""
    row = _held(respite.invoice_id)
    db.session.refresh(respite)
    if respite.ended_at is not None:
        raise Conflict("This has ended already.", "Load the page again to see how it stands.")
    _end(respite, at, "It was ended before its day.")
    data = {"number": row.number, "kind": respite.kind, "last_day": respite.last_day}
    record("invoice.respite_ended", row, agency_id=row.debtor_id, data=data)
    if respite.kind is RespiteKind.PAUSE:
        _act_again(row, at)
        return
    clock = _must_be_open(row)
    cancel(clock, at, "The time given was taken back.")
    _drop(row, ARREARS, at, "The time given was taken back.")
    open_clock(row, first_due(row), _next_occurrence(row))


def _end(respite: Respite, at: datetime, why: str) -> None:
    respite.ended_at = at
    for clock in deadlines_of(respite, PAUSE):
        if clock.is_open:
            cancel(clock, at, why)


def _act_again(row: Invoice, at: datetime) -> None:
    db.session.flush()
    clock = clock_of(row)
    if clock is None or not clock.is_missed or row.open_cents <= 0:
        return
    if does_suspend(row, at) and pause_of(row) is None:
        count = suspend(row, clock, at)
        mails.overdue(row, clock.explanation, f"{clock.id}:{at:%Y%m%dT%H%M}", count, None, at)
