from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from core.audit import AuditEvent
from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline, State, kind_named
from core.deadlines.kinds import kinds_off_today, known_kinds
from core.deadlines.models import IS_OPEN, IS_PAST, MAY_BE_LATE
from core.home import Turn, WorkItem, provider
from core.outbox import OutboxMessage, SendState
from core.people.models import Agency, Designation, Membership, Person
from core.people.permissions import Permission
from core.people.services import person_by_email
from core.ui.times import say_late_by
from core.veil import unveiled

HOLDERS = {"agency": "The agency", "lead": "The HMIS Lead", "vendor": "The vendor", "person": "The person"}
MANY = 100
DAY = timedelta(days=1)
SHOWN = {"open": "Open", "late": "Late", "past": "Past"}
IN_VIEW = {"open": IS_OPEN, "late": MAY_BE_LATE, "past": IS_PAST}


def deadlines(principal: Principal, filters: Mapping[str, str], at: datetime) -> Select[Deadline]:
    """The deadlines a person may see, narrowed by what the board's filters say."""
    query = select(Deadline).where(visible_deadlines(principal))
    shown = filters.get("shown", "open")
    query = query.where(text(IN_VIEW.get(shown, IS_OPEN)))
    if shown == "late":
        query = query.where(Deadline.is_late(at))
    if filters.get("kind") in known_kinds():
        query = query.where(Deadline.kind == filters["kind"])
    if filters.get("holder") in HOLDERS:
        query = query.where(Deadline.holder == filters["holder"])
    if filters.get("agency", "").isdecimal():
        query = query.where(Deadline.agency_id == int(filters["agency"][:18]))
    return query


def missed_and_owed(principal: Principal, filters: Mapping[str, str], at: datetime) -> int:
    """How many a person may see whose time ran out and which are still owed; counted to MANY at most."""
    late = deadlines(principal, {**filters, "shown": "late"}, at)
    missed = late.where(Deadline.state == State.FIRED).with_only_columns(Deadline.id).limit(MANY)
    return db.session.scalar(select(func.count()).select_from(missed.subquery())) or 0


def visible_deadlines(principal: Principal) -> ColumnElement[bool]:
    reach = principal.scope(Permission.DEADLINE_VIEW).where(Deadline, own=Deadline.person_id)
    return and_(reach, unveiled(principal, Deadline))


def visible_deadline(principal: Principal, deadline_id: int) -> Deadline:
    row: Deadline = found(
        db.session.scalar(select(Deadline).where(Deadline.id == deadline_id, visible_deadlines(principal)))
    )
    return row


def link_of(row: Deadline) -> str | None:
    kind = kind_named(row.kind)
    return kind.link(row) if kind and kind.link else None


def late_by(row: Deadline, at: datetime, zone: ZoneInfo) -> str:
    """8 days late, as Today says it: how late it was done, or is by now; empty for on time.

    What the service did by itself is never late.
    """
    counts = row.state in (State.PENDING, State.MET, State.DEAD) or row.is_missed
    until = row.closed_at if row.state is State.MET and row.closed_at else at
    if not counts or not row.is_late(until):
        return ""
    return say_late_by(row.due_at.astimezone(zone), until.astimezone(zone))


@provider
def deadlines_for_today(principal: Principal, _: datetime, limit: int) -> list[WorkItem]:
    """The open deadlines of a person's scope: theirs to act on, the other side's to wait for, and the service's own."""
    if not principal.can(Permission.DEADLINE_VIEW):
        return []
    by_itself = Deadline.fire_at == Deadline.due_at
    mine = _is_turn_of(principal)
    turns = {
        Turn.MINE: and_(~by_itself, mine),
        Turn.WAITING: and_(~by_itself, ~mine),
        Turn.NOBODYS: by_itself,
    }
    return [_work_item(row, turn) for turn, condition in turns.items() for row in _pending(principal, condition, limit)]


def _is_turn_of(principal: Principal) -> ColumnElement[bool]:
    own = and_(Deadline.holder == "person", func.coalesce(Deadline.person_id, 0) == principal.person_id)
    return or_(Deadline.holder == ("lead" if principal.is_lead_staff else "agency"), own)


def _pending(principal: Principal, condition: ColumnElement[bool], limit: int) -> Iterable[Deadline]:
    query = select(Deadline).where(visible_deadlines(principal), text(IS_OPEN), Deadline.state == State.PENDING)
    query = query.where(condition, Deadline.kind.not_in(kinds_off_today()))
    rows: Iterable[Deadline] = db.session.scalars(query.order_by(Deadline.due_at, Deadline.id).limit(limit))
    return rows


def _work_item(row: Deadline, turn: Turn) -> WorkItem:
    kind = kind_named(row.kind)
    return WorkItem(
        title=row.title,
        url=link_of(row) or f"/deadlines/{row.id}",
        action=kind.action if kind and turn is Turn.MINE else "Open",
        area="Deadlines",
        detail=kind.label if kind else row.kind,
        due_at=row.due_at,
        explanation=row.explanation,
        since=row.opened_at,
        group=turn,
    )


def agency_names(ids: set[int | None]) -> dict[int, str]:
    rows = db.session.execute(select(Agency.id, Agency.name).where(Agency.id.in_({i for i in ids if i})))
    return {row.id: row.name for row in rows}


def agencies(principal: Principal) -> Select[Agency]:
    return select(Agency).where(agency_reach(principal)).options(joinedload(Agency.coc))


def agency_reach(principal: Principal) -> ColumnElement[bool]:
    return principal.scope(Permission.PEOPLE_VIEW).over_agencies()


def visible_agency(principal: Principal, agency_id: int) -> Agency:
    query = agencies(principal).where(Agency.id == agency_id).options(selectinload(Agency.projects))
    row: Agency = found(db.session.scalar(query))
    return row


def visible_person(principal: Principal, person_id: int) -> Person:
    """Somebody who works, or worked, at an agency in reach; always oneself."""
    works_in_reach = select(Membership.person_id).join(Agency).where(agency_reach(principal))
    reachable = or_(Person.id == principal.person_id, Person.id.in_(works_in_reach))
    query = select(Person).where(Person.id == person_id, reachable)
    row: Person = found(db.session.scalar(query))
    return row


def memberships_in_reach(principal: Principal, person: Person) -> list[Membership]:
    reach = or_(agency_reach(principal), Membership.person_id == principal.person_id)
    query = select(Membership).join(Agency).where(Membership.person_id == person.id, reach)
    return list(db.session.scalars(query.options(joinedload(Membership.agency)).order_by(Membership.id)))


def designations_in_reach(principal: Principal, person: Person) -> list[Designation]:
    reach = or_(agency_reach(principal), Designation.person_id == principal.person_id)
    query = select(Designation).join(Agency).where(Designation.person_id == person.id, reach)
    return list(db.session.scalars(query.options(joinedload(Designation.agency)).order_by(Designation.id)))


def staff(agency: Agency, at: datetime) -> Select[Membership]:
    """Everybody who works at the agency at that instant, those with an announced departure too; paged by id."""
    still = or_(Membership.ended_at.is_(None), Membership.ended_at > at)
    query = select(Membership).where(Membership.agency_id == agency.id, still)
    return query.options(joinedload(Membership.person))


def audit_events(principal: Principal, filters: Mapping[str, str], zone: ZoneInfo) -> Select[AuditEvent]:
    """The trail of the Leads in scope; a CoC's manager sees the deeds at that CoC's agencies.

    `since` and `until` are days by the clocks of `zone`, both included; what is no day narrows nothing.
    """
    scope = principal.scope(Permission.AUDIT_VIEW)
    in_cocs = select(Agency.id).where(Agency.coc_id.in_(scope.coc_ids))
    query = select(AuditEvent).where(or_(AuditEvent.chain.in_(scope.lead_ids), AuditEvent.agency_id.in_(in_cocs)))
    query = query.where(unveiled(principal, AuditEvent))
    if since := day_in(filters.get("since", "")):
        query = query.where(AuditEvent.at >= datetime.combine(since, time(), zone))
    if until := day_in(filters.get("until", "")):
        query = query.where(AuditEvent.at < datetime.combine(until + DAY, time(), zone))
    if action := filters.get("action"):
        query = query.where(AuditEvent.action == action)
    if who := filters.get("who", "").strip():
        person = person_by_email(who)
        query = query.where(AuditEvent.actor_id == (person.id if person else 0))
    if filters.get("subject") and filters.get("id", "").isdecimal():
        query = query.where(
            AuditEvent.subject_type == filters["subject"], AuditEvent.subject_id == int(filters["id"][:18])
        )
    return query


def audit_order(filters: Mapping[str, str]) -> list[InstrumentedAttribute[Any]]:
    """By the time where days are chosen, which their index serves; else as it was written, which is the same order."""
    has_days = day_in(filters.get("since", "")) or day_in(filters.get("until", ""))
    return [AuditEvent.at, AuditEvent.id] if has_days else [AuditEvent.id]


def day_in(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in range(1970, 2101) else None


def outgoing(principal: Principal, state: str) -> Select[OutboxMessage]:
    scope = principal.scope(Permission.OUTBOX_VIEW)
    query = select(OutboxMessage).where(OutboxMessage.lead_id.in_(scope.lead_ids), unveiled(principal, OutboxMessage))
    return query.where(OutboxMessage.state == SendState(state)) if state in set(SendState) else query
