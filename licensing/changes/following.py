"""What happens elsewhere moves changes on: whatever an approved one waits for may come, and a license may end."""

from __future__ import annotations

from sqlalchemy import select, true

from core.db import db
from core.events import subscribe
from core.people.models import Agency
from licensing.access.following import follows
from licensing.access.models import License
from licensing.changes import services
from licensing.changes.models import OPEN_STATES, LicenseChange
from licensing.events import AgreementInForce, LicenseEnded, LicenseSuspension
from training import api as training


@subscribe(training.KindPracticed)
def _practiced(event: training.KindPracticed) -> None:
    """Practiced for one agency is practiced for all of the Lead's."""
    services.settle_those(event.at, LicenseChange.lead_id == event.lead_id, License.person_id == event.person_id)


@subscribe(LicenseSuspension)
def _freed(event: LicenseSuspension) -> None:
    if event.why == "freed":
        services.settle_those(event.at, LicenseChange.license_id == event.license_id)


@subscribe(AgreementInForce)
def _signed(event: AgreementInForce) -> None:
    """The agency's own counts for everybody there."""
    theirs = License.person_id == event.person_id if event.person_id is not None else true()
    services.settle_those(event.at, LicenseChange.agency_id == event.agency_id, theirs)


_UNDER_WAY = select(LicenseChange.id).where(
    LicenseChange.license_id == License.id, LicenseChange.state.in_(OPEN_STATES)
)


@follows(_UNDER_WAY, LicenseChange)
def _ended(event: LicenseEnded) -> None:
    for row in services.open_of(event.person_id, db.session.get_one(Agency, event.agency_id)):
        services.withdraw(row, event.at, "The license ended.")
