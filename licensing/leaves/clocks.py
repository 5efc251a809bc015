"""What happens when a leave begins, was not locked in time, or is over without a word; and when a license ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.db import db, locked, reading
from core.deadlines import Deadline, Fires, Kind, register_kind
from licensing.access.following import follows
from licensing.access.models import License
from licensing.events import LicenseEnded
from licensing.leaves import mails, services
from licensing.leaves.models import Leave
from licensing.leaves.rules import LeaveState


def _leave(clock: Deadline) -> Leave:
    """Held until the commit, as it stands now."""
    return locked(Leave, clock.subject_id)


def _license_and_leave(clock: Deadline) -> Leave:
    """The license first, as whoever ends it does."""
    with reading():
        license_id = db.session.scalars(select(Leave.license_id).where(Leave.id == clock.subject_id)).one()
    locked(License, license_id)
    return _leave(clock)


def _begins(clock: Deadline, now: datetime) -> None:
    """The sweep may be later; the lock is of the first instant of the leave."""
    row = _license_and_leave(clock)
    if row.state is LeaveState.RUNNING:
        clock.outcome = "The license was locked by itself."
        services.lock_now(row, min(clock.due_at, now))


def _lock_missed(clock: Deadline, now: datetime) -> None:
    clock.outcome = "The license was not locked in time."
    mails.lock_missed(_leave(clock), clock.rule, now)


def _not_back(clock: Deadline, now: datetime) -> None:
    row = _leave(clock)
    clock.outcome = "Nobody has said that they are back."
    if row.state is LeaveState.RUNNING:
        mails.not_back(row, now)


_RUNS = select(Leave.id).where(Leave.license_id == License.id, Leave.state == LeaveState.RUNNING)


@follows(_RUNS, Leave)
def _ended(event: LicenseEnded) -> None:
    query = select(Leave).where(Leave.license_id == event.license_id, Leave.state == LeaveState.RUNNING)
    row = db.session.scalar(query.with_for_update(of=Leave))
    if row is not None:
        services.call_off(row, None, event.at, "The license ended.")


def _link(clock: Deadline) -> str:
    return f"/leaves/{clock.subject_id}"


register_kind(Kind(services.BEGINS, "A leave begins", Fires.AT_DUE, _begins, link=_link))
register_kind(Kind(services.LOCK, "Lock for a leave", Fires.AFTER_DUE, _lock_missed, link=_link, action="Lock it"))
register_kind(Kind(services.BACK, "Back from leave", Fires.AFTER_DUE, _not_back, link=_link, action="Say so"))
