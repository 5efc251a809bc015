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
from licensing.billing.invoices.drafting import Draft, Frame, addressed, of_licenses, write, yearly
from licensing.billing.invoices.models import (
    Invoice,
    InvoicedLicense,
    InvoiceKind,
    InvoiceLine,
    InvoiceRun,
    InvoiceState,
    RunState,
    is_void,
)
from licensing.billing.invoices.running import names_of

OTHER = "other"
ASKED_EVERYWHERE = {"custom-report": "A custom report", "data-transfer": "Transfer of the agency's data"}


@dataclass(frozen=True)
class Service:
    """So many of a service at a price; `kind` is a word of the pack's list, or `other`."""

    kind: str
    words: str
    quantity: int
    unit_cents: int


def services_of(coc: CoC, at: datetime) -> dict[str, str]:
    """What the manual lists as charged for (SAC-LI-7), what every Lead is asked for, and whatever else it may be."""
    policy = policy_in_force(coc, at)
    listed = dict(policy.list(ListName.CHARGED_SERVICES).items) if policy.has(ListName.CHARGED_SERVICES) else {}
    return ASKED_EVERYWHERE | listed | {OTHER: "Another service"}


@dataclass(frozen=True)
class Unbilled:
    """What an agency would be billed of this year: `is_whole`, all that the schedule asks, else licenses alone."""

    year: Year
    schedule: FeeSchedule | None
    drafts: list[Draft]
    is_whole: bool = False


def unbilled(agency: Agency, at: datetime) -> Unbilled:
    """What the agency's licenses come to that no invoice of this year bills; where the year was run without the agency,
    since it came later or its invoice is void, all that the schedule asks of it."""
    year = year_of(agency.coc, at)
    schedule = schedule_on(agency.coc_id, local_day(at, agency.coc.tz))
    if schedule is None or not schedule.items:
        return Unbilled(year, schedule, [])
    ground = grounds(agency.coc, [agency.id], year, at)[agency.id]
    is_whole = _was_passed_by(agency, year)
    count = yearly if is_whole else of_licenses
    return Unbilled(year, schedule, count(agency, ground, schedule, year, _names(ground)), is_whole)


def _was_passed_by(agency: Agency, year: Year) -> bool:
    run = select(InvoiceRun.id).where(
        InvoiceRun.coc_id == agency.coc_id, InvoiceRun.first_day == year.first_day, InvoiceRun.state == RunState.DONE
    )
    whole = select(Invoice.id).where(
        Invoice.agency_id == agency.id, Invoice.kind == InvoiceKind.YEARLY, Invoice.first_day == year.first_day,
        Invoice.state != InvoiceState.DROPPED, ~is_void(Invoice),
    )  # fmt: skip
    return db.session.scalar(run.limit(1)) is not None and db.session.scalar(whole.limit(1)) is None


def _names(ground: Ground) -> dict[int, str]:
    return names_of([one.paying_agency_id for one in (ground.payer, *ground.payers.values()) if one])


def bill_licenses(agency: Agency, by: Principal, at: datetime, once: str, fund: str = "") -> list[Invoice]:
    """Drafts for licenses that no invoice of this year bills, prorated by the schedule's rule; of the whole year's fee
    where its run passed the agency by. Raises Conflict where there is nothing, or the yearly run is in work."""
    hold(agency)
    if known := _made_by(once):
        return _same(known, agency)
    found = unbilled(agency, at)
    year, schedule, drafts = found.year, found.schedule, found.drafts
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
    kind = InvoiceKind.YEARLY if found.is_whole else InvoiceKind.LICENSES
    return _written(drafts, Frame(agency.coc, kind, year, by.person_id, at, once, fund=fund))


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
    why = f"{one.quantity:,} × {dollars(one.unit_cents)} = {dollars(due)}."
    return Line(one.kind, words, one.quantity, one.unit_cents, due, (why,), _rule_of(coc, one.kind, at))


def _rule_of(coc: CoC, kind: str, at: datetime) -> str:
    policy = policy_in_force(coc, at)
    listed = policy.list(ListName.CHARGED_SERVICES) if policy.has(ListName.CHARGED_SERVICES) else None
    return listed.rule if listed and kind in listed.items else ""


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
