"""Requests with a procedure, so that each of their pages has something on it: some decided, some that wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.authz import Principal, principal_for
from core.db import db
from core.people.models import Person
from demo.agenda import Agenda
from demo.world import Desk
from helpdesk.requests.clients import rules as client_rules
from helpdesk.requests.clients import services as clients
from helpdesk.requests.clients.models import ClientRequest
from helpdesk.requests.data import rules as data_rules
from helpdesk.requests.data import services as data
from helpdesk.requests.data.models import DataRequest
from helpdesk.requests.data.rules import About, Answers, DataState, Level, Requester
from helpdesk.requests.demands import services as demands
from helpdesk.requests.demands.models import OutsideDemand
from helpdesk.requests.demands.rules import DemandKind
from helpdesk.requests.rows import in_force

DAY = timedelta(days=1)
AGENCY = Requester.AGENCY


@dataclass(frozen=True)
class Wish:
    """`days` before now, what is asked for, and how far it has got."""

    days: float
    answers: Answers
    title: str
    elements: str
    reason: str
    end: str
    facts: tuple[str, str, str] = ("new", "one", "quality")


WISHES = (
    Wish(
        12,
        Answers(AGENCY, Level.PROJECT, About.OWN),
        "Exits to permanent housing, last year",
        "Exits by destination and month",
        "For the yearly report to the board",
        "delivered",
    ),
    Wish(
        9,
        Answers(Requester.FUNDER, Level.PROJECT, About.OTHERS),
        "Nights in shelter, by project",
        "Bed nights and households by project",
        "To plan next winter's funds",
        "",
        ("mandated", "several", "funding"),
    ),
    Wish(
        6,
        Answers(AGENCY, Level.COC, About.OTHERS),
        "Time until housed, whole CoC",
        "Median days from entry to move-in, by quarter",
        "To compare our own program",
        "in-work",
        ("new", "coc", "housing"),
    ),
    Wish(
        3,
        Answers(Requester.OUTSIDE, Level.COC, About.OTHERS),
        "Counts for a university study",
        "Households served by year",
        "For a study of rents",
        "",
        ("new", "statewide", "other"),
    ),
)


@dataclass
class ProcedureDays:
    """One community's data requests, two clients who ask, and two demands from outside."""

    agenda: Agenda
    desk: Desk
    now: datetime

    def plan(self) -> None:
        for number, wish in enumerate(WISHES):
            place = self.desk.workplaces[number % len(self.desk.workplaces)]
            by = place.representative if wish.answers.requester is AGENCY else self.desk.agents[0]
            _Wanted(self, wish, by, number).begin()
        _Clients(self).begin()
        _Demands(self).begin()

    def ago(self, days: float) -> datetime:
        return self.now - days * DAY


class _Wanted:
    def __init__(self, plan: ProcedureDays, wish: Wish, by: Person, number: int) -> None:
        self.plan, self.wish, self.by = plan, wish, by
        self.place = plan.desk.workplaces[number % len(plan.desk.workplaces)]
        self.manager = plan.desk.manager_of(self.place)

    def begin(self) -> None:
        self.plan.agenda.at(self.plan.ago(self.wish.days), self.by, self._ask)

    def _ask(self, at: datetime) -> None:
        agency, wish = self.place.agency, self.wish
        is_own = wish.answers.requester is AGENCY
        asked = data.Asked(
            answers=wish.answers,
            title=wish.title,
            elements=wish.elements,
            reason=wish.reason,
            once=f"demo-data-{agency.id}-{wish.title}"[:64],
            for_whom="" if is_own else "Asked by phone",
            period="The last four quarters",
            recipient="Who asks, and nobody else",
            need_by=(at + 60 * DAY).date(),
            facts=dict(zip(("type", "regions", "purpose"), wish.facts, strict=True)),
        )
        row = data.ask(agency.coc, agency if is_own else None, asked, principal_for(self.by, at), at)
        self.id = row.id
        if row.state is DataState.ASKED and wish.end:
            self.plan.agenda.at(at + DAY, self.manager, self._take_up)

    def _row(self) -> DataRequest:
        return db.session.get_one(DataRequest, self.id)

    def _take_up(self, at: datetime) -> None:
        row, by = self._row(), principal_for(self.manager, at)
        begins_on = at.date() + DAY if data_rules.counts_from_beginning(in_force(row.coc, at)) else None
        data.estimate(row, "small", begins_on, "", by, at)
        data.begin(row, by, "Totals only; nobody can be told from them.", at)
        if self.wish.end == "delivered":
            self.plan.agenda.at(at + DAY, self.manager, self._deliver)

    def _deliver(self, at: datetime) -> None:
        data.deliver(self._row(), principal_for(self.manager, at), "Put into the agency's own folder in the HMIS.", at)


class _Clients:
    """One client who has an answer, and one who waits."""

    def __init__(self, plan: ProcedureDays) -> None:
        self.plan, self.place = plan, plan.desk.workplaces[0]
        self.by = self.place.representative

    def begin(self) -> None:
        self.plan.agenda.at(self.plan.ago(11), self.by, self._ask)
        self.plan.agenda.at(self.plan.ago(2), self.by, self._ask_again)

    def _take_in(self, number: str, at: datetime) -> int:
        agency = self.place.agency
        kind = next(iter(client_rules.kinds(in_force(agency.coc, at))))
        asked = clients.Asked(number, kind, at, once=f"demo-client-{agency.id}-{number}")
        return clients.take_in(agency, asked, self._principal(at), at).id

    def _principal(self, at: datetime) -> Principal:
        return principal_for(self.by, at)

    def _ask(self, at: datetime) -> None:
        self.id = self._take_in("104877", at)
        self.plan.agenda.at(at + 2 * DAY, self.by, self._answer)

    def _answer(self, at: datetime) -> None:
        row = db.session.get_one(ClientRequest, self.id)
        clients.answer(row, self._principal(at), "Shown at the agency; the client took a copy along.", at)

    def _ask_again(self, at: datetime) -> None:
        self._take_in("118203", at)


class _Demands:
    """One that was refused and the caseworker told, and one that nobody has decided."""

    def __init__(self, plan: ProcedureDays) -> None:
        self.plan, self.place = plan, plan.desk.workplaces[0]
        self.by, self.manager = self.place.representative, plan.desk.manager_of(self.place)

    def begin(self) -> None:
        self.plan.agenda.at(self.plan.ago(10), self.by, self._first)
        self.plan.agenda.at(self.plan.ago(1), self.by, self._second)

    def _take_in(self, kind: DemandKind, who: str, what: str, at: datetime) -> int:
        agency = self.place.agency
        told = demands.Told(kind, who, what, once=f"demo-demand-{agency.id}-{kind}", client_id="104877")
        return demands.take_in(agency.coc, agency, told, principal_for(self.by, at), at).id

    def _first(self, at: datetime) -> None:
        self.id = self._take_in(DemandKind.COURT, "County court, clerk's office", "Dates of stay", at)
        self.plan.agenda.at(at + DAY, self.manager, self._refuse)
        self.plan.agenda.at(at + 2 * DAY, self.by, self._tell)

    def _row(self) -> OutsideDemand:
        return db.session.get_one(OutsideDemand, self.id)

    def _refuse(self, at: datetime) -> None:
        by = principal_for(self.manager, at)
        demands.refuse(self._row(), by, "Told that client data is confidential and what it would need.", at)

    def _tell(self, at: datetime) -> None:
        demands.tell(self._row(), principal_for(self.by, at), "caseworker", "By phone, with a copy of the letter.", at)

    def _second(self, at: datetime) -> None:
        self._take_in(DemandKind.LAW_ENFORCEMENT, "County sheriff", "Whether somebody slept here in March", at)
