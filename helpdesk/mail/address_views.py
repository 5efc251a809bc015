from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import joinedload

from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Invalid
from core.paging import page_of
from core.people.models import Lead
from core.ui.nav import Area, NavItem, register
from helpdesk.mail import addresses
from helpdesk.mail.addresses import Line
from helpdesk.mail.forms import AddressForm
from helpdesk.mail.mailboxes import mailboxes
from helpdesk.mail.models import SupportAddress
from helpdesk.mail.permissions import Permission as P
from helpdesk.tickets.forms import CATEGORIES
from helpdesk.tickets.rules import Category

bp = Blueprint("addresses", __name__, url_prefix="/mail/addresses")

register(NavItem(Area.ADMIN, "Support addresses", "addresses.index", P.ADDRESSES))


@bp.get("")
@requires(P.ADDRESSES)
def index() -> Any:
    principal = current_principal()
    query = addresses.of(principal).options(joinedload(SupportAddress.coc))
    page = page_of(query, [SupportAddress.address, SupportAddress.id])
    return render_template(
        "helpdesk/mail/addresses.html",
        page=page,
        lead=addresses.lead_of(principal),
        fetched={box.user.lower() for box in mailboxes()},
        categories=CATEGORIES,
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(P.ADDRESSES)
def new() -> Any:
    lead, form = addresses.lead_of(current_principal()), AddressForm()
    form.offer(addresses.cocs_of(lead.id))
    if not form.is_submitted():
        form.is_active.data = True
        return _page(form, lead)
    if not form.validate():
        return _page(form, lead), 422
    try:
        with unit_of_work():
            addresses.add(lead, _line(form), current_principal(), clock.now())
    except Invalid as error:
        return _refused(form, lead, error)
    flash(f"Mail to {form.address.data} becomes requests from now on.", "success")
    return redirect(url_for(".index"))


@bp.route("/<int:address_id>", methods=["GET", "POST"])
@requires(P.ADDRESSES)
def change(address_id: int) -> Any:
    row = addresses.visible(current_principal(), address_id)
    form = AddressForm(obj=row)
    form.offer(addresses.cocs_of(row.lead_id))
    if not form.is_submitted():
        form.coc.data = row.coc_id or 0
        return _page(form, row.lead, row)
    if not form.validate():
        return _page(form, row.lead, row), 422
    try:
        with unit_of_work():
            row = addresses.visible(current_principal(), address_id, lock=True)
            addresses.change(row, _line(form), current_principal(), clock.now())
    except Invalid as error:
        return _refused(form, row.lead, error, row)
    flash("Saved.", "success")
    return redirect(url_for(".index"))


def _line(form: AddressForm) -> Line:
    return Line(
        form.address.data, form.name.data, Category(form.category.data), form.coc.data or None, form.is_active.data
    )


def _refused(form: AddressForm, lead: Lead, error: Invalid, row: SupportAddress | None = None) -> Any:
    form[error.field or "address"].errors = [f"{error.message} {error.advice}".strip()]
    return _page(form, lead, row), error.status


def _page(form: AddressForm, lead: Lead, row: SupportAddress | None = None) -> str:
    return render_template("helpdesk/mail/address.html", form=form, lead=lead, row=row)
