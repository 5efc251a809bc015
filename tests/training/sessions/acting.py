"""What the tests of sessions do over and over, through the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock
from core.db import db, unit_of_work
from core.outbox import OutboxMessage
from core.people.models import Person
from tests.conftest import NOON
from tests.support.factories import World
from tests.support.signing_in import sign_in
from tests.training.sessions import files
from training.courses.models import Completion, Course, CourseState
from training.courses.vocabulary import CourseKind
from training.sessions.models import Attendance, AttendanceImport, SessionRegistration, TrainingSession

_numbers = count(1)
SIX_PM = NOON + timedelta(days=12, hours=6)  # Wednesday, December 2, 2026, 6 PM in Chicago


def make_course(world: World, kind: CourseKind = CourseKind.LIVE, **values: Any) -> Course:
    number = next(_numbers)
    values = {"title": f"Data entry {number}", "credits": ["general"], "state": CourseState.OFFERED, **values}
    row = Course(
        lead_id=world.lead.id, code=f"c{number}", kind=kind, author_id=world.trainer.id, created_at=clock.now(),
        once=f"course-{number}", **values,
    )  # fmt: skip
    with unit_of_work() as session:
        session.add(row)
    return row


def typed(course: Course, world: World, **values: Any) -> dict[str, Any]:
    """The form, filled in: two hours in the evening, times as the clocks in Chicago show them."""
    return {
        "once": f"session-{next(_numbers)}",
        "title": "Refresher",
        "course": str(course.id),
        "kind": "group",
        "place": "meeting",
        "starts": "2026-12-02T18:00",
        "ends": "2026-12-02T20:00",
        "tz": "America/Chicago",
        "join_link": "https://meet.test/secret",
        "coc": str(world.coc.id),
        "trainer": str(world.trainer.id),
        "is_public": "y",
        "has_waiting_list": "y",
        **values,
    }


def planned(client: FlaskClient, world: World, course: Course | None = None, **values: Any) -> TrainingSession:
    """Planned on the page by the trainer."""
    form = typed(course or make_course(world), world, **values)
    answer = sign_in(client, world.trainer).post("/training/sessions/new", data=form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return fresh(int(answer.location.rsplit("/", 1)[1]))


def changed(client: FlaskClient, world: World, row: TrainingSession, **values: Any) -> TestResponse:
    form = typed(row.course, world, title=row.title, **values)
    return sign_in(client, world.trainer).post(f"/training/sessions/{row.id}/edit", data=form)


def fresh(session_id: int) -> TrainingSession:
    db.session.expire_all()
    return db.session.get_one(TrainingSession, session_id)


def do(client: FlaskClient, by: Person, row: TrainingSession, deed: str, **fields: Any) -> TestResponse:
    return sign_in(client, by).post(f"/training/sessions/{row.id}/{deed}", data=fields)


def comes(client: FlaskClient, by: Person, row: TrainingSession) -> TestResponse:
    return do(client, by, row, "register")


def registration(row: TrainingSession, person: Person) -> SessionRegistration:
    query = select(SessionRegistration).where(
        SessionRegistration.session_id == row.id, SessionRegistration.person_id == person.id
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def entry(mail: OutboxMessage) -> tuple[str, int, str, datetime]:
    """What the calendar entry in a mail says: its method, sequence, status and beginning."""
    calendar = Calendar.from_ical(mail.calendar)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), int(event["SEQUENCE"]), str(event["STATUS"]), event.decoded("DTSTART")


def attendance(row: TrainingSession, person: Person) -> Attendance | None:
    query = select(Attendance).where(
        Attendance.session_id == row.id, Attendance.person_id == person.id, Attendance.is_current
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def completions(person: Person) -> list[Completion]:
    query = select(Completion).where(Completion.person_id == person.id, Completion.revoked_at.is_(None))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def zoom(*stays: tuple[str, str, str, str]) -> bytes:
    """A Zoom report: who, e-mail, and the times of joining and leaving by the clocks in Chicago."""
    rows = [f"{name},{email},{joined},{left},0,No,,No" for name, email, joined, left in stays]
    return files.ZOOM_NEW.format(rows="\n".join(rows)).encode()


def brought(client: FlaskClient, by: Person, row: TrainingSession, data: bytes, **values: Any) -> TestResponse:
    """A report is brought on the page."""
    form = {
        "once": f"import-{next(_numbers)}",
        "tz": "America/Chicago",
        "file": (BytesIO(data), "report.csv"),
        **values,
    }
    return sign_in(client, by).post(f"/training/sessions/{row.id}/imports/new", data=form)


def previewed(client: FlaskClient, world: World, row: TrainingSession, data: bytes, **values: Any) -> AttendanceImport:
    answer = brought(client, world.trainer, row, data, **values)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    db.session.expire_all()
    return db.session.get_one(AttendanceImport, int(answer.location.rsplit("/", 1)[1]))


def act(client: FlaskClient, by: Person, made: AttendanceImport, deed: str, **fields: Any) -> TestResponse:
    return sign_in(client, by).post(f"/training/sessions/imports/{made.id}/{deed}", data=fields)


def committed(client: FlaskClient, world: World, row: TrainingSession, data: bytes, **values: Any) -> AttendanceImport:
    made = previewed(client, world, row, data, **values)
    answer = act(client, world.trainer, made, "commit")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    db.session.expire_all()
    return db.session.get_one(AttendanceImport, made.id)
