from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Forbidden, Invalid
from core.people.models import Lead, Person
from helpdesk.reports.models import StaffShare
from helpdesk.reports.permissions import Permission
from helpdesk.reports.staffing import queries
from helpdesk.reports.staffing.rules import FULL

FAR = timedelta(days=366)


def set_share(lead: Lead, person: Person, hundredths: int, since: date, by: Principal, at: datetime) -> StaffShare:
    """From a day on (HUD-HD-4). What holds already is not written again, so the same form sent twice is one act.

    Raises Invalid for a share that cannot be, and for a day more than a year away.
    """
    if not by.can(Permission.SET_SHARE, lead_id=lead.id):
        raise Forbidden("Only an administrator of the HMIS Lead sets this.")
    if not 0 <= hundredths <= FULL:
        raise Invalid("Write a percentage from 0 to 100.", "100 is a full-time place.", field="share")
    today = at.astimezone(ZoneInfo(lead.tz)).date()
    if not today - FAR <= since <= today + FAR:
        raise Invalid("This day is more than a year away.", "Check the year.", field="since")
    db.session.execute(select(Lead.id).where(Lead.id == lead.id).with_for_update())
    held = queries.shares(lead.id, since).get(person.id)
    if held is not None and held.hundredths == hundredths:
        return held
    row = StaffShare(
        lead_id=lead.id,
        person=person,
        hundredths=hundredths,
        since=since,
        set_by_id=by.person_id,
        set_at=at,
    )
    db.session.add(row)
    db.session.flush()
    told = {"person": person.id, "hundredths": hundredths, "since": since.isoformat()}
    record("share.set", row, data=told)
    return row
