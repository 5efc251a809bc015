"""Who took a course: completions, those without a try left, what was done elsewhere, what is revoked."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from core import clock, files
from core.authz import current_principal, requires
from core.errors import Invalid, NotFound
from core.paging import page_of
from core.typed import ReasonForm
from training.courses import completions as giving
from training.courses import queries, recording, services, takers, taking
from training.courses.blueprint import bp
from training.courses.forms import GrantForm, RecordForm
from training.courses.models import Completion
from training.courses.pages import attempt, course_here, staff_course, words
from training.courses.permissions import Permission
from training.courses.recording import Elsewhere
from training.courses.version_views import upload

HOW = {
    "test": "Passed the test",
    "read": "Watched or read it",
    "attendance": "Was there",
    "signed": "Signed it",
    "practice": "Practice case",
    "series": "Series",
    "recorded": "Done elsewhere, recorded",
}


@bp.get("/courses/<int:course_id>/people")
@requires(Permission.VIEW)
def people(course_id: int) -> Any:
    return _people(course_id, GrantForm())


def _people(course_id: int, form: GrantForm, wrong: int = 0) -> str:
    principal, row = current_principal(), staff_course(course_id)
    return render_template(
        "training/courses/people.html",
        row=row,
        page=page_of(takers.completions(principal, row), [Completion.at, Completion.id], descending=True),
        stuck=takers.out_of_tries(principal, row),
        form=form.fresh(),
        wrong=wrong,
        may_keep=queries.may_keep(principal, row),
        how=HOW,
        **words(),
    )


@bp.post("/courses/<int:course_id>/sittings/<int:sitting_id>/another-try")
@requires(Permission.KEEP)
def another_try(course_id: int, sitting_id: int) -> Any:
    row, form = course_here(course_id, keeps=True), GrantForm()
    takers.sitting_of(current_principal(), row, sitting_id)

    def give() -> None:
        held = takers.sitting_of(current_principal(), row, sitting_id, lock=True)
        reason, key = form.reason.data or "", form.once.data or ""
        taking.give_another(held, reason, current_principal(), clock.now(), key)

    def done(_: Any) -> Any:
        flash("They have one more try.", "success")
        return redirect(url_for(".people", course_id=course_id))

    return attempt(give, form, lambda: _people(course_id, form, sitting_id), done)


# ------------------------------------------------------------------ done elsewhere


@bp.get("/courses/<int:course_id>/record")
@requires(Permission.KEEP)
def record_page(course_id: int) -> Any:
    course_here(course_id, keeps=True)
    return _record(course_id, RecordForm())


def _record(course_id: int, form: RecordForm) -> str:
    row, now = course_here(course_id), clock.now()
    asked = request.values.get("q", "").replace("\0", "").strip()[:200]
    found = takers.people_for(current_principal(), row, asked, now)
    form.person.choices = {str(person.id): f"{person.name}, {person.email}" for person in found}
    return render_template("training/courses/record.html", row=row, form=form.fresh(), asked=asked, found=found)


@bp.post("/courses/<int:course_id>/record")
@requires(Permission.KEEP)
def record_one(course_id: int) -> Any:
    course_here(course_id, keeps=True)
    form = RecordForm()

    def give() -> Completion:
        row = course_here(course_id, keeps=True)
        person = takers.person_for(current_principal(), row, form.person_id, clock.now())
        if person is None or form.done_on.data is None:
            raise Invalid("Choose somebody of your agencies or your office.", field="person")
        told = Elsewhere(form.done_on.data, form.reason.data or "", upload(form.certificate.data))
        key = form.once.data or ""
        return recording.record_elsewhere(row, person, told, current_principal(), clock.now(), key)

    def done(kept: Completion) -> Any:
        flash("Recorded.", "success")
        return redirect(url_for(".completion", completion_id=kept.id))

    return attempt(give, form, lambda: _record(course_id, form), done)


# ------------------------------------------------------------------ one completion


@bp.get("/completions/<int:completion_id>")
@requires(Permission.VIEW)
def completion(completion_id: int) -> Any:
    return _completion(completion_id, ReasonForm())


def _completion(completion_id: int, form: ReasonForm) -> str:
    row = takers.completion_of(current_principal(), completion_id)
    return render_template(
        "training/courses/completion.html",
        row=row,
        proof=takers.proof_of(row),
        may_keep=queries.may_keep(current_principal(), row.course),
        form=form,
        how=HOW,
        **words(),
    )


@bp.get("/completions/<int:completion_id>/file")
@requires(Permission.VIEW)
def certificate(completion_id: int) -> Response:
    proof = takers.proof_of(takers.completion_of(current_principal(), completion_id))
    if proof is None or proof.file is None:
        raise NotFound
    return files.send(proof.file)


@bp.post("/completions/<int:completion_id>/revoke")
@requires(Permission.KEEP)
def revoke(completion_id: int) -> Any:
    form = ReasonForm()
    services.must_keep(takers.completion_of(current_principal(), completion_id).course, current_principal())

    def change() -> None:
        row = takers.completion_of(current_principal(), completion_id)
        giving.revoke(row, current_principal().person_id, form.reason.data or "", clock.now())

    def done(_: Any) -> Any:
        flash("Revoked. It counts for nothing from here on.", "success")
        return redirect(url_for(".completion", completion_id=completion_id))

    return attempt(change, form, lambda: _completion(completion_id, form), done)
