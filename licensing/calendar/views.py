"""The calendar of security reports: what is due when, and marking one done with evidence."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, NotFound
from core.files.services import send
from core.paging import page_of
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from licensing.calendar import clocks, queries, services
from licensing.calendar.forms import DoneForm, PlanForm
from licensing.calendar.models import ReportDate
from licensing.calendar.permissions import Permission

__all__ = ["bp", "clocks"]

bp = Blueprint("report_calendar", __name__, url_prefix="/report-calendar")

register(NavItem(Area.LICENSING, "Report calendar", "report_calendar.index", Permission.VIEW, order=70))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    principal = current_principal()
    page = page_of(queries.dates(principal, request.args), [ReportDate.due_on, ReportDate.id])
    return render_template(
        "licensing/calendar/index.html",
        page=page,
        kinds=_kinds(),
        now=clock.now(),
        may_keep=principal.can(Permission.KEEP),
    )


def _kinds() -> dict[str, str]:
    found_kinds: dict[str, str] = {}
    for coc in queries.cocs(current_principal()):
        found_kinds |= services.kinds(coc, clock.now())
    return found_kinds


@bp.get("/new")
@requires(Permission.KEEP)
def new() -> Any:
    return _plan_page(_form())


@bp.post("/new")
@requires(Permission.KEEP)
def create() -> Any:
    form = _form()
    if not form.validate():
        return _plan_page(form), 422
    coc = found(next((one for one in queries.cocs(current_principal()) if str(one.id) == form.coc.data), None))
    try:
        with unit_of_work():
            services.plan(coc, form.told(), current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        put_error(form, error)
        return _plan_page(form), error.status
    flash("It stands on the calendar. You get a mail before it is due.", "success")
    return redirect(url_for(".index"))


def _form() -> PlanForm:
    form = PlanForm().fresh()
    form.offer(queries.cocs(current_principal()), _kinds())
    return form


def _plan_page(form: PlanForm) -> str:
    return render_template("licensing/calendar/new.html", form=form)


@bp.get("/<int:report_date_id>")
@requires(Permission.VIEW)
def show(report_date_id: int) -> Any:
    return _page(queries.visible_date(current_principal(), report_date_id), DoneForm(formdata=None).fresh())


def _page(row: ReportDate, form: DoneForm) -> str:
    may_keep = current_principal().can(Permission.KEEP, coc=row.coc)
    return render_template("licensing/calendar/show.html", row=row, form=form, kinds=_kinds(), may_keep=may_keep)


@bp.post("/<int:report_date_id>/done")
@requires(Permission.KEEP)
def done(report_date_id: int) -> Any:
    form = DoneForm()
    row = queries.visible_date(current_principal(), report_date_id)
    if not form.validate():
        return _page(row, form), 422
    try:
        with unit_of_work():
            locked = queries.visible_date(current_principal(), report_date_id, lock=True)
            services.done(locked, form.evidence.data or "", form.file.data or None, current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        put_error(form, error)
        return _page(queries.visible_date(current_principal(), report_date_id), form), error.status
    flash("Done. The next one stands on the calendar, where it comes again.", "success")
    return redirect(url_for(".index"))


@bp.get("/<int:report_date_id>/file")
@requires(Permission.VIEW)
def file(report_date_id: int) -> Any:
    return send(found(queries.visible_date(current_principal(), report_date_id).file))
