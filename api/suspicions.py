"""One license is suspended at once on suspicion, and that is lifted. By API."""

from __future__ import annotations

from typing import Any

from api.blueprint import bp, failures
from api.licenses import LicenseOut
from api.licenses import license_out as _out
from api.schemas import Given, Said
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden
from licensing.access.ground import must_not_be_own
from licensing.access.permissions import Permission as P
from licensing.access.queries import visible_license
from licensing.suspicions import queries, services

TAG = "Licenses"


class SuspicionGiven(Given):
    """It is kept in the audit only."""

    reason: Said


@bp.post("/licenses/<int:license_id>/suspicion")
@requires(P.ACTIVATE, P.GRANT)
@bp.input(SuspicionGiven, arg_name="given")
@bp.output(LicenseOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Suspend one license at once on suspicion", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def suspect_license(license_id: int, given: SuspicionGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        held = visible_license(principal, license_id, lock=True)
        if not queries.may_suspend(principal, held):
            raise Forbidden("A license is suspended by the agency's administrator or the HMIS Lead.")
        services.suspend(held, given.reason, clock.now())
    return _out(held)


@bp.post("/licenses/<int:license_id>/suspicion/lifting")
@requires(P.ACTIVATE)
@bp.input(SuspicionGiven, arg_name="given")
@bp.output(LicenseOut)
@bp.doc(tags=[TAG], summary="Lift it", security="bearer", responses=failures(400, 404, 409, 413, 422))
def lift_suspicion(license_id: int, given: SuspicionGiven) -> Any:
    with unit_of_work():
        held = visible_license(current_principal(), license_id, lock=True)
        must_not_be_own(held, current_principal())
        if not queries.may_lift(current_principal(), held):
            raise Forbidden("This is lifted by the HMIS Lead.")
        services.lift(held, given.reason, clock.now())
    return _out(held)
