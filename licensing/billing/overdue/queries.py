from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import among, db
from core.deadlines import Deadline, State
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.office.about import Part, about_agency
from core.people.models import Agency, CoC
from licensing.access.models import HoldKind, License, LicenseHold
from licensing.billing.books.ledger import balance
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceState
from licensing.billing.overdue import services
from licensing.billing.payments.models import Respite, RespiteKind
from licensing.billing.payments.queries import owed_by, reach
from licensing.billing.permissions import Permission

AREA = "Licensing"
SHOWN_LICENSES = 50


def is_late(day: date) -> ColumnElement[bool]:
    """Past its due date on that day, and no more time was given that reaches to it."""
    extended = exists().where(
        Respite.invoice_id == Invoice.id, Respite.kind == RespiteKind.EXTENSION, Respite.ended_at.is_(None),
        Respite.last_day >= day,
    )  # fmt: skip
    return and_(Invoice.due_on < day, ~extended)


def given_until(rows: Sequence[Invoice]) -> dict[int, date]:
    """Through which day more time was given for each, in one statement; only of those for which it counts now."""
    query = select(Respite.invoice_id, Respite.last_day).where(
        among(Respite.invoice_id, [row.id for row in rows]), Respite.kind == RespiteKind.EXTENSION,
        Respite.ended_at.is_(None),
    )  # fmt: skip
    return {number: day for number, day in db.session.execute(query)} if rows else {}  # noqa: C416 - rows, not pairs


def owed(principal: Principal, filters: Mapping[str, str], today: date) -> Select[Invoice]:
    """Invoices of which something is open and that have a due date, those overdue unless all are asked for."""
    query = select(Invoice).where(
        Invoice.state == InvoiceState.ISSUED, Invoice.open_cents > 0, Invoice.kind != InvoiceKind.CREDIT,
        Invoice.due_on.is_not(None), reach(principal, Permission.VIEW, Invoice),
    )  # fmt: skip
    if filters.get("shown") != "all":
        query = query.where(is_late(today))
    if filters.get("agency", "").isdecimal():
        query = query.where(Invoice.debtor_id == int(filters["agency"][:18]))
    return query.options(joinedload(Invoice.debtor), joinedload(Invoice.coc))


def clocks_of(rows: Sequence[Invoice]) -> dict[int, Deadline]:
    """The clock that counts of each, in one statement."""
    query = select(Deadline).where(
        Deadline.subject_type == Invoice.__tablename__, among(Deadline.subject_id, [row.id for row in rows]),
        Deadline.kind == services.DUE, Deadline.state != State.CANCELLED,
    )  # fmt: skip
    return (
        {clock.subject_id: clock for clock in db.session.scalars(query.order_by(Deadline.occurrence))} if rows else {}
    )


def held_counts(rows: Sequence[Invoice]) -> dict[int, int]:
    """How many licenses each holds now."""
    sources = {services.source_of(row.id): row.id for row in rows}
    query = select(LicenseHold.source, func.count()).where(
        LicenseHold.kind == HoldKind.UNPAID, LicenseHold.lifted_at.is_(None), LicenseHold.source.in_(sources)
    )
    told = db.session.execute(query.group_by(LicenseHold.source)).all() if rows else []
    return {sources[source]: count for source, count in told}


def visible_invoice(principal: Principal, invoice_id: int, permission: Permission = Permission.VIEW) -> Invoice:
    """One that was issued; its debtor's own people see it, another agency's is not there."""
    query = select(Invoice).where(
        Invoice.id == min(invoice_id, typed.BIGGEST), Invoice.state == InvoiceState.ISSUED,
        reach(principal, permission, Invoice),
    )  # fmt: skip
    query = query.options(
        joinedload(Invoice.debtor).joinedload(Agency.coc), joinedload(Invoice.coc).joinedload(CoC.lead)
    )
    row: Invoice = found(db.session.scalar(query))
    return row


def respite_of(row: Invoice, respite_id: int) -> Respite:
    query = select(Respite).where(Respite.id == min(respite_id, typed.BIGGEST), Respite.invoice_id == row.id)
    respite: Respite = found(db.session.scalar(query))
    return respite


def held_licenses(row: Invoice) -> list[License]:
    query = (
        select(License).where(services.held_by(row.id)).options(joinedload(License.person), joinedload(License.agency))
    )
    return list(db.session.scalars(query.order_by(License.id).limit(SHOWN_LICENSES)))


@about_agency
def debts(principal: Principal, agency: Agency, at: datetime) -> Part | None:
    """What it owes and what is suspended for that, on the agency's page."""
    if not principal.can(Permission.VIEW, agency=agency):
        return None
    rows = owed_by(agency.id, 20)
    clocks = clocks_of(rows)
    late = {row.id for row in rows if row.id in clocks and clocks[row.id].is_late(at)}
    context = {
        "late": [row for row in rows if row.id in late],
        "open": [row for row in rows if row.id not in late],
        "held": held_counts(rows),
        "balance": balance(agency.id),
        "keeps_fees": principal.can(Permission.SCHEDULE, agency=agency),
    }
    return Part("licensing/billing/overdue/_agency.html", context, order=12)


@today_provider
def long_overdue(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """For the Lead: invoices that are still not paid when the last reminder went out."""
    if not principal.can(Permission.RESPITE):
        return []
    scope = principal.scope(Permission.RESPITE)
    query = select(Deadline).where(
        Deadline.kind == services.ARREARS, Deadline.state == State.FIRED, scope.where(Deadline)
    )
    rows = db.session.scalars(query.order_by(Deadline.due_at, Deadline.id).limit(limit)).all()
    return [
        WorkItem(
            title=row.title, url=f"/overdue/{row.subject_id}", action="See it", area=AREA,
            detail="Nothing came since the last reminder", since=row.due_at, group=Turn.MINE,
        )
        for row in rows
    ]  # fmt: skip
