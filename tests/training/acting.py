"""Courses and series for tests, and what people do with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from flask.testing import FlaskClient
from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.people.models import Lead, Person
from tests.support.factories import World
from tests.support.signing_in import sign_in
from training.courses.completions import Earned, complete
from training.courses.models import Course, CourseState, CourseVersion, VersionState
from training.courses.vocabulary import CourseKind, How
from training.series.models import Enrollment, Purpose, Series, SeriesStep
from training.series.rules import StepKind

_number = count(1)
BEFORE_ACCESS = ("software", "confidentiality-and-privacy", "data-security")


def make_course(
    lead: Lead,
    title: str = "",
    *,
    kind: CourseKind = CourseKind.MATERIAL,
    counts: Sequence[str] = (),
    by: int = 0,
    **values,
) -> Course:
    """An offered course with a published version."""
    number = next(_number)
    author = db.session.scalars(select(Person.id).order_by(Person.id).limit(1)).one()
    with unit_of_work() as session:
        row = Course(
            lead_id=lead.id, code=f"course-{number}", title=title or f"Course {number}", kind=kind,
            state=CourseState.OFFERED,
            credits=list(counts), author_id=author, created_at=clock.now(), once=f"course-{number}", **values,
        )  # fmt: skip
        row.versions = [
            CourseVersion(
                number=1, state=VersionState.PUBLISHED, body="Read this.", author_id=author, created_at=clock.now(),
                published_at=clock.now(),
            )
        ]  # fmt: skip
        session.add(row)
        session.flush()
    return row


def make_series(world: World, *courses: Course, **values) -> Series:
    """An offered series for new users of the world's CoC, each step after the one before it."""
    number = next(_number)
    with unit_of_work() as session:
        common = {"lead_id": world.lead.id, "author_id": world.admin.id, "created_at": clock.now()}
        whole = Course(
            **common, code=f"series:{number}", title="New users", kind=CourseKind.SERIES, state=CourseState.OFFERED,
            credits=["new-user-series", "general"], once=f"series:{number}",
        )  # fmt: skip
        row = Series(
            **common, coc_id=world.coc.id, code=f"new-{number}", title="New users", purpose=Purpose.NEW_USER,
            course=whole, state=CourseState.OFFERED, once=f"series-{number}", **values,
        )  # fmt: skip
        row.steps = [
            SeriesStep(
                position=place, course_id=course.id, after=[place - 1] if place > 1 else [],
                kind=StepKind.PRACTICE if course.kind is CourseKind.PRACTICE else StepKind.COURSE,
            )
            for place, course in enumerate(courses, start=1)
        ]  # fmt: skip
        session.add(row)
        session.flush()
    return row


def did(person_id: int, course: Course, at: datetime | None = None, how: How = How.READ) -> None:
    """The person completes a course."""
    with unit_of_work():
        source = db.session.get_one(CourseVersion, course.versions[0].id)
        complete(
            person_id, db.session.get_one(Course, course.id), Earned(how, source, version=source), at or clock.now()
        )


def enrollment_of(person_id: int) -> Enrollment:
    """The newest."""
    db.session.expire_all()
    query = select(Enrollment).where(Enrollment.person_id == person_id).order_by(Enrollment.id.desc()).limit(1)
    return db.session.scalars(query).one()


def begin(client: FlaskClient, person: Person, row: Enrollment) -> None:
    answer = sign_in(client, person).post(f"/training/enrollments/{row.id}/start")
    assert answer.status_code == 302, answer.status_code
