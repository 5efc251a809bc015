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
from core.typed import ReasonForm, put_error
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.requests.data import clocks, queries, rules, services
from helpdesk.requests.data.forms import AskForm, EstimateForm, VoteForm
from helpdesk.requests.data.models import DataRequest
from helpdesk.requests.data.rules import OPEN_STATES, DataState, Vote
from helpdesk.requests.permissions import Permission
from helpdesk.requests.places import Place, choose, place_asked_for
from helpdesk.requests.rows import in_force, sees_ticket, ticket_named
from helpdesk.requests.typed import Moved, typed_reason

__all__ = ["bp", "clocks"]

Verb = Callable[[DataRequest, Principal, str, datetime], None]

bp = Blueprint("data_requests", __name__, url_prefix="/data-requests")

register(
    NavItem(Area.HELPDESK, "Data requests", "data_requests.index", Permission.DATA_VIEW, order=50, group=Group.REQUESTS)
)

TONES = {
    DataState.ASKED: "wait",
    DataState.NEEDS_APPROVAL: "warn",
    DataState.IN_WORK: "info",
    DataState.DELIVERED: "ok",
    DataState.RETURNED: "off",
    DataState.DENIED: "late",
    DataState.WITHDRAWN: "off",
}


@bp.get("")
@requires(Permission.DATA_VIEW)
def index() -> Any:
    query = queries.data_requests(current_principal(), request.args)
    return render_template(
        "helpdesk/requests/data/index.html",
        page=page_of(query, queries.ORDER, descending=True),
        states=[(state.value, services.STATE_WORDS[state]) for state in DataState],
        words=services.STATE_WORDS,
        tones=TONES,
        shown=request.args.get("shown", "open"),
    )


@bp.get("/new")
@requires(Permission.DATA_ASK)
def new() -> Any:
    place = _place()
    if place is None:
        return choose(
            current_principal(),
            Permission.DATA_ASK,
            "Ask for data",
            "data_requests.new",
            "data_requests.index",
            cocs=_asks_for_cocs(),
        )
    form = AskForm.for_policy(in_force(place.coc, clock.now()))
    form.ticket.data = form.ticket.data or request.args.get("ticket", "")
    return _form_page(place, form)


@bp.post("/new")
@requires(Permission.DATA_ASK)
def create() -> Any:
    place = found(_place())
    principal, now = current_principal(), clock.now()
    form = AskForm.for_policy(in_force(place.coc, now))
    if not form.validate():
        return _form_page(place, form), 422
    try:
        with unit_of_work():
            ticket_id = ticket_named(principal, form.ticket.data or "", place.coc.lead_id)
            row = services.ask(place.coc, place.agency, form.asked(ticket_id), principal, now)
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _form_page(place, form), error.status
    flash(f"Sent to the HMIS Lead. {row.route['sentence']}", "success")
    return redirect(url_for(".show", data_request_id=row.id))


def _asks_for_cocs() -> bool:
    """The Lead's staff and those with a seat in the CoC ask for a whole CoC, or for others."""
    scope = current_principal().scope(Permission.DATA_ASK)
    return scope.is_staff


def _place() -> Place | None:
    return place_asked_for(current_principal(), Permission.DATA_ASK, cocs=_asks_for_cocs())


def _form_page(place: Place, form: AskForm) -> str:
    policy = in_force(place.coc, clock.now())
    return render_template(
        "helpdesk/requests/data/new.html", place=place, form=form, must_say=rules.must_say(policy), policy=policy
    )


@bp.get("/<int:data_request_id>")
@requires(Permission.DATA_VIEW)
def show(data_request_id: int) -> Any:
    return _show(queries.visible_request(current_principal(), data_request_id))


def _show(row: DataRequest, failed: tuple[str, Any] | None = None, moved: Moved | None = None) -> str:
    """The request with what decides it. `failed` is a form that came back, `moved` what came too late."""
    principal, now = current_principal(), clock.now()
    policy = in_force(row.coc, now)
    is_open = row.state in OPEN_STATES
    may_work = is_open and principal.can(Permission.DATA_WORK, agency=row.agency, coc=row.coc)
    forms = {"estimate": _estimate_form(row), "vote": VoteForm(formdata=None, prefix="vote-")}
    forms |= {key: ReasonForm(formdata=None, prefix=f"{key}-") for key in ("work", "coc")}
    if failed:
        forms[failed[0]] = failed[1]
    return render_template(
        "helpdesk/requests/data/show.html",
        row=row,
        words=services.STATE_WORDS,
        tones=TONES,
        steps=queries.steps_of(row),
        votes=queries.votes_of(row),
        tally=services.tally_of(row, now) if row.state is DataState.NEEDS_APPROVAL else None,
        needs=rules.needs(policy, services.row_said(row), _accepted(row)),
        delivery=services.delivery_of(row),
        lead_time=services.lead_time_of(row),
        forms=forms,
        rules=rules,
        may_work=may_work,
        may_decide=is_open and principal.can(Permission.DATA_DECIDE, agency=row.agency, coc=row.coc),
        may_vote=row.state is DataState.NEEDS_APPROVAL and services.has_vote(row, principal, now),
        may_withdraw=is_open and row.asked_by_id == principal.person_id,
        sees_ticket=sees_ticket(principal, row.ticket_id),
        moved=moved,
    )


def _accepted(row: DataRequest) -> bool | None:
    if row.state in (DataState.IN_WORK, DataState.DELIVERED):
        return True
    return False if row.state in (DataState.RETURNED, DataState.DENIED) else None


def _estimate_form(row: DataRequest) -> EstimateForm:
    values = {"effort": row.facts.get("effort", ""), "begins_on": row.begins_on, "fee": row.fee}
    policy = in_force(row.coc, clock.now())
    return EstimateForm.for_policy(policy, formdata=None, prefix="estimate-", data=values)


@bp.post("/<int:data_request_id>/estimate")
@requires(Permission.DATA_WORK)
def estimate(data_request_id: int) -> Any:
    row = queries.visible_request(current_principal(), data_request_id)
    form = EstimateForm.for_policy(in_force(row.coc, clock.now()), prefix="estimate-")

    def change(row: DataRequest) -> None:
        begins_on = form.begins_on.data if "begins_on" in form else None
        services.estimate(row, form.effort.data or "", begins_on, form.fee.data or "", current_principal(), clock.now())

    return _act(data_request_id, form, "estimate", "Estimated. The requester is told when there is a new date.", change)


@bp.post("/<int:data_request_id>/begin")
@requires(Permission.DATA_WORK)
def begin(data_request_id: int) -> Any:
    return _work(data_request_id, services.begin)


@bp.post("/<int:data_request_id>/deliver")
@requires(Permission.DATA_WORK)
def deliver(data_request_id: int) -> Any:
    return _work(data_request_id, services.deliver)


@bp.post("/<int:data_request_id>/return")
@requires(Permission.DATA_WORK)
def give_back(data_request_id: int) -> Any:
    return _work(data_request_id, services.give_back)


@bp.post("/<int:data_request_id>/deny")
@requires(Permission.DATA_DECIDE)
def deny(data_request_id: int) -> Any:
    return _work(data_request_id, services.deny, Permission.DATA_DECIDE)


def _work(data_request_id: int, verb: Verb, needed: Permission = Permission.DATA_WORK) -> Any:
    """What the Lead does with it, each with its reason."""
    form = ReasonForm(prefix="work-")

    def change(row: DataRequest) -> None:
        verb(row, current_principal(), form.reason.data or "", clock.now())

    return _act(data_request_id, form, "work", "Done. The requester has been told.", change, needed)


@bp.post("/<int:data_request_id>/coc-approved")
@requires(Permission.DATA_DECIDE)
def coc_approved(data_request_id: int) -> Any:
    return _record_approval(data_request_id, passed=True)


@bp.post("/<int:data_request_id>/coc-refused")
@requires(Permission.DATA_DECIDE)
def coc_refused(data_request_id: int) -> Any:
    return _record_approval(data_request_id, passed=False)


def _record_approval(data_request_id: int, *, passed: bool) -> Any:
    form = ReasonForm(prefix="coc-")

    def change(row: DataRequest) -> None:
        services.record_approval(row, current_principal(), passed, form.reason.data or "", clock.now())

    done = "Noted. The requester has been told."
    return _act(data_request_id, form, "coc", done, change, Permission.DATA_DECIDE)


@bp.post("/<int:data_request_id>/vote")
@requires(Permission.DATA_VIEW)
def vote(data_request_id: int) -> Any:
    form = VoteForm(prefix="vote-")

    def change(row: DataRequest) -> None:
        services.cast(row, current_principal(), Vote(form.vote.data), form.reason.data or "", clock.now())

    return _act(data_request_id, form, "vote", "Your vote counts.", change, Permission.DATA_VIEW)


@bp.post("/<int:data_request_id>/withdraw")
@requires(Permission.DATA_ASK)
def withdraw(data_request_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_request(current_principal(), data_request_id, lock=True)
        services.withdraw(row, current_principal(), clock.now())
    flash("The request is withdrawn.", "success")
    return redirect(url_for(".show", data_request_id=data_request_id))


def _act(
    data_request_id: int,
    form: Any,
    key: str,
    done: str,
    change: Callable[[DataRequest], None],
    needed: Permission = Permission.DATA_WORK,
) -> Any:
    """Run one change; on an error the page comes back with what was typed."""
    _must(queries.visible_request(current_principal(), data_request_id), needed)
    if not form.validate():
        return _show(queries.visible_request(current_principal(), data_request_id), (key, form)), 422
    try:
        with unit_of_work():
            change(queries.visible_request(current_principal(), data_request_id, lock=True))
    except DomainError as error:
        if error.status in (403, 404):
            raise
        db.session.rollback()
        row = queries.visible_request(current_principal(), data_request_id)
        if isinstance(error, Conflict):
            return _show(row, moved=Moved(error, typed_reason(form))), error.status
        put_error(form, error)
        return _show(row, (key, form)), error.status
    flash(done, "success")
    return redirect(url_for(".show", data_request_id=data_request_id))


def _must(row: DataRequest, permission: Permission) -> None:
    """Raises Forbidden; who asked may see the request wherever it belongs."""
    principal = current_principal()
    is_own = permission is Permission.DATA_VIEW and row.asked_by_id == principal.person_id
    if not is_own and not principal.can(permission, agency=row.agency, coc=row.coc):
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
