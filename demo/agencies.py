"""Agencies in the demo: one is on its way in, one has lost its security officer, one leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.authz import Principal, principal_for
from core.db import db
from core.people.models import Agency, DesignationKind, Membership, Person
from demo.agenda import Agenda
from demo.names import slug
from demo.signins import account_for
from demo.world import Desk, Workplace
from licensing.access.services import local_day, policy_in_force
from licensing.agencies import naming, officers, onboarding
from licensing.agencies.models import How
from licensing.agencies.naming import Naming
from licensing.agencies.onboarding import NewAgency
from licensing.agencies.papers import Evidence
from licensing.endings import rules, services
from licensing.endings.rules import Party
from licensing.endings.services import Notice

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
COMING = ("Lantern House", "Bridgeway Homes", "Open Door Nights", "Second Street Center")
KIND = DesignationKind


@dataclass
class AgencyDays:
    """What happened to a desk's agencies in the last two weeks."""

    agenda: Agenda
    desk: Desk
    now: datetime
    number: int

    def plan(self) -> None:
        first, manager = self.desk.workplaces[0], self.desk.manager_of(self.desk.workplaces[0])
        self.agenda.at(self.now - 12 * DAY, manager, lambda at: self._begin(first, manager, at))
        gone = self.desk.workplaces[-1]
        self.agenda.at(self.now - 5 * DAY, gone.director, lambda at: self._without_officer(gone, at))
        leaving = self.desk.workplaces[-2]
        if self.number % 2 == 0:
            self.agenda.at(self.now - 6 * DAY, leaving.representative, lambda at: self._leave(leaving, at))
        self.agenda.at(self.now - 3 * HOUR, None, self._look)

    def _begin(self, place: Workplace, manager: Person, at: datetime) -> None:
        """Added, with its director, a representative, a project and its privacy notice; the rest is open."""
        by, coc = principal_for(manager, at), place.agency.coc
        name = COMING[self.number % len(COMING)]
        agency = onboarding.add_agency(coc, NewAgency(name, place.agency.tz), at)
        self._name(agency, KIND.EXECUTIVE_DIRECTOR, "Noor Vance", by, at)
        self._name(agency, KIND.REPRESENTATIVE, "Otis Reed", by, at)
        onboarding.add_project(agency, "Winter shelter", 1, is_protected=False)
        steps = {line.step for line in onboarding.lines(agency, at)}
        if "privacy-notice" in steps:
            seen = Evidence(self._today(agency, at), How.MAIL, "Came with the first mail.")
            onboarding.confirm(agency, "privacy-notice", seen, by, at)

    def _name(self, agency: Agency, kind: DesignationKind, who: str, by: Principal, at: datetime) -> None:
        """Somebody who works there and can sign in; an invitation would differ each time."""
        today = self._today(agency, at)
        person = Person(name=who, email=f"{slug(who)}@{slug(agency.name)}.example", phone="", created_at=at)
        db.session.add(person)
        db.session.flush()
        db.session.add_all(
            [Membership(person_id=person.id, agency_id=agency.id, started_on=today), account_for(person, None, at)]
        )
        db.session.flush()
        seen = Evidence(today, How.LETTER, "Letter of the board.")
        naming.name_person(agency, Naming(kind, today, person_id=person.id), seen, by, at)

    def _without_officer(self, place: Workplace, at: datetime) -> None:
        """The only security officer gives the duty up, and nobody has been named since."""
        for row in officers.history(place.agency):
            if row.kind is KIND.SECURITY_OFFICER and officers.holds(row, at):
                today = self._today(place.agency, at)
                seen = Evidence(today, How.HERE, "Has moved to another program.")
                naming.end_designation(row, today, seen, principal_for(place.director, at), at)

    def _leave(self, place: Workplace, at: datetime) -> None:
        agency, by = place.agency, principal_for(place.representative, at)
        today = self._today(agency, at)
        last = rules.earliest_end(policy_in_force(agency.coc, at), today, agency.zone) + 40 * DAY
        told = Notice(
            Party.AGENCY, today, How.HERE, last, "Its last project ends with the grant.", f"demo-end-{agency.id}"
        )
        services.give_notice(agency, told, by, at)

    def _today(self, agency: Agency, at: datetime) -> date:
        return local_day(at, agency.tz)

    def _look(self, at: datetime) -> None:
        for coc in {place.agency.coc_id: place.agency.coc for place in self.desk.workplaces}.values():
            officers.look(at, coc)
