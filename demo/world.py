"""Offices, communities, agencies and people, as rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from core.db import db
from core.people.models import (
    Agency,
    AgencyStatus,
    Closure,
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
from core.policy import policy_for
from core.policy.vocabulary import LimitName
from demo.names import JOBS, PROJECTS, Namer, address, slug
from demo.places import OFFICES, Community, Office

YEARS = timedelta(days=365)
SKILLS = ("problem", "how-to", "data-correction", "training", "access", "security")
EMPLOYMENT = (EmploymentKind.PAID_STAFF,) * 17 + (EmploymentKind.SUPERVISED_VOLUNTEER, EmploymentKind.INTERN)
FEW = 10


@dataclass
class Workplace:
    """An agency with everybody who works there, as of the beginning of the year that is told."""

    agency: Agency
    community: Community
    representative: Person
    administrator: Person | None
    security_officer: Person
    director: Person
    users: list[Person] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)

    @property
    def everyone(self) -> list[Person]:
        officers = [self.director, self.representative, self.security_officer]
        return officers + ([self.administrator] if self.administrator else []) + self.users


@dataclass
class Desk:
    """A Lead's office: its people and the agencies it serves."""

    lead: Lead
    agents: list[Person]
    trainer: Person
    admin: Person
    managers: dict[int, Person]
    officers: list[Person] = field(default_factory=list)
    workplaces: list[Workplace] = field(default_factory=list)

    def manager_of(self, workplace: Workplace) -> Person:
        return self.managers[workplace.agency.coc_id]

    @property
    def staff(self) -> list[Person]:
        return [*self.agents, self.trainer, self.admin, *self.managers.values()]


@dataclass
class World:
    desks: list[Desk]

    @property
    def workplaces(self) -> list[Workplace]:
        return [place for desk in self.desks for place in desk.workplaces]

    def people(self) -> list[Person]:
        return [
            person
            for desk in self.desks
            for person in [*desk.staff, *desk.officers, *(p for place in desk.workplaces for p in place.everyone)]
        ]


class Builder:
    """Adds rows to the session; everybody has been there since before the year that is told."""

    def __init__(self, rng: Random, now: datetime) -> None:
        self.rng, self.now, self.namer = rng, now, Namer(rng)
        self.since = now - 2 * YEARS

    def world(self) -> World:
        world = World([self._desk(office) for office in OFFICES])
        for desk, office in zip(world.desks, OFFICES, strict=True):
            self._seats(desk, office)
        return world

    def _seats(self, desk: Desk, office: Office) -> None:
        """Who directs the Lead, who leads each CoC; its committees are made of the first agencies' directors."""
        for role in (StaffRole.MANAGING_DIRECTOR, StaffRole.ASSISTANT_DIRECTOR):
            desk.officers.append(self._staff(desk.lead, office, role))
        for coc in {place.agency.coc_id: place.agency.coc for place in desk.workplaces}.values():
            desk.officers.append(self._staff(desk.lead, office, StaffRole.COC_LEADERSHIP, coc))
            directors = [place.director for place in desk.workplaces if place.agency.coc is coc][1:6]
            for role in (StaffRole.DATA_COMMITTEE, StaffRole.ADVISORY_COMMITTEE):
                self._sit(desk.lead, coc, directors, role)

    def _sit(self, lead: Lead, coc: CoC, people: list[Person], role: StaffRole) -> None:
        since = self.since.date()
        places = {"lead_id": lead.id, "coc_id": coc.id, "role": role, "skills": [], "started_on": since}
        db.session.add_all(LeadStaff(person=person, **places) for person in people)

    def _desk(self, office: Office) -> Desk:
        lead = Lead(
            name=office.name,
            tz=office.tz,
            support_address=f"help@{office.host}",
            vendor_name=office.vendor,
            vendor_address=f"support@{slug(office.vendor)}.example",
        )
        cocs = [(CoC(lead=lead, code=c.code, name=c.name, pack=c.pack, tz=office.tz), c) for c in office.communities]
        db.session.add_all([lead, *(coc for coc, _ in cocs), *self._closures(lead, office)])
        db.session.flush()
        desk = Desk(
            lead,
            agents=[self._staff(lead, office, StaffRole.AGENT) for _ in range(office.agents)],
            trainer=self._staff(lead, office, StaffRole.TRAINER),
            admin=self._staff(lead, office, StaffRole.ADMIN),
            managers={coc.id: self._staff(lead, office, StaffRole.MANAGER, coc) for coc, _ in cocs},
        )
        for coc, community in cocs:
            sizes = self._sizes(community)
            desk.workplaces += [self._workplace(coc, community, size) for size in sizes]
        return desk

    def _closures(self, lead: Lead, office: Office) -> list[Closure]:
        years = range(self.since.year, self.now.year + 2)
        return [
            Closure(lead=lead, day=date(year, month, day), name=name)
            for year in years
            for month, day, name in office.closed
        ]

    def _staff(self, lead: Lead, office: Office, role: StaffRole, coc: CoC | None = None) -> Person:
        person = self._person(office.host.removesuffix(".example"))
        row = LeadStaff(
            lead_id=lead.id,
            coc_id=coc.id if coc else None,
            person=person,
            role=role,
            skills=sorted(self.rng.sample(SKILLS, 2)),
            started_on=self.since.date(),
        )
        db.session.add(row)
        return person

    def _person(self, organisation: str) -> Person:
        name = self.namer.person()
        return Person(name=name, email=address(name, organisation), phone=self._phone(), created_at=self._started())

    def _phone(self) -> str:
        """Numbers 555-0100 to 555-0199 belong to nobody."""
        return f"({self.rng.choice(('201', '303', '404', '505'))}) 555-01{self.rng.randrange(100):02}"

    def _started(self) -> datetime:
        return (self.since + timedelta(days=self.rng.randrange(300))).replace(
            hour=15, minute=0, second=0, microsecond=0
        )

    def _sizes(self, community: Community) -> list[int]:
        """How many people each agency has: a few large ones, many small, none below six."""
        weights = [self.rng.paretovariate(1.6) for _ in range(community.agencies)]
        free = community.people - 6 * community.agencies
        sizes = [6 + int(free * weight / sum(weights)) for weight in weights]
        sizes[0] += community.people - sum(sizes)
        return sizes

    def _workplace(self, coc: CoC, community: Community, size: int) -> Workplace:
        agency = Agency(lead_id=coc.lead_id, coc=coc, name=self.namer.agency(), tz=coc.tz, status=AgencyStatus.ACTIVE)
        db.session.add(agency)
        kind = DesignationKind
        has_administrator = size >= self._administrator_from(coc) or self.rng.random() < 0.5
        place = Workplace(
            agency,
            community,
            director=self._member(agency, "Executive director", kind.EXECUTIVE_DIRECTOR),
            representative=self._member(agency, "Program director", kind.REPRESENTATIVE),
            administrator=self._member(agency, "Data manager", kind.ADMINISTRATOR) if has_administrator else None,
            security_officer=self._member(agency, "Operations manager", kind.SECURITY_OFFICER),
        )
        place.projects = [Project(agency=agency, name=name, hud_type=code) for code, name in self._projects()]
        place.users = [self._member(agency, self.rng.choice(JOBS)) for _ in range(size - len(place.everyone))]
        db.session.add_all(place.projects)
        return place

    def _administrator_from(self, coc: CoC) -> int:
        """From how many users on an agency needs an administrator: the pack's number, where it has one (VT-LI-2)."""
        policy = policy_for(coc, self.now.date())
        return (
            policy.limit(LimitName.ADMINISTRATOR_THRESHOLD).number
            if policy.has(LimitName.ADMINISTRATOR_THRESHOLD)
            else FEW
        )

    def _projects(self) -> list[tuple[int, str]]:
        return sorted(self.rng.sample(PROJECTS, self.rng.choice((2, 2, 3, 4))))

    def _member(self, agency: Agency, job: str, *kinds: DesignationKind) -> Person:
        person = self._person(agency.name)
        started = person.created_at.astimezone(UTC).date()
        employment = EmploymentKind.PAID_STAFF if kinds else self.rng.choice(EMPLOYMENT)
        rows = [Membership(person=person, agency=agency, employment=employment, job_title=job, started_on=started)]
        named = [Designation(person=person, agency=agency, kind=kind, started_on=started) for kind in kinds]
        db.session.add_all([person, *rows, *named])
        return person
