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


@about_license
def suspicion_part(principal: Principal, held: License, at: datetime) -> Part | None:
    row = services.suspicion_of(held)
    may_lift = row is not None and principal.can(Permission.ACTIVATE, agency=held.agency)
    if not may_lift and (row is not None or not may_suspend(principal, held)):
        return None
    form = ReasonForm(formdata=None, prefix="suspicion-")
    context = {"is_held": row is not None, "form": form, "license_id": held.id, "why": services.why(held, at)}
    return Part("licensing/suspicions/_license.html", context, order=90)
