"""What the replay of a ticket needs to know, and what the pages show of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import joinedload

from core.authz import Principal, Scope, found
from core.closures.queries import lead_of as lead_by
from core.connections import by_key
from core.db import db
from core.people.models import CoC, Lead
from core.people.services import closures_of
from core.policy import Policy
from core.policy.vocabulary import HoursName
from core.workcalendar import END_OF_DAY, Calendar, ClosedDays, Closures, OpeningHours, Period
from helpdesk.bonds.history import history_of
from helpdesk.flow.models import ServicePractice
from helpdesk.flow.permissions import Permission
from helpdesk.flow.practice import Practice
from helpdesk.flow.rules import Clock, Desk, Desktime, Moment, clocks
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.standing import policy_of

WHOLE_DAYS = dict.fromkeys(range(5), (Period(time(0), time(0)),))


@dataclass(frozen=True)
class InForce:
    """A practice with the row that it stands in."""

    row: ServicePractice
    practice: Practice


@dataclass(frozen=True)
class Replay:
    """Everything that follows from a ticket's history at one instant."""

    in_force: InForce
    history: list[Moment]
    time_at: Mapping[Desk, Desktime]
    clocks: list[Clock]


def practice_of(ticket: Ticket) -> InForce | None:
    """The one in force on the day it was opened, its CoC's own before the whole Lead's; none before the first."""
    day = ticket.opened_at.astimezone(ZoneInfo(ticket.lead.tz)).date()
    return practice_on(ticket.lead_id, ticket.coc_id, day)


def practice_on(lead_id: int, coc_id: int | None, day: date) -> InForce | None:
    place = or_(ServicePractice.coc_id.is_(None), ServicePractice.coc_id == coc_id)
    query = select(ServicePractice).where(ServicePractice.lead_id == lead_id, ServicePractice.since <= day, place)
    own_first = ServicePractice.coc_id.is_(None).asc(), ServicePractice.since.desc(), ServicePractice.id.desc()
    row = db.session.scalar(by_key(query.order_by(*own_first).limit(1)))
    return InForce(row, Practice.model_validate(row.document)) if row else None


def replay(
    ticket: Ticket,
    now: datetime,
    in_force: InForce,
    closures: Mapping[date, str] | None = None,
    *,
    is_new: bool = False,
) -> Replay:
    """The ticket's clocks at that instant, by the practice that it keeps; with other closed days than the Lead's, as
    they would be. `is_new`: its history is that it was opened at that instant."""
    history = [Moment(now, None, ticket.state, ticket.tier)] if is_new else history_of(ticket)
    if closures is None:
        closures = {date.fromisoformat(day): name for day, name in closures_of(ticket.lead_id).items()}
    policy = policy_of(ticket, ticket.opened_at)
    zones = {Desk.LEAD: ZoneInfo(ticket.lead.tz), Desk.AGENCY: ZoneInfo((ticket.agency or ticket.lead).tz)}
    time_at = {desk: desktime(policy, zone, closures) for desk, zone in zones.items()}
    targets = in_force.practice.targets()
    return Replay(in_force, history, time_at, clocks(history, ticket.priority, targets, time_at, now))


def desktime(policy: Policy | None, zone: ZoneInfo, closures: Closures) -> Desktime:
    """The pack's help desk hours (MO-HD-1, SAC-HD-2), where it has any; else whole business days."""
    closed = (policy.closed if policy else ClosedDays()).also(closures)
    if policy is not None and policy.has(HoursName.HELP_DESK):
        hours = policy.opening_hours(zone, closures)
    else:
        hours = OpeningHours(WHOLE_DAYS, zone, closed)
    return Desktime(Calendar(zone, closed, policy.day_ends if policy else END_OF_DAY, hours), hours)


# --- the page of the practice


def practices(principal: Principal) -> Select[ServicePractice]:
    """Whatever was set, for the Leads and CoCs in reach; what holds for a whole Lead its CoCs' managers read too."""
    scope = principal.scope(Permission.VIEW)
    leads = select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids))
    whole = ServicePractice.coc_id.is_(None) & ServicePractice.lead_id.in_(leads)
    query = select(ServicePractice).where(or_(Scope(scope.lead_ids, scope.coc_ids).where(ServicePractice), whole))
    eager = (joinedload(ServicePractice.coc), joinedload(ServicePractice.lead), joinedload(ServicePractice.set_by))
    return query.options(*eager)


def visible_practice(principal: Principal, practice_id: int) -> ServicePractice:
    row: ServicePractice = found(db.session.scalar(practices(principal).where(ServicePractice.id == practice_id)))
    return row


def lead_of(principal: Principal) -> Lead:
    """The Lead whose practice somebody keeps, also where their part in it is one CoC. Raises NotFound."""
    return lead_by(principal, Permission.VIEW)


def places(principal: Principal, lead: Lead) -> list[CoC | None]:
    """Where this person sets the practice: the whole Lead (none) and its CoCs, or their own CoCs."""
    scope = principal.scope(Permission.SET)
    in_reach = or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids))
    cocs = db.session.scalars(select(CoC).where(CoC.lead_id == lead.id, in_reach).order_by(CoC.name))
    return [*([None] if lead.id in scope.lead_ids else []), *cocs]


def practice_before(row: ServicePractice) -> Practice:
    """What was promised there until that one began; nothing before the first."""
    place = ServicePractice.coc_id == row.coc_id if row.coc_id else ServicePractice.coc_id.is_(None)
    earlier = tuple_(ServicePractice.since, ServicePractice.id) < (row.since, row.id)
    query = select(ServicePractice.document).where(ServicePractice.lead_id == row.lead_id, place, earlier)
    last = db.session.scalar(query.order_by(ServicePractice.since.desc(), ServicePractice.id.desc()).limit(1))
    return Practice.model_validate(last) if last else Practice()
