"""A license that was locked for being unused is given back. By API."""

from __future__ import annotations

from typing import Any

from api.blueprint import bp, failures
from api.licenses import LicenseOut, license_out
from api.schemas import Given, Said
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden
from licensing.access.ground import must_not_be_own
from licensing.access.permissions import Permission as P
from licensing.access.queries import visible_license
from licensing.inactivity import services


class UnlockGiven(Given):
    """What the person did to come back."""

    reason: Said


@bp.post("/licenses/<int:license_id>/unused/unlocking")
@requires(P.ACTIVATE)
@bp.input(UnlockGiven, arg_name="given")
@bp.output(LicenseOut)
@bp.doc(
    tags=["Licenses"], summary="Unlock what was locked for being unused", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def unlock_license(license_id: int, given: UnlockGiven) -> Any:
    with unit_of_work():
        held = visible_license(current_principal(), license_id, lock=True)
        if not current_principal().can(P.ACTIVATE, agency=held.agency):
            raise Forbidden("This is unlocked by the HMIS Lead.")
        must_not_be_own(held, current_principal())
        services.unlock(held, given.reason, clock.now())
    return license_out(held)
