from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, NotFound
from core.paging import page_of
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.satisfaction import api, panels, queries, rules, services  # noqa: F401 - two are there for what they register
from helpdesk.satisfaction.answering import take
from helpdesk.satisfaction.forms import LookForm, PracticeForm
from helpdesk.satisfaction.models import Satisfaction
from helpdesk.satisfaction.permissions import Permission
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.permissions import Permission as OfTickets

bp = Blueprint("satisfaction", __name__)

register(NavItem(Area.HELPDESK, "Satisfaction", "satisfaction.index", Permission.SEE, order=60, group=Group.REPORTS))


@bp.get("/satisfaction")
@requires(Permission.SEE)
def index() -> Any:
    principal = current_principal()
    view = request.args.get("view", "") if request.args.get("view") in queries.VIEWS else "all"
    page = page_of(
        queries.said(principal, request.args), [Satisfaction.said_at, Satisfaction.id], descending=view != "look"
    )
    return render_template(
        "helpdesk/satisfaction/index.html",
        page=page,
        view=view,
        views=queries.VIEWS,
        may_set=bool(principal.scope(Permission.SET).lead_ids),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"marks": rules.MARKS, "tones": rules.TONES, "says": rules.SAYS}


@bp.get("/satisfaction/<int:satisfaction_id>")
@requires(Permission.SEE)
def show(satisfaction_id: int) -> Any:
    return _page(queries.visible_one(current_principal(), satisfaction_id))


def _page(row: Satisfaction, form: LookForm | None = None) -> str:
    may_follow = services.may_follow(current_principal(), row)
    return render_template(
        "helpdesk/satisfaction/show.html",
        row=row,
        form=form or LookForm(formdata=None),
        may_follow=may_follow and row.needs_look,
        **_words(),
    )


@bp.post("/satisfaction/<int:satisfaction_id>/look")
@requires(Permission.FOLLOW)
def look(satisfaction_id: int) -> Any:
    principal, form = current_principal(), LookForm()
    row = queries.visible_one(principal, satisfaction_id)
    if not form.validate():
        return _page(row, form), 422
    try:
        with unit_of_work():
            row = queries.visible_one(principal, satisfaction_id, lock=True)
            services.look(row, principal, form.text.data or "", clock.now())
    except DomainError as error:
        db.session.rollback()
        if error.status == Forbidden.status:
            raise
        form.refuse(error)
        return _page(queries.visible_one(principal, satisfaction_id), form), error.status
    flash("Noted. It is off the list of what to look at.", "success")
    return redirect(url_for(".show", satisfaction_id=satisfaction_id))


@bp.post("/tickets/<int:ticket_id>/satisfaction")
@requires(OfTickets.TICKET_VIEW)
def say(ticket_id: int) -> Any:
    """Whoever asked, on the page of their request."""
    principal = current_principal()
    ticket = tickets.visible_ticket(principal, ticket_id)
    if ticket.requester_id != principal.person_id:
        raise Forbidden("Only whoever asked says how it was.", "Add a note to the request instead.")
    row = queries.newest_of(ticket.id)
    if row is None:
        raise NotFound("This request has not been closed yet.", "You can say how it was when it is.")
    if refused := take(row.id, url_for(".say", ticket_id=ticket.id)):
        return refused
    flash("Thank you. You can change your answer here for some days.", "success")
    return redirect(url_for("tickets.show", ticket_id=ticket.id))


@bp.route("/satisfaction/practice", methods=["GET", "POST"])
@requires(Permission.SET)
def practice() -> Any:
    """How often one person is asked, and how long answers are taken."""
    principal, form = current_principal(), PracticeForm()
    lead = queries.lead_to_set(principal)
    if not form.is_submitted():
        holds = queries.practice_of(lead.id)
        form.once.data = secrets.token_urlsafe(16)
        form.ask_days.data, form.answer_days.data = holds.ask_days, holds.answer_days
        return _practice_page(lead, form)
    if not form.validate():
        return _practice_page(lead, form), 422
    wanted = rules.Practice(form.ask_days.data or 0, form.answer_days.data or 0, form.reason.data or "")
    try:
        with unit_of_work():
            services.set_practice(lead, wanted, principal, form.once.data or "", clock.now())
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _practice_page(lead, form), error.status
    flash("Set. It holds for what closes from now on.", "success")
    return redirect(url_for(".practice"))


def _practice_page(lead: Any, form: PracticeForm) -> str:
    row = queries.newest_practice(lead.id)
    return render_template(
        "helpdesk/satisfaction/practice.html", lead=lead, form=form, row=row, holds=queries.practice_of(lead.id)
    )
