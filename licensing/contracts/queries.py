from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import among, db
from core.people.models import CoC
from licensing.access.services import local_day
from licensing.contracts import services
from licensing.contracts.models import Contract
from licensing.contracts.permissions import Permission


def _reach(principal: Principal, permission: Permission) -> ColumnElement[bool]:
    scope = principal.scope(permission)
    return or_(Contract.lead_id.in_(scope.lead_ids), Contract.coc_id.in_(scope.coc_ids))


def contracts(principal: Principal, filters: Mapping[str, str]) -> Select[Contract]:
    query = select(Contract).where(_reach(principal, Permission.VIEW))
    query = query.options(joinedload(Contract.coc), joinedload(Contract.file))
    if filters.get("shown") != "all":
        query = query.where(Contract.over_at.is_(None))
    if filters.get("kind"):
        query = query.where(Contract.kind == typed.line(filters["kind"]))
    return query


def visible_contract(principal: Principal, contract_id: int, *, lock: bool = False) -> Contract:
    permission = Permission.KEEP if lock else Permission.VIEW
    query = select(Contract).where(Contract.id == min(contract_id, typed.BIGGEST), _reach(principal, permission))
    if lock:
        query = query.with_for_update(of=Contract).execution_options(populate_existing=True)
    row: Contract = found(db.session.scalar(query))
    return row


def cocs(principal: Principal) -> list[CoC]:
    scope = principal.scope(Permission.KEEP)
    query = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids)))
    return list(db.session.scalars(query.order_by(CoC.code)))


def missing(places: Sequence[CoC], at: datetime) -> list[tuple[CoC, str]]:
    """Which CoC has no agreement in force with whom it must always have one; one statement for all."""
    wanted = {coc.id: {k: w for k, w in services.kinds(coc, at).items() if k in services.ALWAYS} for coc in places}
    query = select(Contract).where(among(Contract.coc_id, wanted), Contract.over_at.is_(None))
    rows = db.session.scalars(query.where(Contract.kind.in_(services.ALWAYS))).all()
    days: dict[int, date] = {coc.id: local_day(at, coc.tz) for coc in places}
    there = {(row.coc_id, row.kind) for row in rows if row.state(days[row.coc_id]) == "in force"}
    return [(coc, words) for coc in places for kind, words in wanted[coc.id].items() if (coc.id, kind) not in there]
