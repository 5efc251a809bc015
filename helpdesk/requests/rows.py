"""What all requests share about their rows: the lock, the form's key, the place, the ticket they came by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found, granted
from core.db import db
from core.deadlines import Deadline
from core.errors import Invalid, NotFound
from core.people.models import Agency, AgencyStatus, CoC
from core.people.services import closures_of
from core.policy import Policy, policy_for
from core.search import like
from core.typed import BIGGEST
from core.workcalendar import Closures
from helpdesk.requests.permissions import Permission
from helpdesk.tickets.queries import visible_ticket

MOST_PLACES = 50


def local_day(at: datetime, tz: str) -> date:
    return at.astimezone(ZoneInfo(tz)).date()


def in_force(coc: CoC, at: datetime) -> Policy:
    """The CoC's pack on the local day of that instant."""
    return policy_for(coc, on=local_day(at, coc.tz))


def closures(lead_id: int) -> Closures:
    """The Lead's own closed days."""
    return {date.fromisoformat(day): name for day, name in closures_of(lead_id).items()}


def locked(row: Any) -> Any:
    """Its clocks first and then itself, which is the order in which a sweep takes them."""
    of_row = (Deadline.subject_type == row.__tablename__, Deadline.subject_id == row.id)
    clocks = select(Deadline).where(*of_row).order_by(Deadline.id).with_for_update()
    db.session.scalars(clocks.execution_options(populate_existing=True)).all()
    db.session.refresh(row, with_for_update={"of": type(row)})
    return row


def agencies_to_act_for(principal: Principal, permission: Permission, text: str = "") -> list[Agency]:
    """By name; the first ones that begin with the text."""
    query = _agencies(principal, permission).where(func.lower(Agency.name).like(like(text)))
    return list(db.session.scalars(query.order_by(Agency.name).limit(MOST_PLACES)))


def agency_to_act_for(principal: Principal, permission: Permission, agency_id: int) -> Agency:
    row: Agency = found(db.session.scalar(_agencies(principal, permission).where(Agency.id == min(agency_id, BIGGEST))))
    return row


def _agencies(principal: Principal, permission: Permission) -> Select[Agency]:
    """An end user's own agencies count too, where that role may do it."""
    holds = principal.can(permission)
    mine = frozenset(g.agency_id for g in principal.grants if holds and g.agency_id and permission in granted(g.role))
    scope = principal.scope(permission)
    reach = or_(scope.over_agencies(), Agency.id.in_(mine))
    return select(Agency).where(reach, Agency.status != AgencyStatus.ENDED).options(joinedload(Agency.coc))


def cocs_to_act_for(principal: Principal, permission: Permission) -> list[CoC]:
    """Where this person acts for the Lead, or sits in a committee."""
    scope = principal.scope(permission)
    query = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids)))
    return list(db.session.scalars(query.order_by(CoC.name).limit(MOST_PLACES)))


def ticket_named(principal: Principal, given: str, lead_id: int) -> int | None:
    """The ticket that a request came by. Raises Invalid for one that this person may not see, as for none."""
    wanted = given.strip().removeprefix("#")
    if not wanted:
        return None
    try:
        ticket = visible_ticket(principal, int(wanted[:18])) if wanted.isdecimal() else None
    except NotFound:
        ticket = None
    if ticket is None or ticket.lead_id != lead_id:
        raise Invalid(
            f"There is no ticket {wanted[:20]} that you can see.", "Leave it empty if unsure.", field="ticket"
        )
    return ticket.id


def sees_ticket(principal: Principal, ticket_id: int | None) -> bool:
    """Whether the page may link to it."""
    if ticket_id is None:
        return False
    try:
        visible_ticket(principal, ticket_id)
    except NotFound:
        return False
    return True
