"""The roster of agencies as of a day, as page, CSV, Excel and PDF; and the data quality sign-offs that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for

from core import clock, sheets
from core.authz import Principal, current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, Invalid, NotFound
from core.paging import page_of
from core.people.models import Agency
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from core.ui.viewer import viewer_zone
from licensing.access.services import local_day
from licensing.roster import queries, rules, services
from licensing.roster.forms import SignOffForm
from licensing.roster.pdf import render
from licensing.roster.permissions import Permission
from licensing.roster.queries import Line

bp = Blueprint("roster", __name__, url_prefix="/roster")

register(NavItem(Area.LICENSING, "Roster", "roster.index", Permission.VIEW, order=7))
SHOWN = {"": "All", "out": "Out of compliance", "in": "In order"}


def _day() -> date:
    """The day that is asked for; today for none, or for one that is none or has not come."""
    today = clock.now().astimezone(viewer_zone()).date()
    try:
        asked = date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return today
    return asked if date(2000, 1, 1) <= asked <= today else today


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    principal, day = current_principal(), _day()
    at = queries.end_of(day, viewer_zone(), clock.now())
    page = page_of(queries.agencies(principal, request.args, at), [Agency.name, Agency.id])
    return render_template(
        "licensing/roster/index.html",
        page=page,
        lines=queries.lines(page.rows, at),
        labels=rules.LABELS,
        day=day,
        shown=request.args.get("shown", ""),
        views=SHOWN,
        cocs=[(str(coc.id), coc.code) for coc in queries.cocs(principal)],
        may_sign_off=principal.can(Permission.SIGN_OFF),
        filters={key: value for key in ("shown", "q", "coc", "on") if (value := request.args.get(key))},
    )


@bp.get("/file/<form>")
@requires(Permission.VIEW)
def file(form: str) -> Any:
    """The whole of what the filters say: csv, xlsx or pdf."""
    found(form if form in (*sheets.FORMS, "pdf") else None)
    principal, day, zone = current_principal(), _day(), viewer_zone()
    at = queries.end_of(day, zone, clock.now())
    lines = queries.everything(queries.agencies(principal, request.args, at), at)
    name = f"roster-{day.isoformat()}"
    if form != "pdf":
        header = ["Agency", "CoC", "Out", *rules.LABELS.values(), "Why"]
        return sheets.download(name, form, header, _cells(lines), zone)
    rows = _on_paper(lines)
    owner = rows[0].agency.coc.lead.name if rows else principal.name
    made = render(rows, owner, day, at)
    return send_file(BytesIO(made), "application/pdf", as_attachment=True, download_name=f"{name}.pdf")


def _cells(lines: Iterator[Line]) -> Iterator[list[str]]:
    for one in lines:
        told = [cell.words for cell in one.cells.values()]
        yield [one.agency.name, one.agency.coc.code, "yes" if one.is_out else "no", *told, one.why]


def _on_paper(lines: Iterator[Line]) -> list[Line]:
    rows: list[Line] = []
    for one in lines:
        rows.append(one)
        if len(rows) > queries.MOST_ON_PAPER:
            raise Invalid(
                f"That is more than {queries.MOST_ON_PAPER:,} agencies.", "Choose a CoC, or take the Excel file."
            )
    return rows


@bp.get("/sign-offs/new")
@requires(Permission.SIGN_OFF)
def new_sign_off() -> Any:
    principal = current_principal()
    form = _form(principal)
    form.agency.data, form.signed_on.data = request.args.get("agency", ""), _today()
    return _form_page(form)


@bp.post("/sign-offs/new")
@requires(Permission.SIGN_OFF)
def sign_off() -> Any:
    principal = current_principal()
    form = _form(principal)
    if not form.validate():
        return _form_page(form), 422
    try:
        with unit_of_work():
            agency = queries.agency_to_sign_off(principal, form.agency_id)
            month = form.first_day
            if month is None:
                raise Invalid("Choose the month.", field="month")
            services.sign_off(agency, month, form.signed_on.data, form.note.data or "", principal, clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        put_error(form, error)
        return _form_page(form), error.status
    flash("On record. The roster shows it.", "success")
    return redirect(url_for(".index"))


def _today() -> date:
    return local_day(clock.now(), str(viewer_zone()))


def _form(principal: Principal) -> SignOffForm:
    form = SignOffForm().fresh()
    form.offer(queries.agencies_to_sign_off(principal), _today())
    return form


def _form_page(form: SignOffForm) -> str:
    return render_template("licensing/roster/sign_off.html", form=form)
