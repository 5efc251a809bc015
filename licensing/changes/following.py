"""What happens elsewhere moves changes on: a practice case that is passed, a license that ends."""

from __future__ import annotations

from core.db import db
from core.events import subscribe
from core.people.models import Agency
from licensing.access.ground import hold
from licensing.changes import services
from licensing.events import LicenseEnded
from training import api as training


@subscribe(training.PracticeCasePassed)
def _passed(event: training.PracticeCasePassed) -> None:
    agency = db.session.get_one(Agency, event.agency_id)
    hold(agency)
    for row in services.open_of(event.person_id, agency):
        services.settle(row, event.at)


@subscribe(LicenseEnded)
def _ended(event: LicenseEnded) -> None:
    for row in services.open_of(event.person_id, db.session.get_one(Agency, event.agency_id)):
        services.withdraw(row, event.at, "The license ended.")
