from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock, sheets, typed
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import Conflict, DomainError, Forbidden
from core.paging import page_of
from core.typed import ReasonForm, put_error
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.requests.demands import clocks, log, queries, rules, services
from helpdesk.requests.demands.forms import DemandForm, ReleaseForm, TellForm
from helpdesk.requests.demands.models import OutsideDemand
from helpdesk.requests.demands.rules import DemandState
from helpdesk.requests.permissions import Permission
from helpdesk.requests.places import Place, choose, place_asked_for
from helpdesk.requests.rows import in_force, sees_ticket, ticket_named
from helpdesk.requests.typed import Moved, typed_reason

__all__ = ["bp", "clocks"]

UTC = ZoneInfo("UTC")
bp = Blueprint("demands", __name__, url_prefix="/demands")

register(
    NavItem(Area.HELPDESK, "Outside demands", "demands.index", Permission.DEMAND_VIEW, order=70, group=Group.REQUESTS)
)
register(
    NavItem(Area.HELPDESK, "Disclosure log", "demands.disclosures", Permission.LOG_VIEW, order=71, group=Group.REQUESTS)
)

TONES = {DemandState.RECEIVED: "wait", DemandState.REFUSED: "ok", DemandState.RELEASED: "warn"}


@bp.get("")
@requires(Permission.DEMAND_VIEW)
def index() -> Any:
    query = queries.demands(current_principal(), request.args)
    return render_template(
        "helpdesk/requests/demands/index.html",
        page=page_of(query, queries.ORDER, descending=True),
        states=[(state.value, queries.STATE_WORDS[state]) for state in DemandState],
        words=queries.STATE_WORDS,
        tones=TONES,
        kinds=rules.KINDS,
    )


@bp.get("/disclosures")
@requires(Permission.LOG_VIEW)
def disclosures() -> Any:
    query = queries.disclosures(current_principal(), request.args)
    page = page_of(query, queries.LOG_ORDER, descending=True)
    return render_template(
        "helpdesk/requests/demands/log.html", page=page, client=typed.line(request.args.get("client"))[:80]
    )


@bp.get("/disclosures.csv")
@requires(Permission.LOG_VIEW)
def export() -> Any:
    rows = queries.whole_log(current_principal(), request.args)
    return sheets.download("disclosures", "csv", log.COLUMNS, log.lines(rows), UTC)


@bp.get("/new")
@requires(Permission.DEMAND_RECORD)
def new() -> Any:
    place = _place()
    if place is None:
        title = "Somebody outside wants client data"
        asks = Permission.DEMAND_RECORD
        return choose(current_principal(), asks, title, "demands.new", "demands.index", cocs=_is_staff())
    form = DemandForm().fresh()
    form.ticket.data = form.ticket.data or request.args.get("ticket", "")
    return _form_page(place, form)


@bp.post("/new")
@requires(Permission.DEMAND_RECORD)
def create() -> Any:
    place = found(_place())
    principal, form = current_principal(), DemandForm().fresh()
    if not form.validate():
        return _form_page(place, form), 422
    try:
        with unit_of_work():
            ticket_id = ticket_named(principal, form.ticket.data or "", place.coc.lead_id)
            row = services.take_in(place.coc, place.agency, form.told(ticket_id), principal, clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _form_page(place, form), error.status
    flash("Recorded. Nothing is released.", "success")
    return redirect(url_for(".show", demand_id=row.id))


def _is_staff() -> bool:
    return current_principal().scope(Permission.DEMAND_RECORD).is_staff


def _place() -> Place | None:
    return place_asked_for(current_principal(), Permission.DEMAND_RECORD, cocs=_is_staff())


def _form_page(place: Place, form: DemandForm) -> str:
    return render_template("helpdesk/requests/demands/new.html", place=place, form=form)


@bp.get("/<int:demand_id>")
@requires(Permission.DEMAND_VIEW)
def show(demand_id: int) -> Any:
    return _show(queries.visible_demand(current_principal(), demand_id))


def _show(row: OutsideDemand, failed: tuple[str, Any] | None = None, moved: Moved | None = None) -> str:
    """The check list is the page. `failed` is a form that came back, `moved` what came too late."""
    principal, now = current_principal(), clock.now()
    policy = in_force(row.coc, now)
    met = services.met_lines(row)
    is_open = row.state is DemandState.RECEIVED
    may_handle = principal.can(Permission.DEMAND_HANDLE, agency=row.agency, coc=row.coc)
    may_release = principal.can(Permission.DEMAND_RELEASE, agency=row.agency, coc=row.coc)
    return render_template(
        "helpdesk/requests/demands/show.html",
        row=row,
        lines=services.check_list(row, now),
        needs=gate.needs if (gate := rules.gate_for(policy, row.kind)) else "",
        no_gate=rules.why_no_gate(policy),
        telling=rules.telling(policy),
        told=services.TOLD,
        review=services.review_of(row),
        logged=queries.of_demand(row),
        words=queries.STATE_WORDS,
        tones=TONES,
        kinds=rules.KINDS,
        for_the_lead=rules.FOR_THE_LEAD,
        form_for=lambda key: failed[1] if failed and failed[0] == key else _blank(key, row),
        may_handle=may_handle,
        may_confirm=is_open and may_handle,
        may_confirm_all=is_open and may_release,
        may_send=is_open
        and may_release
        and row.sent_to_counsel_at is None
        and rules.is_reviewed(policy, row.kind)
        and rules.form_is_checked(met),
        may_release=is_open and may_release and rules.may_release(policy, row.kind, met),
        sees_ticket=sees_ticket(principal, row.ticket_id),
        moved=moved,
    )


def _blank(key: str, row: OutsideDemand) -> Any:
    if key == "release":
        return ReleaseForm(formdata=None, prefix="release-", data={"clients": row.client_id})
    kind = TellForm if key == "tell" else ReasonForm
    return kind(formdata=None, prefix=f"{key}-")


@bp.post("/<int:demand_id>/confirm/<condition>")
@requires(Permission.DEMAND_HANDLE)
def confirm(demand_id: int, condition: str) -> Any:
    form = ReasonForm(prefix=f"{condition}-")

    def change(row: OutsideDemand) -> None:
        services.confirm(row, condition, current_principal(), form.reason.data or "", clock.now())

    return _act(demand_id, form, condition, "Noted on the demand.", change)


@bp.post("/<int:demand_id>/take-back/<condition>")
@requires(Permission.DEMAND_HANDLE)
def take_back(demand_id: int, condition: str) -> Any:
    def change(row: OutsideDemand) -> None:
        services.take_back(row, condition, current_principal(), clock.now())

    return _act(demand_id, None, condition, "Taken back.", change)


@bp.post("/<int:demand_id>/counsel")
@requires(Permission.DEMAND_RELEASE)
def send_to_counsel(demand_id: int) -> Any:
    def change(row: OutsideDemand) -> None:
        services.send_to_counsel(row, clock.now())

    return _act(demand_id, None, "counsel", "The review runs from now.", change, Permission.DEMAND_RELEASE)


@bp.post("/<int:demand_id>/refuse")
@requires(Permission.DEMAND_HANDLE)
def refuse(demand_id: int) -> Any:
    form = ReasonForm(prefix="refuse-")

    def change(row: OutsideDemand) -> None:
        services.refuse(row, current_principal(), form.reason.data or "", clock.now())

    return _act(demand_id, form, "refuse", "Refused. Nothing was released.", change)


@bp.post("/<int:demand_id>/release")
@requires(Permission.DEMAND_RELEASE)
def release(demand_id: int) -> Any:
    form = ReleaseForm(prefix="release-")

    def change(row: OutsideDemand) -> None:
        said = form.clients.data or "", form.reason.data or ""
        services.release(row, current_principal(), *said, clock.now())

    done = "Released, and written into the log."
    return _act(demand_id, form, "release", done, change, Permission.DEMAND_RELEASE)


@bp.post("/<int:demand_id>/tell")
@requires(Permission.DEMAND_HANDLE)
def tell(demand_id: int) -> Any:
    form = TellForm(prefix="tell-")

    def change(row: OutsideDemand) -> None:
        services.tell(row, current_principal(), form.whom.data, form.reason.data or "", clock.now())

    return _act(demand_id, form, "tell", "Noted that they know.", change)


def _act(
    demand_id: int,
    form: Any,
    key: str,
    done: str,
    change: Callable[[OutsideDemand], None],
    needed: Permission = Permission.DEMAND_HANDLE,
) -> Any:
    """Run one change; on an error the page comes back with what was typed."""
    principal = current_principal()
    row = queries.visible_demand(principal, demand_id)
    if not principal.can(needed, agency=row.agency, coc=row.coc):
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
    if form is not None and not form.validate():
        return _show(row, (key, form)), 422
    try:
        with unit_of_work():
            change(queries.visible_demand(principal, demand_id, lock=True))
    except DomainError as error:
        if error.status in (403, 404):
            raise
        db.session.rollback()
        row = queries.visible_demand(principal, demand_id)
        if form is None or isinstance(error, Conflict):
            return _show(row, moved=Moved(error, typed_reason(form) if form else "")), error.status
        put_error(form, error)
        return _show(row, (key, form)), error.status
    flash(done, "success")
    return redirect(url_for(".show", demand_id=demand_id))
