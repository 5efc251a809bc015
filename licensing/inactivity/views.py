from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden, Invalid
from licensing.access.forms import ReasonForm
from licensing.access.ground import must_not_be_own
from licensing.access.permissions import Permission
from licensing.access.queries import visible_license
from licensing.inactivity import queries, services

__all__ = ["bp", "queries"]

bp = Blueprint("inactivity", __name__, url_prefix="/access/licenses/<int:license_id>/unused")


@bp.post("/unlock")
@requires(Permission.ACTIVATE)
def unlock(license_id: int) -> Any:
    form, principal = ReasonForm(prefix="unlock-"), current_principal()
    visible_license(principal, license_id)
    if not form.validate():
        raise Invalid(next(iter(form.reason.errors), "Say why."), "Go back; what you typed is there.", "reason")
    with unit_of_work():
        held = visible_license(principal, license_id, lock=True)
        if not principal.can(Permission.ACTIVATE, agency=held.agency):
            raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
        must_not_be_own(held, principal)
        services.unlock(held, form.reason.data or "", clock.now())
    flash("Unlocked. The days without use count from now on.", "success")
    return redirect(url_for("access.license_page", license_id=license_id))
