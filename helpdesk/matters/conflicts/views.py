from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from core import clock
from core.acting import Failed, act
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.deadlines import deadlines_of
from core.errors import DomainError
from core.paging import page_of
from core.typed import put_error
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.matters.conflicts import clocks, queries, rules, services
from helpdesk.matters.conflicts.forms import CommitteeForm, ConflictForm, DecisionForm, SettlementForm, StatementForm
from helpdesk.matters.conflicts.models import Conflict
from helpdesk.matters.conflicts.rules import Act, ConflictState, Side
from helpdesk.matters.permissions import Permission
from helpdesk.matters.places import agency_in_reach, only_agency

__all__ = ["bp", "clocks"]

bp = Blueprint("conflicts", __name__, url_prefix="/conflicts")

register(
    NavItem(Area.HELPDESK, "Conflicts", "conflicts.index", Permission.CONFLICT_VIEW, order=70, group=Group.REQUESTS)
)

STATES = {
    ConflictState.NOTED: ("Written down", "info"),
    ConflictState.FORWARDED: ("Forwarded to the manager", "warn"),
    ConflictState.WITH_MANAGER: ("With the manager", "wait"),
    ConflictState.IMPASSE: ("Impasse", "warn"),
    ConflictState.WITH_DIRECTOR: ("With the assistant director", "wait"),
    ConflictState.SETTLED: ("Settled", "ok"),
    ConflictState.DECIDED: ("Decided, final", "ok"),
}
SIDES = {Side.AGENCY: "The agency", Side.LEAD: "The HMIS Lead"}
FORMS: dict[str, type[FlaskForm]] = {
    "statement": StatementForm,
    "committee": CommitteeForm,
    "settlement": SettlementForm,
    "decision": DecisionForm,
}


@bp.get("")
@requires(Permission.CONFLICT_VIEW, Permission.SIT)
def index() -> Any:
    page = page_of(queries.conflicts(current_principal(), request.args), [Conflict.id], descending=True)
    return render_template("helpdesk/matters/conflicts/index.html", page=page, states=STATES)


@bp.get("/new")
@requires(Permission.CONFLICT_STATE)
def new() -> Any:
    form = ConflictForm().fresh()
    form.agency.data = only_agency(current_principal(), Permission.CONFLICT_STATE)
    return render_template("helpdesk/matters/conflicts/new.html", form=form)


@bp.post("/new")
@requires(Permission.CONFLICT_STATE)
def create() -> Any:
    principal, form = current_principal(), ConflictForm().fresh()
    if not form.validate():
        return render_template("helpdesk/matters/conflicts/new.html", form=form), 422
    try:
        with unit_of_work():
            agency = agency_in_reach(principal, Permission.CONFLICT_STATE, form.agency.data or "")
            row = services.open_conflict(
                agency, principal, form.title.data or "", form.text.data or "", form.once.data or "", clock.now()
            )
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return render_template("helpdesk/matters/conflicts/new.html", form=form), error.status
    flash("It is written down, and the other side has been told.", "success")
    return redirect(url_for(".show", conflict_id=row.id))


@bp.get("/<int:conflict_id>")
@requires(Permission.CONFLICT_VIEW, Permission.SIT)
def show(conflict_id: int) -> Any:
    return _show(conflict_id)


def _show(conflict_id: int, failed: Failed | None = None) -> str:
    """The conflict, its ladder, and what this person can do now. `failed` is a form that came back."""
    principal = current_principal()
    row = queries.visible_conflict(principal, conflict_id)
    acts = services.acts_of(principal, row)
    return render_template(
        "helpdesk/matters/conflicts/show.html",
        row=row,
        acts=acts,
        Act=Act,
        state=STATES[row.state],
        sides=SIDES,
        explanation=rules.explained(services.policy_of(row), row.state),
        clocks=deadlines_of(row, services.MANAGER, services.IMPASSE),
        lost=failed[1] if failed and not acts else None,
        form_for=lambda key: failed[1] if failed and failed[0] == key else _blank(key),
    )


def _blank(key: str) -> Any:
    form = FORMS[key](formdata=None, prefix=f"{key}-")
    return form.fresh() if isinstance(form, StatementForm) else form


def _do(conflict_id: int, key: str, done: str, deed: Callable[[Conflict, Any], None]) -> Any:
    form = FORMS[key](prefix=f"{key}-") if key in FORMS else FlaskForm()

    def change() -> None:
        deed(queries.visible_conflict(current_principal(), conflict_id, lock=True), form)

    onward = url_for(".show", conflict_id=conflict_id)
    return act(change, done, onward, form=form, key=key, again=lambda failed: _show(conflict_id, failed))


@bp.post("/<int:conflict_id>/statement")
@requires(Permission.CONFLICT_STATE)
def state(conflict_id: int) -> Any:
    return _do(
        conflict_id,
        "statement",
        "Added.",
        lambda row, form: services.state(row, current_principal(), form.text.data, form.once.data, clock.now()),
    )


@bp.post("/<int:conflict_id>/forward")
@requires(Permission.CONFLICT_STATE)
def forward(conflict_id: int) -> Any:
    return _do(
        conflict_id,
        "forward",
        "Forwarded to the HMIS Lead's manager.",
        lambda row, _: services.forward(row, current_principal(), clock.now()),
    )


@bp.post("/<int:conflict_id>/take-up")
@requires(Permission.CONFLICT_MANAGE)
def take_up(conflict_id: int) -> Any:
    return _do(
        conflict_id,
        "take-up",
        "You have taken it up. The page shows until when.",
        lambda row, _: services.take_up(row, current_principal(), clock.now()),
    )


@bp.post("/<int:conflict_id>/impasse")
@requires(Permission.CONFLICT_STATE)
def impasse(conflict_id: int) -> Any:
    return _do(
        conflict_id,
        "impasse",
        "The impasse is declared.",
        lambda row, _: services.declare_impasse(row, current_principal(), clock.now()),
    )


@bp.post("/<int:conflict_id>/committee-told")
@requires(Permission.CONFLICT_STATE)
def committee_told(conflict_id: int) -> Any:
    return _do(
        conflict_id,
        "committee",
        "Noted. It is with the assistant director now.",
        lambda row, form: services.tell_committee(row, current_principal(), form.how.data, clock.now()),
    )


@bp.post("/<int:conflict_id>/settlement")
@requires(Permission.CONFLICT_STATE)
def settlement(conflict_id: int) -> Any:
    return _do(
        conflict_id,
        "settlement",
        "Proposed, with your signature. The other side has been told.",
        lambda row, form: services.propose(row, current_principal(), form.settlement.data, clock.now()),
    )


@bp.post("/<int:conflict_id>/sign")
@requires(Permission.CONFLICT_STATE)
def sign(conflict_id: int) -> Any:
    return _do(
        conflict_id,
        "sign",
        "Signed.",
        lambda row, _: services.sign(row, current_principal(), clock.now()),
    )


@bp.post("/<int:conflict_id>/decision")
@requires(Permission.CONFLICT_VIEW, Permission.SIT)
def decide(conflict_id: int) -> Any:
    return _do(
        conflict_id,
        "decision",
        "Decided. Both sides have been told.",
        lambda row, form: services.decide(row, current_principal(), form.decision.data, clock.now()),
    )
