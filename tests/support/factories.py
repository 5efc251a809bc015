"""Small, believable worlds for tests. Each maker flushes and returns the row; call inside a unit of work or not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
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
    _save_all(row)
    return row


def _save_all(*rows) -> None:
    """Rows that do not need each other's numbers: one statement a table."""
    with unit_of_work() as session:
        session.add_all(rows)
        session.flush()


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
    return _save(_person(name, email, **values))


def _person(name: str = "", email: str = "", **values) -> Person:
    number = next(_numbers)
    return Person(
        name=name or f"Robin Vale {number}",
        email=email or f"person{number}@agency.test",
        created_at=clock.now(),
        **values,
    )


def join(person: Person, agency: Agency, employment: EmploymentKind = EmploymentKind.PAID_STAFF) -> Membership:
    return _save(_membership(person, agency, employment))


def _membership(person: Person, agency: Agency, employment: EmploymentKind = EmploymentKind.PAID_STAFF) -> Membership:
    return Membership(person_id=person.id, agency_id=agency.id, employment=employment, started_on=LONG_AGO)


def designate(person: Person, agency: Agency, kind: DesignationKind) -> Designation:
    return _save(_designation(person, agency, kind))


def _designation(person: Person, agency: Agency, kind: DesignationKind) -> Designation:
    return Designation(person_id=person.id, agency_id=agency.id, kind=kind, started_on=LONG_AGO)


def member(agency: Agency, *kinds: DesignationKind, name: str = "", email: str = "") -> Person:
    """Somebody who works at the agency, with the designations given."""
    with unit_of_work():
        person = make_person(name, email)
        _save_all(*_roles_at(agency, person, *kinds))
    return person


def _roles_at(agency: Agency, person: Person, *kinds: DesignationKind) -> list[Membership | Designation]:
    return [_membership(person, agency), *(_designation(person, agency, kind) for kind in kinds)]


def make_staff(lead: Lead, role: StaffRole, coc: CoC | None = None, name: str = "", email: str = "") -> Person:
    with unit_of_work():
        person = make_person(name, email)
        _save(_staff(lead, role, person, coc))
    return person


def _staff(lead: Lead, role: StaffRole, person: Person, coc: CoC | None = None) -> LeadStaff:
    return LeadStaff(
        lead_id=lead.id,
        coc_id=coc.id if coc else None,
        person_id=person.id,
        role=role,
        skills=[],
        started_on=LONG_AGO,
    )


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
    """In one transaction of few statements: more tests begin with this than with anything else."""
    with unit_of_work():
        lead = make_lead(tz=tz)
        coc = make_coc(lead, pack, tz)
        agency, other = make_agency(coc, "Harbor House"), make_agency(coc, "Casa Sol")
        people = {role: _person(name) for role, name in PEOPLE.items()}
        project = make_project(agency)
        _save_all(*people.values())
        _save_all(*_what_they_are(people, lead, coc, agency, other))
    return World(lead=lead, coc=coc, agency=agency, other_agency=other, project=project, **people)


PEOPLE = {
    "end_user": "Erin Doyle",
    "representative": "Rosa Lind",
    "administrator": "Tam Nguyen",
    "security_officer": "Sol Ortiz",
    "director": "Dana Reyes",
    "agent": "Ana Petrov",
    "trainer": "Theo Marsh",
    "manager": "Mina Cole",
    "admin": "Ada Boone",
    "other_end_user": "Olga Finch",
    "other_representative": "Omar Hale",
}


def _what_they_are(
    people: dict[str, Person], lead: Lead, coc: CoC, agency: Agency, other: Agency
) -> Iterator[Membership | Designation | LeadStaff]:
    kind = DesignationKind
    yield from _roles_at(agency, people["end_user"])
    yield from _roles_at(agency, people["representative"], kind.REPRESENTATIVE)
    yield from _roles_at(agency, people["administrator"], kind.ADMINISTRATOR)
    yield from _roles_at(agency, people["security_officer"], kind.SECURITY_OFFICER)
    yield from _roles_at(agency, people["director"], kind.EXECUTIVE_DIRECTOR)
    yield _staff(lead, StaffRole.AGENT, people["agent"])
    yield _staff(lead, StaffRole.TRAINER, people["trainer"])
    yield _staff(lead, StaffRole.MANAGER, people["manager"], coc)
    yield _staff(lead, StaffRole.ADMIN, people["admin"])
    yield from _roles_at(other, people["other_end_user"])
    yield from _roles_at(other, people["other_representative"], kind.REPRESENTATIVE)
