"""What an approval brought with it, and what becomes of that when it is taken back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from core.audit import record
from core.db import db
from core.people.models import Designation, Membership
from licensing.access.models import AccessRequest, License, LicenseState


def take_back(request: AccessRequest, at: datetime) -> None:
    """The membership that the approval made ends, so that the person works at the agency no longer.

    It stays where it has become something else meanwhile: they have a license there, or were named to a duty.
    """
    if request.membership_id is None:
        return
    query = select(Membership).where(Membership.id == request.membership_id).with_for_update(of=Membership)
    row = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if row.ended_at is None and not _has_other_ground(row, at):
        row.ended_at = at
        data = {"person": row.person_id, "request": request.id}
        record("membership.ended", row, agency_id=row.agency_id, lead_id=request.lead_id, data=data)


def _has_other_ground(row: Membership, at: datetime) -> bool:
    licensed = select(License.id).where(
        License.person_id == row.person_id, License.agency_id == row.agency_id, License.state != LicenseState.ENDED
    )
    still = or_(Designation.ended_at.is_(None), Designation.ended_at > at)
    named = select(Designation.id).where(
        Designation.person_id == row.person_id, Designation.agency_id == row.agency_id, still
    )
    return db.session.scalar(select(or_(licensed.exists(), named.exists()))) is True
