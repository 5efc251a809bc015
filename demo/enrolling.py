"""New users of the demo: a series in each office, somebody who went all the way to a license, and others on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from core.authz import principal_for
from core.db import db
from core.people.models import EmploymentKind, Person
from demo.agenda import Agenda
from demo.chance import seeded
from demo.courses import answers, given
from demo.households import HOUSEHOLDS
from demo.names import Namer, address
from demo.practicing import PracticeDays
from demo.world import Desk, Workplace
from licensing.access import rules as access_rules
from licensing.access import services as access
from licensing.access.models import AccessRequest
from licensing.access.rules import Act
from training.courses import queries as courses
from training.courses import taking
from training.courses.models import Course
from training.courses.taking import Signing
from training.courses.vocabulary import CourseKind, Credit
from training.series import keeping, services
from training.series.keeping import Draft
from training.series.models import Enrollment, Purpose

STEPS = ("AGR-101", "SEC-101", "DS-101", "SW-101", "practice-cases")
BEGINS = -11.0
"""When the series is offered: by then the requests that need none have been approved."""
PRACTICED = {household.hud_type for household in HOUSEHOLDS}


@dataclass
class EnrollingDays:
    """An office's series for new users and three people in it."""

    agenda: Agenda
    desk: Desk
    now: datetime
    namer: Namer

    def plan(self) -> None:
        self.do(BEGINS, self.desk.trainer, self._offer)
        for place, begins, done in zip(self.desk.workplaces[2:5], (-10.8, -6.0, -2.0), (5, 2, 0), strict=False):
            _Way(self, place, self.namer.person(), done).plan(begins)

    def do(self, days: float, by: Person, deed: Callable[[datetime], None]) -> None:
        self.agenda.at(self.now + timedelta(days=days), by, deed)

    def _offer(self, at: datetime) -> None:
        rows = [self.course(code) for code in STEPS]
        steps = [(row, (place,) if place else ()) for place, row in enumerate(rows)]
        draft = Draft(
            "Training for new users", "new-users", steps, "What everybody does before they get access to the HMIS.",
            Purpose.NEW_USER, (Credit.NEW_USER_SERIES, Credit.GENERAL),
        )  # fmt: skip
        by = principal_for(self.desk.trainer, at)
        row = keeping.make(self.desk.lead, draft, by, f"demo-series-{self.desk.lead.id}")
        keeping.offer(row)

    def course(self, code: str) -> Course:
        wanted = select(Course).where(Course.lead_id == self.desk.lead.id, Course.code == code)
        return db.session.scalars(wanted).one()


@dataclass
class _Way:
    """One new user: their request, and their way through the series as far as `done` steps."""

    days: EnrollingDays
    place: Workplace
    name: str
    done: int

    def plan(self, begins: float) -> None:
        self.begins = begins
        self.days.do(begins, self.place.representative, self._ask)
        self.days.do(begins + 0.1, self.days.desk.manager_of(self.place), self._approve)

    def _ask(self, at: datetime) -> None:
        projects = [one for one in self.place.projects if one.hud_type in PRACTICED][:1]
        levels = access_rules.levels_of(access.policy_in_force(self.place.agency.coc, at))
        asked = access.Asked(
            name=self.name, email=address(self.name, self.place.agency.name), employment=EmploymentKind.PAID_STAFF,
            project_ids=tuple(one.id for one in projects or self.place.projects[:1]),
            once=f"demo-series-{self.name}", job_title="Case manager",
            level=str(next(iter(levels.levels))) if levels else "", enters_data=bool(projects), is_of_age=True,
        )  # fmt: skip
        self.id = access.request_access(self.place.agency, self.place.representative, asked, at).id

    def _request(self) -> AccessRequest:
        return db.session.get_one(AccessRequest, self.id)

    def _approve(self, at: datetime) -> None:
        """From here on there is a person, who does the rest."""
        by, begins = principal_for(self.days.desk.manager_of(self.place), at), self.begins
        access.decide(self._request(), by, Act.APPROVE, "Stands in for a caseworker who is on leave.", at)
        self.person = db.session.scalars(select(Person).where(Person.email == self._request().email)).one()
        if not self.done:
            return
        self.days.do(begins + 0.3, self.person, self._start)
        for number, code in enumerate(STEPS[: min(self.done, 4)]):
            self.days.do(begins + 0.5 + number / 10, self.person, partial(self._learn, code))
        if self.done == len(STEPS):
            if self._request().enters_data:
                self._practice(begins + 1.0)
            self.days.do(begins + 6.0, self.days.desk.agents[0], self._let_in)

    def _start(self, at: datetime) -> None:
        query = select(Enrollment).where(Enrollment.person_id == self.person.id).order_by(Enrollment.id.desc())
        services.start(db.session.scalars(query.limit(1)).one(), at)

    def _learn(self, code: str, at: datetime) -> None:
        """Signed, watched, read and tried, whatever the course asks."""
        course = self.days.course(code)
        row = taking.begin(course, principal_for(self.person, at), at)
        if row.version.video_ms:
            taking.watch(row, [], 0, at)
            taking.watch(row, [[0, row.version.video_ms]], row.version.video_ms, at + timedelta(seconds=15))
        if course.kind is CourseKind.AGREEMENT:
            ticked = [str(place) for place in range(len(row.version.clauses))]
            taking.sign(row, Signing(ticked, self.person.name, "192.0.2.11"), at)
        elif row.version.test:
            attempt = taking.begin_attempt(row, at, seeded(self.person.id, code))
            form = answers(attempt, courses.questions_of(attempt), wrong=0)
            taking.submit(attempt, partial(given, form), at)
        else:
            taking.confirm_read(row, at)

    def _practice(self, begins: float) -> None:
        trainer, room = self.days.desk.trainer, PracticeDays(self.days.agenda, self.days.desk, self.days.now)
        for number in range(3):
            self.days.do(begins + number, self.person, room.hand_in(self.person))
            self.days.do(begins + number + 0.5, trainer, room.review(self.person))

    def _let_in(self, at: datetime) -> None:
        request, by = self._request(), principal_for(self.days.desk.agents[0], at)
        for line in [one.key for one in access.eligibility(request, at) if one.confirmable]:
            access.confirm_line(request, line, by, "Certificate and signature seen.", at)
        access.activate(request, at)
