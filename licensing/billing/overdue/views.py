"""What is not paid: the list, and each invoice's page with what it suspends and the time that was given."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.acting import Failed, act
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.paging import page_of
from core.ui.nav import Area, NavItem, register
from core.ui.viewer import viewer_zone
from licensing.access.ground import local_day
from licensing.billing.invoices.models import Invoice
from licensing.billing.overdue import clocks, queries, services, standing
from licensing.billing.overdue.forms import KINDS, RespiteForm
from licensing.billing.payments.queries import agencies_of_filter
from licensing.billing.permissions import Permission

__all__ = ["bp", "clocks", "standing"]

bp = Blueprint("overdue", __name__, url_prefix="/overdue")

register(NavItem(Area.LICENSING, "Overdue", "overdue.index", Permission.VIEW, order=74))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    principal, today = current_principal(), local_day(clock.now(), str(viewer_zone()))
    query = queries.owed(principal, request.args, today)
    page = page_of(query, [Invoice.due_on, Invoice.id])
    return render_template(
        "licensing/billing/overdue/index.html",
        page=page,
        today=today,
        clocks=queries.clocks_of(page.rows),
        held=queries.held_counts(page.rows),
        agencies=agencies_of_filter(principal),
    )


@bp.get("/<int:invoice_id>")
@requires(Permission.VIEW)
def show(invoice_id: int) -> Any:
    return _page(invoice_id)


def _page(invoice_id: int, failed: Failed | None = None) -> str:
    principal, at = current_principal(), clock.now()
    row = queries.visible_invoice(principal, invoice_id)
    counts = queries.held_counts([row])
    return render_template(
        "licensing/billing/overdue/show.html",
        row=row,
        clock=services.clock_of(row),
        held=queries.held_licenses(row),
        held_count=counts.get(row.id, 0),
        pause=services.pause_of(row),
        respites=services.respites_of(row),
        kinds=KINDS,
        suspends=services.does_suspend(row, at),
        may_give=row.open_cents > 0 and principal.can(Permission.RESPITE, coc=row.coc),
        may_receive=row.open_cents > 0 and principal.can(Permission.RECEIVE, agency=row.debtor),
        form=failed[1] if failed else RespiteForm(formdata=None, prefix="respite-").fresh(),
        is_open_form=failed is not None,
    )


@bp.post("/<int:invoice_id>/respites")
@requires(Permission.RESPITE)
def give(invoice_id: int) -> Any:
    row, form = (
        queries.visible_invoice(current_principal(), invoice_id, Permission.RESPITE),
        RespiteForm(prefix="respite-"),
    )
    return act(
        lambda: _give(row, form), "Given. The agency is told.", url_for(".show", invoice_id=invoice_id), form=form,
        key="respite", again=lambda failed: _page(invoice_id, failed),
    )  # fmt: skip


def _give(row: Invoice, form: RespiteForm) -> None:
    services.give(row, form.told(), current_principal(), clock.now())


@bp.post("/<int:invoice_id>/respites/<int:respite_id>/end")
@requires(Permission.RESPITE)
def end(invoice_id: int, respite_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_invoice(current_principal(), invoice_id, Permission.RESPITE)
        services.end(queries.respite_of(row, respite_id), clock.now())
    flash("Ended. What is overdue suspends again.", "success")
    return redirect(url_for(".show", invoice_id=invoice_id))
