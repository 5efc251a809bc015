from __future__ import annotations

from datetime import datetime

from core.authz import Principal
from core.office.about import Part
from licensing.access.about import about_license
from licensing.access.forms import ReasonForm
from licensing.access.models import License, LicenseState
from licensing.access.permissions import Permission
from licensing.suspicions import services


def may_suspend(principal: Principal, held: License) -> bool:
    """The Lead, and the administrator of the agency; nobody for a license of their own."""
    if held.person_id == principal.person_id or held.state is LicenseState.ENDED:
        return False
    return any(principal.can(one, agency=held.agency) for one in (Permission.ACTIVATE, Permission.GRANT))


def may_lift(principal: Principal, held: License) -> bool:
    """The Lead; nobody for a license of their own."""
    return held.person_id != principal.person_id and principal.can(Permission.ACTIVATE, agency=held.agency)


@about_license
def suspicion_part(principal: Principal, held: License, at: datetime) -> Part | None:
    row = services.suspicion_of(held)
    if not (row is not None and may_lift(principal, held)) and (row is not None or not may_suspend(principal, held)):
        return None
    form = ReasonForm(formdata=None, prefix="suspicion-")
    context = {"is_held": row is not None, "form": form, "license_id": held.id, "why": services.why(held, at)}
    return Part("licensing/suspicions/_license.html", context, order=90)
