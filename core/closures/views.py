from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.closures import queries, services
from core.closures.forms import ClosureForm
from core.closures.permissions import Permission
from core.db import unit_of_work
from core.errors import Conflict, Invalid
from core.people.models import Lead
from core.ui import times
from core.ui.nav import Area, NavItem, register

bp = Blueprint("closures", __name__, url_prefix="/closures")

register(NavItem(Area.ADMIN, "Closed days", "closures.index", Permission.VIEW))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    return _page(queries.lead_of(current_principal()), ClosureForm(formdata=None))


@bp.post("")
@requires(Permission.KEEP)
def add() -> Any:
    """Show what the day would move; with `confirm`, close on it."""
    lead = queries.lead_of(current_principal(), Permission.KEEP)
    form = ClosureForm()
    if not form.validate_on_submit():
        return _page(lead, form), 422
    try:
        if "confirm" not in request.form:
            form.name.data = services.checked(lead, form.day.data, form.name.data, clock.now())
            outlook = services.outlook_with(lead, form.day.data, form.name.data)
            return _page(lead, form, outlook)
        with unit_of_work():
            closure, moved = services.add(lead, form.day.data, form.name.data, clock.now())
            told = f"{times.say_day(closure.day)} is closed: {closure.name}. {_moved(moved)}"
    except (Invalid, Conflict) as error:
        field = form[error.field or "day"]
        field.errors = [*field.errors, f"{error.message} {error.advice}".strip()]
        return _page(lead, form), 422
    flash(told, "success")
    return redirect(url_for(".index"))


@bp.get("/<int:closure_id>")
@requires(Permission.KEEP)
def show(closure_id: int) -> Any:
    """What taking it back would move."""
    closure = queries.closure_of(current_principal(), closure_id)
    return render_template("office/closure.html", closure=closure, outlook=services.outlook_without(closure))


@bp.post("/<int:closure_id>/take-back")
@requires(Permission.KEEP)
def take_back(closure_id: int) -> Any:
    closure = queries.closure_of(current_principal(), closure_id)
    told = f"The office is open on {times.say_day(closure.day)} after all."
    with unit_of_work():
        moved = services.take_back(closure)
    flash(f"{told} {_moved(moved)}", "success")
    return redirect(url_for(".index"))


def _page(lead: Lead, form: ClosureForm, outlook: services.Outlook | None = None) -> Any:
    this_year = clock.now().astimezone(ZoneInfo(lead.tz)).year
    return render_template(
        "office/closures.html",
        lead=lead,
        days=queries.days_of(lead, range(this_year, this_year + 2)),
        form=form,
        outlook=outlook,
        may_keep=current_principal().can(Permission.KEEP, lead_id=lead.id),
    )


def _moved(count: int) -> str:
    return "No open date moved." if not count else f"{count:,} open date{'s' * (count != 1)} moved."
