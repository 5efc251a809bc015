from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from core import clock, once, typed
from core.authz import Principal, current_principal, found, requires, signed_in
from core.db import db, unit_of_work
from core.errors import DomainError
from core.office.about import Part
from core.people.models import Agency, Person
from core.typed import Once
from licensing.access.about import about_license
from licensing.access.models import License
from licensing.disclosures import queries, services
from licensing.disclosures.permissions import Permission

__all__ = ["bp", "queries"]

bp = Blueprint("disclosures", __name__, url_prefix="/disclosure")
YES_NO = {"yes": "Yes", "no": "No"}


class DisclosureForm(Once):
    is_client = RadioField("Are you a client in this HMIS, or were you?", [InputRequired("Answer.")], choices=YES_NO)
    has_family = RadioField("Is somebody of your close family?", [InputRequired("Answer.")], choices=YES_NO)
    agrees = BooleanField("I do not open or change my own record, or that of my close family")


@bp.get("")
@signed_in
def mine() -> Any:
    return _page(DisclosureForm().fresh())


def _page(form: DisclosureForm) -> str:
    principal = current_principal()
    agencies = services.agencies_that_ask(principal.person_id, clock.now())
    agency = _agency(agencies)
    said = services.newest(principal.person_id, agency.id) if agency else None
    return render_template("licensing/disclosures/mine.html", form=form, agency=agency, agencies=agencies, said=said)


def _agency(agencies: list[Agency]) -> Agency | None:
    wanted = request.values.get("agency", "")
    if wanted:
        agency: Agency = found(next((one for one in agencies if str(one.id) == wanted), None))
        return agency
    return agencies[0] if agencies else None


@bp.post("")
@signed_in
def disclose() -> Any:
    principal, form = current_principal(), DisclosureForm()
    agency = _agency(services.agencies_that_ask(principal.person_id, clock.now()))
    if agency is None or not form.validate():
        return _page(form), 422
    try:
        with unit_of_work():
            services.disclose(
                agency, db.session.get_one(Person, principal.person_id), is_client=form.is_client.data == "yes",
                has_family=form.has_family.data == "yes", agrees=form.agrees.data, once=form.once.data or "",
                at=clock.now(),
            )  # fmt: skip
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, once.KeyUsed):
            once.renew_key(form)
        typed.put_error(form, error)
        return _page(form), error.status
    flash("Noted. Only the administrators of your agency and of the HMIS Lead can read it.", "success")
    return redirect(url_for(".mine", agency=agency.id))


@bp.post("/<int:disclosure_id>/reveal")
@requires(Permission.SEE)
def reveal(disclosure_id: int) -> Any:
    """Shown once, kept by no cache; each look is in the audit."""
    with unit_of_work():
        row = services.reveal(current_principal(), disclosure_id)
    answer = make_response(render_template("licensing/disclosures/shown.html", row=row))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@about_license
def disclosure_part(principal: Principal, held: License, _: datetime) -> Part | None:
    """That something was said, and the button to read it; for nobody else a sign of it."""
    if not principal.can(Permission.SEE, agency=held.agency):
        return None
    row = services.newest(held.person_id, held.agency_id)
    return Part("licensing/disclosures/_license.html", {"row": row}, order=80) if row else None
