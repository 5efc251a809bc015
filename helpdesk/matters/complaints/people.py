"""Who is meant, and who is where: the people behind names and offices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, literal, or_, select

from core.db import db
from core.people.models import Agency, DesignationKind, LeadStaff, Membership, Person, StaffRole
from core.people.services import designated, staff_of
from helpdesk.matters.complaints.rules import OFFICES, Holder, Office, Step

DESIGNATIONS = {
    Office.REPRESENTATIVE: DesignationKind.REPRESENTATIVE,
    Office.SECURITY_OFFICER: DesignationKind.SECURITY_OFFICER,
    Office.AGENCY_ADMINISTRATOR: DesignationKind.ADMINISTRATOR,
    Office.EXECUTIVE_DIRECTOR: DesignationKind.EXECUTIVE_DIRECTOR,
}
STAFF = {
    Office.LEAD_AGENT: StaffRole.AGENT,
    Office.LEAD_MANAGER: StaffRole.MANAGER,
    Office.LEAD_ADMIN: StaffRole.ADMIN,
    Office.MANAGING_DIRECTOR: StaffRole.MANAGING_DIRECTOR,
    Office.COC_LEADERSHIP: StaffRole.COC_LEADERSHIP,
    Office.DATA_COMMITTEE: StaffRole.DATA_COMMITTEE,
    Office.ADVISORY_COMMITTEE: StaffRole.ADVISORY_COMMITTEE,
}
OF_THE_LEAD = (StaffRole.AGENT, StaffRole.TRAINER, StaffRole.MANAGER, StaffRole.ADMIN, StaffRole.MANAGING_DIRECTOR)


def people_in(agency: Agency, office: Office, at: datetime) -> list[Person]:
    if office in DESIGNATIONS:
        return designated(agency.id, DESIGNATIONS[office], at)
    return staff_of(agency.lead_id, STAFF[office], at, agency.coc_id)


def holders_at(agency: Agency, step: Step, at: datetime) -> list[Holder]:
    """Everybody in the offices of a step, each once."""
    held: dict[int, Holder] = {}
    for office in OFFICES[step]:
        for person in people_in(agency, office, at):
            held.setdefault(person.id, Holder(person.id, person.name, office))
    return list(held.values())


def persons(ids: Iterable[int]) -> list[Person]:
    return list(db.session.scalars(select(Person).where(Person.id.in_(set(ids))).order_by(Person.id)))


def meant(about: str, agency: Agency) -> list[Person]:
    """Who may be meant by what was written: everybody of the agency or of the Lead whose name or address is in it.

    All of them where several are: that one of them reads it who is meant is worse than that one more does not.
    """
    works = select(Membership.person_id).where(Membership.agency_id == agency.id)
    serves = select(LeadStaff.person_id).where(LeadStaff.lead_id == agency.lead_id)
    typed = literal(about.lower())
    named = or_(func.strpos(typed, func.lower(Person.name)) > 0, func.strpos(typed, func.lower(Person.email)) > 0)
    query = select(Person).where(or_(Person.id.in_(works), Person.id.in_(serves)), named)
    return list(db.session.scalars(query.order_by(Person.id)))


def of_the_lead(people: Iterable[Person], agency: Agency, at: datetime) -> list[Person]:
    """Those of them who work for the Lead, or direct it."""
    ids = {person.id for person in people}
    query = select(LeadStaff.person_id).where(
        LeadStaff.lead_id == agency.lead_id,
        LeadStaff.person_id.in_(ids),
        LeadStaff.role.in_((*OF_THE_LEAD, StaffRole.ASSISTANT_DIRECTOR)),
        or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at),
    )
    serving = set(db.session.scalars(query))
    return [person for person in people if person.id in serving]


def names_at_the_lead(agency: Agency, at: datetime) -> list[str]:
    """The Lead's people, so that whoever complains of one can write the name as it is known here."""
    query = (
        select(Person.name)
        .join(LeadStaff, LeadStaff.person_id == Person.id)
        .where(
            LeadStaff.lead_id == agency.lead_id,
            LeadStaff.role.in_(OF_THE_LEAD),
            or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at),
        )
    )
    return list(db.session.scalars(query.distinct().order_by(Person.name).limit(20)))
