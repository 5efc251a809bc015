"""The catalogue, its courses, and the training plan; with it come the other pages of the room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.markdown import to_html
from core.paging import page_of
from core.policy import policy_for
from core.policy.vocabulary import CycleName, ListName
from core.typed import ReasonForm
from core.ui.nav import Area, NavItem, register
from training.courses import (  # noqa: F401 - some register
    bank_views,
    figure_views,
    learn_views,
    people_views,
    queries,
    rules,
    services,
    takers,
    version_views,
)
from training.courses.blueprint import bp
from training.courses.forms import CourseForm, Place
from training.courses.models import Course
from training.courses.pages import attempt, course_here, words
from training.courses.permissions import Permission

__all__ = ["bp"]

register(NavItem(Area.TRAINING, "Courses", "courses.index", Permission.OFFERED, order=30))


# ------------------------------------------------------------------ the catalogue


@bp.get("/courses")
@requires(Permission.OFFERED)
def index() -> Any:
    principal = current_principal()
    page = page_of(queries.courses(principal, request.args), [Course.title, Course.id])
    places = queries.places_to_plan(principal)
    topics = queries.topics_in(queries.policies_in(places, clock.now()))
    return render_template(
        "training/courses/index.html",
        page=page,
        topics=topics,
        is_staff=principal.can(Permission.VIEW),
        may_keep=principal.can(Permission.KEEP),
        is_filtered=any(request.args.get(name) for name in ("kind", "credit", "topic", "state", "q")),
        **words(),
    )


@bp.get("/courses/topics")
@requires(Permission.VIEW)
def topics() -> Any:
    """Which offered courses cover the training plan, what nothing covers first (HUD-TR-1)."""
    places = queries.places_to_plan(current_principal())
    chosen = next((coc for coc in places if str(coc.id) == request.args.get("coc", "")), places[0] if places else None)
    coc = found(chosen)
    policy, offered = policy_for(coc, clock.now().date()), queries.offered_in(coc)
    return render_template(
        "training/courses/topics.html",
        places=places,
        coc=coc,
        plan=rules.plan_of_topics(policy, offered),
        before=rules.before_access(policy, offered),
        plan_says=rules.cited(policy, policy.list(ListName.TRAINING_TOPICS)),
        before_says=rules.cited(policy, policy.list(ListName.TRAINING_BEFORE_ACCESS)),
        yearly_says=rules.cited(policy, policy.cycle(CycleName.REFRESHER_TRAINING)),
    )


# ------------------------------------------------------------------ a course


@bp.route("/courses/new", methods=["GET", "POST"])
@requires(Permission.KEEP)
def new() -> Any:
    principal, now = current_principal(), clock.now()
    places = queries.keeps_for(principal)
    form = _form(places, now)

    def again() -> str:
        return render_template("training/courses/edit.html", form=form.fresh(), row=None)

    if not form.is_submitted():
        return again()
    lead_and_coc = form.chosen(places)
    if lead_and_coc is None:
        form.validate()
        form.place.errors = [*form.place.errors, "Choose where it counts."]
        return again(), 422
    return attempt(
        lambda: services.make(lead_and_coc[0], form.about(lead_and_coc), principal, now, form.once.data or ""),
        form,
        again,
        lambda row: redirect(url_for(".show", course_id=row.id)),
    )


def _form(places: list[Place], now: datetime) -> CourseForm:
    form = CourseForm()
    cocs = queries.places_to_plan(current_principal())
    form.offer(places, queries.topics_in(queries.policies_in(cocs, now)))
    return form


@bp.route("/courses/<int:course_id>/edit", methods=["GET", "POST"])
@requires(Permission.KEEP)
def edit(course_id: int) -> Any:
    row, now = course_here(course_id, keeps=True), clock.now()
    places = [(lead, coc) for lead, coc in queries.keeps_for(current_principal()) if lead.id == row.lead_id]
    form = _form(places, now)
    if not form.is_submitted():
        form.show(row)
    form.kind.data = row.kind.value
    place = form.chosen(places)

    def again() -> str:
        return render_template("training/courses/edit.html", form=form, row=course_here(course_id))

    def change() -> None:
        services.change(course_here(course_id, keeps=True, lock=True), form.about(found(place), row.kind), now)

    if not form.is_submitted():
        return again()
    return attempt(change, form, again, lambda _: redirect(url_for(".show", course_id=course_id)))


@bp.get("/courses/<int:course_id>")
@requires(Permission.OFFERED)
def show(course_id: int) -> Any:
    principal, now = current_principal(), clock.now()
    row = course_here(course_id)
    is_staff = queries.is_staff_of(principal, row)
    version = queries.published(row.id)
    draft = queries.draft_of(row.id) if is_staff else None
    done, begun = takers.counts_of(row) if is_staff else (0, 0)
    return render_template(
        "training/courses/show.html",
        row=row,
        version=version,
        html=to_html(version.body) if version else "",
        draft=draft,
        plan=rules.TestPlan.of(version.test) if version else None,
        versions=queries.versions_of(row) if is_staff else [],
        questions=len(queries.bank(row.id)) if is_staff else 0,
        done=done,
        begun=begun,
        is_staff=is_staff,
        may_keep=queries.may_keep(principal, row),
        standing=services.standing(row, draft, now) if draft else None,
        topics=queries.topics_in(queries.policies_of(row, now)),
        reason=ReasonForm(),
        **words(),
    )


@bp.post("/courses/<int:course_id>/retire")
@requires(Permission.KEEP)
def retire(course_id: int) -> Any:
    form = ReasonForm()
    with unit_of_work():
        services.retire(course_here(course_id, keeps=True, lock=True), form.reason.data or "")
    flash("Nobody begins it any more. Whoever has begun may finish.", "success")
    return redirect(url_for(".show", course_id=course_id))


@bp.post("/courses/<int:course_id>/offer")
@requires(Permission.KEEP)
def offer(course_id: int) -> Any:
    with unit_of_work():
        services.offer_again(course_here(course_id, keeps=True, lock=True), clock.now())
    flash("It is offered again.", "success")
    return redirect(url_for(".show", course_id=course_id))
