"""Taking a course: what is offered to the person, the video, the test, the signature."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import Principal, current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, Invalid, NotFound
from core.markdown import to_html
from core.paging import page_of
from core.people.models import Person
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from training.courses import queries, questions, rules, spans, taking
from training.courses.blueprint import bp
from training.courses.forms import SignForm
from training.courses.models import Course, Sitting, TestAttempt
from training.courses.notes import notes_on
from training.courses.pages import words
from training.courses.permissions import Permission
from training.courses.rules import TestPlan
from training.courses.taking import Signing
from training.courses.version_views import play, subtitle
from training.courses.vocabulary import CourseKind
from training.mine import Piece, piece

register(NavItem(Area.TRAINING, "My courses", "courses.learn", Permission.TAKE, order=12))


@piece
def begun(principal: Principal, _at: datetime) -> Piece:
    """What the person is in the middle of, and the way to everything else."""
    return Piece("training/courses/_mine.html", {"begun": queries.begun(principal.person_id)}, order=60)


@bp.get("/learn")
@requires(Permission.TAKE)
def learn() -> Any:
    principal = current_principal()
    page = page_of(queries.offered_to(principal), [Course.title, Course.id])
    standing = queries.how_far(principal.person_id, [course.id for course in page])
    return render_template("training/courses/learn.html", page=page, standing=standing, **words())


@bp.get("/learn/<int:course_id>")
@requires(Permission.TAKE)
def take(course_id: int) -> Any:
    row = queries.course_to_take(current_principal(), course_id)
    return _page(row, SignForm())


def _page(row: Course, form: SignForm) -> str:
    principal, now = current_principal(), clock.now()
    sitting = queries.open_sitting(row.id, principal.person_id)
    current = queries.published(row.id)
    version = sitting.version if sitting else found(current)
    plan = TestPlan.of(version.test)
    return render_template(
        "training/courses/take.html",
        row=row,
        sitting=sitting,
        version=version,
        newer=current if current is not None and current.id != version.id else None,
        html=to_html(version.body),
        plan=plan,
        tries=taking.tries(sitting) if sitting and plan else None,
        watched=taking.has_watched(sitting) if sitting else False,
        percent=spans.percent(sitting.spans, version.video_ms) if sitting else 0,
        left=_gaps(sitting),
        attempts=queries.attempts_of(sitting) if sitting else [],
        completions=queries.completions_of(row.id, principal.person_id),
        who=taking.who_gives_another(row, now) if sitting and plan else "",
        quiz=taking.explanation_of_quiz(row, now) if row.kind is CourseKind.AGREEMENT else {},
        quiz_missing=taking.quiz_missing(sitting, now) if sitting and row.kind is CourseKind.AGREEMENT else "",
        is_taken_here=row.kind in rules.TAKEN_HERE,
        intent=rules.INTENT,
        name=db.session.get_one(Person, principal.person_id).name,
        form=form,
        clock_words=spans.clock,
        **words(),
    )


def _gaps(sitting: Sitting | None) -> list[tuple[int, int]]:
    if sitting is None or not sitting.version.video_ms:
        return []
    return spans.missing(sitting.spans, sitting.version.video_ms)


def _mine(course_id: int, *, lock: bool = True) -> Sitting:
    """The sitting one is in the middle of."""
    principal = current_principal()
    queries.course_to_take(principal, course_id)
    row = queries.open_sitting(course_id, principal.person_id, lock=lock)
    if row is None:
        raise NotFound("You have not begun this course, or you have finished it.", "Begin it again to go on.")
    return row


def _back(course_id: int) -> Any:
    return redirect(url_for(".take", course_id=course_id))


@bp.post("/learn/<int:course_id>/begin")
@requires(Permission.TAKE)
def begin(course_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        taking.begin(queries.course_to_take(principal, course_id), principal, clock.now())
    return _back(course_id)


@bp.post("/learn/<int:course_id>/begin-anew")
@requires(Permission.TAKE)
def begin_anew(course_id: int) -> Any:
    with unit_of_work():
        taking.begin_anew(_mine(course_id), current_principal(), clock.now())
    return _back(course_id)


# ------------------------------------------------------------------ the video and the text


@bp.get("/learn/<int:course_id>/video")
@requires(Permission.TAKE)
def my_video(course_id: int) -> Response:
    return play(_mine(course_id, lock=False).version)


@bp.get("/learn/<int:course_id>/captions")
@requires(Permission.TAKE)
def my_captions(course_id: int) -> Response:
    return subtitle(_mine(course_id, lock=False).version)


@bp.post("/learn/<int:course_id>/watched")
@requires(Permission.TAKE)
def watched(course_id: int) -> Any:
    """What the player says was watched; the answer says what the service counts."""
    reported, position = _report()
    with unit_of_work():
        row = _mine(course_id)
        taking.watch(row, reported, position, clock.now())
    duration = row.version.video_ms
    left = [[begin, end, spans.clock(begin), spans.clock(end)] for begin, end in spans.missing(row.spans, duration)]
    return {"percent": spans.percent(row.spans, duration), "done": taking.has_watched(row), "left": left[:20]}


def _report() -> tuple[Any, Any]:
    """Raises Invalid for what is no report."""
    try:
        told = json.loads(request.form.get("report", "")[:4_000])
        return told["spans"], told["position"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Invalid("This is not what the player sends.") from None


@bp.post("/learn/<int:course_id>/read")
@requires(Permission.TAKE)
def read(course_id: int) -> Any:
    with unit_of_work():
        done = taking.confirm_read(_mine(course_id), clock.now())
    flash("Completed. It is in your transcript." if done else "Noted.", "success")
    return _back(course_id)


# ------------------------------------------------------------------ the test


@bp.post("/learn/<int:course_id>/test")
@requires(Permission.TAKE)
def begin_test(course_id: int) -> Any:
    with unit_of_work():
        attempt = taking.begin_attempt(_mine(course_id), clock.now())
    return redirect(url_for(".attempt_page", attempt_id=attempt.id))


@bp.get("/learn/attempts/<int:attempt_id>")
@requires(Permission.TAKE)
def attempt_page(attempt_id: int) -> Any:
    attempt = queries.attempt_of(current_principal().person_id, attempt_id)
    return _result(attempt) if attempt.ended_at else _test(attempt)


def _test(attempt: TestAttempt, error: DomainError | None = None) -> str:
    """The open test: the questions in the order drawn, and nothing of their answers."""
    rows = queries.questions_of(attempt)
    asked = [
        (f"q{place}", row.asked, questions.shown(row.asked, attempt.drawn[place]["order"]))
        for place, row in enumerate(rows)
    ]
    given = {f"q{place}": attempt.answers.get(str(place)) for place in range(len(rows))}
    plan = taking.plan_of(attempt.sitting)
    return render_template(
        "training/courses/test.html", attempt=attempt, row=attempt.sitting.course, asked=asked, given=given, plan=plan,
        error=error, left=_left(attempt),
    )  # fmt: skip


def _left(attempt: TestAttempt) -> int | None:
    return taking.tries(attempt.sitting).left


def _result(attempt: TestAttempt) -> str:
    plan, left = taking.plan_of(attempt.sitting), _left(attempt)
    marks = rules.shows_marks(plan)
    answers = rules.shows_answers(plan, passed=attempt.is_passed, left=left)
    rows = [
        queries.marked(row, attempt.drawn[place]["order"], attempt.answers.get(str(place)), answers=answers)
        for place, row in enumerate(queries.questions_of(attempt))
    ]
    return render_template(
        "training/courses/result.html",
        attempt=attempt,
        row=attempt.sitting.course,
        plan=plan,
        left=left,
        rows=rows if marks else [],
        total=len(attempt.drawn),
        is_agreement=attempt.sitting.course.kind is CourseKind.AGREEMENT,
        who=taking.who_gives_another(attempt.sitting.course, clock.now()),
        notes=notes_on(attempt),
    )


@bp.post("/learn/attempts/<int:attempt_id>")
@requires(Permission.TAKE)
def submit(attempt_id: int) -> Any:
    """Sent twice it is scored once."""
    mine = current_principal().person_id
    try:
        with unit_of_work():
            taking.lock_sitting(queries.attempt_of(mine, attempt_id).sitting_id)
            taking.submit(queries.attempt_of(mine, attempt_id, lock=True), request.form.getlist, clock.now())
    except Invalid as error:
        db.session.rollback()
        return _kept_with(attempt_id, error)
    return redirect(url_for(".attempt_page", attempt_id=attempt_id))


def _kept_with(attempt_id: int, error: Invalid) -> Any:
    """What was answered is kept, and the page says what is missing."""
    mine = current_principal().person_id
    try:
        with unit_of_work():
            taking.keep(queries.attempt_of(mine, attempt_id, lock=True), request.form.getlist, clock.now())
    except DomainError:
        db.session.rollback()
    return _test(queries.attempt_of(mine, attempt_id), error), error.status


@bp.post("/learn/attempts/<int:attempt_id>/keep")
@requires(Permission.TAKE)
def keep(attempt_id: int) -> Any:
    """What is answered so far, by the button or by the page itself while one types."""
    with unit_of_work():
        attempt = queries.attempt_of(current_principal().person_id, attempt_id, lock=True)
        taking.keep(attempt, request.form.getlist, clock.now())
    if request.headers.get("X-Quietly"):
        return "", 204
    flash("Kept. Come back when you have time; nothing is scored yet.", "success")
    return _back(attempt.course_id)


# ------------------------------------------------------------------ the signature


@bp.post("/learn/<int:course_id>/sign")
@requires(Permission.TAKE)
def sign(course_id: int) -> Any:
    row = queries.course_to_take(current_principal(), course_id)
    form = SignForm()
    if not form.validate():
        return _page(row, form), 422
    signing = Signing(form.ticked.data or [], form.name.data or "", request.remote_addr or "")
    try:
        with unit_of_work():
            signature = taking.sign(_mine(course_id), signing, clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        put_error(form, error)
        return _page(queries.course_to_take(current_principal(), course_id), form), error.status
    flash("Signed. You can print it here.", "success")
    return redirect(url_for(".signature", signature_id=signature.id))


@bp.get("/learn/signatures/<int:signature_id>")
@requires(Permission.TAKE)
def signature(signature_id: int) -> Any:
    row = queries.signature_of(current_principal(), signature_id)
    return render_template(
        "training/courses/signature.html", row=row, html=to_html(row.version.body), lead=row.course.lead
    )
