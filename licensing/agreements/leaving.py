"""Nobody signs for a license that is over, or that is not given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.db import db
from licensing.access.following import follows
from licensing.access.models import OPEN_STATES, AccessRequest, License, LicenseState
from licensing.agreements import services
from licensing.agreements.models import Agreement
from licensing.agreements.rules import State
from licensing.events import LicenseEnded

_UNSIGNED = select(Agreement.id).where(
    Agreement.person_id == License.person_id,
    Agreement.agency_id == License.agency_id,
    Agreement.state == State.SENT,
)


@follows(_UNSIGNED, Agreement)
def _license_ended(event: LicenseEnded) -> None:
    no_longer_needed(event.person_id, event.agency_id, event.at)


def no_longer_needed(person_id: int, agency_id: int, at: datetime) -> None:
    """What the person was sent at the agency goes, unless they have a license there or are about to get one."""
    held = select(License.id).where(
        License.person_id == person_id, License.agency_id == agency_id, License.state != LicenseState.ENDED
    )
    asked = select(AccessRequest.id).where(
        AccessRequest.person_id == person_id, AccessRequest.agency_id == agency_id, AccessRequest.state.in_(OPEN_STATES)
    )
    db.session.flush()
    if any(db.session.scalar(one.limit(1)) is not None for one in (held, asked)):
        return
    mine = (Agreement.person_id == person_id, Agreement.agency_id == agency_id, Agreement.state == State.SENT)
    for row in db.session.scalars(select(Agreement).where(*mine).order_by(Agreement.id).with_for_update(of=Agreement)):
        services.withdraw(row, "There is no license to sign it for.", at)
