from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import among, db
from core.people.models import CoC
from core.search import Hit, like
from core.search import provider as search_provider
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


@search_provider("Contracts")
def find(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the party's name. They have no page of their own, so the list is shown as it has them."""
    query = select(Contract).where(_reach(principal, Permission.VIEW), func.lower(Contract.party).like(like(text)))
    rows = db.session.scalars(query.options(joinedload(Contract.coc)).order_by(Contract.id.desc()).limit(limit))
    return [
        Hit(row.party, "/contracts?shown=all" if row.over_at else "/contracts", "Contracts", _said(row)) for row in rows
    ]


def _said(row: Contract) -> str:
    return ", ".join(filter(None, (row.coc.code, row.about, "over" if row.over_at else "")))
