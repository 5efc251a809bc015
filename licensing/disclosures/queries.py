from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import joinedload

from core.authz import Principal
from core.db import db
from core.home import WorkItem
from core.home import provider as today_provider
from core.people.models import Agency
from core.policy.vocabulary import DutyName
from licensing.access.ground import policy_in_force
from licensing.access.models import AccessRequest
from licensing.access.rules import RequestState
from licensing.disclosures.models import Disclosed


@today_provider
def disclosure_for_today(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """For who is about to get a license and has not said it yet."""
    query = select(Agency).join(AccessRequest, AccessRequest.agency_id == Agency.id).options(joinedload(Agency.coc))
    mine = (AccessRequest.person_id == principal.person_id, AccessRequest.state == RequestState.APPROVED)
    agencies = db.session.scalars(query.where(*mine, ~_was_said()).order_by(AccessRequest.id).limit(limit))
    asks = (one for one in agencies if policy_in_force(one.coc, at).has(DutyName.CLIENT_DISCLOSURE))
    agency = next(asks, None)
    if agency is None:
        return []
    return [
        WorkItem(
            title="Say whether you, or close family, are clients",
            url=f"/disclosure?agency={agency.id}",
            action="Say it",
            area="Licensing",
            detail="Your license waits for it",
        )
    ]


def _was_said() -> ColumnElement[bool]:
    return exists().where(
        Disclosed.agency_id == AccessRequest.agency_id, Disclosed.person_id == AccessRequest.person_id
    )
