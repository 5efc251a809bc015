"""Whether a request for access could be granted at all, before it is written; of many people in few questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from core.db import among, db
from core.errors import Conflict, Invalid
from core.people.addresses import looked_up
from core.people.models import Agency, AgencyStatus, DesignationKind, Membership, Person, Project
from core.people.services import designated
from core.ui import times
from licensing.access import authority, kinds, refusals, rules
from licensing.access.ground import local_day, policy_in_force
from licensing.access.models import OPEN_STATES, AccessRequest, License, LicenseState
from licensing.access.refusals import Refusal
from licensing.access.rules import Facts

if TYPE_CHECKING:
    from licensing.access.services import Asked


class CannotBeGranted(Invalid):
    """The request as it stands could never be granted; says why, for every field it concerns."""

    def __init__(self, refusals: list[Refusal]) -> None:
        first = refusals[0]
        super().__init__(first.sentence, first.advice, first.field, first.rule)
        self.refusals = refusals


@dataclass(frozen=True)
class Known:
    """What requests of one person for one agency are held against; true for as long as the agency is held.

    `administrators` are addresses of an agency that is coming in; `people` and `asked` (open requests of the agency)
    are by address, `licenses` (the Lead's) by person.
    """

    is_from_representative: bool
    requester_until: str
    administrators: frozenset[str]
    people: dict[str, Person]
    working_here: frozenset[int]
    asked: dict[str, AccessRequest]
    licenses: dict[int, list[License]]

    @classmethod
    def of(cls, agency: Agency, by: Person, addresses: Sequence[str], at: datetime) -> Known:
        """In as many questions for five hundred addresses as for one."""
        people = _people(addresses)
        numbers = [one.id for one in people.values()]
        return cls(
            is_from_representative=authority.is_representative(agency, by.id, at),
            requester_until=authority.until(agency, by.id, at),
            administrators=_administrators(agency, at),
            people=people,
            working_here=_working_at(agency, numbers, at),
            asked=_asked_before(agency, addresses),
            licenses=kinds.licenses_of(numbers, agency),
        )

    def person(self, address: str) -> Person | None:
        return self.people.get(looked_up(address))

    def held_at(self, agency: Agency, person: Person) -> License | None:
        mine = self.licenses.get(person.id, [])
        return next((one for one in mine if one.agency_id == agency.id and one.state is not LicenseState.ENDED), None)


def _people(addresses: Sequence[str]) -> dict[str, Person]:
    wanted = {looked_up(address) for address in addresses}
    query = select(Person).where(func.lower(Person.email).in_(sorted(wanted)))
    return {person.email.lower(): person for person in db.session.scalars(query)} if wanted else {}


def _working_at(agency: Agency, people: Sequence[int], at: datetime) -> frozenset[int]:
    still = or_(Membership.ended_at.is_(None), Membership.ended_at > at)
    query = select(Membership.person_id).where(Membership.agency_id == agency.id, among(Membership.person_id, people))
    return frozenset(db.session.scalars(query.where(still))) if people else frozenset()


def _asked_before(agency: Agency, addresses: Sequence[str]) -> dict[str, AccessRequest]:
    query = select(AccessRequest).where(
        AccessRequest.agency_id == agency.id,
        AccessRequest.state.in_(OPEN_STATES),
        func.lower(AccessRequest.email).in_(sorted({address.lower() for address in addresses})),
    )
    return {row.email.lower(): row for row in db.session.scalars(query)} if addresses else {}


def must_be_possible(
    agency: Agency, by: Person, asked: Asked, at: datetime, known: Known | None = None
) -> list[Project]:
    """The projects asked for. Writes nothing; raises what `request_access` would raise. `known` is for who asks for
    many, each address once."""
    known = known or Known.of(agency, by, [asked.email], at)
    projects = [project for project in agency.projects if project.id in asked.project_ids]
    _must_be_open(agency, asked.email, known.administrators)
    facts = _facts_asked(agency, by, asked, projects, known)
    if told := refusals.refusals(facts, policy_in_force(agency.coc, at)):
        raise CannotBeGranted(told)
    _must_be_new(agency, asked.email, known)
    _must_be_their_address(asked, known)
    person = known.person(asked.email)
    kinds.kind_among(agency, known.licenses.get(person.id, []) if person else [], asked.kind)
    return projects


def must_be_open_for_requests(agency: Agency, email: str, at: datetime) -> None:
    """One that is coming in gets a license for its technical administrator, without whom it cannot (SON-LI-8)."""
    _must_be_open(agency, email, _administrators(agency, at))


def _must_be_open(agency: Agency, email: str, administrators: frozenset[str]) -> None:
    if agency.status is not AgencyStatus.ACTIVE and email.lower() not in administrators:
        raise Conflict(
            f"{agency.name} does not take part in the HMIS right now ({agency.status}), so it cannot get licenses.",
            "Ask the HMIS Lead.",
        )


def _administrators(agency: Agency, at: datetime) -> frozenset[str]:
    """The addresses of those of an agency that is coming in."""
    if agency.status is not AgencyStatus.ONBOARDING:
        return frozenset()
    return frozenset(one.email.lower() for one in designated(agency.id, DesignationKind.ADMINISTRATOR, at))


def _facts_asked(agency: Agency, by: Person, asked: Asked, projects: list[Project], known: Known) -> Facts:
    return Facts(
        name=asked.name,
        requester=by.name,
        is_from_representative=known.is_from_representative,
        requester_until=known.requester_until,
        employment=asked.employment,
        is_of_age=asked.is_of_age,
        level=asked.level,
        enters_data=asked.enters_data,
        is_view_only_agency=agency.is_view_only,
        projects=tuple(project.name for project in projects),
        has_foreign_project=bool(set(asked.project_ids) - {project.id for project in projects}),
    )


def _must_be_new(agency: Agency, email: str, known: Known) -> None:
    if earlier := known.asked.get(email.lower()):
        raise Conflict(
            f"There is a request for {earlier.name} already, number {earlier.id}.",
            "Follow that one, or withdraw it first.",
            field="email",
        )
    person = known.person(email)
    if person and (held := known.held_at(agency, person)):
        raise Conflict(
            f"{person.name} has had a license at {agency.name} since "
            f"{times.say_day(local_day(held.since, agency.tz))}.",
            "A change of level goes through the help desk.",
            field="email",
        )


def _must_be_their_address(asked: Asked, known: Known) -> None:
    """Names are written in many ways, so one word in common is enough. Who works elsewhere is not named."""
    person = known.person(asked.email)
    if person is None or rules.may_be_one(person.name, asked.name):
        return
    if person.id in known.working_here:
        told = f"That is the address of {person.name}, not of {asked.name}."
    else:
        told = f"That address belongs to somebody else, who is not called {asked.name}."
    raise Conflict(told, "Give the person's own address. If the name has changed, ask the HMIS Lead.", field="email")
