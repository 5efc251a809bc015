"""What happens when a departure's clocks run out."""

from __future__ import annotations

from datetime import datetime

from core.db import locked
from core.deadlines import Deadline, Fires, Kind, register_kind
from licensing.departures import mails, services
from licensing.departures.models import DepartureNotice
from licensing.departures.rules import DepartureState


def _departure(clock: Deadline) -> DepartureNotice:
    """Held until the commit, as it stands now."""
    return locked(DepartureNotice, clock.subject_id, DepartureNotice.person, DepartureNotice.agency)


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
register_kind(Kind(services.DEACTIVATION, "End of access", Fires.AT_DUE, _access_ends, _ends_soon, link=_link))
