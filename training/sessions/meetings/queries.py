"""Who was at the regular meetings of a community, by agency and by seat. Rules: SON-TR-2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from core.authz import Principal
from core.db import db
from core.people.models import Agency, CoC, Designation, DesignationKind, LeadStaff, Person, StaffRole
from training import holders
from training.sessions.meetings.rules import Level, Presence
from training.sessions.models import Attendance, TrainingSession
from training.sessions.permissions import Permission
from training.sessions.rules import Meeting, State

YEAR = timedelta(days=365)
MOST_MEETINGS = 30
LEADERSHIP = (DesignationKind.EXECUTIVE_DIRECTOR, DesignationKind.REPRESENTATIVE)


@dataclass(frozen=True)
class OfAgency:
    """An agency's presence at each meeting, in the order of the meetings."""

    agency_id: int
    name: str
    at: tuple[Presence, ...]

    def count(self, *levels: Level) -> int:
        return sum(one.level in levels for one in self.at)


@dataclass(frozen=True)
class OfSeat:
    """A member of the committee: at how many of the meetings since they took their seat."""

    name: str
    there: int
    of: int


def cocs_in_reach(principal: Principal) -> list[CoC]:
    scope = principal.scope(Permission.MEETINGS)
    of_agencies = select(Agency.coc_id).where(Agency.id.in_(scope.agency_ids))
    query = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids), CoC.id.in_(of_agencies)))
    return list(db.session.scalars(query.order_by(CoC.name, CoC.id)))


def held(coc: CoC, meeting: Meeting, at: datetime) -> list[TrainingSession]:
    """Those of the last year, the latest first."""
    query = select(TrainingSession).where(
        TrainingSession.coc_id == coc.id,
        TrainingSession.meeting == meeting,
        TrainingSession.state == State.PLANNED,
        TrainingSession.ends_at <= at,
        TrainingSession.ends_at > at - YEAR,
    )
    order = query.order_by(TrainingSession.ends_at.desc(), TrainingSession.id.desc())
    return list(db.session.scalars(order.limit(MOST_MEETINGS)))


def planned(coc: CoC, at: datetime) -> dict[Meeting, TrainingSession]:
    """The next of each that somebody has planned."""
    query = select(TrainingSession).where(
        TrainingSession.coc_id == coc.id,
        TrainingSession.meeting.is_not(None),
        TrainingSession.state == State.PLANNED,
        TrainingSession.ends_at > at,
    )
    rows = db.session.scalars(query.order_by(TrainingSession.starts_at.desc(), TrainingSession.id).limit(200))
    return {row.meeting: row for row in rows if row.meeting is not None}


def by_agency(principal: Principal, coc: CoC, meetings: Sequence[TrainingSession]) -> list[OfAgency]:
    """Of the agencies this person may see, by name; three queries, however many meetings and agencies."""
    scope = principal.scope(Permission.MEETINGS)
    agencies = select(Agency.id, Agency.name).where(Agency.coc_id == coc.id, scope.over_agencies())
    rows = [(row[0], row[1]) for row in db.session.execute(agencies.order_by(Agency.name, Agency.id))]
    numbers, nothing = [one.id for one in meetings], (0, 0)
    held, led = _licensed(coc, numbers), _leading(coc, numbers)
    return [
        OfAgency(
            number,
            name,
            tuple(Presence(*held.get((one, number), nothing), *led.get((one, number), nothing)) for one in numbers),
        )
        for number, name in rows
    ]


Counts = dict[tuple[int, int], tuple[int, int]]


def _there(person: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(
        Attendance.session_id == TrainingSession.id,
        Attendance.person_id == person,
        Attendance.is_current,
        func.coalesce(Attendance.override, Attendance.earns),
    )


def _licensed(coc: CoC, sessions: Sequence[int]) -> Counts:
    """By meeting and agency: how many held a license when it began, and how many of them were there."""
    held = holders.holders(TrainingSession.starts_at).correlate(TrainingSession).lateral("held")
    query = (
        select(
            TrainingSession.id,
            held.c.agency_id,
            func.count(held.c.person_id.distinct()),
            func.count(Attendance.person_id.distinct()),
        )
        .select_from(TrainingSession)
        .join(held, true())
        .outerjoin(Attendance, _there(held.c.person_id))
        .where(TrainingSession.id.in_(sessions), held.c.coc_id == coc.id)
        .group_by(TrainingSession.id, held.c.agency_id)
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in db.session.execute(query)}


def _leading(coc: CoC, sessions: Sequence[int]) -> Counts:
    """The same of executive directors and authorized representatives."""
    at = TrainingSession.starts_at
    query = (
        select(
            TrainingSession.id,
            Designation.agency_id,
            func.count(Designation.person_id.distinct()),
            func.count(Attendance.person_id.distinct()),
        )
        .select_from(TrainingSession)
        .join(Agency, Agency.coc_id == TrainingSession.coc_id)
        .join(Designation, Designation.agency_id == Agency.id)
        .outerjoin(Attendance, _there(Designation.person_id))  # type: ignore[arg-type]  # a column it is
        .where(
            TrainingSession.id.in_(sessions),
            Agency.coc_id == coc.id,
            Designation.kind.in_(LEADERSHIP),
            Designation.started_on <= func.date(func.timezone("UTC", at)),
            or_(Designation.ended_at.is_(None), Designation.ended_at > at),
        )
        .group_by(TrainingSession.id, Designation.agency_id)
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in db.session.execute(query)}


def by_seat(coc: CoC, meetings: Sequence[TrainingSession], at: datetime) -> list[OfSeat]:
    """Everybody who sits in the data committee now."""
    query = (
        select(Person.id, Person.name, func.min(LeadStaff.started_on))
        .join(LeadStaff, LeadStaff.person_id == Person.id)
        .where(
            LeadStaff.role == StaffRole.DATA_COMMITTEE,
            LeadStaff.coc_id == coc.id,
            or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at),
        )
        .group_by(Person.id, Person.name)
        .order_by(Person.name, Person.id)
    )
    members = [(row[0], row[1], row[2]) for row in db.session.execute(query)]
    there = _were_there(meetings, [number for number, _, _ in members])
    found = []
    for number, name, since in members:
        due = {one.id for one in meetings if one.starts_at.date() >= since}
        found.append(OfSeat(name, len(due & there.get(number, set())), len(due)))
    return found


def _were_there(meetings: Sequence[TrainingSession], people: Sequence[int]) -> dict[int, set[int]]:
    query = select(Attendance.person_id, Attendance.session_id).where(
        Attendance.session_id.in_([one.id for one in meetings]),
        Attendance.person_id.in_(people),
        Attendance.is_current,
        func.coalesce(Attendance.override, Attendance.earns),
    )
    found: dict[int, set[int]] = {}
    for person_id, session_id in db.session.execute(query):
        found.setdefault(person_id, set()).add(session_id)
    return found
