"""Today of those who keep the staff: somebody is away, or soon will be, and nobody stands in (HUD-HD-4)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.authz import Principal
from core.db import db
from core.home import WorkItem, provider
from core.people.models import Lead
from core.ui.times import say_day
from helpdesk.routing import queries
from helpdesk.routing.models import Absence

AHEAD = timedelta(days=14)


@provider
def nobody_stands_in(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """From a fortnight before; due by the morning of the first day."""
    leads = queries.leads_kept(principal)
    if not leads:
        return []
    items: list[WorkItem] = []
    for lead in db.session.scalars(select(Lead).where(Lead.id.in_(leads)).order_by(Lead.id)):
        zone = ZoneInfo(lead.tz)
        day = at.astimezone(zone).date()
        soon = queries.absences(lead, day).where(Absence.from_on <= day + AHEAD).order_by(Absence.from_on, Absence.id)
        rows = list(db.session.scalars(soon.limit(limit)))
        stands = queries.stand_ins(rows, queries.backups_of(lead.id)) if rows else {}
        items.extend(_item(row, zone) for row in rows if stands[row.id] is None)
    return items[:limit]


def _item(row: Absence, zone: ZoneInfo) -> WorkItem:
    return WorkItem(
        title=f"{row.person.name} is away from {say_day(row.from_on)} and nobody stands in",
        url=f"/absences/{row.id}",
        action="Name somebody",
        area="Help desk",
        detail="Requests of their agencies go to whoever has least to do",
        due_at=datetime.combine(row.from_on, time(), zone),
    )
