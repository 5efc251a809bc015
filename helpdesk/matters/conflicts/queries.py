from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.people.models import StaffRole
from core.search import Hit, like
from core.search import provider as search_provider
from helpdesk.matters.conflicts.models import Conflict
from helpdesk.matters.conflicts.rules import Act, ConflictState
from helpdesk.matters.conflicts.services import acts_of
from helpdesk.matters.permissions import Permission
from helpdesk.matters.seats.services import cocs_of_seats

AREA = "Help desk"
NEXT = {Act.TAKE_UP: "Take it up", Act.DECIDE: "Decide", Act.TELL_COMMITTEE: "Tell the committee", Act.SIGN: "Sign"}
OVER = (ConflictState.SETTLED, ConflictState.DECIDED)


def in_reach(principal: Principal) -> ColumnElement[bool]:
    """Both sides; the data committee once it was told, the assistant director once it has come to them."""
    leads, cocs = cocs_of_seats(principal, (StaffRole.DATA_COMMITTEE,))
    above, _ = cocs_of_seats(principal, (StaffRole.ASSISTANT_DIRECTOR,))
    of_committee = or_(Conflict.coc_id.in_(cocs), Conflict.lead_id.in_(leads))
    return or_(
        principal.scope(Permission.CONFLICT_VIEW).where(Conflict),
        and_(Conflict.committee_told_at.is_not(None), of_committee),
        and_(Conflict.with_director_at.is_not(None), Conflict.lead_id.in_(above)),
    )


def conflicts(principal: Principal, filters: Mapping[str, str]) -> Select[Conflict]:
    query = select(Conflict).where(in_reach(principal)).options(joinedload(Conflict.agency))
    if filters.get("state") in set(ConflictState):
        query = query.where(Conflict.state == ConflictState(filters["state"]))
    return query


def visible_conflict(principal: Principal, conflict_id: int, *, lock: bool = False) -> Conflict:
    """Another agency's conflict is not there. `lock` takes its clocks first, as a sweep does."""
    row: Conflict = found(db.session.scalar(conflicts(principal, {}).where(Conflict.id == conflict_id)))
    if lock:
        clocks = select(Deadline).where(
            Deadline.subject_type == Conflict.__tablename__, Deadline.subject_id == conflict_id
        )
        again = {"populate_existing": True}
        db.session.scalars(clocks.order_by(Deadline.id).with_for_update().execution_options(**again)).all()
        mine = select(Conflict).where(Conflict.id == conflict_id).with_for_update(of=Conflict)
        row = db.session.scalars(mine.execution_options(**again)).one()
    return row


@today_provider
def conflicts_for_today(principal: Principal, _: datetime, limit: int) -> list[WorkItem]:
    """Those that are not over, in which something is this person's to do next, or the others'."""
    if not (principal.can(Permission.CONFLICT_VIEW) or principal.can(Permission.SIT)):
        return []
    query = conflicts(principal, {}).where(Conflict.state.not_in(OVER))
    rows = db.session.scalars(query.order_by(Conflict.id).limit(limit))
    return [_item(row, principal) for row in rows]


def _item(row: Conflict, principal: Principal) -> WorkItem:
    mine = acts_of(principal, row)
    action = next((words for act, words in NEXT.items() if act in mine), "")
    return WorkItem(
        title=f"{action or 'Conflict'}: {row.title}, {row.agency.name}",
        url=f"/conflicts/{row.id}",
        action=action or "Open",
        area=AREA,
        detail=f"Conflict {row.id}, {row.state.replace('-', ' ')}",
        since=row.opened_at,
        group=Turn.MINE if action else Turn.WAITING,
    )


@search_provider("Conflicts")
def find_conflicts(principal: Principal, text: str, limit: int) -> list[Hit]:
    if not (principal.can(Permission.CONFLICT_VIEW) or principal.can(Permission.SIT)):
        return []
    query = conflicts(principal, {}).where(func.lower(Conflict.title).like(like(text)))
    rows = db.session.scalars(query.order_by(Conflict.id.desc()).limit(limit))
    return [Hit(row.title, f"/conflicts/{row.id}", "Conflicts", f"{row.agency.name}, {row.state}") for row in rows]
