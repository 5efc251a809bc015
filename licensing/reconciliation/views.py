from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.closures.queries import lead_of
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden
from core.files import send
from core.paging import page_of
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from licensing.access.models import License
from licensing.reconciliation import clocks, queries, services
from licensing.reconciliation.forms import ColumnsForm, ListForm, SettleForm
from licensing.reconciliation.models import Finding, Reconciliation
from licensing.reconciliation.permissions import Permission
from licensing.reconciliation.rules import FIELDS, KINDS, TO_DO, URGENT, VENDORS, Field, ImportState, candidates
from licensing.reconciliation.services import Brought

__all__ = ["bp", "clocks"]

bp = Blueprint("reconciliation", __name__, url_prefix="/reconciliation")

register(NavItem(Area.LICENSING, "HMIS accounts", "reconciliation.findings", Permission.VIEW, order=60))

STATES = {
    ImportState.PREVIEW: ("Preview: nothing follows yet", "wait"),
    ImportState.COMMITTED: ("Compared", "ok"),
    ImportState.DISCARDED: ("Discarded", "off"),
}


@bp.get("")
@requires(Permission.COMPARE)
def index() -> Any:
    page = page_of(queries.lists(current_principal()), [Reconciliation.id], descending=True)
    return render_template("licensing/reconciliation/index.html", page=page, states=STATES)


@bp.get("/new")
@requires(Permission.COMPARE)
def new() -> Any:
    return _new_page(ListForm(formdata=None))


def _new_page(form: ListForm) -> str:
    lead = lead_of(current_principal(), Permission.COMPARE)
    told = services.columns_of(lead.id)
    return render_template(
        "licensing/reconciliation/new.html",
        form=form.fresh(),
        vendor=VENDORS[told.vendor],
        columns=[(FIELDS[what], " or ".join(candidates(told, what)[:4])) for what in Field],
    )


@bp.post("/new")
@requires(Permission.COMPARE)
def bring() -> Any:
    principal, form = current_principal(), ListForm()
    if not form.validate():
        return _new_page(form), 422
    given = form.file.data
    with given.stream:
        brought = Brought(given.read(), given.filename or "users.csv", form.once.data or "")
    try:
        with unit_of_work():
            row = services.bring(lead_of(principal, Permission.COMPARE), brought, principal, clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _new_page(form), error.status
    if row.state is ImportState.COMMITTED:
        flash("This file was compared before; here is what it came to. Nothing is done twice.", "info")
    return redirect(url_for(".show", accounts_id=row.id))


@bp.get("/<int:accounts_id>")
@requires(Permission.COMPARE)
def show(accounts_id: int) -> Any:
    row = queries.visible_list(current_principal(), accounts_id)
    return render_template(
        "licensing/reconciliation/show.html", row=row, kinds=KINDS, urgent=URGENT, states=STATES, vendors=VENDORS,
        is_preview=row.state is ImportState.PREVIEW,
    )  # fmt: skip


@bp.get("/<int:accounts_id>/file")
@requires(Permission.COMPARE)
def list_file(accounts_id: int) -> Any:
    """The list as it came."""
    return send(queries.visible_list(current_principal(), accounts_id).file)


@bp.post("/<int:accounts_id>/commit")
@requires(Permission.COMPARE)
def commit(accounts_id: int) -> Any:
    with unit_of_work():
        counts = services.accept(queries.visible_list(current_principal(), accounts_id, lock=True), clock.now())
    flash(f"Compared: {counts['new']} new to settle, {counts['known']} known, {counts['gone']} gone.", "success")
    return redirect(url_for(".show", accounts_id=accounts_id))


@bp.post("/<int:accounts_id>/discard")
@requires(Permission.COMPARE)
def discard(accounts_id: int) -> Any:
    with unit_of_work():
        services.discard(queries.visible_list(current_principal(), accounts_id, lock=True))
    flash("Discarded. Nothing follows from this list.", "success")
    return redirect(url_for(".index"))


# --- what is to be settled


@bp.get("/findings")
@requires(Permission.VIEW)
def findings() -> Any:
    principal = current_principal()
    page = page_of(queries.findings(principal, request.args), [Finding.id], descending=True)
    return render_template(
        "licensing/reconciliation/findings.html",
        page=page,
        clocks=queries.clocks_of(page.rows),
        kinds=KINDS,
        urgent=URGENT,
        shown=request.args.get("shown", "open"),
        may_compare=principal.can(Permission.COMPARE),
    )


@bp.get("/findings/<int:account_finding_id>")
@requires(Permission.VIEW)
def finding(account_finding_id: int) -> Any:
    return _finding_page(queries.visible_finding(current_principal(), account_finding_id), SettleForm(formdata=None))


def _finding_page(row: Finding, form: SettleForm) -> str:
    held = db.session.get(License, row.license_id) if row.license_id else None
    return render_template(
        "licensing/reconciliation/finding.html", row=row, form=form, kinds=KINDS, to_do=TO_DO, urgent=URGENT,
        clock=services.clock_of(row), seen=held.last_seen_at if held else None, may_close=_may_close(row),
    )  # fmt: skip


def _may_close(row: Finding) -> bool:
    principal = current_principal()
    if row.agency is not None:
        return principal.can(Permission.CLOSE, agency=row.agency)
    return principal.can(Permission.CLOSE, lead_id=row.lead_id)


@bp.post("/findings/<int:account_finding_id>/settle")
@requires(Permission.CLOSE)
def settle(account_finding_id: int) -> Any:
    principal, form = current_principal(), SettleForm()
    if not form.validate():
        return _finding_page(queries.visible_finding(principal, account_finding_id), form), 422
    with unit_of_work():
        row = queries.visible_finding(principal, account_finding_id, lock=True)
        if not _may_close(row):
            raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
        services.settle(row, form.evidence.data or "", principal, clock.now())
    flash("Settled. If the next list shows it again, it comes back.", "success")
    return redirect(url_for(".finding", account_finding_id=account_finding_id))


# --- how the list is read


@bp.get("/columns")
@requires(Permission.COMPARE)
def columns() -> Any:
    lead = lead_of(current_principal(), Permission.COMPARE)
    return _columns_page(ColumnsForm.showing(services.columns_of(lead.id)))


def _columns_page(form: ColumnsForm) -> str:
    return render_template("licensing/reconciliation/columns.html", form=form, fields=list(Field))


@bp.post("/columns")
@requires(Permission.COMPARE)
def save_columns() -> Any:
    principal, form = current_principal(), ColumnsForm()
    if not form.validate():
        return _columns_page(form), 422
    with unit_of_work():
        services.save_columns(lead_of(principal, Permission.COMPARE), form.told(), principal, clock.now())
    flash("Kept. The next list is read this way.", "success")
    return redirect(url_for(".new"))
