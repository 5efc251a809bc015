"""The trainers' queue, and reviewing what was handed in line by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Invalid
from core.paging import page_of
from core.typed import line, put_error
from core.ui.nav import Area, NavItem, register
from training.practice import checking, languages, queries, reviewing, shelves
from training.practice.checking import ReadValue
from training.practice.compare import Found
from training.practice.forms import CheckForm, LanguagesForm, RemarkForm, ReviewForm
from training.practice.models import PracticeAttempt, PracticeRemark
from training.practice.permissions import Permission
from training.practice.reviewing import Mark, Review
from training.practice.rules import Verdict
from training.practice.views import bp, me, typed, uploads, words

register(NavItem(Area.TRAINING, "Practice reviews", "practice_cases.reviews", Permission.QUEUE, order=45))

SHOWN = {"unassigned": "Nobody's", "mine": "Mine", "all": "All"}
NOTHING = "nothing-entered"
COMPARES = {Found.RIGHT: "As the form says", Found.WRONG: "Something else", Found.MISSING: "Nothing entered"}
OF_FOUND = {Found.RIGHT: Verdict.RIGHT, Found.WRONG: Verdict.WRONG, Found.MISSING: Verdict.WRONG}


@bp.get("/reviews")
@requires(Permission.QUEUE)
def reviews() -> Any:
    principal, now = current_principal(), clock.now()
    shown = typed("shown") if typed("shown") in SHOWN else "unassigned"
    asked = {"shown": shown, "language": typed("language")}
    form = LanguagesForm(formdata=None)
    form.spoken.data = queries.spoken_by(principal.person_id, now)
    return render_template(
        "training/practice/queue.html",
        page=page_of(queries.queue(principal, asked), [PracticeAttempt.submitted_at, PracticeAttempt.id]),
        asked=asked,
        shown=SHOWN,
        languages={"en": "English", **languages.LANGUAGES},
        loads=queries.loads(principal, now),
        form=form,
        may_review=principal.can(Permission.REVIEW),
        now=now,
        **words(),
    )


@bp.post("/reviews/languages")
@requires(Permission.REVIEW)
def set_languages() -> Any:
    """The languages in which the trainer reviews, as skills of their place in the office."""
    form = LanguagesForm()
    if not form.validate():
        raise Invalid("Choose from the list.", "Load the page again.")
    with unit_of_work():
        reviewing.speak(queries.staff_rows(current_principal().person_id, clock.now()), form.spoken.data or [])
    flash("Your languages are kept.", "success")
    return redirect(url_for(".reviews"))


@bp.get("/reviews/<int:attempt_id>")
@requires(Permission.QUEUE)
def attempt(attempt_id: int) -> Any:
    return _page(queries.visible_attempt(current_principal(), attempt_id))


def _page(
    row: PracticeAttempt,
    form: ReviewForm | None = None,
    check: CheckForm | None = None,
    unread: DomainError | None = None,
) -> str:
    principal = current_principal()
    lines = reviewing.lines_of(row)
    content = row.segment.assignment.version.content
    return render_template(
        "training/practice/review.html",
        attempt=row,
        track=row.track,
        lines=[_shown(line, row, form) for line in lines],
        members={member.ref: member for member in content.members},
        earlier=queries.earlier_attempts(row),
        remarks=shelves.remarks_for(row.lead_id, {line.element.number for line in lines}),
        form=(form or ReviewForm(formdata=None)).fresh(),
        check=check or CheckForm(formdata=None),
        unread=unread,
        typed_values=request.form if unread else {},
        compares=COMPARES,
        nothing=NOTHING,
        is_mine=row.trainer_id == principal.person_id,
        is_own=row.track.person_id == principal.person_id,
        may_review=principal.can(Permission.REVIEW, agency=row.track.agency),
        **words(),
    )


def _shown(line: Any, row: PracticeAttempt, form: ReviewForm | None) -> dict[str, Any]:
    """A line with what was entered, and the mark: as typed, as reviewed, else as the export suggests."""
    finding = row.found.get(line.place, {})
    kept = next((mark for mark in row.marks if mark.place == line.place), None)
    verdict = kept.verdict if kept else OF_FOUND.get(finding.get("found"), "")
    remark = kept.remark if kept else ""
    if form is not None:
        verdict, remark = request.form.get(f"v-{line.place}", ""), request.form.get(f"r-{line.place}", "")
    return {
        "line": line,
        "found": finding.get("found", ""),
        "entered": _entered(line, finding),
        "verdict": verdict,
        "remark": remark,
    }


def _entered(line: Any, finding: dict[str, str]) -> str:
    if not finding:
        return ""
    if line.element.is_hidden:
        told = {Found.RIGHT: "as the form says", Found.WRONG: "something else", Found.MISSING: "nothing entered"}
        return told[Found(finding["found"])]
    return str(line.element.words(finding["entered"]))


def _act(attempt_id: int, verb: Callable[[PracticeAttempt], None], said: str) -> Any:
    with unit_of_work():
        verb(queries.visible_attempt(current_principal(), attempt_id, permission=Permission.REVIEW))
    flash(said, "success")
    return redirect(url_for(".attempt", attempt_id=attempt_id))


@bp.post("/reviews/<int:attempt_id>/take")
@requires(Permission.REVIEW)
def take(attempt_id: int) -> Any:
    over = request.form.get("over") == "1"
    return _act(attempt_id, lambda row: reviewing.take(row, me(), clock.now(), over=over), "It is yours now.")


@bp.post("/reviews/<int:attempt_id>/leave")
@requires(Permission.REVIEW)
def leave(attempt_id: int) -> Any:
    return _act(attempt_id, lambda row: reviewing.leave(row, me()), "It is nobody's again.")


@bp.post("/reviews/<int:attempt_id>/check")
@requires(Permission.REVIEW)
def check(attempt_id: int) -> Any:
    """The trainer's own export of the household fills in the review."""
    principal, form = current_principal(), CheckForm()
    row = queries.visible_attempt(principal, attempt_id, permission=Permission.REVIEW)
    try:
        sent = uploads()
        if not form.validate() or not sent:
            raise Invalid("Choose the export's ZIP, or its files.", field="export")
        with unit_of_work():
            row = queries.visible_attempt(principal, attempt_id, permission=Permission.REVIEW)
            reviewing.checked(row, checking.findings(row.segment, sent, row.client_number), me(), clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _page(queries.visible_attempt(principal, attempt_id), check=form), error.status
    flash("The review is filled in with what was entered. Look it over: you decide.", "success")
    return redirect(url_for(".attempt", attempt_id=attempt_id))


@bp.post("/reviews/<int:attempt_id>/values")
@requires(Permission.REVIEW)
def values(attempt_id: int) -> Any:
    """Where there is no export: what the trainer reads in the training site, line by line, fills in the review."""
    principal = current_principal()
    row = queries.visible_attempt(principal, attempt_id, permission=Permission.REVIEW)
    try:
        with unit_of_work():
            row = queries.visible_attempt(principal, attempt_id, permission=Permission.REVIEW)
            found = checking.as_read(row.segment, _values(row))
            reviewing.checked(row, {**row.found, **found}, me(), clock.now())
    except DomainError as error:
        db.session.rollback()
        return _page(queries.visible_attempt(principal, attempt_id), unread=error), error.status
    flash("The review is filled in with what you read. Look it over: you decide.", "success")
    return redirect(url_for(".attempt", attempt_id=attempt_id))


def _values(row: PracticeAttempt) -> dict[str, ReadValue]:
    """A line of which nothing is said was not read; "nothing" is said by its own box or choice."""
    read = {}
    for one in reviewing.lines_of(row):
        typed_value = line(request.form.get(f"e-{one.place}", ""))
        if one.element.is_hidden and typed_value in set(Found):
            read[one.place] = ReadValue(found=Found(typed_value))
        elif request.form.get(f"n-{one.place}") == "y" or typed_value == NOTHING:
            read[one.place] = ReadValue()
        elif typed_value:
            read[one.place] = ReadValue(typed_value)
    return read


@bp.post("/reviews/<int:attempt_id>/finish")
@requires(Permission.REVIEW)
def finish(attempt_id: int) -> Any:
    principal, form = current_principal(), ReviewForm()
    row = queries.visible_attempt(principal, attempt_id, permission=Permission.REVIEW)
    if not form.validate():
        return _page(row, form), 422
    try:
        with unit_of_work():
            row = queries.visible_attempt(principal, attempt_id, permission=Permission.REVIEW)
            reviewing.review(row, _said(row, form), me(), clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _page(queries.visible_attempt(principal, attempt_id), form), error.status
    accepted = form.outcome.data == "accept"
    flash("Accepted; the trainee is told." if accepted else "It goes back to be corrected.", "success")
    return redirect(_next(attempt_id))


def _next(attempt_id: int) -> str:
    """The next in the queue, else the queue."""
    principal = current_principal()
    spoken = queries.spoken_by(principal.person_id, clock.now())
    following = queries.next_in_queue(principal, spoken, but=attempt_id)
    return url_for(".attempt", attempt_id=following.id) if following else url_for(".reviews")


def _said(row: PracticeAttempt, form: ReviewForm) -> Review:
    """What was marked; a mark that no button has is none."""
    marks = {}
    for one in reviewing.lines_of(row):
        verdict = request.form.get(f"v-{one.place}", "")
        remark = line(request.form.get(f"r-{one.place}", ""))[:300]
        marks[one.place] = Mark(Verdict(verdict) if verdict in set(Verdict) else None, remark)
    return Review(
        marks=marks,
        is_accepted=form.outcome.data == "accept",
        summary=form.summary.data or "",
        keeps_remarks=bool(form.keeps_remarks.data),
        once=form.once.data or "",
    )


# ------------------------------------------------------------------ remarks to use again


@bp.get("/remarks")
@requires(Permission.REVIEW)
def remarks() -> Any:
    return _remarks_page(RemarkForm(formdata=None))


def _remarks_page(form: RemarkForm) -> str:
    lead = shelves.lead_to_keep(current_principal(), Permission.REVIEW)
    page = page_of(shelves.remarks(lead), [PracticeRemark.id], descending=True)
    return render_template("training/practice/remarks.html", page=page, form=form)


@bp.post("/remarks")
@requires(Permission.REVIEW)
def keep_remark() -> Any:
    form = RemarkForm()
    if not form.validate():
        return _remarks_page(form), 422
    lead = shelves.lead_to_keep(current_principal(), Permission.REVIEW)
    with unit_of_work():
        reviewing.keep_remark(lead.id, form.element.data or "", form.text.data or "", me(), clock.now())
    flash("Kept.", "success")
    return redirect(url_for(".remarks"))


@bp.post("/remarks/<int:remark_id>/drop")
@requires(Permission.REVIEW)
def drop_remark(remark_id: int) -> Any:
    lead = shelves.lead_to_keep(current_principal(), Permission.REVIEW)
    with unit_of_work() as session:
        session.delete(shelves.remark_of(lead, remark_id))
    flash("Dropped.", "success")
    return redirect(url_for(".remarks"))
