from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from core.connections import by_key
from core.db import among, db
from core.people.addresses import looked_up
from core.people.models import (
    Agency,
    Closure,
    CoC,
    Designation,
    DesignationKind,
    LeadStaff,
    Membership,
    Person,
    StaffRole,
)


def person_by_email(address: str) -> Person | None:
    """The person of this address, whatever its case."""
    query = select(Person).where(func.lower(Person.email) == looked_up(address))
    return db.session.scalar(by_key(query))


def closures_of(lead_id: int) -> dict[str, str]:
    """The Lead's own closed days beyond the federal holidays: ISO date to name."""
    query = select(Closure.day, Closure.name).where(Closure.lead_id == lead_id).order_by(Closure.day)
    return {day.isoformat(): name for day, name in db.session.execute(by_key(query))}


def designated(agency_id: int, kind: DesignationKind, at: datetime) -> list[Person]:
    """Who holds the designation at that instant, longest-serving first."""
    query = select(Person).join(Designation, Designation.person_id == Person.id)
    return list(
        db.session.scalars(
            query.where(
                Designation.agency_id == agency_id,
                Designation.kind == kind,
                Designation.started_on <= at.date(),
                or_(Designation.ended_at.is_(None), Designation.ended_at > at),
            ).order_by(Designation.started_on, Designation.id)
        )
    )


def designated_in(
    agency_ids: Iterable[int], kinds: Sequence[DesignationKind], at: datetime
) -> dict[tuple[int, DesignationKind], list[Person]]:
    """The same for many agencies and several kinds, in one question; nobody stands under what nobody holds."""
    query = select(Designation.agency_id, Designation.kind, Person).join(Person, Designation.person_id == Person.id)
    query = query.where(
        among(Designation.agency_id, agency_ids),
        Designation.kind.in_(kinds),
        Designation.started_on <= at.date(),
        or_(Designation.ended_at.is_(None), Designation.ended_at > at),
    )
    found: dict[tuple[int, DesignationKind], list[Person]] = {}
    for agency_id, kind, person in db.session.execute(query.order_by(Designation.started_on, Designation.id)):
        found.setdefault((agency_id, kind), []).append(person)
    return found


def staff_of(lead_id: int, role: StaffRole, at: datetime, coc_id: int | None = None) -> list[Person]:
    """The Lead's people in a role; with a CoC, those who serve it or all CoCs."""
    return staff_in(lead_id, (role,), at, coc_id)[role]


def staff_in(
    lead_id: int, roles: Sequence[StaffRole], at: datetime, coc_id: int | None = None
) -> dict[StaffRole, list[Person]]:
    """The same for several roles in one question; a person with two of them stands under both."""
    query = select(LeadStaff.role, Person).join(Person, LeadStaff.person_id == Person.id)
    query = query.where(
        LeadStaff.lead_id == lead_id,
        LeadStaff.role.in_(roles),
        or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at),
    )
    if coc_id is not None:
        query = query.where(or_(LeadStaff.coc_id.is_(None), LeadStaff.coc_id == coc_id))
    found: dict[StaffRole, list[Person]] = {role: [] for role in roles}
    for role, person in db.session.execute(by_key(query.distinct().order_by(Person.id))):
        found[role].append(person)
    return found


def managers_of(lead_id: int, at: datetime, coc_id: int | None) -> list[Person]:
    """The managers of a CoC; a Lead without one has its administrators told."""
    found = staff_in(lead_id, (StaffRole.MANAGER, StaffRole.ADMIN), at, coc_id)
    return found[StaffRole.MANAGER] or found[StaffRole.ADMIN]


def agencies_of(person_id: int, at: datetime) -> list[Agency]:
    """Where the person works at that instant, oldest membership first."""
    query = (
        select(Agency)
        .join(Membership, Membership.agency_id == Agency.id)
        .options(joinedload(Agency.coc).joinedload(CoC.lead))
    )
    return list(
        db.session.scalars(
            query.where(
                Membership.person_id == person_id,
                or_(Membership.ended_at.is_(None), Membership.ended_at > at),
            ).order_by(Membership.id)
        )
    )
