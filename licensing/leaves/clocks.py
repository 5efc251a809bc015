"""What happens when a leave begins, was not locked in time, or is over without a word; and when a license ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from core.events import subscribe
from licensing.events import LicenseEnded
from licensing.leaves import mails, services
from licensing.leaves.models import Leave
from licensing.leaves.rules import LeaveState


def _leave(clock: Deadline) -> Leave:
    """Held until the commit, as it stands now; the sweep has changed the clock only."""
    query = select(Leave).where(Leave.id == clock.subject_id).with_for_update(of=Leave)
    with db.session.no_autoflush:
        return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _begins(clock: Deadline, now: datetime) -> None:
    """The sweep may be later; the lock is of the first instant of the leave."""
    row = _leave(clock)
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


@subscribe(LicenseEnded)
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
