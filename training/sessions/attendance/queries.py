"""Attendance of whoever a person may see it of, and the figures of a period. Rules: HUD-TR-3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.people.models import Agency, CoC
from training.sessions.models import Attendance, AttendanceImport, AttendanceLine, TrainingSession
from training.sessions.permissions import Permission

AT_ONCE = 1_000
LATEST = 5
HEADER = (
    "Session", "Begins", "Time zone", "Kind", "Course", "Community", "Agency", "Person", "E-mail", "Minutes attended",
    "Minutes missed", "Credit", "Decided by", "Proven by the report",
)  # fmt: skip


def credited() -> ColumnElement[bool]:
    return func.coalesce(Attendance.override, Attendance.earns)


def visible(principal: Principal) -> Select[Attendance]:
    """One's own, one's people's, or everybody's whom the staff serves."""
    people = principal.scope(Permission.PEOPLE).where(Attendance)
    query = select(Attendance).where(Attendance.is_current, or_(people, Attendance.person_id == principal.person_id))
    return query.options(
        joinedload(Attendance.session).joinedload(TrainingSession.course),
        joinedload(Attendance.person),
        joinedload(Attendance.agency),
        joinedload(Attendance.coc),
        joinedload(Attendance.override_by),
    )


def visible_attendance(principal: Principal, number: int, *, lock: bool = False) -> Attendance:
    query = visible(principal).where(Attendance.id == number)
    if lock:
        query = query.with_for_update(of=Attendance).execution_options(populate_existing=True)
    row: Attendance = found(db.session.scalar(query))
    return row


def of_people(principal: Principal) -> Select[Attendance]:
    """Without one's own, where that is all one may see."""
    return visible(principal).where(principal.scope(Permission.PEOPLE).where(Attendance))


def of_session(principal: Principal, session: TrainingSession) -> list[Attendance]:
    rows = db.session.scalars(of_people(principal).where(Attendance.session_id == session.id))
    return sorted(rows, key=lambda row: (row.person.name.casefold(), row.id))


def own(session: TrainingSession, person_id: int) -> Attendance | None:
    query = select(Attendance).where(
        Attendance.session_id == session.id, Attendance.person_id == person_id, Attendance.is_current
    )
    return db.session.scalar(query)


def own_latest(person_id: int) -> list[Attendance]:
    query = select(Attendance).where(Attendance.person_id == person_id, Attendance.is_current)
    query = query.options(joinedload(Attendance.session)).order_by(Attendance.starts_at.desc(), Attendance.id.desc())
    return list(db.session.scalars(query.limit(LATEST)))


def is_signed_in(session: TrainingSession, person_id: int, at: datetime) -> bool:
    query = select(AttendanceLine.id).where(
        AttendanceLine.session_id == session.id,
        AttendanceLine.person_id == person_id,
        AttendanceLine.source == "code",
        AttendanceLine.ends_at.is_(None),
    )
    return at < session.ends_at and db.session.scalar(query.limit(1)) is not None


def how_many_signed_in(session: TrainingSession) -> int:
    query = select(func.count(AttendanceLine.person_id.distinct())).where(
        AttendanceLine.session_id == session.id, AttendanceLine.source == "code"
    )
    return db.session.scalar(query) or 0


def lines_of(row: Attendance) -> list[AttendanceLine]:
    query = select(AttendanceLine).where(
        AttendanceLine.session_id == row.session_id, AttendanceLine.person_id == row.person_id
    )
    return list(db.session.scalars(query.order_by(AttendanceLine.starts_at, AttendanceLine.id)))


def listed(session: TrainingSession) -> dict[int, AttendanceLine]:
    """What the trainer's list says, by person."""
    query = select(AttendanceLine).where(AttendanceLine.session_id == session.id, AttendanceLine.source == "list")
    return {row.person_id: row for row in db.session.scalars(query)}


def imports_of(session: TrainingSession) -> list[AttendanceImport]:
    query = select(AttendanceImport).where(AttendanceImport.session_id == session.id)
    query = query.options(joinedload(AttendanceImport.by), joinedload(AttendanceImport.file))
    return list(db.session.scalars(query.order_by(AttendanceImport.id.desc()).limit(20)))


# --- a period


@dataclass(frozen=True)
class Period:
    """Days with both ends, in a zone; `coc_id` narrows it."""

    since: date
    until: date
    zone: ZoneInfo
    coc_id: int | None = None

    def within(self) -> list[ColumnElement[bool]]:
        begins = datetime.combine(self.since, time(), self.zone)
        ends = datetime.combine(self.until + timedelta(days=1), time(), self.zone)
        said = [Attendance.starts_at >= begins, Attendance.starts_at < ends]
        return [*said, Attendance.coc_id == self.coc_id] if self.coc_id is not None else said


@dataclass(frozen=True)
class Figures:
    """Of one agency, or (`agency` "") of those who come for none."""

    agency: str
    people: int
    attended: int
    credited: int
    hours: float


def figures(principal: Principal, period: Period) -> list[Figures]:
    """By agency, for whoever shares out a community's resources (HUD-TR-3)."""
    scope = principal.scope(Permission.PEOPLE).where(Attendance)
    query = (
        select(
            func.coalesce(Agency.name, ""),
            func.count(Attendance.person_id.distinct()),
            func.count().filter(Attendance.attended_seconds > 0),
            func.count().filter(credited()),
            func.coalesce(func.sum(Attendance.attended_seconds), 0),
        )
        .select_from(Attendance)
        .outerjoin(Agency, Agency.id == Attendance.agency_id)
        .where(scope, Attendance.is_current, *period.within())
        .group_by(Agency.id, Agency.name)
        .order_by(func.coalesce(Agency.name, ""), Agency.id)
    )
    return [Figures(*row[:4], round(int(row[4]) / 3600, 1)) for row in db.session.execute(query)]


def rows_of(principal: Principal, period: Period) -> Iterator[Attendance]:
    """Oldest first, some at a time."""
    after: tuple[datetime, int] | None = None
    query = of_people(principal).where(*period.within()).order_by(Attendance.starts_at, Attendance.id)
    while True:
        more = query
        if after is not None:
            at, number = after
            more = query.where(or_(Attendance.starts_at > at, (Attendance.starts_at == at) & (Attendance.id > number)))
        rows = list(db.session.scalars(more.limit(AT_ONCE)))
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = (rows[-1].starts_at, rows[-1].id)


def cells(row: Attendance) -> tuple[Any, ...]:
    """What a table to take away has of one (HUD-TR-3)."""
    session = row.session
    return (
        session.title, session.starts_at, session.tz, session.kind, session.course.title,
        row.coc.code if row.coc else "", row.agency.name if row.agency else "", row.person.name, row.person.email,
        row.attended_seconds // 60, -(-row.missed_seconds // 60), "yes" if row.is_credited else "no",
        "the arithmetic" if row.override is None else "a trainer", "yes" if row.is_proven else "no",
    )  # fmt: skip


def cocs_in_reach(principal: Principal) -> list[CoC]:
    scope = principal.scope(Permission.PEOPLE)
    of_agencies = select(Agency.coc_id).where(Agency.id.in_(scope.agency_ids))
    query = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids), CoC.id.in_(of_agencies)))
    return list(db.session.scalars(query.order_by(CoC.name, CoC.id)))
