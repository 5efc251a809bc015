"""The pages of price lists, and of what one agency's fee is counted by, eased by and paid by."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.acting import Failed, act
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, NotFound
from core.money import dollars
from core.once import KeyUsed, renew_key
from core.paging import page_of
from core.people.models import Agency
from core.typed import line, put_on
from core.ui.nav import Area, NavItem, register
from licensing.access.ground import levels_among, local_day
from licensing.billing.fees import agencies, queries, services
from licensing.billing.fees.forms import (
    BASES,
    KINDS,
    PRORATIONS,
    EndForm,
    FiguresForm,
    NoticeForm,
    PayerForm,
    ReliefForm,
    ScheduleForm,
    number,
)
from licensing.billing.fees.models import FeeSchedule
from licensing.billing.fees.years import year_of
from licensing.billing.permissions import Permission

bp = Blueprint("fees", __name__, url_prefix="/fees")

register(NavItem(Area.LICENSING, "Fees", "fees.index", Permission.SCHEDULE, order=71))


@bp.get("")
@requires(Permission.SCHEDULE)
def index() -> Any:
    principal, text = current_principal(), line(request.args.get("q"))
    return render_template(
        "licensing/billing/fees/index.html",
        page=page_of(queries.schedules(principal), [FeeSchedule.id], descending=True),
        agencies=queries.agencies(principal, text),
        text=text,
        most=queries.MOST_AGENCIES,
    )


@bp.get("/new")
@requires(Permission.SCHEDULE)
def new() -> Any:
    return _new_page(_form())


@bp.post("/new")
@requires(Permission.SCHEDULE)
def create() -> Any:
    form = _form()
    if not form.validate():
        return _new_page(form), 422
    coc = found(next((one for one in queries.cocs(current_principal()) if str(one.id) == form.coc.data), None))
    try:
        with unit_of_work():
            row = services.begin(coc, form.told(), current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        if isinstance(error, KeyUsed):
            renew_key(form)
        _put(form, error)
        return _new_page(form), error.status
    flash("The prices are on record. Say when the committee was told of them.", "success")
    return redirect(url_for(".show", fee_schedule_id=row.id))


def _put(form: ScheduleForm, error: DomainError) -> None:
    """At the field it concerns, in whichever line."""
    words = (error.message, error.advice, f"({error.rule})" if error.rule else "")
    parts = (error.field or "").split("-")
    if len(parts) == 3 and parts[0] == "items":
        put_on(form.items[int(parts[1])].form, parts[2], *words)
        form.form_errors.append(error.message)
    else:
        put_on(form, error.field or "", *words)


def _form() -> ScheduleForm:
    form, cocs = ScheduleForm().fresh(), queries.cocs(current_principal())
    form.offer(cocs, levels_among(cocs, clock.now()))
    if len(cocs) == 1 and not form.coc.data:
        form.coc.data = str(cocs[0].id)
    return form


def _new_page(form: ScheduleForm) -> str:
    return render_template("licensing/billing/fees/new.html", form=form)


@bp.get("/<int:fee_schedule_id>")
@requires(Permission.SCHEDULE)
def show(fee_schedule_id: int) -> Any:
    return _page(fee_schedule_id)


def _page(fee_schedule_id: int, failed: Failed | None = None) -> str:
    at = clock.now()
    row = queries.visible_schedule(current_principal(), fee_schedule_id)
    notice, end = _blank(NoticeForm, "notice"), _blank(EndForm, "end")
    notice.noticed_on.data = local_day(at, row.coc.tz)
    forms: dict[str, Any] = {"notice": notice, "end": end} | (dict([failed]) if failed else {})
    return render_template(
        "licensing/billing/fees/show.html",
        row=row,
        bases=BASES,
        prorations=PRORATIONS,
        factors=queries.factors(row, at),
        notice_rule=services.notice_rule(row.coc, at),
        dollars=dollars,
        forms=forms,
        open_form=failed[0] if failed else "",
    )


def _blank(kind: Any, key: str) -> Any:
    return kind(formdata=None, prefix=f"{key}-").fresh()


def _do(fee_schedule_id: int, key: str, form: Any, done: str, change: Callable[[FeeSchedule], object]) -> Any:
    queries.visible_schedule(current_principal(), fee_schedule_id)

    def changed() -> None:
        change(queries.visible_schedule(current_principal(), fee_schedule_id, lock=True))

    onward = url_for(".show", fee_schedule_id=fee_schedule_id)
    return act(changed, done, onward, form=form, key=key, again=lambda failed: _page(fee_schedule_id, failed))


@bp.post("/<int:fee_schedule_id>/notice")
@requires(Permission.SCHEDULE)
def note_notice(fee_schedule_id: int) -> Any:
    form = NoticeForm(prefix="notice-")
    return _do(
        fee_schedule_id, "notice", form, "It is on record that the committee was told.",
        lambda row: services.note_notice(row, form.noticed_on.data, form.notice.data or "", clock.now()),
    )  # fmt: skip


@bp.post("/<int:fee_schedule_id>/end")
@requires(Permission.SCHEDULE)
def end(fee_schedule_id: int) -> Any:
    form = EndForm(prefix="end-")
    return _do(
        fee_schedule_id, "end", form, "The last day is set.",
        lambda row: services.end(row, form.last_day.data),
    )  # fmt: skip


@bp.post("/<int:fee_schedule_id>/withdraw")
@requires(Permission.SCHEDULE)
def withdraw(fee_schedule_id: int) -> Any:
    with unit_of_work():
        services.withdraw(queries.visible_schedule(current_principal(), fee_schedule_id, lock=True), clock.now())
    flash("It is withdrawn, as if it had never been.", "success")
    return redirect(url_for(".show", fee_schedule_id=fee_schedule_id))


# ------------------------------------------------------------------ one agency


@bp.get("/agencies/<int:agency_id>")
@requires(Permission.SCHEDULE)
def agency(agency_id: int) -> Any:
    return _agency_page(agency_id)


def _agency_page(agency_id: int, failed: Failed | None = None) -> str:
    row = queries.agency_to_bill(current_principal(), agency_id)
    year = year_of(row.coc, clock.now())
    figures = _blank(FiguresForm, "figures")
    if (there := queries.figures_of(row, year)) is not None:
        figures.beds.data, figures.clients.data = there.beds, there.clients
        figures.data_quality.data = there.data_quality
        figures.budget.data = Decimal(there.budget_cents).scaleb(-2) if there.budget_cents is not None else None
    relief = _blank(ReliefForm, "relief")
    relief.first_day.data, relief.last_day.data = year.first_day, year.last_day
    forms: dict[str, Any] = {"figures": figures, "relief": relief, "payer": _blank(PayerForm, "payer")}
    if failed:
        forms[failed[0]] = failed[1]
    licenses = queries.licenses_of(row)
    others = [one for one in queries.agencies_of(row.coc_id) if one.id != row.id]
    forms["payer"].offer(others, licenses)
    return render_template(
        "licensing/billing/fees/agency.html",
        agency=row,
        year=year,
        payers=queries.payers_of(row),
        reliefs=queries.reliefs_of(row),
        whose={one.id: one.person.name for one in licenses},
        kinds=KINDS,
        forms=forms,
        open_form=failed[0] if failed else "",
    )


def _of_agency(agency_id: int, key: str, form: Any, done: str, change: Callable[[Agency], object]) -> Any:
    row = queries.agency_to_bill(current_principal(), agency_id)
    return act(
        lambda: (change(row), None)[1], done, url_for(".agency", agency_id=agency_id), form=form, key=key,
        again=lambda failed: _agency_page(agency_id, failed),
    )  # fmt: skip


@bp.post("/agencies/<int:agency_id>/figures")
@requires(Permission.SCHEDULE)
def put_figures(agency_id: int) -> Any:
    form = FiguresForm(prefix="figures-")

    def change(row: Agency) -> None:
        now = clock.now()
        agencies.put_figures(row, year_of(row.coc, now), form.told(), current_principal(), now)

    return _of_agency(agency_id, "figures", form, "The figures are on record.", change)


@bp.post("/agencies/<int:agency_id>/payers")
@requires(Permission.SCHEDULE)
def name_payer(agency_id: int) -> Any:
    form = PayerForm(prefix="payer-")

    def change(row: Agency) -> None:
        chosen = number(form.paying_agency.data)
        paying = queries.agency_to_bill(current_principal(), chosen) if chosen else None
        agencies.name_payer(row, form.told(paying), current_principal(), clock.now())

    return _of_agency(agency_id, "payer", form, "From now on they are billed.", change)


@bp.post("/agencies/<int:agency_id>/payers/<int:payer_id>/end")
@requires(Permission.SCHEDULE)
def end_payer(agency_id: int, payer_id: int) -> Any:
    row = queries.agency_to_bill(current_principal(), agency_id)
    with unit_of_work():
        agencies.end_payer(queries.payer_of(row, payer_id), clock.now())
    flash("The agency is billed itself from now on.", "success")
    return redirect(url_for(".agency", agency_id=agency_id))


@bp.post("/agencies/<int:agency_id>/reliefs")
@requires(Permission.SCHEDULE)
def grant_relief(agency_id: int) -> Any:
    form = ReliefForm(prefix="relief-")
    return _of_agency(
        agency_id, "relief", form, "It counts in invoices from now on.",
        lambda row: agencies.grant_relief(row, form.told(), current_principal(), clock.now()),
    )  # fmt: skip


@bp.post("/agencies/<int:agency_id>/reliefs/<int:relief_id>/end")
@requires(Permission.SCHEDULE)
def end_relief(agency_id: int, relief_id: int) -> Any:
    row = queries.agency_to_bill(current_principal(), agency_id)
    with unit_of_work():
        agencies.end_relief(queries.relief_of(row, relief_id), clock.now())
    flash("It is over as of today.", "success")
    return redirect(url_for(".agency", agency_id=agency_id))
