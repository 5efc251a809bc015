from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import Principal, current_principal, requires
from core.closures.queries import lead_of
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden
from core.paging import page_of
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from licensing.access.rules import levels_of
from licensing.access.services import policy_in_force
from licensing.reviews import clocks, queries, services
from licensing.reviews.forms import AnswerForm
from licensing.reviews.models import AccessReview, ReviewLine
from licensing.reviews.permissions import Permission
from licensing.reviews.rules import ANSWERS, ReviewState

__all__ = ["bp", "clocks"]

bp = Blueprint("reviews", __name__, url_prefix="/reviews")

register(NavItem(Area.LICENSING, "Reviews of users", "reviews.index", Permission.VIEW, order=55))

STATES = {
    ReviewState.OPEN: ("To confirm", "wait"),
    ReviewState.LATE: ("Late: the rest is locked", "late"),
    ReviewState.DONE: ("Everybody confirmed", "ok"),
}


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    principal = current_principal()
    page = page_of(queries.reviews(principal, request.args), [AccessReview.id], descending=True)
    may_plan = principal.can(Permission.PLAN)
    return render_template(
        "licensing/reviews/index.html",
        page=page,
        standings=queries.standings(page.rows),
        states=STATES,
        shown=request.args.get("shown", "open"),
        may_plan=may_plan,
        plan=services.plan_of(lead_of(principal, Permission.PLAN).id) if may_plan else None,
    )


@bp.post("/begin")
@requires(Permission.PLAN)
def begin() -> Any:
    principal = current_principal()
    with unit_of_work():
        services.begin(lead_of(principal, Permission.PLAN), principal, clock.now())
    flash("The reviews have begun. Each agency is asked within some minutes, and then in each new month.", "success")
    return redirect(url_for(".index"))


@bp.post("/stop")
@requires(Permission.PLAN)
def stop() -> Any:
    principal = current_principal()
    with unit_of_work():
        services.stop(lead_of(principal, Permission.PLAN), principal, clock.now())
    flash("No more reviews are opened. Those that are open go on.", "success")
    return redirect(url_for(".index"))


@bp.get("/<int:user_review_id>")
@requires(Permission.VIEW)
def show(user_review_id: int) -> Any:
    return _page(queries.visible_review(current_principal(), user_review_id))


def _page(row: AccessReview) -> str:
    page = page_of(queries.lines_of(row), [ReviewLine.id])
    return render_template(
        "licensing/reviews/show.html", row=row, page=page, told=queries.standings([row])[row.id], states=STATES,
        answers=ANSWERS, may_answer=_may_answer(current_principal(), row), levels=_levels(row),
    )  # fmt: skip


def _levels(row: AccessReview) -> dict[str, str]:
    """The levels' names by their codes, in the words of the community's manual."""
    levels = levels_of(policy_in_force(row.agency.coc, clock.now()))
    return dict(levels.levels) if levels else {}


def _may_answer(principal: Principal, row: AccessReview) -> bool:
    return principal.can(Permission.ANSWER, agency=row.agency)


@bp.post("/<int:user_review_id>/confirm")
@requires(Permission.ANSWER)
def confirm(user_review_id: int) -> Any:
    """Everything is as it should be for those that are ticked."""
    principal = current_principal()
    chosen = {int(number[:18]) for number in request.form.getlist("line") if number.isascii() and number.isdecimal()}
    with unit_of_work():
        row = queries.visible_review(principal, user_review_id, lock=True, lines=chosen)
        _must(_may_answer(principal, row))
        number = services.confirm(row, chosen, principal, clock.now())
    if number:
        flash(f"{number} confirmed.", "success")
    else:
        flash("Nobody was ticked who is not confirmed yet.", "info")
    return redirect(url_for(".show", user_review_id=user_review_id, after=request.form.get("after") or None))


@bp.get("/<int:user_review_id>/lines/<int:review_line_id>")
@requires(Permission.ANSWER)
def line(user_review_id: int, review_line_id: int) -> Any:
    row = queries.visible_review(current_principal(), user_review_id)
    found = queries.line_of(row, review_line_id)
    form = AnswerForm(formdata=None, answer=found.answer, note=found.note)
    return _line_page(row, found, form)


def _line_page(row: AccessReview, found: ReviewLine, form: AnswerForm) -> str:
    _must(_may_answer(current_principal(), row))
    return render_template("licensing/reviews/line.html", row=row, line=found, form=form, levels=_levels(row))


@bp.post("/<int:user_review_id>/lines/<int:review_line_id>")
@requires(Permission.ANSWER)
def answer(user_review_id: int, review_line_id: int) -> Any:
    principal, form = current_principal(), AnswerForm()
    if not form.validate():
        row = queries.visible_review(principal, user_review_id)
        return _line_page(row, queries.line_of(row, review_line_id), form), 422
    try:
        with unit_of_work():
            row = queries.visible_review(principal, user_review_id, lock=True, lines=[review_line_id])
            _must(_may_answer(principal, row))
            services.answer(queries.line_of(row, review_line_id), form.said(), principal, clock.now())
    except DomainError as error:
        if error.status in (403, 404):
            raise
        db.session.rollback()
        put_error(form, error)
        row = queries.visible_review(principal, user_review_id)
        return _line_page(row, queries.line_of(row, review_line_id), form), error.status
    flash("Noted.", "success")
    return redirect(url_for(".show", user_review_id=user_review_id))


def _must(allowed: bool) -> None:
    if not allowed:
        raise Forbidden("The agency's administrator or representative confirms its users.", "Ask them.")
