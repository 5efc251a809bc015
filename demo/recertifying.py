"""What is owed again and again in the demo: one office is past its first deadline, the others are on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.authz import principal_for
from core.db import db
from demo.agenda import Agenda
from demo.world import Desk
from training.courses.completions import Earned, complete
from training.courses.models import Course, CourseState, CourseVersion, VersionState
from training.courses.vocabulary import CourseKind, Credit, How
from training.recertification import jobs, opening, services
from training.recertification.models import Obligation
from training.recertification.rules import Owes, Period, Plan

COUNTS = (
    Credit.USER_AGREEMENT, Credit.SECURITY_AND_PRIVACY, Credit.DATA_STANDARDS, Credit.SECURITY, Credit.GENERAL,
    Credit.SOFTWARE, Credit.CONFIDENTIALITY_AND_PRIVACY, Credit.DATA_SECURITY,
)  # fmt: skip
LEAVE = "On parental leave until March; no access in that time."


@dataclass
class Recertifying:
    """An office that began with its cycles `ago`, nobody late before `grace` is over; a `share` does it in time."""

    agenda: Agenda
    desk: Desk
    rng: Random
    ago: timedelta
    grace: timedelta
    share: float

    def plan(self) -> None:
        begins = self.agenda.until - self.ago
        self.agenda.at(begins, self.desk.admin, self._begin)
        self.agenda.at(begins + timedelta(minutes=5), None, _look)
        self.agenda.at(begins + timedelta(hours=1), None, self._learn)
        self.agenda.at(begins + timedelta(days=6), self.desk.admin, self._excuse)
        ends = begins.astimezone(ZoneInfo(self.desk.lead.tz)).replace(hour=0, minute=1, second=0) + self.grace
        self.agenda.at(ends + timedelta(days=1, hours=3), None, _look)
        self.agenda.at(ends + timedelta(days=2), None, self._catch_up)

    def _begin(self, at: datetime) -> None:
        """Every cycle but that of the Lead's own staff, which still waits to be started."""
        lead, by = self.desk.lead, principal_for(self.desk.admin, at)
        for coc, plan in opening.plans(lead, at):
            if coc is not None:
                once = f"demo-{coc.id}-{plan.key}"
                opening.start(lead, coc, plan, self._choice(plan, at, coc.tz), by, once, at)

    def _choice(self, plan: Plan, at: datetime, tz: str) -> opening.Choice:
        today = at.astimezone(ZoneInfo(tz)).date()
        last = Period.holding(plan.starts, today).last if plan.starts else today + self.grace
        return opening.Choice(days=30 if plan.chooses_days else None, grace_on=min(today + self.grace, last))

    def _learn(self, at: datetime) -> None:
        """One course of the office meets all of it; each at a time of their own before the deadline."""
        course = self._course(at)
        owing = (Obligation.lead_id == self.desk.lead.id, Obligation.state == Owes.OWED)
        people = select(Obligation.person_id).where(*owing).distinct().order_by(Obligation.person_id)
        for person_id in db.session.scalars(people).all():
            if self.rng.random() < self.share:
                when = at + timedelta(minutes=self.rng.randrange(60, (self.grace.days - 1) * 24 * 60))
                self.agenda.at(when, None, partial(self._do, person_id, course.id))

    def _do(self, person_id: int, course_id: int, at: datetime) -> None:
        course = db.session.get_one(Course, course_id)
        version = db.session.scalars(select(CourseVersion).where(CourseVersion.course_id == course_id)).one()
        complete(person_id, course, Earned(How.READ, version, version=version, minutes=40), at)

    def _course(self, at: datetime) -> Course:
        own = {"author_id": self.desk.admin.id, "created_at": at}
        course = Course(
            lead_id=self.desk.lead.id, code="yearly-refresher", title="The yearly refresher", kind=CourseKind.MATERIAL,
            summary="The agreement, security and privacy, and what is new in the data standards, in forty minutes.",
            credits=sorted(COUNTS), minutes=40, state=CourseState.OFFERED, once=f"demo-refresher-{self.desk.lead.id}",
            **own,
        )  # fmt: skip
        text = "Read the user agreement again. Lock your screen. Write client IDs, never names."
        course.versions = [
            CourseVersion(number=1, state=VersionState.PUBLISHED, body=text, published_at=at, **own)
        ]  # fmt: skip
        db.session.add(course)
        db.session.flush()
        return course

    def _excuse(self, at: datetime) -> None:
        """Somebody is on leave."""
        owing = (Obligation.lead_id == self.desk.lead.id, Obligation.state == Owes.OWED)
        first = select(Obligation.person_id).where(*owing).order_by(Obligation.person_id.desc()).limit(1)
        rows = select(Obligation).where(*owing, Obligation.person_id.in_(first)).with_for_update()
        services.excuse(db.session.scalars(rows).all(), principal_for(self.desk.admin, at), LEAVE, at)

    def _catch_up(self, at: datetime) -> None:
        """Two who were locked out do it; the others stand on everybody's lists."""
        late = (Obligation.lead_id == self.desk.lead.id, Obligation.state == Owes.LAPSED)
        people = select(Obligation.person_id).where(*late).distinct().order_by(Obligation.person_id).limit(2)
        course = db.session.scalars(select(Course).where(Course.once == f"demo-refresher-{self.desk.lead.id}")).one()
        for person_id in db.session.scalars(people).all():
            self._do(person_id, course.id, at)


def _look(_: datetime) -> None:
    jobs.keep_up_all()
    jobs.lapse_due()
    jobs.remind_due()


def plan_recertification(agenda: Agenda, desks: Sequence[Desk], rng: Random) -> None:
    """The first office is past its first deadline; the others have most of it before them."""
    for number, desk in enumerate(desks):
        grace, share = (timedelta(days=9), 0.85) if number == 0 else (timedelta(days=30), 0.6)
        Recertifying(agenda, desk, rng, timedelta(days=14), grace, share).plan()
