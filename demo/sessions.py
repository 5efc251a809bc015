"""Live training in the demo: what is planned, what was held, who came, and meetings that a manual wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.authz import Principal, principal_for
from core.db import db
from core.people.models import CoC, Person
from demo.agenda import Agenda, Deed
from demo.world import Desk
from training.courses import services as courses
from training.courses.models import Course
from training.courses.services import About
from training.courses.vocabulary import CourseKind, Credit
from training.sessions import queries, registering, services
from training.sessions.attendance import services as attending
from training.sessions.attendance.rules import Span
from training.sessions.importing import services as importing
from training.sessions.importing.services import Brought
from training.sessions.meetings import services as meetings
from training.sessions.models import TrainingSession
from training.sessions.rules import Meeting, Place, Registered

HOUR = timedelta(hours=1)
AGENDA = "Coverage: is everybody entered?\nData quality of the quarter\nWhat training is needed\nPrivacy and security"
MINUTES = "Coverage is at nine of ten projects. Two agencies ask for a session on exits; the trainer plans one."
REPORT = "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,In waiting room\n"


@dataclass
class SessionDays:
    """An office's sessions of the last fortnight and of the weeks to come; `number` tells the offices apart."""

    agenda: Agenda
    desk: Desk
    now: datetime
    number: int

    def plan(self) -> None:
        if self.number == 0:
            self.agenda.at(self.now - timedelta(days=14.9), None, lambda _: _begin())
        self._do(-14.5, self._meeting_course)
        self._held("ORI-100", "New user orientation", -6, time(18, 0), report=False)
        if self.number % 2 == 0:
            self._held("REP-201", "Reading your reports", -2, time(10, 0), report=True)
        self._to_come()
        for coc in {place.agency.coc_id: place.agency.coc for place in self.desk.workplaces}.values():
            if meetings.due_next(coc, Meeting.USER_GROUP, self.now, "") is not None:
                self._meetings(coc)

    def _to_come(self) -> None:
        full: dict[str, Any] = {"capacity": 3, "audience": "review", "workflow": "entry-exit"}
        self._coming("REP-201", "Reading your reports, evening", 8, time(18, 0), people=5, **full)
        self._coming("ORI-100", "Office hours: bring your questions", 3, time(16, 0), people=4, kind="office-hours")
        self._coming("ORI-100", "New user orientation", 12, time(9, 0), people=3, audience="new", needs_approval=True)
        self._coming("REP-201", "Coordinated entry, step by step", 5, time(13, 0), people=4, is_off=True)

    # ------------------------------------------------------------------ how

    def _do(self, days: float, deed: Deed) -> None:
        self.agenda.at(self.now + timedelta(days=days), self.desk.trainer, deed)

    def _at(self, days: int, at: time) -> datetime:
        """So many days from now, at that time by the office's clocks."""
        zone = ZoneInfo(self.desk.lead.tz)
        day = (self.now + timedelta(days=days)).astimezone(zone).date()
        return datetime.combine(day, at, zone).astimezone(UTC)

    def _trainer(self, at: datetime) -> Principal:
        return principal_for(self.desk.trainer, at)

    def _course(self, code: str) -> Course:
        wanted = select(Course).where(Course.lead_id == self.desk.lead.id, Course.code == code)
        return db.session.scalars(wanted).one()

    def _people(self, count: int, step: int = 1) -> Sequence[Person]:
        return [person for place in self.desk.workplaces for person in place.users[2:4]][::step][:count]

    def _meeting_course(self, at: datetime) -> None:
        about = About("MTG-100", "User group", CourseKind.MEETING, "The users' own meeting.", [Credit.MEETING])
        row = courses.make(self.desk.lead, about, self._trainer(at), at, f"demo-MTG-{self.desk.lead.id}")
        courses.write(row, courses.Content("What is new, what is asked, what is decided."), self._trainer(at), at)
        courses.publish(row, "First version.", at)

    def _planned(self, code: str, title: str, starts: datetime, at: datetime, **values: Any) -> TrainingSession:
        named = {"kind": "group", "coc": None, **values}
        draft = services.Draft(
            title=title, course=self._course(code), place=Place.MEETING, starts_at=starts, ends_at=starts + 2 * HOUR,
            tz=self.desk.lead.tz, trainer_id=self.desk.trainer.id, join_link="https://meet.example/training", **named,
        )  # fmt: skip
        key = f"demo-session-{self.desk.lead.id}-{title[:30]}-{starts:%Y%m%d}"
        return services.plan(self.desk.lead, draft, self._trainer(at), key, at)

    def _register(self, session: TrainingSession, people: Sequence[Person], at: datetime) -> None:
        for minutes, person in enumerate(people):
            when = at + timedelta(minutes=7 * minutes)
            by, agency = principal_for(person, when), queries.agency_for(session, person.id, when)
            registering.register(session, person, agency, by, when)

    # ------------------------------------------------------------------ to come

    def _coming(
        self, code: str, title: str, days: int, at: time, *, people: int, is_off: bool = False, **values: Any
    ) -> None:
        def plan(now: datetime) -> None:
            row = self._planned(code, title, self._at(days, at), now, **values)
            self._register(row, self._people(people), now + HOUR)
            if is_off:
                number = row.id
                self._do(-1, lambda then: self._call_off(number, then))

        self._do(-5, plan)

    def _call_off(self, number: int, at: datetime) -> None:
        row = db.session.get_one(TrainingSession, number)
        services.cancel(row, "The trainer is away; the session comes back next month.", at)

    # ------------------------------------------------------------------ held

    def _held(self, code: str, title: str, days: int, at: time, *, report: bool) -> None:
        """One with the trainer's list filled in, or one whose report nobody has committed yet."""

        def plan(now: datetime) -> None:
            row = self._planned(code, title, self._at(days, at), now, audience="new")
            self._register(row, self._people(6), now + HOUR)
            number = row.id
            done = self._bring if report else self._list
            self.agenda.at(row.ends_at + 2 * HOUR, self.desk.trainer, lambda then: done(number, then))

        self._do(-13, plan)

    def _list(self, number: int, at: datetime) -> None:
        """Most stayed; one left after an hour, one did not come."""
        row = db.session.get_one(TrainingSession, number)
        people = [one.person_id for one in queries.coming(row, Registered.REGISTERED)]
        there: dict[int, Span | None] = {person: Span(row.starts_at, row.ends_at) for person in people}
        there[people[1]], there[people[2]] = Span(row.starts_at, row.starts_at + HOUR), None
        attending.note_list(row, there, self._trainer(at), at, is_complete=True)

    def _bring(self, number: int, at: datetime) -> None:
        row = db.session.get_one(TrainingSession, number)
        zone = ZoneInfo(row.tz)
        people = [one.person for one in queries.coming(row, Registered.REGISTERED)]
        starts, ends = (f"{one.astimezone(zone):%Y-%m-%d %H:%M:%S}" for one in (row.starts_at, row.ends_at))
        named = [(people[0].name, people[0].email), (people[1].name, ""), (people[2].name.split()[0], ""), ("iPad", "")]
        lines = [f"{name},{email},{starts},{ends},120,No,No" for name, email in named]
        brought = Brought((REPORT + "\n".join(lines) + "\n").encode(), "participants.csv", row.tz)
        importing.bring(row, brought, self._trainer(at), f"demo-import-{row.id}", at)

    # ------------------------------------------------------------------ the meetings of a manual

    def _meetings(self, coc: CoC) -> None:
        number = coc.id

        def plan(now: datetime) -> None:
            own = {"coc": db.session.get_one(CoC, number), "agenda": AGENDA}
            held = self._planned(
                "MTG-100",
                "User group of the quarter",
                self._at(-8, time(10, 0)),
                now,
                meeting=Meeting.USER_GROUP,
                **own,
            )
            self._register(held, [p for place in self.desk.workplaces[:3] for p in place.everyone][:20], now + HOUR)
            self.agenda.at(held.ends_at + HOUR, self.desk.trainer, lambda then: self._minuted(held.id, then))
            self._planned(
                "MTG-100", "Data committee of the month", self._at(9, time(14, 0)), now, meeting=Meeting.COMMITTEE,
                is_public=False, **own,
            )  # fmt: skip

        self._do(-13, plan)

    def _minuted(self, number: int, at: datetime) -> None:
        row = db.session.get_one(TrainingSession, number)
        services.write_records(row, AGENDA, MINUTES)
        there = {one.person_id: Span(row.starts_at, row.ends_at) for one in queries.coming(row, Registered.REGISTERED)}
        attending.note_list(row, {**there}, self._trainer(at), at, is_complete=True)


def _begin() -> None:
    meetings.begin_meetings()
