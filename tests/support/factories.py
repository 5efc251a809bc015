"""Small, believable worlds for tests. Each maker flushes and returns the row; call inside a unit of work or not."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date

from core import clock
from core.db import unit_of_work
from core.people.models import (
    Agency,
    CoC,
    Designation,
    DesignationKind,
    EmploymentKind,
    Lead,
    LeadStaff,
    Membership,
    Person,
    Project,
    StaffRole,
)

_numbers = itertools.count(1)
LONG_AGO = date(2020, 1, 1)


def _save(row):
    with unit_of_work() as session:
        session.add(row)
        session.flush()
    return row


def make_lead(name: str = "", tz: str = "America/Chicago", **values) -> Lead:
    name = name or f"Prairie HMIS Office {next(_numbers)}"
    values.setdefault("support_address", f"help{next(_numbers)}@hearthdesk.test")
    values.setdefault("vendor_name", "Cedar Systems")
    values.setdefault("vendor_address", "support@vendor.test")
    return _save(Lead(name=name, tz=tz, **values))


def make_coc(lead: Lead, pack: str = "missouri", tz: str = "America/Chicago") -> CoC:
    number = next(_numbers)
    return _save(CoC(lead_id=lead.id, code=f"XX-{500 + number}", name=f"Continuum {number}", pack=pack, tz=tz))


def make_agency(coc: CoC, name: str = "", tz: str = "", **values) -> Agency:
    name = name or f"Harbor House {next(_numbers)}"
    return _save(Agency(lead_id=coc.lead_id, coc_id=coc.id, name=name, tz=tz or coc.tz, **values))


def make_project(agency: Agency, name: str = "", hud_type: int = 1) -> Project:
    return _save(Project(agency_id=agency.id, name=name or f"Night shelter {next(_numbers)}", hud_type=hud_type))


def make_person(name: str = "", email: str = "", **values) -> Person:
    number = next(_numbers)
    return _save(
        Person(
            name=name or f"Robin Vale {number}",
            email=email or f"person{number}@agency.test",
            created_at=clock.now(),
            **values,
        )
    )


def join(person: Person, agency: Agency, employment: EmploymentKind = EmploymentKind.PAID_STAFF) -> Membership:
    return _save(Membership(person_id=person.id, agency_id=agency.id, employment=employment, started_on=LONG_AGO))


def designate(person: Person, agency: Agency, kind: DesignationKind) -> Designation:
    return _save(Designation(person_id=person.id, agency_id=agency.id, kind=kind, started_on=LONG_AGO))


def member(agency: Agency, *kinds: DesignationKind, name: str = "", email: str = "") -> Person:
    """Somebody who works at the agency, with the designations given."""
    person = make_person(name, email)
    join(person, agency)
    for kind in kinds:
        designate(person, agency, kind)
    return person


def make_staff(lead: Lead, role: StaffRole, coc: CoC | None = None, name: str = "", email: str = "") -> Person:
    person = make_person(name, email)
    _save(
        LeadStaff(
            lead_id=lead.id,
            coc_id=coc.id if coc else None,
            person_id=person.id,
            role=role,
            skills=[],
            started_on=LONG_AGO,
        )
    )
    return person


@dataclass
class World:
    """One Lead, one CoC, two agencies, and one person of each role."""

    lead: Lead
    coc: CoC
    agency: Agency
    other_agency: Agency
    project: Project
    end_user: Person
    representative: Person
    administrator: Person
    security_officer: Person
    director: Person
    agent: Person
    trainer: Person
    manager: Person
    admin: Person
    other_end_user: Person
    other_representative: Person

    def by_role(self) -> dict[str, Person]:
        names = "end_user representative administrator security_officer director agent trainer manager admin"
        return {name: getattr(self, name) for name in names.split()}


def make_world(pack: str = "missouri", tz: str = "America/Chicago") -> World:
    lead = make_lead(tz=tz)
    coc = make_coc(lead, pack, tz)
    agency, other = make_agency(coc, "Harbor House"), make_agency(coc, "Casa Sol")
    kind = DesignationKind
    return World(
        lead=lead,
        coc=coc,
        agency=agency,
        other_agency=other,
        project=make_project(agency),
        end_user=member(agency, name="Erin Doyle"),
        representative=member(agency, kind.REPRESENTATIVE, name="Rosa Lind"),
        administrator=member(agency, kind.ADMINISTRATOR, name="Tam Nguyen"),
        security_officer=member(agency, kind.SECURITY_OFFICER, name="Sol Ortiz"),
        director=member(agency, kind.EXECUTIVE_DIRECTOR, name="Dana Reyes"),
        agent=make_staff(lead, StaffRole.AGENT, name="Ana Petrov"),
        trainer=make_staff(lead, StaffRole.TRAINER, name="Theo Marsh"),
        manager=make_staff(lead, StaffRole.MANAGER, coc, name="Mina Cole"),
        admin=make_staff(lead, StaffRole.ADMIN, name="Ada Boone"),
        other_end_user=member(other, name="Olga Finch"),
        other_representative=member(other, kind.REPRESENTATIVE, name="Omar Hale"),
    )
