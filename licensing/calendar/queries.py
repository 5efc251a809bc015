from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import db
from core.people.models import CoC
from licensing.calendar.models import ReportDate
from licensing.calendar.permissions import Permission


def _reach(principal: Principal, permission: Permission) -> ColumnElement[bool]:
    scope = principal.scope(permission)
    return or_(ReportDate.lead_id.in_(scope.lead_ids), ReportDate.coc_id.in_(scope.coc_ids))


def dates(principal: Principal, filters: Mapping[str, str]) -> Select[ReportDate]:
    query = select(ReportDate).where(_reach(principal, Permission.VIEW))
    query = query.options(joinedload(ReportDate.coc), joinedload(ReportDate.done_by), joinedload(ReportDate.file))
    return query if filters.get("shown") == "all" else query.where(ReportDate.done_at.is_(None))


def visible_date(principal: Principal, number: int, *, lock: bool = False) -> ReportDate:
    permission = Permission.KEEP if lock else Permission.VIEW
    query = select(ReportDate).where(ReportDate.id == min(number, typed.BIGGEST), _reach(principal, permission))
    if lock:
        query = query.with_for_update(of=ReportDate).execution_options(populate_existing=True)
    row: ReportDate = found(db.session.scalar(query))
    return row


def cocs(principal: Principal) -> list[CoC]:
    scope = principal.scope(Permission.KEEP)
    query = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids)))
    return list(db.session.scalars(query.order_by(CoC.code)))
