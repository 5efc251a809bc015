from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, and_, func, select, union
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import among, db
from core.deadlines import Deadline, State
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.people.models import Person
from core.search import Hit, like, named
from core.search import provider as search_provider
from licensing.reconciliation import services
from licensing.reconciliation.models import Finding, Reconciliation
from licensing.reconciliation.permissions import Permission
from licensing.reconciliation.rules import KINDS, URGENT, FindingState, Kind

AREA = "Licensing"
ON_TODAY = 10
SHOWN = {"open": (FindingState.OPEN,), "closed": (FindingState.SETTLED, FindingState.GONE), "all": tuple(FindingState)}
OF_ONE = (
    joinedload(Finding.person), joinedload(Finding.agency), joinedload(Finding.license), joinedload(Finding.closed_by),
    joinedload(Finding.first).joinedload(Reconciliation.lead), joinedload(Finding.last),
)  # fmt: skip


def lists(principal: Principal) -> Select[Reconciliation]:
    """The lists that were brought, with who brought them."""
    scope = principal.scope(Permission.COMPARE)
    query = select(Reconciliation).where(Reconciliation.lead_id.in_(scope.lead_ids))
    return query.options(joinedload(Reconciliation.by), joinedload(Reconciliation.file))


def visible_list(principal: Principal, number: int, *, lock: bool = False) -> Reconciliation:
    query = lists(principal).where(Reconciliation.id == min(number, typed.BIGGEST))
    query = query.options(joinedload(Reconciliation.lead))
    if lock:
        query = query.with_for_update(of=Reconciliation).execution_options(populate_existing=True)
    row: Reconciliation = found(db.session.scalar(query))
    return row


def findings(principal: Principal, filters: Mapping[str, str]) -> Select[Finding]:
    """What a person may settle, narrowed by what the list's filters say."""
    query = select(Finding).where(principal.scope(Permission.VIEW).where(Finding))
    query = query.options(joinedload(Finding.person), joinedload(Finding.agency))
    query = query.where(Finding.state.in_(SHOWN.get(filters.get("shown", "open"), SHOWN["open"])))
    if filters.get("kind") in set(Kind):
        query = query.where(Finding.kind == Kind(filters["kind"]))
    if filters.get("agency", "").isdecimal():
        query = query.where(Finding.agency_id == int(filters["agency"][:18]))
    return query


def visible_finding(principal: Principal, number: int, *, lock: bool = False) -> Finding:
    query = select(Finding).where(principal.scope(Permission.VIEW).where(Finding))
    query = query.where(Finding.id == min(number, typed.BIGGEST)).options(*OF_ONE)
    if lock:
        query = query.with_for_update(of=Finding).execution_options(populate_existing=True)
    row: Finding = found(db.session.scalar(query))
    return row


def clocks_of(rows: Sequence[Finding]) -> dict[int, Deadline]:
    """The clock of each, by its number, in one question."""
    mine = (Deadline.kind == services.CLOCK, Deadline.subject_type == Finding.__tablename__)
    query = select(Deadline).where(*mine, among(Deadline.subject_id, [row.id for row in rows]))
    return {clock.subject_id: clock for clock in db.session.scalars(query)}


@today_provider
def to_settle(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """The findings that are due first; the list has them all."""
    if not principal.can(Permission.CLOSE):
        return []
    its = and_(
        Deadline.subject_id == Finding.id, Deadline.subject_type == Finding.__tablename__,
        Deadline.kind == services.CLOCK, Deadline.state.in_((State.PENDING, State.FIRED)),
    )  # fmt: skip
    query = select(Finding, Deadline).join(Deadline, its).where(Finding.state == FindingState.OPEN)
    query = query.where(principal.scope(Permission.CLOSE).where(Finding))
    query = query.options(joinedload(Finding.person), joinedload(Finding.agency))
    rows = db.session.execute(query.order_by(Deadline.due_at, Finding.id).limit(min(limit, ON_TODAY))).all()
    return [_work_item(row, clock) for row, clock in rows]


def _work_item(row: Finding, clock: Deadline) -> WorkItem:
    whose = row.person.name if row.person else row.email or row.account
    return WorkItem(
        title=f"{KINDS[row.kind]}: {whose}",
        url=f"/reconciliation/findings/{row.id}",
        action="Settle",
        area=AREA,
        detail=row.agency.name if row.agency else row.agency_said,
        due_at=clock.due_at,
        explanation=clock.explanation,
        since=row.at,
        group=Turn.MINE,
        is_urgent=row.kind in URGENT,
    )


@search_provider("HMIS accounts")
def find(principal: Principal, text: str, limit: int) -> list[Hit]:
    """What differs, by the person's name, or by the address or user name of the account."""
    people = select(Person.id).where(named(Person.name, text))
    ways = (
        Finding.person_id.in_(people), func.lower(Finding.email).like(like(text)),
        func.lower(Finding.account).like(like(text)),
    )  # fmt: skip
    # One after the other, since no index serves all three at once.
    told = union(*(select(Finding.id).where(way) for way in ways))
    query = findings(principal, {"shown": "all"}).where(Finding.id.in_(told)).order_by(Finding.id.desc())
    return [_hit(row) for row in db.session.scalars(query.limit(limit))]


def _hit(row: Finding) -> Hit:
    whose = row.person.name if row.person else row.email or row.account
    where = row.agency.name if row.agency else row.agency_said
    detail = ", ".join(filter(None, (where, row.state)))
    return Hit(f"{KINDS[row.kind]}: {whose}", f"/reconciliation/findings/{row.id}", "HMIS accounts", detail)
