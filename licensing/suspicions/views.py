from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden, Invalid
from licensing.access.forms import ReasonForm
from licensing.access.ground import must_not_be_own
from licensing.access.models import License
from licensing.access.permissions import Permission
from licensing.access.queries import visible_license
from licensing.suspicions import queries, services

bp = Blueprint("suspicions", __name__, url_prefix="/access/licenses/<int:license_id>/suspicion")


@bp.post("")
@requires(Permission.ACTIVATE, Permission.GRANT)
def suspend(license_id: int) -> Any:
    return _do(license_id, services.suspend, queries.may_suspend, "Suspended. Those concerned have been told.")


@bp.post("/lift")
@requires(Permission.ACTIVATE)
def lift(license_id: int) -> Any:
    return _do(license_id, services.lift, queries.may_lift, "Lifted. Those concerned have been told.")


def _do(
    license_id: int, deed: Callable[[License, str, datetime], None], may: Callable[[Any, License], bool], done: str
) -> Any:
    form, principal = ReasonForm(prefix="suspicion-"), current_principal()
    visible_license(principal, license_id)
    if not form.validate():
        raise Invalid(next(iter(form.reason.errors), "Say why, in a few words."), "Go back; what you typed is there.")
    with unit_of_work():
        held = visible_license(principal, license_id, lock=True)
        must_not_be_own(held, principal)
        if not may(principal, held):
            raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
        deed(held, form.reason.data or "", clock.now())
    flash(done, "success")
    return redirect(url_for("access.license_page", license_id=license_id))
