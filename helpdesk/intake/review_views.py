from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.deadlines import Deadline
from core.paging import page_of
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.intake import finding, reviews
from helpdesk.intake.permissions import Permission

__all__ = ["bp", "finding"]

bp = Blueprint("duplicate_reviews", __name__, url_prefix=reviews.PAGE)

register(
    NavItem(
        Area.HELPDESK,
        "Possible duplicates",
        "duplicate_reviews.index",
        Permission.DUPLICATES_REVIEW,
        order=97,
        group=Group.WORK,
    )
)

RECENT = 10


@bp.get("")
@requires(Permission.DUPLICATES_REVIEW)
def index() -> Any:
    principal = current_principal()
    page = page_of(reviews.owed(principal), [Deadline.due_at, Deadline.id])
    past = page_of(reviews.done(principal), [Deadline.due_at, Deadline.id], descending=True, after="", before="")
    return render_template("helpdesk/intake/reviews.html", page=page, past=past.rows[:RECENT], now=clock.now())


@bp.post("/<int:review_id>/done")
@requires(Permission.DUPLICATES_REVIEW)
def done(review_id: int) -> Any:
    with unit_of_work():
        row = reviews.visible_review(current_principal(), review_id)
        reviews.reviewed(row, current_principal(), clock.now())
    flash("Kept. The next review counts from now.", "success")
    return redirect(url_for(".index"))
