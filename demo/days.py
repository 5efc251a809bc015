"""The last days before now, lived through the rooms' own verbs: everything that is still open comes from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random

from core import deadlines
from core.authz import Principal, principal_for
from core.db import db
from core.deadlines import State
from core.people.models import EmploymentKind, Person
from core.policy import policy_for
from core.policy.vocabulary import Tier
from demo.agencies import AgencyDays
from demo.agenda import Agenda
from demo.agreements import AgreementDays
from demo.articles import Articles
from demo.asking import AskingDays
from demo.bonds import BondDays
from demo.bulk.tickets import office_time
from demo.courses import CourseDays
from demo.enrolling import EnrollingDays
from demo.licensing import LicenseDays
from demo.matters import MatterDays
from demo.money import MoneyDays
from demo.names import JOBS, Namer, address
from demo.notices import NoticeDays
from demo.opinions import OpinionDays
from demo.past import closures_of
from demo.practicing import PracticeDays
from demo.requests import ProcedureDays
from demo.sessions import SessionDays
from demo.stories import OUT_OF_SCOPE, STORIES, Story
from demo.vendor import VendorDays
from demo.world import Desk, Workplace, World
from helpdesk.tickets import services as tickets
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Channel
from licensing.access import rules as access_rules
from licensing.access import services as access
from licensing.access.models import AccessRequest
from licensing.access.rules import Act
from licensing.departures import services as departures
from licensing.departures.models import Channel as NoticeChannel
from licensing.departures.models import DepartureNotice, Reason
from licensing.departures.rules import notice_due

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LENGTH = 15 * DAY
QUIET = 2 * HOUR  # how long before now the last sweep was: what fell due since then is overdue


class Days:
    """Plans deeds for an agenda; each deed plans what follows from it."""

    def __init__(self, rng: Random, world: World, agenda: Agenda, now: datetime) -> None:
        self.rng, self.world, self.agenda, self.now = rng, world, agenda, now
        self.begins = now - LENGTH
        self.namer = Namer(rng)
        self.namer.used = {person.name for person in world.people()}

    def plan(self) -> None:
        for number, desk in enumerate(self.world.desks):
            AgreementDays(self.agenda, desk, self.begins, self.now).plan()
            TicketDays(self, desk).plan(11)
            RequestDays(self, desk).plan(number)
            DepartureDays(self, desk).plan()
            Articles(desk, self.agenda, self.begins).plan()
            NoticeDays(self.agenda, desk, self.now, number).plan()
            ProcedureDays(self.agenda, desk, self.now).plan()
            MatterDays(self.agenda, desk, self.now, number).plan()
            BondDays(self.agenda, desk, self.now).plan()
            VendorDays(self.agenda, desk, self.now, number).plan()
            AskingDays(self.agenda, desk, self.now).plan()
            OpinionDays(self.agenda, desk, self.now).plan()
            CourseDays(self.agenda, desk, self.now).plan()
            SessionDays(self.agenda, desk, self.now, number).plan()
            PracticeDays(self.agenda, desk, self.now).plan()
            EnrollingDays(self.agenda, desk, self.now, self.namer).plan()
            AgencyDays(self.agenda, desk, self.now, number).plan()
            LicenseDays(self.agenda, desk, self.now, number).plan()
            MoneyDays(self.agenda, desk, self.now).plan()

    def office_hours(self, at: datetime) -> datetime:
        return datetime.fromtimestamp(office_time(int(at.timestamp())), UTC)

    def later(self, at: datetime, *hours: float) -> datetime:
        """The next office hours some of `hours` after `at`."""
        return self.office_hours(at + timedelta(hours=self.rng.choice(hours), minutes=self.rng.randrange(50)))

    def some_day(self, until: timedelta = HOUR) -> datetime:
        seconds = int((LENGTH - until).total_seconds())
        return self.office_hours(self.begins + timedelta(seconds=self.rng.randrange(seconds)))


@dataclass
class TicketDays:
    days: Days
    desk: Desk

    def plan(self, count: int) -> None:
        rng = self.days.rng
        for number in range(count):
            place = rng.choice(self.desk.workplaces)
            story = OUT_OF_SCOPE[0] if number == 3 else STORIES[rng.randrange(len(STORIES))]
            at = self.days.some_day() if number else self.days.now - HOUR
            _TicketLife(self, place, rng.choice(place.users), story, number).begin(at)


class _TicketLife:
    """One ticket; `number` decides how far it gets, so that each state is there at the end."""

    def __init__(self, plan: TicketDays, place: Workplace, by: Person, story: Story, number: int) -> None:
        self.days, self.desk = plan.days, plan.desk
        self.place, self.by, self.story, self.number = place, by, story, number
        self.agent = self.days.rng.choice(self.desk.agents)
        client = self.days.rng.randrange(100_000, 990_000)
        project = self.days.rng.choice(place.projects).name
        self.words = {"client": client, "other": client + 7, "project": project, "month": "October"}

    def begin(self, at: datetime) -> None:
        self.days.agenda.at(at, self.by, self._open)

    def _next(self, at: datetime, by: Person, deed: str, *hours: float) -> None:
        self.days.agenda.at(self.days.later(at, *hours), by, getattr(self, deed))

    def _fill(self, text: str) -> str:
        return text.format_map(self.words)

    def _open(self, at: datetime) -> None:
        asked = tickets.open_ticket(
            self.by,
            self.by.email,
            self.by.name,
            self._fill(self.story.subject),
            self._fill(self.story.text),
            lead=self.desk.lead,
            agency=self.place.agency,
            channel=Channel.EMAIL if self.number % 3 == 0 else Channel.WEB,
            category=self.story.category,
            at=at,
        )
        self.id = asked.id
        if asked.tier is Tier.AGENCY_ADMINISTRATOR and self.place.administrator:
            self._next(at, self.place.administrator, "_by_the_agency", 1, 3, 22)
        else:
            self._at_the_lead(at)

    def _ticket(self) -> Ticket:
        return db.session.get_one(Ticket, self.id)

    def _by_the_agency(self, at: datetime) -> None:
        assert self.place.administrator is not None, "only planned where there is one"
        if self.number % 4 == 1:
            text = self._fill(self.story.answer) or "I will come by."
            tickets.answer(self._ticket(), self.place.administrator, text, at)
            self._next(at, self.place.administrator, "_close", 20, 44)
        else:
            tickets.forward_up(self._ticket(), self.place.administrator, "I could not find out why.", at)
            self._at_the_lead(at)

    def _at_the_lead(self, at: datetime) -> None:
        if self.story in OUT_OF_SCOPE:
            self._next(at, self.agent, "_decline", 2, 5)
        elif self.number % 4 == 2 or self.story.vendor:
            self._next(at, self.agent, "_take", 1, 2)
        else:
            self._next(at, self.agent, "_answer", 1, 4, 20)

    def _decline(self, at: datetime) -> None:
        tickets.decline(self._ticket(), self.agent, self.story.resolution, at)

    def _take(self, at: datetime) -> None:
        tickets.assign(self._ticket(), self.agent, self.agent, at)
        if self.story.note:
            tickets.add_note(self._ticket(), self.agent, self.story.note, at)
        if self.story.vendor:
            self._next(at, self.agent, "_ask_vendor", 1, 3)
        else:
            self._next(at, self.agent, "_answer", 3, 24)

    def _ask_vendor(self, at: datetime) -> None:
        tickets.to_vendor(self._ticket(), self.agent, self._fill(self.story.vendor), at)
        if self.number % 2:
            self.days.agenda.at(self.days.later(at, 48, 72), None, self._vendor_answers)

    def _vendor_answers(self, at: datetime) -> None:
        vendor = self.desk.lead.vendor_address
        tickets.add_reply(self._ticket(), None, vendor, self._fill(self.story.vendor_says), at=at, from_vendor=True)
        self._next(at, self.agent, "_answer", 1, 3)

    def _answer(self, at: datetime) -> None:
        if self._ticket().tier is Tier.VENDOR:
            tickets.hand_back(self._ticket(), self.agent, "", at)
        tickets.answer(self._ticket(), self.agent, self._fill(self.story.answer), at)
        if self.story.more and self.number % 2 == 0:
            self._next(at, self.by, "_add", 1, 20)
        elif self.number % 5:
            self._next(at, self.agent, "_close", 22, 46)

    def _add(self, at: datetime) -> None:
        tickets.add_reply(self._ticket(), self.by, self.by.email, self._fill(self.story.more), at=at)

    def _close(self, at: datetime) -> None:
        by = self.agent
        if self._ticket().tier is Tier.AGENCY_ADMINISTRATOR and self.place.administrator:
            by = self.place.administrator
        tickets.close(self._ticket(), by, self.story.resolution, at)


@dataclass
class RequestDays:
    """Requests for access, one for each way it can stand."""

    days: Days
    desk: Desk

    def plan(self, number: int) -> None:
        ends = ("requested", "approved", "activated", "requested", "denied" if number % 2 else "withdrawn", "activated")
        for turn, end in enumerate(ends[: 6 if number == 0 else 5]):
            place = self.desk.workplaces[turn % len(self.desk.workplaces)]
            at = self.days.some_day() if end != "activated" else self.days.office_hours(self.days.begins + turn * HOUR)
            _RequestLife(self, place, end).begin(at)


class _RequestLife:
    def __init__(self, plan: RequestDays, place: Workplace, end: str) -> None:
        self.days, self.desk, self.place, self.end = plan.days, plan.desk, place, end
        self.manager = self.desk.manager_of(place)
        self.agent = self.days.rng.choice(self.desk.agents)

    def begin(self, at: datetime) -> None:
        self.days.agenda.at(at, self.place.representative, self._ask)

    def _ask(self, at: datetime) -> None:
        name = self.days.namer.person()
        policy = access.policy_in_force(self.place.agency.coc, at)
        levels = access_rules.levels_of(policy)
        asked = access.Asked(
            name=name,
            email=address(name, self.place.agency.name),
            employment=EmploymentKind.PAID_STAFF,
            project_ids=tuple(project.id for project in self.place.projects[:2]),
            once=f"demo-recent-{name}",
            job_title=self.days.rng.choice(JOBS),
            level=str(next(iter(levels.levels))) if levels else "",
            is_of_age=True,
        )
        self.id = access.request_access(self.place.agency, self.place.representative, asked, at).id
        if self.end == "withdrawn":
            self.days.agenda.at(self.days.later(at, 5, 20), self.place.representative, self._withdraw)
        elif self.end != "requested":
            self.days.agenda.at(self.days.later(at, 3, 20), self.manager, self._decide)

    def _request(self) -> AccessRequest:
        return db.session.get_one(AccessRequest, self.id)

    def _withdraw(self, at: datetime) -> None:
        access.withdraw(self._request(), at)

    def _decide(self, at: datetime) -> None:
        by = principal_for(self.manager, at)
        if self.end == "denied":
            access.decide(self._request(), by, Act.DENY, "The work described needs no access to the HMIS.", at)
            return
        access.decide(self._request(), by, Act.APPROVE, "Needed for the agency's new program.", at)
        self.days.agenda.at(self.days.later(at, 2, 22), self.agent, self._confirm)

    def _confirm(self, at: datetime) -> None:
        """All lines, or (to leave something to do) all but one."""
        request, by = self._request(), principal_for(self.agent, at)
        lines = [line.key for line in access.eligibility(request, at) if line.confirmable]
        for line in lines if self.end == "activated" else lines[:-1]:
            access.confirm_line(request, line, by, "Certificate and signature seen.", at)
        if self.end == "activated":
            self.days.agenda.at(self.days.later(at, 1, 4), self.agent, self._activate)

    def _activate(self, at: datetime) -> None:
        access.activate(self._request(), at)


@dataclass
class DepartureDays:
    """Departures, so that at the end their clocks stand in every state there is."""

    days: Days
    desk: Desk

    def plan(self) -> None:
        now = self.days.now
        self._told(leaves=self._at(-6), noticed=self._at(-9))
        self._told(leaves=self._at(-12), noticed=self._at(-3))
        self._told(leaves=self._at(8), noticed=self._at(-1))
        self._told(leaves=now + 3 * HOUR, noticed=now - 2 * DAY)
        self._told(leaves=self._at(5), noticed=self._at(-5), undo=self._at(-3))
        self._found_out(leaves=self._at(-11), known=self._at(-10), notice=self._at(-2))
        self._due(at=self._at_midnight())
        self._due(at=now - HOUR / 2)
        self._due(at=now + 2 * DAY, pause=True)

    def _at(self, days: int, hour: int = 15) -> datetime:
        """A whole hour of the working day nearest to so many days from now, in the office's zone."""
        zone = self.desk.workplaces[0].agency.zone
        day = (self.days.now + days * DAY).astimezone(zone).date()
        while day.weekday() > 4:
            day += DAY if days >= 0 else -DAY
        return datetime.combine(day, time(hour), zone).astimezone(UTC)

    def _at_midnight(self) -> datetime:
        """When today ends, in the office's zone."""
        zone = self.desk.workplaces[0].agency.zone
        return datetime.combine(self.days.now.astimezone(zone).date(), time(23, 59, 59), zone).astimezone(UTC)

    def _somebody(self) -> tuple[Workplace, Person]:
        """A user who leaves; the first agency keeps its first few, whom the demo's sign-ins need."""
        places = [place for place in self.desk.workplaces[1:] if len(place.users) > 2]
        place = self.days.rng.choice(places)
        return place, place.users.pop()

    def _told(self, leaves: datetime, noticed: datetime, undo: datetime | None = None) -> None:
        place, person = self._somebody()
        life = _DepartureLife(self, place, person, leaves, noticed)
        life.plan(place.representative, noticed)
        if undo:
            life.undo(undo)

    def _found_out(self, leaves: datetime, known: datetime, notice: datetime | None = None) -> None:
        place, person = self._somebody()
        life = _DepartureLife(self, place, person, leaves, None)
        life.plan(self.desk.manager_of(place), known)
        if notice:
            life.give_notice(notice)

    def _due(self, at: datetime, *, pause: bool = False) -> None:
        """Somebody has left and the agency's notice, which has not come, is due at about that time."""
        place, person = self._somebody()
        leaves = self._left_for(place, at)
        life = _DepartureLife(self, place, person, leaves, None)
        known = min(max(leaves + HOUR, self.days.begins), self.days.now - 6 * HOUR)
        life.plan(self.desk.manager_of(place), known)
        if pause:
            life.pause(self.days.now - 5 * HOUR)

    def _left_for(self, place: Workplace, due: datetime) -> datetime:
        """The latest departure whose notice is due no later than that, in the pack's own counting."""
        agency, leaves = place.agency, due.replace(minute=0, second=0, microsecond=0)
        policy, closed = policy_for(agency.coc, due.date()), closures_of(self.desk)
        while notice_due(policy, leaves, agency.zone, closed).due > due:
            leaves -= HOUR
        return leaves


class _DepartureLife:
    def __init__(
        self, plan: DepartureDays, place: Workplace, person: Person, leaves: datetime, noticed: datetime | None
    ) -> None:
        self.days, self.desk = plan.days, plan.desk
        self.place, self.person, self.leaves, self.noticed = place, person, leaves, noticed
        self.agent = self.desk.agents[0]

    def plan(self, by: Person, at: datetime) -> None:
        self.by = by
        self.days.agenda.at(at, by, self._note)

    def undo(self, at: datetime) -> None:
        self.days.agenda.at(at, self.place.representative, self._undo)

    def give_notice(self, at: datetime) -> None:
        self.days.agenda.at(at, self.place.representative, self._give_notice)

    def pause(self, at: datetime) -> None:
        self.days.agenda.at(at, self.desk.manager_of(self.place), self._pause)

    def _note(self, at: datetime) -> None:
        told = departures.Told(
            person_id=self.person.id,
            leaves_at=self.leaves,
            reason=Reason.LEFT,
            channel=NoticeChannel.FORM if self.noticed else NoticeChannel.FOUND_OUT,
            noticed_at=at if self.noticed else None,
            noticed_by_id=self.by.id if self.noticed else None,
            once=f"demo-recent-{self.person.id}",
        )
        self.id = departures.note_departure(self.place.agency, told, self._principal(self.by, at), at).id
        if self.person.id % 2:
            done = self.days.later(max(at, self.leaves), 4, 20)
            self.days.agenda.at(done, self.agent, self._confirm_off)

    def _row(self) -> DepartureNotice:
        return db.session.get_one(DepartureNotice, self.id)

    def _principal(self, person: Person, at: datetime) -> Principal:
        return principal_for(person, at)

    def _undo(self, at: datetime) -> None:
        departures.undo(self._row(), self._principal(self.place.representative, at), at)

    def _give_notice(self, at: datetime) -> None:
        departures.give_notice(self._row(), self._principal(self.place.representative, at), at)

    def _confirm_off(self, at: datetime) -> None:
        departures.confirm_off(self._row(), self._principal(self.agent, at), "The account shows as inactive.", at)

    def _pause(self, at: datetime) -> None:
        [clock] = deadlines.deadlines_of(self._row(), departures.NOTICE)
        if clock.state is State.PENDING:
            deadlines.pause(clock, at, "The agency says that the person is on leave; the manager asks.")
