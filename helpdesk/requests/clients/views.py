from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import Principal, current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import Conflict, DomainError, Forbidden
from core.paging import page_of
from core.people.models import Agency
from core.typed import ReasonForm, put_error
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.requests.clients import clocks, queries, rules, services
from helpdesk.requests.clients.forms import ClientForm
from helpdesk.requests.clients.models import ClientRequest
from helpdesk.requests.clients.rules import ClientState
from helpdesk.requests.clients.services import Asked
from helpdesk.requests.permissions import Permission
from helpdesk.requests.places import choose, place_asked_for
from helpdesk.requests.rows import in_force, sees_ticket, ticket_named
from helpdesk.requests.typed import Moved

__all__ = ["bp", "clocks"]

Verb = Callable[[ClientRequest, Principal, str, datetime], None]

bp = Blueprint("client_requests", __name__, url_prefix="/client-requests")

register(
    NavItem(
        Area.HELPDESK,
        "Client requests",
        "client_requests.index",
        Permission.CLIENT_VIEW,
        order=60,
        group=Group.REQUESTS,
    )
)

TONES = {
    ClientState.OPEN: "wait",
    ClientState.ANSWERED: "ok",
    ClientState.REFUSED: "warn",
    ClientState.WITHDRAWN: "off",
}


@bp.get("")
@requires(Permission.CLIENT_VIEW)
def index() -> Any:
    query = queries.client_requests(current_principal(), request.args)
    page = page_of(query, queries.ORDER, descending=True)
    return render_template(
        "helpdesk/requests/clients/index.html",
        page=page,
        clocks=queries.clocks_of(page.rows),
        states=[(state.value, queries.STATE_WORDS[state]) for state in ClientState],
        words=queries.STATE_WORDS,
        tones=TONES,
    )


@bp.get("/new")
@requires(Permission.CLIENT_ANSWER)
def new() -> Any:
    agency = _agency()
    if agency is None:
        title, mine = "A client asks about their record", "client_requests"
        answer = Permission.CLIENT_ANSWER
        return choose(current_principal(), answer, title, f"{mine}.new", f"{mine}.index", cocs=False)
    form = ClientForm.for_agency(agency, in_force(agency.coc, clock.now()))
    form.ticket.data = form.ticket.data or request.args.get("ticket", "")
    return _form_page(agency, form)


@bp.post("/new")
@requires(Permission.CLIENT_ANSWER)
def create() -> Any:
    agency = found(_agency())
    principal, now = current_principal(), clock.now()
    form = ClientForm.for_agency(agency, in_force(agency.coc, now))
    if not form.validate():
        return _form_page(agency, form), 422
    try:
        with unit_of_work():
            ticket_id = ticket_named(principal, form.ticket.data or "", agency.lead_id)
            asked = Asked(
                client_id=form.client_id.data or "",
                kind=form.kind.data,
                received_at=services.stamp(agency, form.received_on.data, form.received_time.data, now),
                once=form.once.data or "",
                is_spoken=form.how.data == "spoken",
                what=form.what.data or "",
                own_days=form.own_days.data if form.own_days else None,
                ticket_id=ticket_id,
            )
            row = services.take_in(agency, asked, principal, now)
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _form_page(agency, form), error.status
    flash("Written down with the time it was received.", "success")
    return redirect(url_for(".show", client_request_id=row.id))


def _agency() -> Agency | None:
    place = place_asked_for(current_principal(), Permission.CLIENT_ANSWER, cocs=False)
    return place.agency if place else None


def _form_page(agency: Agency, form: ClientForm) -> str:
    return render_template("helpdesk/requests/clients/new.html", agency=agency, form=form)


@bp.get("/<int:client_request_id>")
@requires(Permission.CLIENT_VIEW)
def show(client_request_id: int) -> Any:
    return _show(queries.visible_request(current_principal(), client_request_id))


def _show(row: ClientRequest, form: ReasonForm | None = None, moved: Moved | None = None) -> str:
    principal, now = current_principal(), clock.now()
    policy = in_force(row.coc, now)
    due = services.clock_row(row)
    may_answer = principal.can(Permission.CLIENT_ANSWER, agency=row.agency)
    return render_template(
        "helpdesk/requests/clients/show.html",
        row=row,
        kind=rules.kinds(policy).get(row.kind, row.kind),
        words=queries.STATE_WORDS,
        tones=TONES,
        due=due,
        late=services.lateness(row, due, now),
        no_limit=None if due else rules.no_limit(policy),
        form=form or ReasonForm(formdata=None),
        may_answer=may_answer and row.state is ClientState.OPEN,
        sees_ticket=sees_ticket(principal, row.ticket_id),
        moved=moved,
    )


@bp.post("/<int:client_request_id>/answer")
@requires(Permission.CLIENT_ANSWER)
def answer(client_request_id: int) -> Any:
    return _decide(client_request_id, services.answer)


@bp.post("/<int:client_request_id>/refuse")
@requires(Permission.CLIENT_ANSWER)
def refuse(client_request_id: int) -> Any:
    return _decide(client_request_id, services.refuse)


@bp.post("/<int:client_request_id>/withdraw")
@requires(Permission.CLIENT_ANSWER)
def withdraw(client_request_id: int) -> Any:
    return _decide(client_request_id, services.withdraw)


def _decide(number: int, verb: Verb) -> Any:
    principal, form = current_principal(), ReasonForm()
    row = queries.visible_request(principal, number)
    if not principal.can(Permission.CLIENT_ANSWER, agency=row.agency):
        raise Forbidden("Your role does not include this here.", "Ask the agency's administrator or the HMIS Lead.")
    if not form.validate():
        return _show(row, form), 422
    try:
        with unit_of_work():
            verb(queries.visible_request(principal, number, lock=True), principal, form.reason.data or "", clock.now())
    except DomainError as error:
        db.session.rollback()
        row = queries.visible_request(principal, number)
        if isinstance(error, Conflict):
            return _show(row, moved=Moved(error, form.reason.data or "")), error.status
        put_error(form, error)
        return _show(row, form), error.status
    flash("Noted. Tell the client, too.", "success")
    return redirect(url_for(".show", client_request_id=number))
