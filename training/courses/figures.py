"""What to teach better: how many pass each test, and which questions are answered wrongly; counted by the database.

A rate of fewer than LEAST answers is not shown: it would say more about one person than about the question.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from core.authz import Principal
from core.db import db
from core.people.models import Agency
from training.courses.models import Course, CourseQuestion, CourseVersion, Sitting, TestAnswer, TestAttempt
from training.courses.permissions import Permission

LEAST = 5
MOST = 200
PERIODS = {"90": 90, "365": 365}


def since_of(days: str, at: datetime) -> datetime:
    return at - timedelta(days=PERIODS.get(days, 365))


def _reach(principal: Principal, model: type[Sitting | TestAnswer]) -> ColumnElement[bool]:
    """Who works for one CoC counts that CoC's people."""
    scope = principal.scope(Permission.VIEW)
    there = select(Agency.id).where(Agency.coc_id.in_(scope.coc_ids))
    return or_(model.lead_id.in_(scope.lead_ids), model.agency_id.in_(there))


def _percent(part: int, whole: int) -> int | None:
    """Rounded down, as a score is; None for too few to say."""
    return 100 * part // whole if whole >= LEAST else None


@dataclass(frozen=True)
class CourseRate:
    """A course's test in the period: finished tries, people, and how many passed at their first try and at any."""

    course_id: int
    title: str
    tries: int
    passed: int
    first_tries: int
    first_passed: int

    @property
    def percent(self) -> int | None:
        return _percent(self.passed, self.tries)

    @property
    def first_percent(self) -> int | None:
        return _percent(self.first_passed, self.first_tries)


def by_course(principal: Principal, since: datetime) -> list[CourseRate]:
    """The lowest share at the first try first; courses of which too little is known last."""
    first = TestAttempt.number == 1
    query = (
        select(
            Course.id, Course.title, func.count(), func.count().filter(TestAttempt.is_passed),
            func.count().filter(first), func.count().filter(first, TestAttempt.is_passed),
        )
        .join(TestAttempt, TestAttempt.course_id == Course.id)
        .join(Sitting, Sitting.id == TestAttempt.sitting_id)
        .where(TestAttempt.ended_at >= since, _reach(principal, Sitting))
        .where(TestAttempt.lead_id.in_(_leads(principal)))
        .group_by(Course.id, Course.title)
        .order_by(Course.title, Course.id)
        .limit(MOST)
    )  # fmt: skip
    rates = [CourseRate(*row) for row in db.session.execute(query)]
    return sorted(rates, key=lambda one: (one.first_percent is None, one.first_percent or 0, one.title))


def _leads(principal: Principal) -> list[int]:
    """Named apart, so that the tries are found by their index."""
    scope = principal.scope(Permission.VIEW)
    return sorted(scope.lead_ids | {one.lead_id for one in principal.grants if one.lead_id and one.coc_id})


@dataclass(frozen=True)
class QuestionRate:
    """How a question was answered, in one version or in all."""

    question_id: int
    text: str
    tag: str
    is_asked: bool
    answers: int
    right: int

    @property
    def percent(self) -> int | None:
        return _percent(self.right, self.answers)


def by_question(principal: Principal, course: Course, since: datetime, number: int | None = None) -> list[QuestionRate]:
    """The questions of a course, what is wrong most often first; those of which too little is known last."""
    question = CourseQuestion
    query = (
        select(
            question.id, question.text, question.tag, question.retired_at.is_(None), func.count(),
            func.count().filter(TestAnswer.is_right),
        )
        .join(TestAnswer, TestAnswer.question_id == question.id)
        .where(TestAnswer.course_id == course.id, TestAnswer.at >= since, _reach(principal, TestAnswer))
        .group_by(question.id, question.text, question.tag)
    )  # fmt: skip
    if number is not None:
        query = query.join(CourseVersion, CourseVersion.id == TestAnswer.version_id)
        query = query.where(CourseVersion.number == number)
    rates = [QuestionRate(*row) for row in db.session.execute(query)]
    return sorted(rates, key=lambda one: (one.percent is None, one.percent or 0, one.question_id))


@dataclass(frozen=True)
class TryRate:
    """How many passed at their first, second, third ... try."""

    number: int
    tries: int
    passed: int

    @property
    def percent(self) -> int | None:
        return _percent(self.passed, self.tries)


def by_try(principal: Principal, course: Course, since: datetime, number: int | None = None) -> list[TryRate]:
    query = (
        select(TestAttempt.number, func.count(), func.count().filter(TestAttempt.is_passed))
        .join(Sitting, Sitting.id == TestAttempt.sitting_id)
        .where(TestAttempt.course_id == course.id, TestAttempt.ended_at >= since, _reach(principal, Sitting))
        .group_by(TestAttempt.number)
        .order_by(TestAttempt.number)
    )
    if number is not None:
        query = query.join(CourseVersion, CourseVersion.id == Sitting.version_id)
        query = query.where(CourseVersion.number == number)
    return [TryRate(*row) for row in db.session.execute(query)]


def versions_of(course: Course) -> list[int]:
    """The numbers of the versions that were ever given out, newest first."""
    query = select(CourseVersion.number).where(CourseVersion.course_id == course.id)
    published = query.where(CourseVersion.published_at.is_not(None))
    return list(db.session.scalars(published.order_by(CourseVersion.number.desc())))
