"""What happens when a password's time runs out, the reminders before, and the end of the license."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from licensing.access.following import follows
from licensing.access.models import License
from licensing.credentials import mails, services
from licensing.credentials.models import HmisCredential
from licensing.events import LicenseEnded


def _credential(clock: Deadline) -> HmisCredential:
    with db.session.no_autoflush:
        return db.session.scalars(select(HmisCredential).where(HmisCredential.id == clock.subject_id)).one()


def _missed(clock: Deadline, now: datetime) -> None:
    clock.outcome = "Nobody said that it was done."
    mails.missed(_credential(clock), clock, now)


def _soon(clock: Deadline, now: datetime) -> None:
    mails.soon(_credential(clock), clock, now)


def _link(_clock: Deadline) -> str:
    return mails.OWN


for name, label in ((services.FIRST_LOGIN, "First HMIS sign-in"), (services.EXPIRY, "HMIS password")):
    register_kind(Kind(name, label, Fires.AFTER_DUE, _missed, _soon, link=_link, action="Say it is done"))


_IN_USE = select(HmisCredential.id).where(HmisCredential.license_id == License.id, HmisCredential.over_at.is_(None))


@follows(_IN_USE, HmisCredential)
def _ends(event: LicenseEnded) -> None:
    for row in services.in_force(event.license_id):
        services.finish(row, event.at, "The license ended.")
