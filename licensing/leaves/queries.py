from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline
from core.office.about import Part
from licensing.access.about import about_license
from licensing.access.ground import hold, hold_license
from licensing.access.models import License, LicenseState
from licensing.departures.permissions import Permission
from licensing.leaves import services
from licensing.leaves.models import Leave
from licensing.leaves.rules import LeaveState


def leaves(principal: Principal, filters: Mapping[str, str]) -> Select[Leave]:
    """The leaves a person may see; those that run, unless the filter says otherwise."""
    query = _in_reach(principal).options(joinedload(Leave.license).joinedload(License.person), joinedload(Leave.agency))
    shown = filters.get("state", LeaveState.RUNNING)
    return query.where(Leave.state == LeaveState(shown)) if shown in set(LeaveState) else query


def _in_reach(principal: Principal) -> Select[Leave]:
    return select(Leave).where(principal.scope(Permission.VIEW).where(Leave))


def visible_leave(principal: Principal, leave_id: int, *, lock: bool = False) -> Leave:
    """Another agency's is not there. `lock`: the agency, the license, itself and its clocks, as whoever ends the
    license takes them."""
    query = _in_reach(principal).where(Leave.id == min(leave_id, typed.BIGGEST))
    row: Leave = found(db.session.scalar(query))
    if lock:
        hold(row.agency)
        hold_license(row.license)
        db.session.refresh(row, with_for_update={"of": Leave})
        clocks = select(Deadline).where(Deadline.subject_type == Leave.__tablename__, Deadline.subject_id == row.id)
        ordered = clocks.order_by(Deadline.id).with_for_update().execution_options(populate_existing=True)
        db.session.scalars(ordered).all()
    return row


def license_to_tell_of(principal: Principal, license_id: int) -> License:
    """One of an agency that this person speaks for; any other is not there."""
    query = select(License).where(principal.scope(Permission.RECORD).where(License))
    query = query.where(License.id == min(license_id, typed.BIGGEST))
    row: License = found(db.session.scalar(query.options(joinedload(License.person), joinedload(License.agency))))
    return row


@about_license
def leave_of(principal: Principal, held: License, at: datetime) -> Part | None:
    """The leave that runs or is to come, and where to tell of one."""
    row = services.running_of(held)
    may_tell = held.state is not LicenseState.ENDED and principal.can(Permission.RECORD, agency=held.agency)
    if row is None and not may_tell:
        return None
    said = services.sentence(row, at) if row else ""
    return Part("licensing/leaves/_license.html", {"row": row, "said": said, "license_id": held.id}, order=40)
