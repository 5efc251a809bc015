"""The license itself: given, with or without its add-on, ended."""

from __future__ import annotations

from datetime import datetime

from core import clock
from core.audit import record
from core.db import db
from core.errors import Conflict
from core.events import publish
from core.people.models import Person
from licensing.access import following
from licensing.access.models import AccessRequest, License, LicenseState
from licensing.events import LicenseChanged, LicenseEnded


def new_license(request: AccessRequest, person: Person, at: datetime) -> License:
    held = License(
        lead_id=request.lead_id,
        coc_id=request.coc_id,
        agency_id=request.agency_id,
        agency=request.agency,
        person_id=person.id,
        person=person,
        request_id=request.id,
        level=request.level,
        enters_data=request.enters_data,
        state=LicenseState.ACTIVE,
        since=at,
        projects=list(request.projects),
    )
    db.session.add(held)
    db.session.flush()
    return held


def set_reporting(held: License, *, on: bool) -> None:
    """The vendor's reporting add-on comes with the license, or no longer does (VT-LI-9); the row must be locked."""
    if held.state is LicenseState.ENDED:
        raise Conflict("This license has ended.", "A new one starts with a request for access.")
    if held.has_reporting is not on:
        held.has_reporting, held.reporting_since = on, clock.now() if on else None
        record("license.reporting", held, data={"on": on})
        publish(LicenseChanged(held.id, held.agency_id, held.person_id, clock.now()))


def end_license(held: License, at: datetime, reason: str) -> None:
    """The license is over from `at`; what rests on it follows. The row must be locked."""
    held.state, held.ended_at, held.ended_reason = LicenseState.ENDED, at, reason
    record("license.ended", held, data={"reason": reason, "at": at})
    event = LicenseEnded(held.id, held.agency_id, held.person_id, reason, at)
    following.follow(event)
    publish(event)
