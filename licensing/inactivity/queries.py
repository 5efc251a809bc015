from __future__ import annotations

from datetime import datetime

from core.authz import Principal
from core.office.about import Part
from licensing.access.about import about_license
from licensing.access.forms import ReasonForm
from licensing.access.models import License
from licensing.access.permissions import Permission
from licensing.inactivity import services
from training.api import learned_since


@about_license
def unused_part(principal: Principal, held: License, _: datetime) -> Part | None:
    """When it was last used, and for the Lead where to unlock it."""
    if held.last_seen_at is None:
        return None
    is_own = held.person_id == principal.person_id
    may_unlock = services.is_locked(held) and not is_own and principal.can(Permission.ACTIVATE, agency=held.agency)
    form = ReasonForm(formdata=None, prefix="unlock-")
    is_locked = services.is_locked(held)
    learned = learned_since(held.person_id, held.lead_id, held.last_seen_at) if is_locked else []
    context = {"held": held, "may_unlock": may_unlock, "form": form, "is_locked": is_locked, "learned": learned}
    return Part("licensing/inactivity/_license.html", context, order=30)
