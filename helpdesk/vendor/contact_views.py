"""The page of the vendor's contacts and of what was agreed with it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.people.models import Lead
from helpdesk.vendor import clocks, contacts, queries
from helpdesk.vendor.blueprint import bp
from helpdesk.vendor.forms import ContactForm, ProtocolForm
from helpdesk.vendor.models import VendorContact
from helpdesk.vendor.permissions import Permission


@bp.get("/vendor-contacts")
@requires(Permission.VIEW)
def contacts_page() -> Any:
    return _page(queries.lead_of(current_principal()))


def _page(lead: Lead, failed: tuple[str, Any] | None = None) -> str:
    known, agreed = queries.contacts_of(lead.id), queries.protocols_of(lead.id)
    forms: dict[str, Any] = {
        "new": ContactForm(prefix="new", formdata=None, data={"rank": len(known) + 1}),
        "protocol": ProtocolForm(prefix="protocol", formdata=None, obj=agreed[0] if agreed else None),
    }
    if failed:
        forms[failed[0]] = failed[1]
    return render_template(
        "helpdesk/vendor/contacts.html",
        lead=lead,
        contacts=known,
        agreed=agreed,
        forms=forms,
        may_set=current_principal().can(Permission.SET, lead_id=lead.id),
        cited=clocks.protocol_cited(lead, clock.now(), "The HMIS Lead keeps this itself."),
    )


def _named(form: ContactForm) -> contacts.Named:
    return contacts.Named(
        form.name.data or "", form.part.data or "", form.address.data or "", form.phone.data or "", form.rank.data or 1
    )


@bp.post("/vendor-contacts")
@requires(Permission.SET)
def add_contact() -> Any:
    lead = queries.lead_of(current_principal(), Permission.SET)
    form = ContactForm(prefix="new")
    if not form.validate():
        return _page(lead, ("new", form)), 422
    try:
        with unit_of_work():
            contacts.add(lead, _named(form), current_principal())
    except (Invalid, Conflict) as error:
        db.session.rollback()
        form.refuse(error)
        return _page(lead, ("new", form)), error.status
    flash(f"{form.name.data} is a contact now.", "success")
    return redirect(url_for(".contacts_page"))


def _contact(contact_id: int) -> VendorContact:
    """Raises NotFound for another Lead's."""
    lead = queries.lead_of(current_principal())
    return queries.contact_of(lead.id, contact_id)


@bp.route("/vendor-contacts/<int:contact_id>", methods=["GET", "POST"])
@requires(Permission.VIEW, Permission.SET)
def named_contact(contact_id: int) -> Any:
    row = _contact(contact_id)
    form = ContactForm(obj=row)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with unit_of_work():
                contacts.change(row, _named(form), current_principal())
        except (Invalid, Conflict) as error:
            db.session.rollback()
            form.refuse(error)
            status = error.status
        else:
            flash("Kept.", "success")
            return redirect(url_for(".contacts_page"))
    may_set = current_principal().can(Permission.SET, lead_id=row.lead_id)
    return render_template("helpdesk/vendor/contact.html", row=_contact(contact_id), form=form, may_set=may_set), status


@bp.post("/vendor-contacts/<int:contact_id>/end")
@requires(Permission.VIEW, Permission.SET)
def end_contact(contact_id: int) -> Any:
    row = _contact(contact_id)
    with unit_of_work():
        contacts.end(row, current_principal(), clock.now())
    flash(f"{row.name} is not asked any more.", "success")
    return redirect(url_for(".contacts_page"))


@bp.post("/vendor-contacts/protocol")
@requires(Permission.SET)
def agree() -> Any:
    lead = queries.lead_of(current_principal(), Permission.SET)
    form = ProtocolForm(prefix="protocol")
    if not form.validate():
        return _page(lead, ("protocol", form)), 422
    said = (form.misses.data or 0, form.consequence.data or "", form.decides.data or "")
    try:
        with unit_of_work():
            contacts.agree(lead, *said, current_principal(), clock.now(), form.nonce.data or "")
    except (Invalid, Conflict) as error:
        db.session.rollback()
        form.refuse(error)
        return _page(lead, ("protocol", form)), error.status
    flash("Kept. What was agreed before stays to be read.", "success")
    return redirect(url_for(".contacts_page"))
