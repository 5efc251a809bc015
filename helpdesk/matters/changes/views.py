from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from core import clock
from core.acting import Failed, act
from core.authz import Principal, current_principal, requires
from core.db import db, unit_of_work
from core.deadlines import deadlines_of
from core.errors import DomainError, Forbidden
from core.paging import page_of
from core.typed import put_error
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.matters.changes import clocks, queries, rules, services
from helpdesk.matters.changes.forms import BoardForm, ChangeForm, VoteForm
from helpdesk.matters.changes.models import PolicyChange, PolicyDelivery
from helpdesk.matters.changes.rules import ChangeState
from helpdesk.matters.permissions import Permission

__all__ = ["bp", "clocks"]

bp = Blueprint("policy_changes", __name__, url_prefix="/policy-changes")

register(
    NavItem(
        Area.HELPDESK, "Policy changes", "policy_changes.index", Permission.CHANGE_VIEW, order=80, group=Group.REQUESTS
    )
)

STATES = {
    ChangeState.LISTED: ("Listed", "info"),
    ChangeState.VOTING: ("With the data committee", "wait"),
    ChangeState.APPROVED: ("With the board", "wait"),
    ChangeState.REJECTED: ("Rejected by the committee", "off"),
    ChangeState.ADOPTED: ("Adopted, to be forwarded", "warn"),
    ChangeState.REFUSED: ("Turned down by the board", "off"),
    ChangeState.FORWARDED: ("Adopted and forwarded", "ok"),
}


@bp.get("")
@requires(Permission.CHANGE_VIEW, Permission.SIT)
def index() -> Any:
    page = page_of(queries.changes(current_principal(), request.args), [PolicyChange.id], descending=True)
    return render_template("helpdesk/matters/changes/index.html", page=page, states=STATES)


@bp.get("/new")
@requires(Permission.CHANGE_PROPOSE)
def new() -> Any:
    form = ChangeForm().fresh()
    form.offer(queries.communities(current_principal()))
    return render_template("helpdesk/matters/changes/new.html", form=form)


@bp.post("/new")
@requires(Permission.CHANGE_PROPOSE)
def create() -> Any:
    principal, form = current_principal(), ChangeForm().fresh()
    places = queries.communities(principal)
    form.offer(places)
    if not form.validate():
        return render_template("helpdesk/matters/changes/new.html", form=form), 422
    coc, agency = places[int(form.place.data)]
    try:
        with unit_of_work():
            row = services.propose(
                coc, agency, principal, form.title.data or "", form.text.data or "", form.once.data or "", clock.now()
            )
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return render_template("helpdesk/matters/changes/new.html", form=form), error.status
    flash("It is on the list of proposed changes.", "success")
    return redirect(url_for(".show", change_id=row.id))


@bp.get("/<int:change_id>")
@requires(Permission.CHANGE_VIEW, Permission.SIT)
def show(change_id: int) -> Any:
    return _show(change_id)


def _show(change_id: int, failed: Failed | None = None) -> str:
    """The change, its vote, and who has acknowledged it. `failed` is a form that came back."""
    principal, now = current_principal(), clock.now()
    row = queries.visible_change(principal, change_id)
    keeps = keeps_list(principal, row)
    page = page_of(queries.deliveries(principal, row, request.args), [PolicyDelivery.id])
    is_member = services.is_member(principal, row)
    return render_template(
        "helpdesk/matters/changes/show.html",
        row=row,
        state=STATES[row.state],
        explanation=rules.explained(services.policy_of(row), row.state),
        clocks=deadlines_of(row, services.FORWARDING),
        tally=services.tally(row, now),
        members=services.members(row, now) if keeps or is_member else [],
        votes={vote.person_id: vote.choice for vote in row.votes},
        may_vote=is_member and row.state is ChangeState.VOTING,
        keeps=keeps,
        page=page,
        of_delivery=queries.clocks_of(page.rows),
        shown=request.args.get("shown", ""),
        acknowledges={d.id for d in page if _may_acknowledge(principal, d)},
        form_for=lambda key: failed[1] if failed and failed[0] == key else FORMS[key](formdata=None, prefix=f"{key}-"),
    )


FORMS: dict[str, type[FlaskForm]] = {"vote": VoteForm, "board": BoardForm}


def keeps_list(principal: Principal, row: PolicyChange) -> bool:
    """Whether this person keeps the list of the change's community, for the Lead."""
    return principal.can(Permission.CHANGE_KEEP, coc=row.coc)


def _may_acknowledge(principal: Principal, delivery: PolicyDelivery) -> bool:
    waits = delivery.delivered_at is not None and delivery.acknowledged_at is None
    return waits and principal.can(Permission.CHANGE_ACKNOWLEDGE, agency=delivery.agency)


def _do(change_id: int, key: str, done: str, deed: Callable[[PolicyChange, Any], None], *, keeper: bool = True) -> Any:
    form = FORMS[key](prefix=f"{key}-") if key in FORMS else FlaskForm()

    def change() -> None:
        row = queries.visible_change(current_principal(), change_id, lock=True)
        if keeper and not keeps_list(current_principal(), row):
            raise Forbidden("The HMIS Lead keeps the list of this community's changes.", "Ask its manager.")
        deed(row, form)

    onward = url_for(".show", change_id=change_id)
    return act(change, done, onward, form=form, key=key, again=lambda failed: _show(change_id, failed))


@bp.post("/<int:change_id>/put-to-vote")
@requires(Permission.CHANGE_KEEP)
def put_to_vote(change_id: int) -> Any:
    done = "It is with the data committee. Its members have been told."
    return _do(change_id, "put-to-vote", done, lambda row, _: services.put_to_vote(row, clock.now()))


@bp.post("/<int:change_id>/vote")
@requires(Permission.CHANGE_VIEW, Permission.SIT)
def vote(change_id: int) -> Any:
    return _do(
        change_id,
        "vote",
        "Your vote is counted.",
        lambda row, form: services.vote(row, current_principal(), form.choice.data, clock.now()),
        keeper=False,
    )


@bp.post("/<int:change_id>/board")
@requires(Permission.CHANGE_KEEP)
def board(change_id: int) -> Any:
    return _do(
        change_id,
        "board",
        "Noted.",
        lambda row, form: services.board_decides(
            row,
            current_principal(),
            form.day.data,
            form.note.data or "",
            clock.now(),
            approves=form.decided.data == "approved",
        ),
    )


@bp.post("/<int:change_id>/forward")
@requires(Permission.CHANGE_KEEP)
def forward(change_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_change(current_principal(), change_id, lock=True)
        if not keeps_list(current_principal(), row):
            raise Forbidden("The HMIS Lead keeps the list of this community's changes.", "Ask its manager.")
        reached, without = services.forward(row, clock.now())
    flash(f"Forwarded to {reached} {'agency' if reached == 1 else 'agencies'}.", "success")
    if without:
        names = ", ".join(without[:10]) + (" and others" if len(without) > 10 else "")
        flash(f"Nobody is named executive director at {names}. Forward it again once somebody is.", "warning")
    return redirect(url_for(".show", change_id=change_id))


@bp.get("/deliveries/<int:delivery_id>")
@requires(Permission.CHANGE_VIEW)
def delivery(delivery_id: int) -> Any:
    """Where a deadline's link leads: the change, with that agency's line on it."""
    row = queries.visible_delivery(current_principal(), delivery_id)
    return redirect(url_for(".show", change_id=row.change_id))


@bp.post("/deliveries/<int:delivery_id>/acknowledge")
@requires(Permission.CHANGE_ACKNOWLEDGE)
def acknowledge(delivery_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_delivery(current_principal(), delivery_id, lock=True)
        if not current_principal().can(Permission.CHANGE_ACKNOWLEDGE, agency=row.agency):
            raise Forbidden("The agency's executive director acknowledges it.", rule="SON-HD-12")
        services.acknowledge(row, current_principal(), clock.now())
    flash("Thank you. It is on record that your agency has received and accepts it.", "success")
    return redirect(url_for(".show", change_id=row.change_id))
