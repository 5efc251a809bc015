"""The question bank and the test on paper."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden
from training.courses import bank, queries, questions
from training.courses.bank import Written
from training.courses.blueprint import bp
from training.courses.forms import QuestionForm
from training.courses.models import CourseQuestion
from training.courses.pages import attempt, course_here, staff_course
from training.courses.permissions import Permission
from training.courses.questions import KIND_WORDS, Kind
from training.courses.rules import TestPlan


@bp.get("/courses/<int:course_id>/questions")
@requires(Permission.VIEW)
def questions_index(course_id: int) -> Any:
    row = staff_course(course_id)
    return render_template(
        "training/courses/questions.html",
        row=row,
        rows=[(one, questions.right_words(one.asked)) for one in queries.bank(row.id)],
        kind_words=KIND_WORDS,
        may_keep=queries.may_keep(current_principal(), row),
        has_test=_plan(course_id) is not None,
    )


def _plan(course_id: int) -> TestPlan | None:
    version = queries.published(course_id) or queries.draft_of(course_id)
    return TestPlan.of(version.test) if version else None


@bp.route("/courses/<int:course_id>/questions/new", methods=["GET", "POST"])
@requires(Permission.KEEP)
def new_question(course_id: int) -> Any:
    course_here(course_id, keeps=True)
    form = QuestionForm()
    if not form.is_submitted():
        form.kind.data = request.args.get("kind") if request.args.get("kind") in set(Kind) else Kind.SINGLE.value

    def again() -> str:
        return _page(course_id, form, None)

    def add() -> CourseQuestion:
        row = course_here(course_id, keeps=True, lock=True)
        return bank.add(row, _written(form), current_principal(), clock.now(), form.once.data or "")

    if not form.is_submitted():
        return again()
    return attempt(add, form, again, lambda _: _done(course_id, "Added to the bank."))


@bp.route("/courses/<int:course_id>/questions/<int:question_id>", methods=["GET", "POST"])
@requires(Permission.KEEP)
def replace_question(course_id: int, question_id: int) -> Any:
    old = queries.question_of(course_here(course_id, keeps=True), question_id)
    form = QuestionForm()
    if not form.is_submitted():
        form.show(old)

    def again() -> str:
        return _page(course_id, form, queries.question_of(course_here(course_id), question_id))

    def change() -> CourseQuestion:
        row = course_here(course_id, keeps=True, lock=True)
        held = queries.question_of(row, question_id, lock=True)
        return bank.replace(held, _written(form), current_principal(), clock.now(), form.once.data or "")

    if not form.is_submitted():
        return again()
    return attempt(
        change, form, again, lambda _: _done(course_id, "Replaced. Earlier tries keep the question as it was.")
    )


@bp.post("/courses/<int:course_id>/questions/<int:question_id>/take-out")
@requires(Permission.KEEP)
def take_out_question(course_id: int, question_id: int) -> Any:
    with unit_of_work():
        row = course_here(course_id, keeps=True, lock=True)
        bank.take_out(queries.question_of(row, question_id, lock=True), clock.now())
    return _done(course_id, "Nobody is asked it any more.")


def _page(course_id: int, form: QuestionForm, old: CourseQuestion | None) -> str:
    row = course_here(course_id)
    return render_template("training/courses/question.html", form=form.fresh(), row=row, old=old, tags=_tags(course_id))


def _tags(course_id: int) -> list[str]:
    return bank.shown_tags(course_id)


def _written(form: QuestionForm) -> Written:
    return Written(
        form.chosen, form.text.data or "", form.lines.data or "", form.tag.data or "", form.feedback.data or ""
    )


def _done(course_id: int, said: str) -> Any:
    flash(said, "success")
    return redirect(url_for(".questions_index", course_id=course_id))


@bp.get("/courses/<int:course_id>/test")
@requires(Permission.VIEW)
def printed(course_id: int) -> Any:
    """One draw of the test to be printed; `answers=1` is the sheet that staff mark it by, of the same questions."""
    row = staff_course(course_id)
    plan = _plan(course_id)
    if plan is None:
        raise Forbidden("This course has no test.", "Write one into the draft first.")
    asked = request.args.getlist("q")
    chosen = bank.printed(row, plan, [int(one) for one in asked if one.isdecimal() and len(one) < 19])
    return render_template(
        "training/courses/printed.html",
        row=row,
        plan=plan,
        rows=[(one, bank.paper(one), questions.right_words(one.asked)) for one in chosen],
        numbers=[one.id for one in chosen],
        with_answers=request.args.get("answers") == "1",
    )
