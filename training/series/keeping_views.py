"""Series: the list, one, writing it, offering it."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, Invalid
from core.paging import page_of
from core.people.models import CoC, Lead
from core.typed import put_error, put_on
from core.ui.nav import Area, NavItem, register
from training.courses.models import Course
from training.series import keeping, queries
from training.series.forms import PURPOSES, SeriesForm
from training.series.models import Purpose, Series
from training.series.permissions import Permission
from training.series.views import bp

register(NavItem(Area.TRAINING, "Series", "series.index", Permission.KEEP, order=60))
TITLES = {"draft": "Draft", "offered": "Offered", "retired": "No longer offered"}


@bp.get("/training/series")
@requires(Permission.KEEP)
def index() -> Any:
    principal = current_principal()
    state = request.args.get("state", "")
    lead = queries.lead_to_keep(principal)
    return render_template(
        "training/series/index.html",
        page=page_of(queries.series_seen(principal, state), [Series.title, Series.id]),
        state=state,
        titles=TITLES,
        purposes=PURPOSES,
        manuals=[coc for coc in queries.cocs_of(principal, lead) if keeping.has_steps(coc)],
        once=secrets.token_urlsafe(16),
    )


@bp.post("/training/series/from-manual")
@requires(Permission.KEEP)
def from_manual() -> Any:
    """A draft with the manual's own steps."""
    principal = current_principal()
    lead = queries.lead_to_keep(principal)
    wanted = request.form.get("coc", "")
    coc = next((one for one in queries.cocs_of(principal, lead) if str(one.id) == wanted), None)
    if coc is None:
        raise Invalid("Choose one of your own communities.")
    with unit_of_work():
        row = keeping.from_manual(lead, coc, principal, request.form.get("once", "")[:64] or secrets.token_urlsafe(16))
    flash("A draft with the manual's steps. Write its courses, then offer it.", "success")
    return redirect(url_for(".show", series_id=row.id))


@bp.get("/training/series/<int:series_id>")
@requires(Permission.KEEP)
def show(series_id: int) -> Any:
    principal = current_principal()
    row = queries.visible_series(principal, series_id)
    return render_template(
        "training/series/show.html",
        row=row,
        lacks=keeping.lacks_of(row),
        titles=TITLES,
        purposes=PURPOSES,
        may_keep=queries.may_keep(principal, row),
    )


@bp.route("/training/series/new", methods=["GET", "POST"])
@requires(Permission.KEEP)
def new() -> Any:
    principal = current_principal()
    lead = queries.lead_to_keep(principal)
    form, courses, cocs = _form(principal_lead=lead)
    if not form.is_submitted():
        return _page(form, courses)
    return _keep(form, courses, lambda draft: keeping.make(lead, draft, principal, form.once.data or ""), cocs)


@bp.route("/training/series/<int:series_id>/edit", methods=["GET", "POST"])
@requires(Permission.KEEP)
def edit(series_id: int) -> Any:
    row = _kept(series_id)
    form, courses, cocs = _form(principal_lead=row.lead)
    if not form.is_submitted():
        form.title.data, form.code.data, form.summary.data = row.title, row.code, row.summary
        form.purpose.data, form.counts.data = row.purpose, next(iter(row.course.credits), "")
        if "coc" in form:
            form.coc.data = row.coc_id or 0
        return _page(form, courses, row)

    def change(draft: keeping.Draft) -> Series:
        held = _kept(series_id, lock=True)
        keeping.change(held, draft)
        return held

    return _keep(form, courses, change, cocs, row)


def _kept(series_id: int, *, lock: bool = False) -> Series:
    principal = current_principal()
    row = queries.visible_series(principal, series_id, lock=lock)
    if not queries.may_keep(principal, row):
        raise Forbidden("This series is for the whole Lead.", "Whoever works for all of it changes it.")
    return row


def _form(principal_lead: Lead) -> tuple[SeriesForm, list[Course], list[CoC]]:
    form = SeriesForm().fresh()
    cocs = queries.cocs_of(current_principal(), principal_lead)
    is_whole = principal_lead.id in current_principal().scope(Permission.KEEP).lead_ids
    all_of_it = {"0": "All of them"} if is_whole else {}
    form.coc.choices = all_of_it | {str(coc.id): coc.name for coc in cocs}
    return form, queries.courses_to_choose(principal_lead), cocs


def _typed_steps(courses: list[Course]) -> list[tuple[Course, list[int]]]:
    """The chosen courses in order, without blank rows; without numbers a step opens after the one before it."""
    known = {str(course.id): course for course in courses}
    chosen: list[tuple[Course, list[int]]] = []
    for place in range(1, keeping.MOST_STEPS + 1):
        course = known.get(request.form.get(f"step-{place}", ""))
        if course is not None:
            chosen.append((course, _after(request.form.get(f"after-{place}", ""), len(chosen))))
    return chosen


def _after(typed: str, before: int) -> list[int]:
    words = [word for word in typed.replace(",", " ").split() if word]
    if not words:
        return [before] if before else []
    if any(not word.isdecimal() or len(word) > 3 for word in words):
        raise Invalid("Write the numbers of the steps it opens after, like 1, 2; or 0 for at once.", field="steps")
    return sorted({int(word) for word in words} - {0})


def _keep(form: SeriesForm, courses: list[Course], verb: Any, cocs: list[CoC], row: Series | None = None) -> Any:
    if not form.validate():
        return _page(form, courses, row), 422
    try:
        draft = keeping.Draft(
            form.title.data or "", form.code.data or "", _typed_steps(courses), form.summary.data or "",
            Purpose(form.purpose.data), _counts(form), next((coc for coc in cocs if coc.id == form.coc.data), None),
        )  # fmt: skip
        with unit_of_work():
            kept = verb(draft)
    except DomainError as error:
        db.session.rollback()
        put_error(form, error) if error.field in form else put_on(form, "", error.message, error.advice)
        return _page(form, courses, row), error.status
    return redirect(url_for(".show", series_id=kept.id))


def _counts(form: SeriesForm) -> list[str]:
    """Completing the new-user series is one of the year's general trainings too (VT-TR-8)."""
    counts = form.counts.data or ""
    return ["new-user-series", "general"] if counts == "new-user-series" else [counts] if counts else []


def _page(form: SeriesForm, courses: list[Course], row: Series | None = None) -> str:
    if form.is_submitted():
        pairs = [
            (request.form.get(f"step-{n}", ""), request.form.get(f"after-{n}", ""))
            for n in range(1, keeping.MOST_STEPS + 1)
        ]
        typed = [pair for pair in pairs if any(pair)]
    else:
        typed = [(str(step.course_id), ", ".join(map(str, step.after)) or "0") for step in row.steps] if row else []
    rows = [*typed, *[("", "")] * 3][: keeping.MOST_STEPS]
    return render_template("training/series/edit.html", form=form, courses=courses, rows=rows, row=row)


@bp.post("/training/series/<int:series_id>/offer")
@requires(Permission.KEEP)
def offer(series_id: int) -> Any:
    with unit_of_work():
        keeping.offer(_kept(series_id, lock=True))
    flash("It is offered from now on.", "success")
    return redirect(url_for(".show", series_id=series_id))


@bp.post("/training/series/<int:series_id>/retire")
@requires(Permission.KEEP)
def retire(series_id: int) -> Any:
    with unit_of_work():
        keeping.retire(_kept(series_id, lock=True))
    flash("Nobody new takes it; whoever is on the way goes on.", "success")
    return redirect(url_for(".show", series_id=series_id))
