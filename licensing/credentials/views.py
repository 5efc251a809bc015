"""A temporary password is made and shown once; and each person's own page of when the next is due."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, url_for

from core import clock
from core.authz import current_principal, requires, signed_in
from core.db import db, unit_of_work
from core.deadlines import Deadline, deadlines_of
from core.errors import DomainError, Forbidden, NotFound
from core.typed import put_error
from licensing.access.models import License
from licensing.access.services import policy_in_force
from licensing.credentials import clocks, queries, services
from licensing.credentials.forms import WAYS, CredentialForm
from licensing.credentials.models import HmisCredential
from licensing.credentials.permissions import Permission

__all__ = ["bp", "clocks"]

bp = Blueprint("credentials", __name__)
AT = "/access/licenses/<int:license_id>/credentials"


@bp.get(AT)
@requires(Permission.MAKE)
def show(license_id: int) -> Any:
    held = queries.license_to_make_for(current_principal(), license_id)
    form = CredentialForm(formdata=None).fresh()
    if earlier := queries.made_for(held):
        form.user_name.data = earlier[0].user_name
    return _page(held, form)


@bp.post(AT)
@requires(Permission.MAKE)
def make(license_id: int) -> Any:
    """The answer is the only place where the password ever stands; no browser is to keep it."""
    form = CredentialForm()
    held = queries.license_to_make_for(current_principal(), license_id)
    if not form.validate():
        return _page(held, form), 422
    try:
        with unit_of_work():
            locked = queries.license_to_make_for(current_principal(), license_id, lock=True)
            row, password = services.make(locked, form.wanted(), current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        put_error(form, error)
        form.once.data = ""
        return _page(queries.license_to_make_for(current_principal(), license_id), form.fresh()), error.status
    page = render_template("licensing/credentials/made.html", row=row, password=password, ways=WAYS)
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(held: License, form: CredentialForm) -> str:
    policy = policy_in_force(held.agency.coc, clock.now())
    rows = queries.made_for(held)
    return render_template(
        "licensing/credentials/show.html",
        held=held,
        form=form,
        rows=rows,
        clocks=deadlines_of(rows[0]) if rows else [],
        rules=services.password_rules(policy),
        is_valid=held.is_valid(clock.now()),
        ways=WAYS,
    )


@bp.get("/hmis-password")
@signed_in
def own() -> Any:
    rows = queries.mine(current_principal().person_id)
    due = {row.id: _what_is_due(row) for row in rows}
    return render_template("licensing/credentials/own.html", rows=rows, due=due)


def _what_is_due(row: HmisCredential) -> Deadline | None:
    return next((one for one in reversed(deadlines_of(row)) if one.is_open or one.is_missed), None)


@bp.post("/hmis-password/<int:credential_id>/changed")
@signed_in
def changed(credential_id: int) -> Any:
    with unit_of_work():
        services.changed(queries.own(current_principal(), credential_id), clock.now())
    flash("Noted. You get a mail before the next one is due.", "success")
    return redirect(url_for(".own"))
