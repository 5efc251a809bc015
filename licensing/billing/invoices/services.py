"""Single invoices: licenses bought since the last run, and services of the list (VT-LI-8, SAC-LI-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.money import MOST_CENTS, dollars
from core.once import KeyUsed
from core.people.models import Agency, CoC
from core.policy.vocabulary import ListName
from core.typed import refuse_client_data
from core.ui.times import say_day
from licensing.access.ground import hold, local_day, policy_in_force
from licensing.billing.fees.facts import Ground, grounds
from licensing.billing.fees.models import FeeSchedule
from licensing.billing.fees.rules import Line, Year
from licensing.billing.fees.services import schedule_on
from licensing.billing.fees.years import year_of
from licensing.billing.invoices import issuing, mails
from licensing.billing.invoices.drafting import Draft, Frame, addressed, of_licenses, write
from licensing.billing.invoices.models import (
    Invoice,
    InvoicedLicense,
    InvoiceKind,
    InvoiceLine,
    InvoiceRun,
    InvoiceState,
    RunState,
)
from licensing.billing.invoices.running import names_of

OTHER = "other"


@dataclass(frozen=True)
class Service:
    """So many of a service at a price; `kind` is a word of the pack's list, or `other`."""

    kind: str
    words: str
    quantity: int
    unit_cents: int


def services_of(coc: CoC, at: datetime) -> dict[str, str]:
    """What the manual lists as charged for, and whatever else it may be (SAC-LI-7)."""
    policy = policy_in_force(coc, at)
    listed = dict(policy.list(ListName.CHARGED_SERVICES).items) if policy.has(ListName.CHARGED_SERVICES) else {}
    return listed | {OTHER: "Another service"}


def unbilled(agency: Agency, at: datetime) -> tuple[Year, FeeSchedule | None, list[Draft]]:
    """What the agency's licenses come to that no invoice of this year bills."""
    year = year_of(agency.coc, at)
    schedule = schedule_on(agency.coc_id, local_day(at, agency.coc.tz))
    if schedule is None or not schedule.items:
        return year, schedule, []
    ground = grounds(agency.coc, [agency.id], year, at)[agency.id]
    return year, schedule, of_licenses(agency, ground, schedule, year, _names(ground))


def _names(ground: Ground) -> dict[int, str]:
    return names_of([one.paying_agency_id for one in (ground.payer, *ground.payers.values()) if one])


def bill_licenses(agency: Agency, by: Principal, at: datetime, once: str, fund: str = "") -> list[Invoice]:
    """Drafts for licenses that no invoice of this year bills, prorated by the schedule's rule. Raises Conflict where
    there are none, or the yearly run is still to be made or in work."""
    hold(agency)
    if known := _made_by(once):
        return _same(known, agency)
    year, schedule, drafts = unbilled(agency, at)
    working = select(InvoiceRun).where(
        InvoiceRun.coc_id == agency.coc_id, InvoiceRun.first_day == year.first_day,
        InvoiceRun.state.not_in((RunState.DONE, RunState.DROPPED)),
    )  # fmt: skip
    if (run := db.session.scalar(working)) is not None:
        raise Conflict(
            f"The run of the year from {say_day(year.first_day)} is {run.state}, and bills these licenses.",
            "Issue it or drop it first.",
        )
    if schedule is None:
        raise Invalid(f"No fee schedule of {agency.coc.code} counts today.", "Enter one first.")
    if not schedule.items:
        raise Invalid(f"“{schedule.name}” has no lines, so licenses are free.", "Bill a service.", rule="SAC-LI-7")
    if not drafts:
        raise Conflict(
            f"Every license of {agency.name} is billed for {say_day(year.first_day)} to {say_day(year.last_day)}.",
            "There is nothing to bill.",
        )
    return _written(drafts, Frame(agency.coc, InvoiceKind.LICENSES, year, by.person_id, at, once, fund=fund))


def bill_services(
    agency: Agency, told: Sequence[Service], by: Principal, at: datetime, once: str, note: str = "", fund: str = ""
) -> list[Invoice]:
    """A draft for services. Raises Invalid for one that is not on the list, a quantity below one, or no price."""
    hold(agency)
    if known := _made_by(once):
        return _same(known, agency)
    if not told:
        raise Invalid("Say what is billed.", "Fill in one line at least.", field="lines-0-words")
    lines = [_service_line(agency.coc, one, number, at) for number, one in enumerate(told, 1)]
    refuse_client_data(note, "note")
    if sum(line.cents for line in lines) > MOST_CENTS:
        raise Invalid("That sum cannot be meant.", "Check quantities and prices.", field="lines-0-quantity")
    ground = grounds(agency.coc, [agency.id], year_of(agency.coc, at), at)[agency.id]
    draft = addressed(agency, ground.payer, lines, _names(ground))
    today = local_day(at, agency.coc.tz)
    frame = Frame(
        agency.coc, InvoiceKind.SERVICE, Year(today, today), by.person_id, at, once, note=note, fund=fund
    )  # fmt: skip
    return _written([draft], frame)


def _service_line(coc: CoC, one: Service, number: int, at: datetime) -> Line:
    where = f"lines-{number - 1}"
    known = services_of(coc, at)
    if one.kind not in known:
        raise Invalid(f"Line {number} is no service of the list.", "Choose one of it.", field=f"{where}-kind")
    if one.quantity < 1:
        raise Invalid(
            f"The quantity of line {number} is {one.quantity}.",
            "Give one or more. To take something off, write a credit note.", field=f"{where}-quantity",
        )  # fmt: skip
    if not 0 < one.unit_cents <= MOST_CENTS or one.quantity > 1_000_000:
        raise Invalid(f"The price of line {number} cannot be meant.", "More than nothing.", field=f"{where}-cost")
    refuse_client_data(one.words, f"{where}-words")
    due = one.quantity * one.unit_cents
    words = one.words or (known[one.kind] if one.kind != OTHER else "")
    if not words:
        raise Invalid(f"Say what line {number} is.", "The invoice has these words.", field=f"{where}-words")
    rule = "SAC-LI-7" if one.kind != OTHER else ""
    return Line(one.kind, words, one.quantity, one.unit_cents, due,
                (f"{one.quantity:,} × {dollars(one.unit_cents)} = {dollars(due)}.",), rule)  # fmt: skip


def _made_by(once: str) -> list[Invoice]:
    query = select(Invoice).where(Invoice.once.in_([f"{once[:70]}:{number}" for number in range(50)]))
    return list(db.session.scalars(query.order_by(Invoice.id)))


def _same(rows: list[Invoice], agency: Agency) -> list[Invoice]:
    if any(row.agency_id != agency.id for row in rows):
        raise KeyUsed
    return rows


def _written(drafts: Sequence[Draft], frame: Frame) -> list[Invoice]:
    ids = write(drafts, frame)
    rows = [db.session.get_one(Invoice, number) for number in ids]
    for row in rows:
        record("invoice.drafted", row, data={"cents": row.total_cents, "kind": row.kind})
    return rows


def issue(row: Invoice, at: datetime) -> None:
    """A single draft becomes an invoice; both the debtor and the row are locked. Again is the same."""
    if row.state is InvoiceState.ISSUED:
        return
    _must_be_single_draft(row)
    issuing.issue(row, at)
    mails.issued([row], row.coc, at)


def drop(row: Invoice) -> None:
    """A single draft is taken out; its licenses can be billed again. The row is locked."""
    if row.state is InvoiceState.DROPPED:
        return
    _must_be_single_draft(row)
    db.session.execute(delete(InvoicedLicense).where(InvoicedLicense.invoice_id == row.id))
    row.state = InvoiceState.DROPPED
    record("invoice.dropped", row, data={"cents": row.total_cents})


def _must_be_single_draft(row: Invoice) -> None:
    if row.state is not InvoiceState.DRAFT:
        raise Conflict(f"This invoice is {row.state}.", "Load the page again to see how it stands.")
    if row.run_id is not None:
        raise Conflict("This draft belongs to a run.", "Issue or drop the run as a whole.")


def lines_of(invoice_ids: Sequence[int]) -> list[InvoiceLine]:
    query = select(InvoiceLine).where(InvoiceLine.invoice_id.in_(invoice_ids))
    return list(db.session.scalars(query.order_by(InvoiceLine.invoice_id, InvoiceLine.position)))
