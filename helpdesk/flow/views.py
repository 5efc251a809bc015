from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.paging import page_of
from core.people.models import Lead
from core.ui.nav import Area, NavItem, register
from helpdesk.flow import clocks, queries, setting  # noqa: F401 - one is there for what it registers
from helpdesk.flow.forms import PracticeForm
from helpdesk.flow.models import ServicePractice
from helpdesk.flow.permissions import Permission
from helpdesk.flow.practice import Practice
from helpdesk.flow.rules import Desk, Promise

bp = Blueprint("practice", __name__, url_prefix="/practice")

register(NavItem(Area.ADMIN, "Service practice", "practice.index", Permission.VIEW))

DESKS = {Desk.AGENCY: "The agency's administrator", Desk.LEAD: "The HMIS Lead"}
PROMISES = {
    Promise.FIRST_ANSWER: "First answer",
    Promise.NEXT_ANSWER: "Each further answer",
    Promise.RESOLUTION: "Resolution",
    Promise.ESCALATION: "Next tier by itself",
}
ABOVE = "To the CoC or its data committee by itself"


def promise_words(desk: Desk, promise: Promise) -> str:
    return ABOVE if (desk, promise) == (Desk.LEAD, Promise.ESCALATION) else PROMISES[promise]


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    principal = current_principal()
    return render_template(
        "helpdesk/flow/index.html",
        page=page_of(queries.practices(principal), [ServicePractice.since, ServicePractice.id], descending=True),
        may_set=principal.can(Permission.SET),
    )


@bp.get("/<int:practice_id>")
@requires(Permission.VIEW)
def show(practice_id: int) -> Any:
    row = queries.visible_practice(current_principal(), practice_id)
    practice = Practice.model_validate(row.document)
    before = queries.practice_before(row)
    return render_template(
        "helpdesk/flow/show.html",
        row=row,
        practice=practice,
        changes=setting.changes(before, practice),
        **_words(),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.SET)
def new() -> Any:
    """The grid, filled with what holds now."""
    principal = current_principal()
    lead = queries.lead_of(principal)
    places = queries.places(principal, lead)
    form = PracticeForm()
    form.offer(places)
    if not form.is_submitted():
        _fill(form, lead)
        return _form_page(form, lead)
    if not form.validate():
        return _form_page(form, lead), 422
    coc = next(coc for coc in places if (coc.id if coc else 0) == form.place.data)
    try:
        with unit_of_work():
            row = setting.set_practice(
                lead, coc, form.practice(), form.since.data, principal, clock.now(), form.nonce.data
            )
    except (Invalid, Conflict) as error:
        db.session.rollback()
        form[error.field or "since"].errors = [f"{error.message} {error.advice}".strip()]
        return _form_page(form, lead), error.status
    flash("The practice is set.", "success")
    return redirect(url_for(".show", practice_id=row.id))


def _fill(form: PracticeForm, lead: Lead) -> None:
    today = clock.now().astimezone(ZoneInfo(lead.tz)).date()
    in_force = queries.practice_on(lead.id, form.first_place or None, today)
    form.since.data = today + timedelta(days=1) if in_force else today
    if in_force:
        form.fill(in_force.practice)


def _form_page(form: PracticeForm, lead: Lead) -> str:
    return render_template("helpdesk/flow/new.html", form=form, lead=lead, **_words())


def _words() -> dict[str, Any]:
    return {"desks": DESKS, "promise_words": promise_words, "above": (Desk.LEAD, Promise.ESCALATION)}
