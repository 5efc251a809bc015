"""What the tests of courses do over and over, through the pages."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.db import db
from core.people.models import Person
from tests.support.factories import World
from tests.support.signing_in import sign_in
from training.courses import questions
from training.courses.models import Completion, Course, CourseQuestion, Sitting, TestAttempt

_numbers = count(1)


def once() -> str:
    return f"course-key-{next(_numbers)}"


def about(world: World, **values: Any) -> dict[str, Any]:
    """The form of a course, filled in."""
    number = next(_numbers)
    form = {
        "once": once(), "place": f"lead-{world.lead.id}", "code": f"SEC-{number}",
        "title": f"Keeping data safe {number}", "kind": "material", "minutes": "30", "credits": ["security"],
    }  # fmt: skip
    return {**form, **values}


def made(client: FlaskClient, world: World, **values: Any) -> Course:
    answer = sign_in(client, world.trainer).post("/training/courses/new", data=about(world, **values))
    assert answer.status_code == 302, said(answer)
    return course(int(answer.location.rsplit("/", 1)[1]))


def course(number: int) -> Course:
    db.session.expire_all()
    return db.session.get_one(Course, number)


def write(client: FlaskClient, person: Person, row: Course, **values: Any) -> TestResponse:
    form = {"body": "Lock the screen when you leave.", "tolerance": "2", "feedback": "answers-at-end"}
    return sign_in(client, person).post(f"/training/courses/{row.id}/draft", data={**form, **values})


def publish(client: FlaskClient, person: Person, row: Course, changes: str = "First version.") -> TestResponse:
    return sign_in(client, person).post(f"/training/courses/{row.id}/publish", data={"changes": changes})


def ask(client: FlaskClient, person: Person, row: Course, kind: str, lines: str, **values: Any) -> CourseQuestion:
    form = {"once": once(), "kind": kind, "text": f"Question {next(_numbers)}?", "lines": lines, **values}
    answer = sign_in(client, person).post(f"/training/courses/{row.id}/questions/new", data=form)
    assert answer.status_code == 302, said(answer)
    newest = select(CourseQuestion).where(CourseQuestion.course_id == row.id).order_by(CourseQuestion.id.desc())
    return db.session.scalars(newest.limit(1)).one()


TEST = {"has_test": "y", "draw": "10", "pass_percent": "80", "attempts": "3"}


def with_test(client: FlaskClient, world: World, many: int = 10, test: dict[str, str] = TEST, **values: Any) -> Course:
    """An offered course with a test of so many true-or-false questions, all of them true."""
    row = made(client, world, **values)
    for _ in range(many):
        ask(client, world.trainer, row, "true-false", "true", feedback="Feedback: it is in chapter 3.")
    written: dict[str, Any] = dict(test)
    if row.kind == "agreement":
        written["clauses"] = "I keep my password to myself.\nI lock my screen."
    assert write(client, world.trainer, row, **written).status_code == 302
    assert publish(client, world.trainer, row).status_code == 302
    return course(row.id)


def offered(client: FlaskClient, world: World, **values: Any) -> Course:
    """An offered course to be read."""
    row = made(client, world, **values)
    assert write(client, world.trainer, row).status_code == 302
    assert publish(client, world.trainer, row).status_code == 302
    return course(row.id)


def begin(client: FlaskClient, person: Person, row: Course) -> None:
    answer = sign_in(client, person).post(f"/training/learn/{row.id}/begin")
    assert answer.status_code == 302, said(answer)


def try_test(client: FlaskClient, person: Person, row: Course) -> TestAttempt:
    """Begin a try, or go on with the one that is open."""
    answer = sign_in(client, person).post(f"/training/learn/{row.id}/test")
    assert answer.status_code == 302, said(answer)
    return attempt(int(answer.location.rsplit("/", 1)[1]))


def attempt(number: int) -> TestAttempt:
    db.session.expire_all()
    return db.session.get_one(TestAttempt, number)


def rows_of(row: TestAttempt) -> list[CourseQuestion]:
    return [db.session.get_one(CourseQuestion, one["question"]) for one in row.drawn]


def answers(row: TestAttempt, wrong: int = 0) -> dict[str, str]:
    """What a form sends that answers true-or-false questions: the last `wrong` of them wrongly."""
    rows, form = rows_of(row), {}
    for place, question in enumerate(rows):
        right = question.asked.right[0]
        form[f"q{place}"] = str(1 - right if place >= len(rows) - wrong else right)
    return form


def submit(client: FlaskClient, person: Person, row: TestAttempt, form: dict[str, Any]) -> TestResponse:
    return sign_in(client, person).post(f"/training/learn/attempts/{row.id}", data=form)


def pass_it(client: FlaskClient, person: Person, row: Course, wrong: int = 0) -> TestAttempt:
    begin(client, person, row)
    tried = try_test(client, person, row)
    assert submit(client, person, tried, answers(tried, wrong)).status_code == 302
    return attempt(tried.id)


def completions(person: Person, row: Course) -> list[Completion]:
    db.session.expire_all()
    mine = (Completion.person_id == person.id, Completion.course_id == row.id)
    return list(db.session.scalars(select(Completion).where(*mine).order_by(Completion.id)))


def sitting(person: Person, row: Course) -> Sitting:
    db.session.expire_all()
    mine = (Sitting.person_id == person.id, Sitting.course_id == row.id)
    return db.session.scalars(select(Sitting).where(*mine).order_by(Sitting.id.desc()).limit(1)).one()


def said(answer: TestResponse) -> str:
    """The page without its marks, in one line."""
    page = answer.get_data(as_text=True)
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2] or page).split())


def page(client: FlaskClient, person: Person, path: str, status: int = 200) -> str:
    answer = sign_in(client, person).get(path)
    assert answer.status_code == status, (answer.status_code, said(answer))
    return answer.get_data(as_text=True)


def seen(client: FlaskClient, person: Person, path: str) -> str:
    sign_in(client, person)
    return said(client.get(path))


assert questions.OPEN == -1, "an answer left open is none of the places"
