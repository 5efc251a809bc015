"""The invoices of a CoC for a year: counted as drafts to look over, then issued. Rules: VT-LI-8, SAC-LI-7.

Both go on in batches, each a unit of work that keeps how far it came, so that a process that dies loses none and does
none twice; the next look takes it up. Of two processes at one run, the second leaves it to the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from core import clock
from core.audit import acting_as, record
from core.authz import Principal
from core.db import among, db, on_commit, unit_of_work
from core.errors import Conflict, Invalid
from core.events import publish
from core.once import KeyUsed, one_at_a_time
from core.people.models import Agency, CoC
from core.ui.times import say_day
from licensing.access.ground import local_day, policy_in_force
from licensing.billing.books.ledger import invoice_entry
from licensing.billing.books.models import LedgerEntry
from licensing.billing.fees.facts import agencies_after, grounds
from licensing.billing.fees.models import FeeSchedule
from licensing.billing.fees.rules import Year
from licensing.billing.fees.services import schedule_on
from licensing.billing.fees.years import year_beginning
from licensing.billing.invoices import mails, numbers
from licensing.billing.invoices.drafting import FIGURES, Frame, write, yearly
from licensing.billing.invoices.issuing import due_of
from licensing.billing.invoices.models import (
    Invoice,
    InvoicedLicense,
    InvoiceKind,
    InvoiceLine,
    InvoiceRun,
    InvoiceState,
    RunState,
)
from licensing.events import InvoiceIssued

ACTOR = "system:invoices"
AGENCIES, INVOICES = 500, 250
WORKING = (RunState.COUNTING, RunState.ISSUING)


def begin(coc: CoC, year: int, by: Principal, at: datetime, once: str, fund: str = "") -> InvoiceRun:
    """The run of the billing year that begins in `year`. Raises Invalid or Conflict where it cannot be: the year has
    not begun, or is billed, another run is in work, or no schedule counts."""
    one_at_a_time(once)
    if known := db.session.scalar(select(InvoiceRun).where(InvoiceRun.once == once)):
        if (known.coc_id, known.first_day.year) != (coc.id, year):
            raise KeyUsed
        return known
    db.session.execute(select(CoC.id).where(CoC.id == coc.id).with_for_update(key_share=True))
    if not 1990 <= year <= 2200:
        raise Invalid("That year cannot be meant.", "Give the year in which it begins.", field="year")
    whole = year_beginning(policy_in_force(coc, at), year)
    schedule = _must_be_possible(coc, whole, at)
    row = InvoiceRun(
        lead_id=coc.lead_id, coc_id=coc.id, coc=coc, schedule_id=schedule.id, first_day=whole.first_day,
        last_day=whole.last_day, fund=fund, by_id=by.person_id, at=at, once=once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("run.begun", row, data={"from": whole.first_day, "through": whole.last_day, "schedule": schedule.name})
    return row


def _must_be_possible(coc: CoC, year: Year, at: datetime) -> FeeSchedule:
    if year.first_day > local_day(at, coc.tz):
        raise Invalid(
            f"The year {say_day(year.first_day)} to {say_day(year.last_day)} has not begun.",
            f"Run it from {say_day(year.first_day)} on, when it is known who has a license.", field="year",
        )  # fmt: skip
    runs = select(InvoiceRun).where(InvoiceRun.coc_id == coc.id, InvoiceRun.state != RunState.DROPPED)
    if (same := db.session.scalar(runs.where(InvoiceRun.first_day == year.first_day))) is not None:
        if same.state is RunState.DONE:
            raise Conflict(
                f"{coc.code} was billed for the year from {say_day(year.first_day)}.",
                "Bill licenses bought since then by single invoices.", field="year",
            )  # fmt: skip
        raise Conflict(f"A run of that year is {same.state}.", "Go on with it, or drop it first.", field="year")
    if (other := db.session.scalar(runs.where(InvoiceRun.state != RunState.DONE))) is not None:
        raise Conflict(
            f"The run of the year from {say_day(other.first_day)} is still {other.state}.",
            "Issue it or drop it first.", field="year",
        )  # fmt: skip
    schedule = schedule_on(coc.id, year.first_day)
    if schedule is None:
        raise Invalid(
            f"No fee schedule of {coc.code} counts on {say_day(year.first_day)}.", "Enter one first.", field="year"
        )
    if not schedule.items:
        raise Invalid(
            f"“{schedule.name}” has no lines, so taking part is free that year.",
            "Bill services by single invoices.", field="year", rule="SAC-LI-7",
        )  # fmt: skip
    return schedule


# ------------------------------------------------------------------ the work


def work(run_id: int | None = None, *, most: int | None = None) -> int:
    """Take every run on that has something left, batch by batch; returns how many batches were done."""
    done = 0
    with acting_as(ACTOR):
        while most is None or done < most:
            if not _step(run_id):
                return done
            done += 1
    return done


def look() -> int:
    """For the sweep: a few batches, so that what else is due has its turn."""
    return work(most=6)


def _step(run_id: int | None) -> bool:
    with unit_of_work() as session:
        query = select(InvoiceRun).where(InvoiceRun.state.in_(WORKING))
        if run_id is not None:
            query = query.where(InvoiceRun.id == run_id)
        query = query.order_by(InvoiceRun.id).limit(1).with_for_update(of=InvoiceRun, skip_locked=True)
        row = session.scalar(query.execution_options(populate_existing=True))
        if row is None:
            return False
        if row.state is RunState.COUNTING:
            _count(row)
        else:
            _issue(row, clock.now())
    return True


def _count(row: InvoiceRun) -> None:
    agencies = agencies_after(row.coc_id, row.reached_id, AGENCIES)
    if not agencies:
        row.state, row.reached_id = RunState.READY, 0
        record("run.counted", row, data={"drafts": row.drafts, "cents": row.drafted_cents})
        mails.ready(row, clock.now())
        return
    ids = [one.id for one in agencies]
    hold_all(ids)
    year = Year(row.first_day, row.last_day)
    there = grounds(row.coc, ids, year, row.at)
    schedule = db.session.get_one(FeeSchedule, row.schedule_id)
    names = names_of([p.paying_agency_id for one in there.values() for p in (one.payer, *one.payers.values()) if p])
    drafts = [d for one in agencies for d in yearly(one, there[one.id], schedule, year, names)]
    write(drafts, Frame(row.coc, InvoiceKind.YEARLY, year, row.by_id, row.at, row.once, row.id, fund=row.fund))
    row.reached_id = ids[-1]
    row.drafts += len(drafts)
    row.drafted_cents += sum(one.cents for one in drafts)
    row.lacking += sum(one.lacks_figures for one in drafts)


def hold_all(agency_ids: Sequence[int]) -> None:
    """As `hold` for one agency, for many, in the order of their numbers."""
    query = select(Agency.id).where(among(Agency.id, agency_ids)).order_by(Agency.id)
    db.session.execute(query.with_for_update(key_share=True))


def names_of(agency_ids: Sequence[int | None]) -> dict[int, str]:
    wanted = {number for number in agency_ids if number is not None}
    if not wanted:
        return {}
    query = select(Agency.id, Agency.name).where(among(Agency.id, wanted))
    return {row.id: row.name for row in db.session.execute(query)}


def _issue(row: InvoiceRun, at: datetime) -> None:
    mine = (Invoice.run_id == row.id, Invoice.state == InvoiceState.DRAFT, Invoice.id > row.reached_id)
    found = db.session.execute(select(Invoice.id, Invoice.debtor_id).where(*mine).order_by(Invoice.id).limit(INVOICES))
    batch = found.all()
    if not batch:
        row.state, row.done_at = RunState.DONE, at
        record("run.done", row, data={"issued": row.issued, "cents": row.issued_cents})
        return
    hold_all([debtor for _, debtor in batch])
    ids = [number for number, _ in batch]
    query = select(Invoice).where(among(Invoice.id, ids)).order_by(Invoice.id).with_for_update(of=Invoice)
    invoices = db.session.scalars(query.execution_options(populate_existing=True)).all()
    today = local_day(at, row.coc.tz)
    due = due_of(row.coc, at)
    due_on = local_day(datetime.fromisoformat(due["due"]), row.coc.tz) if due else None
    taken = numbers.take(row.lead_id, invoices[0].series, today.year, len(invoices))
    for one, sequence in zip(invoices, taken, strict=True):
        one.state, one.issued_on, one.issued_at = InvoiceState.ISSUED, today, at
        one.year, one.sequence = today.year, sequence
        if one.total_cents > 0:
            one.due, one.due_on = due, due_on
    db.session.flush()
    db.session.execute(insert(LedgerEntry), [invoice_entry(one) for one in invoices])
    for one in invoices:
        record("invoice.issued", one, data={"number": one.number, "cents": one.total_cents, "due_on": one.due_on})
        publish(InvoiceIssued(one.id, one.debtor_id, at))
    mails.issued(invoices, row.coc, at)
    row.reached_id, row.issued = ids[-1], row.issued + len(invoices)
    row.issued_cents += sum(one.total_cents for one in invoices)


# ------------------------------------------------------------------ what a person decides


def issue(row: InvoiceRun, by: Principal, at: datetime) -> None:
    """The drafts become invoices, from now on by themselves. The row is locked. Again is the same."""
    if row.state in (RunState.ISSUING, RunState.DONE):
        return
    if row.state is not RunState.READY:
        raise Conflict(f"This run is {row.state}.", "Wait until it is counted, then look it over.")
    row.state, row.reached_id, row.issue_by_id = RunState.ISSUING, 0, by.person_id
    row.issued_on = local_day(at, row.coc.tz)
    record("run.issuing", row, data={"drafts": row.drafts, "cents": row.drafted_cents})
    on_commit(soon)


def soon() -> None:
    """A batch at once, so that a small run is done when its page comes back; the sweep does the rest."""
    work(most=2)


def drop(row: InvoiceRun, at: datetime) -> None:
    """The drafts are taken out; nothing of them was sent. The row is locked."""
    if row.state is RunState.DROPPED:
        return
    if row.state not in (RunState.COUNTING, RunState.READY):
        raise Conflict(f"This run is {row.state}: its invoices count.", "Credit what is wrong in them.")
    drafts = select(Invoice.id).where(Invoice.run_id == row.id, Invoice.state == InvoiceState.DRAFT)
    for model in (InvoicedLicense, InvoiceLine):
        db.session.execute(delete(model).where(model.invoice_id.in_(drafts)), execution_options=UNSEEN)
    gone = update(Invoice).where(Invoice.id.in_(drafts)).values(state=InvoiceState.DROPPED)
    db.session.execute(gone, execution_options=UNSEEN)
    row.state, row.done_at = RunState.DROPPED, at
    record("run.dropped", row, data={"drafts": row.drafts, "cents": row.drafted_cents})


UNSEEN = {"synchronize_session": False}


def run_before(row: InvoiceRun) -> InvoiceRun | None:
    query = select(InvoiceRun).where(
        InvoiceRun.coc_id == row.coc_id, InvoiceRun.state == RunState.DONE, InvoiceRun.first_day < row.first_day
    )
    return db.session.scalar(query.order_by(InvoiceRun.first_day.desc()).limit(1))


def sum_of_agency(run_id: int, agency_ids: Sequence[int]) -> dict[int, int]:
    query = select(Invoice.agency_id, func.sum(Invoice.total_cents)).where(
        Invoice.run_id == run_id, among(Invoice.agency_id, agency_ids)
    )
    return {number: int(cents) for number, cents in db.session.execute(query.group_by(Invoice.agency_id))}


def uncounted() -> ColumnElement[bool]:
    """A line whose figure nobody entered."""
    return InvoiceLine.basis.in_(FIGURES) & (InvoiceLine.quantity == 0) & (InvoiceLine.unit_cents == 0)


def lacks_figures(invoice_ids: Sequence[int]) -> set[int]:
    """Which of the drafts have a line that could not be counted."""
    query = select(InvoiceLine.invoice_id).where(among(InvoiceLine.invoice_id, invoice_ids), uncounted())
    return set(db.session.scalars(query))
