from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.office.about import Part, about_agency
from core.people.models import Agency
from licensing.agencies.permissions import Permission
from licensing.endings import defaults, services
from licensing.endings.models import DefaultNotice, Ending, Suspension
from licensing.endings.rules import EndingState, Transfer

AREA = "Licensing"
OF_ONE = (joinedload(Ending.agency), joinedload(Ending.by), joinedload(Ending.file))


def endings_of(agency: Agency) -> list[Ending]:
    """Every notice there was, the newest first."""
    query = select(Ending).where(Ending.agency_id == agency.id).options(*OF_ONE, joinedload(Ending.withdrawn_by))
    return list(db.session.scalars(query.order_by(Ending.id.desc())))


def ending_of(agency: Agency, *, lock: bool = False) -> Ending:
    """The one under way, or that took effect; locked with its clocks first, as the sweep takes them."""
    row: Ending = found(services.running(agency))
    if lock:
        mine = (Deadline.subject_type == Ending.__tablename__, Deadline.subject_id == row.id)
        db.session.scalars(select(Deadline).where(*mine).order_by(Deadline.id).with_for_update()).all()
        db.session.refresh(row, with_for_update={"of": Ending})
    return row


def defaults_of(agency: Agency) -> list[DefaultNotice]:
    query = select(DefaultNotice).where(DefaultNotice.agency_id == agency.id)
    query = query.options(joinedload(DefaultNotice.by), joinedload(DefaultNotice.closed_by))
    return list(db.session.scalars(query.order_by(DefaultNotice.id.desc())))


def default_of(agency: Agency, default_id: int) -> DefaultNotice:
    query = select(DefaultNotice).where(DefaultNotice.id == default_id, DefaultNotice.agency_id == agency.id)
    row: DefaultNotice = found(db.session.scalar(query.with_for_update(of=DefaultNotice)))
    return row


def suspension_of(agency: Agency) -> Suspension:
    row: Suspension = found(defaults.suspended(agency))
    return row


@about_agency
def leaving(principal: Principal, agency: Agency, _at: datetime) -> Part | None:
    """Above everything else on the agency's page: suspended, in default, leaving, or gone."""
    if not principal.can(Permission.VIEW, agency=agency):
        return None
    context: dict[str, Any] = {
        "suspension": defaults.suspended(agency),
        "defaults": defaults.open_defaults(agency),
        "ending": services.running(agency),
        "may_end": principal.can(Permission.END, agency=agency) or principal.can(Permission.SUSPEND, agency=agency),
    }
    return Part("licensing/endings/_agency.html", context, order=5)


@today_provider
def endings_for_today(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """What is left of an ending that took effect, for the Lead: the close-out, and the agency's data."""
    if not principal.can(Permission.KEEP):
        return []
    query = select(Ending).where(
        principal.scope(Permission.KEEP).where(Ending), Ending.state == EndingState.ENDED, Ending.asked_on.is_not(None),
        Ending.delivered_on.is_(None),
    )  # fmt: skip
    rows = db.session.scalars(query.options(*OF_ONE).order_by(Ending.id).limit(limit)).all()
    return [
        WorkItem(
            title=f"Data of {row.agency.name}",
            url=f"/agencies/{row.agency_id}/ending#data",
            action="Deliver" if services.transfer_of(row, at) is Transfer.PAID else "Open",
            area=AREA,
            detail="Asked for and not delivered yet",
            since=row.effective_at,
            group=Turn.MINE,
        )
        for row in rows
    ]
