"""What happens when the time of a conflict's steps is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from helpdesk.matters.conflicts import mails, services
from helpdesk.matters.conflicts.models import Conflict
from helpdesk.matters.conflicts.rules import ConflictState


def _conflict(clock: Deadline) -> Conflict:
    query = select(Conflict).where(Conflict.id == clock.subject_id).with_for_update(of=Conflict)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _not_settled(clock: Deadline, now: datetime) -> None:
    row = _conflict(clock)
    if row.state is ConflictState.WITH_MANAGER:
        clock.outcome = "Not settled in time; it is with the assistant director."
        services.run_out(row, now)
        mails.missed(row, clock, now)


def _not_told(clock: Deadline, now: datetime) -> None:
    clock.outcome = "The data committee was not told in time."
    mails.missed(_conflict(clock), clock, now)


def _soon(clock: Deadline, now: datetime) -> None:
    mails.soon(_conflict(clock), clock, now)


def _link(clock: Deadline) -> str:
    return f"/conflicts/{clock.subject_id}"


register_kind(
    Kind(services.MANAGER, "Settlement of a conflict", Fires.AFTER_DUE, _not_settled, _soon, _link, "Settle it")
)
register_kind(
    Kind(services.IMPASSE, "Word of an impasse", Fires.AFTER_DUE, _not_told, _soon, _link, "Tell the committee")
)
