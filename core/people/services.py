from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, event, func, or_, select
from sqlalchemy.orm import joinedload

from core.connections import by_key
from core.db import db, forget, remembered
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

WHO = "who"  # begins the keys of what is remembered here

# Asked with nearly every request and mail, so each is made once.
PERSON = by_key(select(Person).where(func.lower(Person.email) == bindparam("address")))
CLOSURES = by_key(select(Closure.day, Closure.name).where(Closure.lead_id == bindparam("lead")).order_by(Closure.day))
DESIGNATIONS = by_key(
    select(Designation.kind, Designation.started_on, Designation.ended_at, Person)
    .join(Person, Designation.person_id == Person.id)
    .where(Designation.agency_id == bindparam("agency"))
    .order_by(Designation.started_on, Designation.id)
)
STAFF = by_key(
    select(LeadStaff.role, LeadStaff.coc_id, LeadStaff.skills, LeadStaff.ended_at, Person)
    .join(Person, LeadStaff.person_id == Person.id)
    .where(LeadStaff.lead_id == bindparam("lead"))
    .order_by(Person.id, LeadStaff.id)
)
AGENCIES = by_key(
    select(Agency)
    .join(Membership, Membership.agency_id == Agency.id)
    .options(joinedload(Agency.coc).joinedload(CoC.lead))
    .where(
        Membership.person_id == bindparam("person"),
        or_(Membership.ended_at.is_(None), Membership.ended_at > bindparam("at")),
    )
    .order_by(Membership.id)
)


def person_by_email(address: str) -> Person | None:
    """The person of this address, whatever its case."""
    person: Person | None = db.session.scalar(PERSON, {"address": looked_up(address)})
    return person


def closures_of(lead_id: int) -> dict[str, str]:
    """The Lead's own closed days beyond the federal holidays: ISO date to name."""
    return remembered((WHO, Closure, lead_id), lambda: _closures(lead_id))


def _closures(lead_id: int) -> dict[str, str]:
    rows = db.session.execute(CLOSURES, {"lead": lead_id})
    return {day.isoformat(): name for day, name in rows}


def designated(agency_id: int, kind: DesignationKind, at: datetime) -> list[Person]:
    """Who holds the designation at that instant, longest-serving first."""
    rows = remembered((WHO, Designation, agency_id), lambda: _designations(agency_id))
    return [
        row.Person
        for row in rows
        if row.kind is kind and row.started_on <= at.date() and (row.ended_at is None or row.ended_at > at)
    ]


def _designations(agency_id: int) -> Sequence[Any]:
    """Of any kind and any time: an agency has few, and whoever asks for one kind asks for others too."""
    return db.session.execute(DESIGNATIONS, {"agency": agency_id}).all()


def staff_of(lead_id: int, role: StaffRole, at: datetime, coc_id: int | None = None) -> list[Person]:
    """The Lead's people in a role; with a CoC, those who serve it or all CoCs."""
    return staff_in(lead_id, (role,), at, coc_id)[role]


def staff_in(
    lead_id: int, roles: Sequence[StaffRole], at: datetime, coc_id: int | None = None
) -> dict[StaffRole, list[Person]]:
    """The same for several roles in one question; a person with two of them stands under both."""
    found: dict[StaffRole, list[Person]] = {role: [] for role in roles}
    for row in staff_rows(lead_id, at):
        here = row.role in found and (coc_id is None or row.coc_id in (None, coc_id))
        if here and row.Person not in found[row.role]:
            found[row.role].append(row.Person)
    return found


def managers_of(lead_id: int, at: datetime, coc_id: int | None) -> list[Person]:
    """The managers of a CoC; a Lead without one has its administrators told."""
    found = staff_in(lead_id, (StaffRole.MANAGER, StaffRole.ADMIN), at, coc_id)
    return found[StaffRole.MANAGER] or found[StaffRole.ADMIN]


def staff_rows(lead_id: int, at: datetime) -> list[Any]:
    """The role, CoC, skills and person of whoever works for the Lead at that instant, by the person's number."""
    rows = remembered((WHO, LeadStaff, lead_id), lambda: db.session.execute(STAFF, {"lead": lead_id}).all())
    return [row for row in rows if row.ended_at is None or row.ended_at > at]


def forget_who() -> None:
    """What is remembered in this unit of work of who does what, and when the office is closed, holds no more."""
    forget(WHO)


for _kind in (Closure, Designation, LeadStaff):
    for _deed in ("after_insert", "after_update", "after_delete"):
        event.listen(_kind, _deed, lambda *_: forget_who())


def agencies_of(person_id: int, at: datetime) -> list[Agency]:
    """Where the person works at that instant, oldest membership first."""
    return list(db.session.scalars(AGENCIES, {"person": person_id, "at": at}))
