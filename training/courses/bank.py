"""The question bank: questions are added, replaced and taken out, never edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random, SystemRandom

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.once import KeyUsed, one_at_a_time
from core.typed import refuse_client_data
from training.courses import queries, questions, rules
from training.courses.models import Course, CourseQuestion
from training.courses.questions import Kind
from training.courses.rules import TestPlan
from training.courses.vocabulary import CourseState

MOST_QUESTIONS = 500
RNG = SystemRandom()


@dataclass(frozen=True)
class Written:
    """A question as somebody writes it: `lines` as `training.courses.questions.read` reads them."""

    kind: Kind
    text: str
    lines: str
    tag: str = ""
    feedback: str = ""


def add(course: Course, written: Written, by: Principal, now: datetime, once: str) -> CourseQuestion:
    """The same form again is the same question. Raises Invalid for what cannot be asked. The course must be locked."""
    one_at_a_time(once)
    known = db.session.scalar(select(CourseQuestion).where(CourseQuestion.once == once))
    if known is not None:
        if known.course_id != course.id or known.author_id != by.person_id:
            raise KeyUsed
        return known
    if len(queries.bank(course.id)) >= MOST_QUESTIONS:
        raise Conflict(f"The bank has {MOST_QUESTIONS} questions already.", "Take out those you no longer ask.")
    row = _row(course, written, by, now, once)
    record("course.question-added", course, data={"question": row.id, "kind": row.kind})
    return row


def _row(course: Course, written: Written, by: Principal, now: datetime, once: str) -> CourseQuestion:
    for name in ("text", "lines", "feedback"):
        refuse_client_data(getattr(written, name), name)
    try:
        question = questions.read(written.kind, written.text, written.lines)
    except ValueError as error:
        raise Invalid(str(error), field="lines") from error
    row = CourseQuestion(
        course_id=course.id, kind=written.kind, text=written.text, body=question.as_json(), tag=written.tag.lower(),
        feedback=written.feedback, author_id=by.person_id, created_at=now, once=once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def replace(old: CourseQuestion, written: Written, by: Principal, now: datetime, once: str) -> CourseQuestion:
    """A better one takes its place; attempts that were given the old one keep it. Its course must be locked."""
    one_at_a_time(once)
    known = db.session.scalar(select(CourseQuestion).where(CourseQuestion.once == once))
    if known is not None:
        if known.replaces_id != old.id:
            raise KeyUsed
        return known
    _must_be_asked(old)
    row = _row(old.course, written, by, now, once)
    old.retired_at, row.replaces_id = now, old.id
    db.session.flush()
    _must_suffice(old.course)
    record("course.question-replaced", old.course, data={"question": old.id, "by": row.id})
    return row


def take_out(old: CourseQuestion, now: datetime) -> None:
    """Nobody is asked it any more. Raises Conflict where the offered test needs it. Its course must be locked."""
    _must_be_asked(old)
    old.retired_at = now
    db.session.flush()
    _must_suffice(old.course)
    record("course.question-taken-out", old.course, data={"question": old.id})


def _must_be_asked(old: CourseQuestion) -> None:
    if old.retired_at is not None:
        raise Conflict("This question was replaced or taken out before.", "Load the page again to see what is asked.")


def _must_suffice(course: Course) -> None:
    version = queries.published(course.id) if course.state is CourseState.OFFERED else None
    plan = TestPlan.of(version.test) if version else None
    if plan is None:
        return
    if lacking := plan.lacks([question.tag for question in queries.bank(course.id)]):
        raise Conflict(f"The course is offered. {lacking}", "Add another question first.")


def shown_tags(course_id: int) -> list[str]:
    return sorted({question.tag for question in queries.bank(course_id) if question.tag})


def printed(course: Course, plan: TestPlan, chosen: Sequence[int]) -> list[CourseQuestion]:
    """The questions `chosen`, else one draw of the test. Raises Conflict where the bank does not suffice."""
    found = {question.id: question for question in queries.bank(course.id)}
    if chosen and set(chosen) <= set(found):
        return [found[number] for number in dict.fromkeys(chosen)]
    if lacking := plan.lacks([question.tag for question in found.values()]):
        raise Conflict(lacking, "Add questions to the bank first.")
    return [found[number] for number in rules.drawn(plan, [(one.id, one.tag) for one in found.values()], RNG)]


def paper(question: CourseQuestion) -> list[str]:
    """Its answers in an order that tells nothing; the same each time, so that two sheets of it agree."""
    asked = question.asked
    return questions.shown(asked, questions.shown_order(asked, Random(question.id)))  # noqa: S311 - it is printed
