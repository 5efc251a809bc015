from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Conflict, Invalid
from core.paging import page_of
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.elevation import queries, services, shown  # noqa: F401 - the last is there for what it registers
from helpdesk.elevation.forms import ElevateForm, WordForm
from helpdesk.elevation.models import Elevation
from helpdesk.elevation.permissions import Permission
from helpdesk.elevation.rules import LABELS, Body
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.forms import ReasonForm
from helpdesk.tickets.models import Ticket

bp = Blueprint("elevations", __name__)

register(NavItem(Area.HELPDESK, "Taken to the CoC", "elevations.index", Permission.VIEW, order=65, group=Group.WORK))


@bp.get("/elevations")
@requires(Permission.VIEW)
def index() -> Any:
    over = request.args.get("show") == "over"
    page = page_of(queries.elevations(current_principal(), over=over), [Elevation.id], descending=True)
    return render_template("helpdesk/elevation/index.html", page=page, over=over, labels=LABELS)


@bp.route("/tickets/<int:ticket_id>/elevate", methods=["GET", "POST"])
@requires(Permission.RAISE)
def elevate(ticket_id: int) -> Any:
    principal = current_principal()
    ticket: Ticket = tickets.visible_ticket(principal, ticket_id)
    form = ElevateForm()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with unit_of_work():
                body, reason = Body(form.body.data), form.reason.data
                row = services.elevate(ticket, body, reason, principal, clock.now(), once=form.nonce.data)
        except (Invalid, Conflict) as error:
            form.refuse(error)
            status = error.status
        else:
            flash(f"{LABELS[row.body]} has been told.", "success")
            return redirect(url_for("tickets.show", ticket_id=ticket.id, _anchor="elevation"))
    return render_template("helpdesk/elevation/new.html", form=form, ticket=ticket), status


@bp.get("/elevations/<int:elevation_id>")
@requires(Permission.VIEW)
def show(elevation_id: int) -> Any:
    return _page(queries.visible_elevation(current_principal(), elevation_id))


def _page(row: Elevation, word: WordForm | None = None, end: ReasonForm | None = None) -> str:
    principal, now = current_principal(), clock.now()
    may_withdraw = principal.can(Permission.RAISE, coc=row.coc)
    return render_template(
        "helpdesk/elevation/show.html",
        row=row,
        ticket=row.ticket,
        labels=LABELS,
        stays=tickets.stays(row.ticket),
        members=services.members(row.body, row.lead_id, row.coc_id, now),
        word=(word or WordForm(formdata=None)) if queries.may_answer(principal, row) and not row.ended_at else None,
        end=(end or ReasonForm(formdata=None)) if may_withdraw and not row.ended_at else None,
        may_open=may_withdraw,
    )


@bp.post("/elevations/<int:elevation_id>/words")
@requires(Permission.ANSWER)
def speak(elevation_id: int) -> Any:
    principal, form = current_principal(), WordForm()
    row = queries.visible_elevation(principal, elevation_id)
    if not form.validate_on_submit():
        return _page(row, word=form), 422
    decides = form.what.data == "decision"
    try:
        with unit_of_work():
            words, key = form.text.data, form.nonce.data
            services.speak(row, principal, words, clock.now(), is_decision=decides, once=key)
    except (Invalid, Conflict) as error:
        form.refuse(error)
        return _page(row, word=form), error.status
    flash("Your decision is with the HMIS Lead." if decides else "Your advice is with the HMIS Lead.", "success")
    return redirect(url_for(".show", elevation_id=row.id))


@bp.post("/elevations/<int:elevation_id>/withdraw")
@requires(Permission.RAISE)
def withdraw(elevation_id: int) -> Any:
    principal, form = current_principal(), ReasonForm()
    row = queries.visible_elevation(principal, elevation_id)
    if not form.validate_on_submit():
        return _page(row, end=form), 422
    try:
        with unit_of_work():
            services.withdraw(row, principal, form.reason.data, clock.now(), once=form.nonce.data)
    except (Invalid, Conflict) as error:
        form.refuse(error)
        return _page(row, end=form), error.status
    flash("Withdrawn; they have been told.", "success")
    return redirect(url_for(".show", elevation_id=row.id))
