"""A disclosure of a conflict of interest is read by who needs it, and that is noted. It is made on one's own page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.blueprint import bp, failures
from api.schemas import Model
from core.authz import current_principal, requires
from core.db import unit_of_work
from licensing.disclosures import services
from licensing.disclosures.permissions import Permission as P


class DisclosureShown(Model):
    """No list and no other answer has it."""

    id: int
    agency_id: int
    person_id: int
    is_client: bool
    has_family: bool
    at: datetime


@bp.post("/disclosures/<int:disclosure_id>/reveal")
@requires(P.SEE)
@bp.output(DisclosureShown)
@bp.doc(tags=["Licenses"], summary="Read a disclosure; the look is noted", security="bearer", responses=failures(404))
def reveal_disclosure(disclosure_id: int) -> Any:
    with unit_of_work():
        return services.reveal(current_principal(), disclosure_id)
