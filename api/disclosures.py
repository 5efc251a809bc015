"""A disclosure of a conflict of interest: made by the person themselves, read by who needs it, and that is noted."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import Given, Id, Model
from core import clock
from core.authz import current_principal, requires, signed_in
from core.db import unit_of_work
from core.errors import Invalid
from licensing.disclosures import services
from licensing.disclosures.permissions import Permission as P


class DisclosureGiven(Given):
    """Of oneself, for one agency. `agrees`: I do not open or change my own record, or that of my close family."""

    agency_id: Id
    is_client: bool
    has_family: bool
    agrees: bool


class DisclosureMade(Model):
    """That it was said, and never what."""

    id: int
    agency_id: int
    at: datetime


class DisclosureShown(Model):
    """No list and no other answer has it."""

    id: int
    agency_id: int
    person_id: int
    is_client: bool
    has_family: bool
    at: datetime


@bp.post("/my-disclosures")
@signed_in
@bp.input(DisclosureGiven, arg_name="given")
@bp.output(DisclosureMade, status_code=201)
@bp.doc(
    tags=["Licenses"], summary="Say whether you, or close family, are clients; the newest counts", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def make_disclosure(given: DisclosureGiven) -> Any:
    mine, at = services.agencies_that_ask(current_principal().person_id, clock.now()), clock.now()
    agency = next((one for one in mine if one.id == given.agency_id), None)
    if agency is None:
        raise Invalid("Nobody asks this of you there.", "Give an agency of yours whose manual asks.", "agency_id")
    with unit_of_work():
        return services.disclose(
            agency, me(), is_client=given.is_client, has_family=given.has_family, agrees=given.agrees,
            once=idempotency_key() or secrets.token_urlsafe(16), at=at,
        )  # fmt: skip


@bp.post("/disclosures/<int:disclosure_id>/reveal")
@requires(P.SEE)
@bp.output(DisclosureShown)
@bp.doc(tags=["Licenses"], summary="Read a disclosure; the look is noted", security="bearer", responses=failures(404))
def reveal_disclosure(disclosure_id: int) -> Any:
    with unit_of_work():
        return services.reveal(current_principal(), disclosure_id)
