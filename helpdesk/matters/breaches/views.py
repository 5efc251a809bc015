from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.acting import Failed, act
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden
from core.paging import page_of
from core.people.services import agencies_of
from core.typed import put_error
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.matters.breaches import clocks, queries, services
from helpdesk.matters.breaches.forms import BreachForm, OutcomeForm
from helpdesk.matters.breaches.models import BreachReport
from helpdesk.matters.permissions import Permission
from helpdesk.matters.places import is_of_the_lead

__all__ = ["bp", "clocks"]

bp = Blueprint("breaches", __name__, url_prefix="/breaches")

register(NavItem(Area.HELPDESK, "Breaches", "breaches.index", Permission.BREACH_REPORT, order=95, group=Group.REQUESTS))


@bp.get("")
@requires(Permission.BREACH_REPORT)
def index() -> Any:
    page = page_of(queries.breaches(current_principal(), request.args), [BreachReport.id], descending=True)
    return render_template("helpdesk/matters/breaches/index.html", page=page, shown=request.args.get("shown", ""))


@bp.get("/new")
@requires(Permission.BREACH_REPORT)
def new() -> Any:
    form = BreachForm().fresh()
    mine = agencies_of(current_principal().person_id, clock.now())
    form.agency.data = mine[0].name if len(mine) == 1 else ""
    return render_template("helpdesk/matters/breaches/new.html", form=form)


@bp.post("/new")
@requires(Permission.BREACH_REPORT)
def create() -> Any:
    principal, form, now = current_principal(), BreachForm().fresh(), clock.now()
    if not form.validate():
        return render_template("helpdesk/matters/breaches/new.html", form=form), 422
    try:
        with unit_of_work():
            agency = services.agency_meant(principal, form.agency.data or "", now)
            known = services.when_known(agency, form.known_on.data, form.known_time.data, now)
            row = services.note_breach(agency, principal, known, form.text.data or "", form.once.data or "", now)
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return render_template("helpdesk/matters/breaches/new.html", form=form), error.status
    flash("The HMIS Lead has been told. It is urgent for them.", "success")
    return redirect(url_for(".show", breach_id=row.id))


@bp.get("/<int:breach_id>")
@requires(Permission.BREACH_REPORT)
def show(breach_id: int) -> Any:
    return _show(breach_id)


def _show(breach_id: int, failed: Failed | None = None) -> str:
    principal, now = current_principal(), clock.now()
    row = queries.visible_breach(principal, breach_id)
    for_lead = is_of_the_lead(principal, row.agency)
    may_report = principal.can(Permission.BREACH_REPORT, agency=row.agency) and not for_lead
    return render_template(
        "helpdesk/matters/breaches/show.html",
        row=row,
        clock=services.clock_of(row),
        late=services.late_by(row, now),
        may_report=may_report and row.reported_at is None,
        may_close=for_lead and row.closed_at is None,
        lost=failed[1] if failed and row.closed_at else None,
        form=failed[1] if failed else OutcomeForm(formdata=None),
    )


@bp.post("/<int:breach_id>/report")
@requires(Permission.BREACH_REPORT)
def report(breach_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_breach(current_principal(), breach_id, lock=True)
        services.report(row, current_principal(), clock.now())
    flash("Thank you. The report is on record.", "success")
    return redirect(url_for(".show", breach_id=breach_id))


@bp.post("/<int:breach_id>/close")
@requires(Permission.BREACH_VIEW)
def close(breach_id: int) -> Any:
    form = OutcomeForm()

    def change() -> None:
        row = queries.visible_breach(current_principal(), breach_id, lock=True)
        if not is_of_the_lead(current_principal(), row.agency):
            raise Forbidden("The HMIS Lead closes it.")
        services.close(row, current_principal(), form.outcome.data or "", clock.now())

    onward = url_for(".show", breach_id=breach_id)
    return act(change, "Closed.", onward, form=form, key="close", again=lambda failed: _show(breach_id, failed))
