from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline
from core.home import WorkItem
from core.home import provider as today_provider
from core.people.models import Agency, CoC, StaffRole
from core.search import Hit, like
from core.search import provider as search_provider
from helpdesk.matters.changes.models import PolicyChange, PolicyDelivery, PolicyVote
from helpdesk.matters.changes.rules import ChangeState
from helpdesk.matters.changes.services import ACKNOWLEDGEMENT
from helpdesk.matters.permissions import Permission
from helpdesk.matters.seats.services import cocs_of_seats

AREA = "Help desk"
COMMITTEES = (StaffRole.DATA_COMMITTEE, StaffRole.COC_LEADERSHIP)


def in_reach(principal: Principal) -> ColumnElement[bool]:
    """Those of one's community: the Lead's, the committee's, and the agencies'."""
    scope = principal.scope(Permission.CHANGE_VIEW)
    leads, cocs = cocs_of_seats(principal, COMMITTEES)
    of_agencies = select(Agency.coc_id).where(Agency.id.in_(scope.agency_ids))
    return or_(
        PolicyChange.lead_id.in_(scope.lead_ids | leads),
        PolicyChange.coc_id.in_(scope.coc_ids | cocs),
        PolicyChange.coc_id.in_(of_agencies),
    )


def changes(principal: Principal, filters: Mapping[str, str]) -> Select[PolicyChange]:
    query = select(PolicyChange).where(in_reach(principal)).options(joinedload(PolicyChange.agency))
    if filters.get("state") in set(ChangeState):
        query = query.where(PolicyChange.state == ChangeState(filters["state"]))
    return query


def visible_change(principal: Principal, change_id: int, *, lock: bool = False) -> PolicyChange:
    """Another community's change is not there. `lock` takes its clock first, as a sweep does."""
    row: PolicyChange = found(db.session.scalar(changes(principal, {}).where(PolicyChange.id == change_id)))
    if lock:
        again = {"populate_existing": True}
        clocks = select(Deadline).where(
            Deadline.subject_type == PolicyChange.__tablename__, Deadline.subject_id == change_id
        )
        db.session.scalars(clocks.order_by(Deadline.id).with_for_update().execution_options(**again)).all()
        mine = select(PolicyChange).where(PolicyChange.id == change_id).with_for_update(of=PolicyChange)
        row = db.session.scalars(mine.execution_options(**again)).one()
    return row


def deliveries(principal: Principal, row: PolicyChange, filters: Mapping[str, str]) -> Select[PolicyDelivery]:
    """To whom it was delivered: all for the Lead, one's own for an agency."""
    scope = principal.scope(Permission.CHANGE_VIEW)
    mine = or_(
        PolicyDelivery.agency_id.in_(scope.agency_ids),
        PolicyDelivery.agency_id.in_(
            select(Agency.id).where(or_(Agency.lead_id.in_(scope.lead_ids), Agency.coc_id.in_(scope.coc_ids)))
        ),
    )
    query = select(PolicyDelivery).where(PolicyDelivery.change_id == row.id, mine)
    query = query.options(joinedload(PolicyDelivery.agency), joinedload(PolicyDelivery.acknowledged_by))
    if filters.get("shown") == "waiting":
        query = query.where(PolicyDelivery.acknowledged_at.is_(None))
    return query


def visible_delivery(principal: Principal, delivery_id: int, *, lock: bool = False) -> PolicyDelivery:
    query = select(PolicyDelivery).where(PolicyDelivery.id == delivery_id).options(joinedload(PolicyDelivery.change))
    row: PolicyDelivery = found(db.session.scalar(query))
    visible_change(principal, row.change_id)
    found(db.session.scalar(deliveries(principal, row.change, {}).where(PolicyDelivery.id == delivery_id)))
    if lock:
        again = {"populate_existing": True}
        of_row = (Deadline.subject_type == PolicyDelivery.__tablename__, Deadline.subject_id == delivery_id)
        clocks = select(Deadline).where(*of_row).order_by(Deadline.id)
        db.session.scalars(clocks.with_for_update().execution_options(**again)).all()
        mine = select(PolicyDelivery).where(PolicyDelivery.id == delivery_id).with_for_update(of=PolicyDelivery)
        row = db.session.scalars(mine.execution_options(**again)).one()
    return row


def clocks_of(rows: list[PolicyDelivery]) -> dict[int, Deadline]:
    """The acknowledgement's clock of each delivery, in one query."""
    query = select(Deadline).where(
        Deadline.kind == ACKNOWLEDGEMENT,
        Deadline.subject_type == PolicyDelivery.__tablename__,
        Deadline.subject_id.in_([row.id for row in rows]),
    )
    return {clock.subject_id: clock for clock in db.session.scalars(query)}


def communities(principal: Principal) -> list[tuple[CoC, Agency | None]]:
    """For which this person may propose a change, each with the agency they speak for (none: the Lead)."""
    scope = principal.scope(Permission.CHANGE_PROPOSE)
    of_lead = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids))).order_by(CoC.name)
    found_cocs: list[tuple[CoC, Agency | None]] = [(coc, None) for coc in db.session.scalars(of_lead)]
    agencies = select(Agency).where(Agency.id.in_(scope.agency_ids)).options(joinedload(Agency.coc))
    return found_cocs + [(agency.coc, agency) for agency in db.session.scalars(agencies.order_by(Agency.name))]


@today_provider
def votes_for_today(principal: Principal, _: datetime, limit: int) -> list[WorkItem]:
    """Open votes in which this member of the committee has not voted yet."""
    leads, cocs = cocs_of_seats(principal, (StaffRole.DATA_COMMITTEE,))
    if not (leads or cocs):
        return []
    voted = select(PolicyVote.change_id).where(PolicyVote.person_id == principal.person_id)
    query = select(PolicyChange).where(
        and_(PolicyChange.state == ChangeState.VOTING, PolicyChange.id.not_in(voted)),
        or_(PolicyChange.coc_id.in_(cocs), PolicyChange.lead_id.in_(leads)),
    )
    rows = db.session.scalars(query.order_by(PolicyChange.id).limit(limit))
    return [
        WorkItem(
            title=f"Vote: {row.title}",
            url=f"/policy-changes/{row.id}",
            action="Vote",
            area=AREA,
            detail="A change of the policies",
            since=row.put_to_vote_at,
        )
        for row in rows
    ]


@search_provider("Policy changes")
def find_changes(principal: Principal, text: str, limit: int) -> list[Hit]:
    query = changes(principal, {}).where(func.lower(PolicyChange.title).like(like(text)))
    rows = db.session.scalars(query.order_by(PolicyChange.id.desc()).limit(limit))
    return [Hit(row.title, f"/policy-changes/{row.id}", "Policy changes", row.state) for row in rows]
