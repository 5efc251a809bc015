"""Who looks after which agency, who knows what, who is away and who stands in: what the pages read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from core.authz import Principal, found, granted
from core.db import db
from core.people.models import Agency, AgencyStatus, Lead, LeadStaff, Person, StaffRole
from helpdesk.routing.models import Absence, AgencyAssignment, Backup
from helpdesk.routing.permissions import Permission
from helpdesk.tickets.models import Ticket

HELP_DESK = (StaffRole.AGENT, StaffRole.MANAGER, StaffRole.ADMIN)
MOST_COUNTED = 99


def staff_rows(lead_id: int, at: datetime, coc_id: int | None = None) -> Select[LeadStaff]:
    """The help desk's people in force; with a CoC, those who serve it or all of them."""
    query = select(LeadStaff).where(
        LeadStaff.lead_id == lead_id,
        LeadStaff.role.in_(HELP_DESK),
        LeadStaff.started_on <= at.date(),
        or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at),
    )
    return query.where(or_(LeadStaff.coc_id.is_(None), LeadStaff.coc_id == coc_id)) if coc_id else query


def desk_of(lead_id: int, at: datetime, coc_id: int | None = None) -> list[Person]:
    ids = staff_rows(lead_id, at, coc_id).with_only_columns(LeadStaff.person_id)
    return list(db.session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.name, Person.id)))


def leads_kept(principal: Principal) -> set[int]:
    """The Leads whose staff this person keeps; the manager of one CoC too, since its people serve others as well."""
    if not principal.can(Permission.KEEP):
        return set()
    return {g.lead_id for g in principal.grants if g.lead_id and Permission.KEEP in granted(g.role)}


# --- agencies


@dataclass(frozen=True)
class Looked:
    """An agency and who looks after it now, if anybody."""

    agency: Agency
    assignment: AgencyAssignment | None


def agencies(principal: Principal, *, show: str = "", person_id: int | None = None) -> Select[Agency]:
    """Those in reach that take part; `nobody` narrows to those that nobody looks after."""
    query = select(Agency).where(_in_reach(principal), Agency.status != AgencyStatus.ENDED)
    now = select(AgencyAssignment.id).where(
        AgencyAssignment.agency_id == Agency.id, AgencyAssignment.ended_at.is_(None)
    )
    if person_id is not None:
        query = query.where(now.where(AgencyAssignment.person_id == person_id).exists())
    elif show == "nobody":
        query = query.where(~now.exists())
    return query.options(joinedload(Agency.coc))


def _in_reach(principal: Principal) -> ColumnElement[bool]:
    return principal.scope(Permission.VIEW).over_agencies()


def are_without(principal: Principal) -> bool:
    """Whether there is an agency that nobody looks after."""
    return db.session.scalar(agencies(principal, show="nobody").limit(1).with_only_columns(Agency.id)) is not None


def looked_after(rows: Sequence[Agency]) -> list[Looked]:
    """Each with its present assignment, in one question."""
    query = select(AgencyAssignment).where(
        AgencyAssignment.agency_id.in_([row.id for row in rows]), AgencyAssignment.ended_at.is_(None)
    )
    now = {row.agency_id: row for row in db.session.scalars(query.options(joinedload(AgencyAssignment.person)))}
    return [Looked(row, now.get(row.id)) for row in rows]


def visible_agency(principal: Principal, agency_id: int) -> Agency:
    query = select(Agency).where(Agency.id == agency_id, _in_reach(principal)).options(joinedload(Agency.coc))
    agency: Agency = found(db.session.scalar(query))
    return agency


def chosen_agencies(principal: Principal, ids: Collection[int]) -> list[Agency]:
    """Raises NotFound when one of them is not in reach."""
    query = select(Agency).where(Agency.id.in_(ids), _in_reach(principal)).options(joinedload(Agency.coc))
    rows = list(db.session.scalars(query))
    found(True if len(rows) == len(set(ids)) else None)
    return rows


def history(agency: Agency) -> Select[AgencyAssignment]:
    query = select(AgencyAssignment).where(AgencyAssignment.agency_id == agency.id)
    return query.options(joinedload(AgencyAssignment.person))


# --- staff


@dataclass(frozen=True)
class Colleague:
    """One of the help desk: what they know and hold, who stands in, whether they are away now or next."""

    person: Person
    skills: tuple[str, ...]
    agencies: int
    open_requests: int
    backup: Person | None
    absence: Absence | None
    is_away: bool

    @property
    def lacks_backup(self) -> bool:
        """HUD-HD-4: primary staff have backup cover."""
        return bool(self.agencies) and self.backup is None


def colleagues(lead: Lead, today: date, at: datetime) -> list[Colleague]:
    """Everybody at the help desk, in a fixed number of questions."""
    people, skills = desk_of(lead.id, at), _skills(lead.id, at)
    ids = [person.id for person in people]
    looks = _counted(
        select(AgencyAssignment.person_id, func.count()).where(
            AgencyAssignment.person_id.in_(ids),
            AgencyAssignment.lead_id == lead.id,
            AgencyAssignment.ended_at.is_(None),
        ),
        AgencyAssignment.person_id,
    )
    holds = _counted(
        select(Ticket.holder_person_id, func.count()).where(
            Ticket.holder_person_id.in_(ids), Ticket.lead_id == lead.id, Ticket.closed_at.is_(None)
        ),
        Ticket.holder_person_id,
    )
    backups = backups_of(lead.id)
    next_away = _next_absences(lead.id, today)
    return [
        Colleague(
            person,
            tuple(sorted(skills.get(person.id, ()))),
            looks.get(person.id, 0),
            holds.get(person.id, 0),
            backups.get(person.id),
            next_away.get(person.id),
            person.id in next_away and next_away[person.id].from_on <= today,
        )
        for person in people
    ]


def _skills(lead_id: int, at: datetime) -> dict[int, set[str]]:
    told: dict[int, set[str]] = {}
    for row in db.session.scalars(staff_rows(lead_id, at)):
        told.setdefault(row.person_id, set()).update(skill for skill in row.skills if ":" not in skill)
    return told


def skills_of(lead_id: int, person_id: int, at: datetime) -> set[str]:
    return _skills(lead_id, at).get(person_id, set())


def _counted(query: Any, column: Any) -> dict[int, int]:
    return {row[0]: row[1] for row in db.session.execute(query.group_by(column))}


def backups_of(lead_id: int) -> dict[int, Person]:
    query = select(Backup).where(Backup.lead_id == lead_id).options(joinedload(Backup.cover))
    return {row.person_id: row.cover for row in db.session.scalars(query)}


def _next_absences(lead_id: int, today: date) -> dict[int, Absence]:
    """The one that has begun or begins next, for each person who has one."""
    query = select(Absence).where(Absence.lead_id == lead_id, Absence.until_on >= today)
    rows = db.session.scalars(query.options(joinedload(Absence.cover)).order_by(Absence.from_on.desc()))
    return {row.person_id: row for row in rows}


def visible_colleague(lead: Lead, person_id: int, at: datetime) -> Person:
    """Raises NotFound for whoever is not at this help desk."""
    person: Person = found(next((one for one in desk_of(lead.id, at) if one.id == person_id), None))
    return person


# --- absences


def absences(lead: Lead, today: date, *, past: bool = False) -> Select[Absence]:
    when = Absence.until_on < today if past else Absence.until_on >= today
    query = select(Absence).where(Absence.lead_id == lead.id, when)
    return query.options(joinedload(Absence.person), joinedload(Absence.cover))


def visible_absence(principal: Principal, absence_id: int) -> Absence:
    leads = {g.lead_id for g in principal.grants if g.lead_id and Permission.VIEW in granted(g.role)}
    query = select(Absence).where(Absence.id == absence_id, Absence.lead_id.in_(leads))
    row: Absence = found(db.session.scalar(query.options(joinedload(Absence.person), joinedload(Absence.cover))))
    return row


def same_absence(lead_id: int, person_id: int, days: tuple[date, date], cover: Person | None) -> Absence | None:
    query = select(Absence).where(
        Absence.lead_id == lead_id,
        Absence.person_id == person_id,
        Absence.from_on == days[0],
        Absence.until_on == days[1],
        Absence.cover_id == cover.id if cover else Absence.cover_id.is_(None),
    )
    return db.session.scalar(query)


def stand_ins(rows: Sequence[Absence], backups: dict[int, Person]) -> dict[int, Person | None]:
    """Who stands in for each: whoever was named, else the backup; nobody where they are away on such a day too."""
    wanted = {row.id: row.cover or backups.get(row.person_id) for row in rows}
    also_away = _also_away(wanted)
    return {number: None if number in also_away else person for number, person in wanted.items()}


def _also_away(wanted: dict[int, Person | None]) -> set[int]:
    """Absences during which whoever stands in is away as well."""
    other = aliased(Absence)
    stands = {number: person.id for number, person in wanted.items() if person is not None}
    if not stands:
        return set()
    query = (
        select(Absence.id, other.person_id)
        .join(other, (other.from_on <= Absence.until_on) & (other.until_on >= Absence.from_on))
        .where(Absence.id.in_(stands), other.person_id.in_(set(stands.values())), other.lead_id == Absence.lead_id)
    )
    return {number for number, person_id in db.session.execute(query) if stands[number] == person_id}


def in_their_hands(absence: Absence, limit: int) -> list[Ticket]:
    """Open requests that whoever is away holds, those due first."""
    query = select(Ticket).where(
        Ticket.holder_person_id == absence.person_id, Ticket.lead_id == absence.lead_id, Ticket.closed_at.is_(None)
    )
    query = query.options(joinedload(Ticket.agency)).order_by(Ticket.next_due_at.asc().nulls_last(), Ticket.id)
    return list(db.session.scalars(query.limit(limit)))
