"""What happens when a departure's clocks run out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.db import db, know, remembered
from core.deadlines import Deadline, Fires, Kind, register_kind
from licensing.departures import mails, services
from licensing.departures.models import DepartureNotice
from licensing.departures.rules import DepartureState

HELD = "departure-held"


def _departure(clock: Deadline) -> DepartureNotice:
    return remembered((HELD, clock.subject_id), lambda: _hold([clock.subject_id])[0])


def _hold(ids: Sequence[int]) -> Sequence[DepartureNotice]:
    """Held until the commit, as they stand now. The sweep has changed the clocks only, which are not asked for."""
    query = select(DepartureNotice).where(DepartureNotice.id.in_(ids)).order_by(DepartureNotice.id)
    query = query.options(joinedload(DepartureNotice.person), joinedload(DepartureNotice.agency))
    query = query.with_for_update(of=DepartureNotice).execution_options(populate_existing=True)
    with db.session.no_autoflush:
        return db.session.scalars(query).all()


def _gather(clocks: Sequence[Deadline], now: datetime) -> None:
    rows = _hold([clock.subject_id for clock in clocks])
    for row in rows:
        know((HELD, row.id), row)
    services.look_up(rows, now)


def _notice_missed(clock: Deadline, now: datetime) -> None:
    clock.outcome = "No notice came in time."
    mails.notice_missed(_departure(clock), clock, now)


def _access_ends(clock: Deadline, now: datetime) -> None:
    """The rows have said since the notice when access ends; the sweep may be later, the end is not."""
    row = _departure(clock)
    if row.state is DepartureState.SCHEDULED:
        clock.outcome = "Access ended by itself."
        services.take_effect(row, min(row.ends_at, now))


def _ends_soon(clock: Deadline, now: datetime) -> None:
    mails.soon(_departure(clock), clock, now)


def _link(clock: Deadline) -> str:
    return f"/departures/{clock.subject_id}"


register_kind(
    Kind(services.NOTICE, "Departure notice", Fires.AFTER_DUE, _notice_missed, link=_link, action="Give notice")
)
register_kind(
    Kind(services.DEACTIVATION, "End of access", Fires.AT_DUE, _access_ends, _ends_soon, link=_link, gather=_gather)
)
