from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline
from core.home import WorkItem
from core.home import provider as today_provider
from helpdesk.matters.breaches.models import BreachReport
from helpdesk.matters.permissions import Permission


def breaches(principal: Principal, filters: Mapping[str, str]) -> Select[BreachReport]:
    """Those of one's reach, and those that one reported oneself."""
    reach = principal.scope(Permission.BREACH_VIEW).where(BreachReport)
    query = select(BreachReport).where(reach | (BreachReport.recorded_by_id == principal.person_id))
    query = query.options(joinedload(BreachReport.agency))
    if filters.get("shown") == "open":
        query = query.where(BreachReport.closed_at.is_(None))
    return query


def visible_breach(principal: Principal, breach_id: int, *, lock: bool = False) -> BreachReport:
    row: BreachReport = found(db.session.scalar(breaches(principal, {}).where(BreachReport.id == breach_id)))
    if lock:
        again = {"populate_existing": True}
        of_row = (Deadline.subject_type == BreachReport.__tablename__, Deadline.subject_id == breach_id)
        clocks = select(Deadline).where(*of_row).order_by(Deadline.id)
        db.session.scalars(clocks.with_for_update().execution_options(**again)).all()
        mine = select(BreachReport).where(BreachReport.id == breach_id).with_for_update(of=BreachReport)
        row = db.session.scalars(mine.execution_options(**again)).one()
    return row


@today_provider
def breaches_for_today(principal: Principal, _: datetime, limit: int) -> list[WorkItem]:
    """For the Lead's office: those that nobody has seen to yet."""
    if not principal.is_lead_staff or not principal.can(Permission.BREACH_VIEW):
        return []
    query = breaches(principal, {"shown": "open"})
    rows = db.session.scalars(query.order_by(BreachReport.id).limit(limit))
    return [
        WorkItem(
            title=f"Urgent: breach at {row.agency.name}",
            url=f"/breaches/{row.id}",
            action="See to it",
            area="Help desk",
            detail=f"Breach {row.id}",
            since=row.recorded_at,
        )
        for row in rows
    ]
