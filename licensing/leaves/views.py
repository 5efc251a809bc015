from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock, once, typed
from core.acting import Failed, act
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden
from core.paging import page_of
from core.ui.nav import Area, NavItem, register
from licensing.access.models import License
from licensing.departures.permissions import Permission
from licensing.leaves import clocks, queries, rules, services
from licensing.leaves.forms import LeaveForm, MoveForm
from licensing.leaves.models import Leave
from licensing.leaves.rules import LeaveState
from licensing.leaves.services import Told

__all__ = ["bp", "clocks"]

bp = Blueprint("leaves", __name__, url_prefix="/leaves")

register(NavItem(Area.LICENSING, "Leaves", "leaves.index", Permission.VIEW, order=25))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    page = page_of(queries.leaves(current_principal(), request.args), [Leave.first_day, Leave.id], descending=True)
    states = [(state.value, state.value.capitalize()) for state in LeaveState]
    shown = request.args.get("state", LeaveState.RUNNING.value)
    return render_template("licensing/leaves/index.html", page=page, states=states, shown=shown)


@bp.get("/new/<int:license_id>")
@requires(Permission.RECORD)
def new(license_id: int) -> Any:
    return _form_page(queries.license_to_tell_of(current_principal(), license_id), LeaveForm().fresh())


def _form_page(held: License, form: LeaveForm) -> str:
    return render_template("licensing/leaves/new.html", held=held, form=form)


@bp.post("/new/<int:license_id>")
@requires(Permission.RECORD)
def create(license_id: int) -> Any:
    held, form = queries.license_to_tell_of(current_principal(), license_id), LeaveForm()
    if not form.validate():
        return _form_page(held, form), 422
    told = Told(form.first_day.data, form.last_day.data, form.once.data or "")
    try:
        with unit_of_work():
            row = services.tell(held, told, current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, once.KeyUsed):
            once.renew_key(form)
        typed.put_error(form, error)
        return _form_page(held, form), error.status
    flash("Noted. " + services.sentence(row, clock.now()), "success")
    return redirect(url_for(".show", leave_id=row.id))


@bp.get("/<int:leave_id>")
@requires(Permission.VIEW)
def show(leave_id: int) -> Any:
    return _show(leave_id)


def _show(leave_id: int, failed: Failed | None = None) -> str:
    principal, at = current_principal(), clock.now()
    row = queries.visible_leave(principal, leave_id)
    return render_template(
        "licensing/leaves/show.html",
        row=row,
        said=services.sentence(row, at),
        has_begun=rules.begins(row.first_day, row.agency.zone) <= at,
        may_act=row.state is LeaveState.RUNNING and principal.can(Permission.RECORD, agency=row.agency),
        lock=services.clock_of(row, services.LOCK),
        form=failed[1] if failed else MoveForm(formdata=None, prefix="move-", last_day=row.last_day),
    )


@bp.post("/<int:leave_id>/move")
@requires(Permission.RECORD)
def move(leave_id: int) -> Any:
    form = MoveForm(prefix="move-")
    queries.visible_leave(current_principal(), leave_id)
    return act(
        lambda: services.move(_to_change(leave_id), form.last_day.data, clock.now()),
        "Noted.",
        url_for(".show", leave_id=leave_id),
        form=form,
        key="move",
        again=lambda failed: _show(leave_id, failed),
    )


@bp.post("/<int:leave_id>/return")
@requires(Permission.RECORD)
def come_back(leave_id: int) -> Any:
    with unit_of_work():
        services.come_back(_to_change(leave_id), current_principal(), clock.now())
    flash("Welcome back: what the leave locked is unlocked.", "success")
    return redirect(url_for(".show", leave_id=leave_id))


@bp.post("/<int:leave_id>/cancel")
@requires(Permission.RECORD)
def cancel(leave_id: int) -> Any:
    with unit_of_work():
        services.call_off(_to_change(leave_id), current_principal().person_id, clock.now(), "It was called off.")
    flash("The leave is called off.", "success")
    return redirect(url_for(".show", leave_id=leave_id))


def _to_change(leave_id: int) -> Leave:
    row = queries.visible_leave(current_principal(), leave_id, lock=True)
    if not current_principal().can(Permission.RECORD, agency=row.agency):
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
    return row
