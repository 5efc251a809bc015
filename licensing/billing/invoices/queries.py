from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core import typed
from core.authz import Principal, found
from core.db import db
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.money import dollars
from core.people.models import Agency, CoC
from core.search import Hit, like
from core.search import provider as search_provider
from licensing.access.ground import hold
from licensing.billing.invoices import running
from licensing.billing.invoices.models import (
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceRun,
    InvoiceState,
    RunState,
)
from licensing.billing.overdue.queries import given_until, is_late
from licensing.billing.permissions import Permission

AREA = "Licensing"
WHOLE = (
    joinedload(Invoice.agency),
    joinedload(Invoice.debtor),
    joinedload(Invoice.coc).joinedload(CoC.lead),
)
SHOWN = {"overdue": "Overdue", "open": "Not paid", "settled": "Nothing owed", "credit": "Credit notes"}


def visible(principal: Principal) -> ColumnElement[bool]:
    """The Lead's people see all; an agency's, what was issued to it as the one who owes it."""
    scope = principal.scope(Permission.VIEW)
    parts: list[ColumnElement[bool]] = []
    if scope.lead_ids:
        parts.append(Invoice.lead_id.in_(scope.lead_ids))
    if scope.coc_ids:
        parts.append(Invoice.coc_id.in_(scope.coc_ids))
    if scope.agency_ids:
        parts.append(Invoice.debtor_id.in_(scope.agency_ids) & (Invoice.state == InvoiceState.ISSUED))
    return or_(*parts) if parts else false()


def invoices(principal: Principal, filters: Mapping[str, str], today: date) -> Select[Invoice]:
    query = select(Invoice).where(visible(principal), *_shown(filters.get("shown", ""), today)).options(*WHOLE)
    if filters.get("agency", "").isdecimal():
        number = int(filters["agency"][:18])
        query = query.where(or_(Invoice.agency_id == number, Invoice.debtor_id == number))
    if filters.get("year", "").isdecimal():
        query = query.where(Invoice.year == int(filters["year"][:4]))
    return query


def _shown(word: str, today: date) -> list[ColumnElement[bool]]:
    is_issued = Invoice.state == InvoiceState.ISSUED
    told: dict[str, list[ColumnElement[bool]]] = {
        "drafts": [Invoice.state == InvoiceState.DRAFT],
        "all": [],
        "open": [is_issued, Invoice.open_cents > 0],
        "overdue": [is_issued, Invoice.open_cents > 0, is_late(today)],
        "settled": [is_issued, Invoice.open_cents == 0, Invoice.kind != InvoiceKind.CREDIT],
        "credit": [is_issued, Invoice.kind == InvoiceKind.CREDIT],
    }
    return told.get(word, [is_issued])


def visible_invoice(principal: Principal, number: int) -> Invoice:
    query = select(Invoice).where(Invoice.id == min(number, typed.BIGGEST), visible(principal))
    query = query.options(*WHOLE, selectinload(Invoice.lines), joinedload(Invoice.file))
    row: Invoice = found(db.session.scalar(query))
    return row


def _kept(principal: Principal) -> ColumnElement[bool]:
    scope = principal.scope(Permission.INVOICE)
    return or_(Invoice.lead_id.in_(scope.lead_ids), Invoice.coc_id.in_(scope.coc_ids))


def locked_invoice(principal: Principal, number: int) -> Invoice:
    """For who is about to change it: its debtor first, then the row."""
    wanted = Invoice.id == min(number, typed.BIGGEST)
    seen: Invoice = found(
        db.session.scalar(select(Invoice).where(wanted, _kept(principal)).options(joinedload(Invoice.debtor)))
    )
    hold(seen.debtor)
    query = (
        select(Invoice)
        .where(wanted)
        .with_for_update(of=Invoice, key_share=True)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one()


def credits_of(row: Invoice) -> list[Invoice]:
    query = select(Invoice).where(Invoice.credits_id == row.id, Invoice.state == InvoiceState.ISSUED)
    return list(db.session.scalars(query.order_by(Invoice.id).limit(100)))


def agencies(principal: Principal) -> list[Agency]:
    scope = principal.scope(Permission.VIEW)
    return list(db.session.scalars(select(Agency).where(scope.over_agencies()).order_by(Agency.name).limit(2000)))


# ------------------------------------------------------------------ runs


def runs(principal: Principal) -> Select[InvoiceRun]:
    scope = principal.scope(Permission.INVOICE)
    query = select(InvoiceRun).where(or_(InvoiceRun.lead_id.in_(scope.lead_ids), InvoiceRun.coc_id.in_(scope.coc_ids)))
    return query.options(joinedload(InvoiceRun.coc))


def visible_run(principal: Principal, number: int, *, lock: bool = False) -> InvoiceRun:
    query = runs(principal).where(InvoiceRun.id == min(number, typed.BIGGEST))
    if lock:
        query = query.with_for_update(of=InvoiceRun, key_share=True).execution_options(populate_existing=True)
    row: InvoiceRun = found(db.session.scalar(query))
    return row


def drafts_of(row: InvoiceRun, *, only_lacking: bool = False) -> Select[Invoice]:
    """Of all, or of those that a figure is missing for."""
    query = select(Invoice).where(Invoice.run_id == row.id).options(*WHOLE)
    return query.where(Invoice.lines.any(running.uncounted())) if only_lacking else query


@dataclass(frozen=True)
class Compared:
    """One bill of a run beside what its agency was billed by the run before."""

    invoice: Invoice
    cents: int
    before: int
    is_incomplete: bool

    @property
    def difference(self) -> int:
        return self.cents - self.before


def compared(rows: Sequence[Invoice], before: InvoiceRun | None) -> list[Compared]:
    """Of a page, in as many statements whatever its length."""
    ids = [row.agency_id for row in rows]
    last = running.sum_of_agency(before.id, ids) if before else {}
    now = running.sum_of_agency(rows[0].run_id, ids) if rows and rows[0].run_id else {}
    lacking = running.lacks_figures([row.id for row in rows])
    return [
        Compared(row, now.get(row.agency_id, row.total_cents), last.get(row.agency_id, 0), row.id in lacking)
        for row in rows
    ]


def printed_of(row: InvoiceRun) -> int:
    """How many of the run's invoices have their PDF."""
    query = select(func.count()).select_from(Invoice).where(Invoice.run_id == row.id, Invoice.file_id.is_not(None))
    return int(db.session.scalar(query) or 0)


def line_of(row: Invoice, number: int) -> InvoiceLine | None:
    return next((one for one in row.lines if one.id == number), None)


# ------------------------------------------------------------------ today and search


@today_provider
def to_do(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """Invoices to pay, for who answers for the debtor; a run that waits, for who issues it."""
    items: list[WorkItem] = []
    if mine := principal.scope(Permission.VIEW).agency_ids:
        query = select(Invoice).where(
            Invoice.debtor_id.in_(mine), Invoice.state == InvoiceState.ISSUED, Invoice.open_cents > 0
        )
        rows = db.session.scalars(query.options(*WHOLE).order_by(Invoice.due_on, Invoice.id).limit(limit)).all()
        until = given_until(rows)
        items += [
            WorkItem(
                f"Invoice {row.number} to pay: {dollars(row.open_cents)}", f"/invoices/{row.id}", "See it", AREA,
                detail=row.debtor.name, due_at=_end_of(row, until.get(row.id)),
                explanation=None if row.id in until else row.due, since=row.issued_at,
            )
            for row in rows
        ]  # fmt: skip
    if principal.can(Permission.INVOICE):
        waiting = runs(principal).where(InvoiceRun.state == RunState.READY).order_by(InvoiceRun.id).limit(limit)
        items += [
            WorkItem(
                f"{row.drafts} invoices of {row.coc.code} wait for you: {dollars(row.drafted_cents)}",
                f"/invoices/runs/{row.id}", "Look them over", AREA, since=row.at, group=Turn.MINE,
            )
            for row in db.session.scalars(waiting)
        ]  # fmt: skip
    return items


def _end_of(row: Invoice, until: date | None) -> datetime | None:
    day = until or row.due_on
    if day is None:
        return None
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(row.coc.tz))


@search_provider("Invoices")
def find(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By its number, by the purchase order, or by the beginning of who pays."""
    if not principal.can(Permission.VIEW):
        return []
    said = text.strip()
    parts = said.upper().split("-")
    wanted = [func.lower(Invoice.payer_name).like(like(said)), func.lower(Invoice.purchase_order) == said.lower()]
    if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal():
        exact = (Invoice.series == parts[0], Invoice.year == int(parts[1][:4]), Invoice.sequence == int(parts[2][:12]))
        wanted = [exact[0] & exact[1] & exact[2]]
    query = select(Invoice).where(visible(principal), Invoice.state == InvoiceState.ISSUED, or_(*wanted))
    rows = db.session.scalars(query.order_by(Invoice.id.desc()).limit(limit))
    return [
        Hit(f"Invoice {row.number}", f"/invoices/{row.id}", "Invoices", f"{row.payer_name}, {dollars(row.total_cents)}")
        for row in rows
    ]
