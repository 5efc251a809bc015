from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for

from core import clock, sheets
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.typed import put_error
from helpdesk.reports.asking import lead_asked
from helpdesk.reports.blueprint import bp
from helpdesk.reports.permissions import Permission
from helpdesk.reports.staffing import queries, services
from helpdesk.reports.staffing.forms import ShareForm
from helpdesk.reports.staffing.queries import Staffing
from helpdesk.reports.staffing.rules import FULL

HEADER = ("Person", "Full-time share", "Backup", "Away today", "Cover")


@bp.get("/staffing")
@requires(Permission.STAFF)
def staffing() -> Any:
    """People for each full-time place against what the pack says, with the arithmetic (HUD-HD-4)."""
    principal, now = current_principal(), clock.now()
    lead = lead_asked(principal, Permission.STAFF, request.args)
    told = queries.staffing(lead, now)
    return render_template(
        "helpdesk/reports/staffing.html",
        lead=lead,
        told=told,
        to_come=queries.absences_to_come(lead, told.on),
        may_set=principal.can(Permission.SET_SHARE, lead_id=lead.id),
    )


@bp.get("/staffing.<form>")
@requires(Permission.STAFF)
def staffing_file(form: str) -> Any:
    found(form if form in sheets.FORMS else None)
    lead = lead_asked(current_principal(), Permission.STAFF, request.args)
    told = queries.staffing(lead, clock.now())
    return sheets.download("staffing", form, HEADER, _rows(told), ZoneInfo(lead.tz))


def _rows(told: Staffing) -> Iterator[tuple[Any, ...]]:
    sentences = {worker.person_id: one.sentence for worker, one in told.covers}
    for worker in told.workers:
        share = None if worker.hundredths is None else worker.hundredths / FULL
        away = "yes" if worker.is_away else "no"
        yield worker.name, share, worker.backup, away, sentences.get(worker.person_id, "")
    yield "All", told.hundredths / FULL, "", "", ""
    yield "Licensed people", told.people, "", "", ""
    if told.ratio is not None:
        yield "People for each place", round(told.ratio.each, 2) if told.ratio.each else None, "", "", ""
        yield "About so many for each place", told.ratio.limit, "", "", ""


@bp.get("/staffing/<int:person_id>")
@requires(Permission.SET_SHARE)
def share(person_id: int) -> Any:
    return _share_page(person_id, None)


@bp.post("/staffing/<int:person_id>")
@requires(Permission.SET_SHARE)
def set_share(person_id: int) -> Any:
    principal, now = current_principal(), clock.now()
    lead = lead_asked(principal, Permission.SET_SHARE, request.args)
    person = queries.staff_member(lead.id, person_id, now)
    form = ShareForm()
    if not form.validate():
        return _share_page(person_id, form), 422
    try:
        with unit_of_work():
            services.set_share(lead, person, form.share.data, form.since.data, principal, now)
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _share_page(person_id, form), error.status
    flash(f"The share of {person.name} is set.", "success")
    return redirect(url_for(".staffing", lead=request.args.get("lead") or None))


def _share_page(person_id: int, form: ShareForm | None) -> str:
    principal, now = current_principal(), clock.now()
    lead = lead_asked(principal, Permission.SET_SHARE, request.args)
    person = queries.staff_member(lead.id, person_id, now)
    if form is None:
        form = ShareForm(formdata=None)
        today = now.astimezone(ZoneInfo(lead.tz)).date()
        held = queries.shares(lead.id, today).get(person.id)
        form.since.data, form.share.data = today, held.hundredths if held else None
    rows = queries.history(lead.id, person.id)
    return render_template("helpdesk/reports/share.html", lead=lead, person=person, form=form, rows=rows)
