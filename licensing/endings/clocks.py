"""What happens when an agency's days run out: its end, its cure, its window for the data."""

from __future__ import annotations

from datetime import datetime

from core.db import db, locked
from core.deadlines import Deadline, Fires, Kind, register_kind
from licensing.agencies.queries import is_owed_too
from licensing.endings import mails, services
from licensing.endings.defaults import CURE
from licensing.endings.models import DefaultNotice, Ending
from licensing.endings.rules import EndingState


def _ending(clock: Deadline) -> Ending:
    """Held until the commit, as it stands now."""
    return locked(Ending, clock.subject_id)


def _ends(clock: Deadline, now: datetime) -> None:
    """The rows have said since the notice when access ends; the sweep may be later, the end is not."""
    row = _ending(clock)
    if row.state is EndingState.NOTICE:
        clock.outcome = "Participation ended by itself."
        services.take_effect(row, min(row.ends_at, now))


def _ends_soon(clock: Deadline, now: datetime) -> None:
    mails.soon(_ending(clock), clock, now)


def _not_cured(clock: Deadline, now: datetime) -> None:
    clock.outcome = "The default was not cured in time."
    mails.default_missed(db.session.get_one(DefaultNotice, clock.subject_id), clock, now)


def _window_over(clock: Deadline, now: datetime) -> None:
    clock.outcome = "Nobody asked for the data in time."
    mails.window_closes(db.session.get_one(Ending, clock.subject_id), clock, now)


def _window_soon(clock: Deadline, now: datetime) -> None:
    mails.window_closes(db.session.get_one(Ending, clock.subject_id), clock, now)


def _nothing(_clock: Deadline, _now: datetime) -> None:
    """A warning that only shows on Today."""


def _link(clock: Deadline) -> str:
    return f"/agencies/{clock.agency_id}/ending"


register_kind(Kind(services.END, "End of participation", Fires.AT_DUE, _ends, _ends_soon, link=_link))
register_kind(
    Kind(CURE, "Cure of a default", Fires.AFTER_DUE, _not_cured, _nothing, link=_link, action="See the default")
)
register_kind(
    Kind(services.WINDOW, "Request for the agency's data", Fires.AFTER_DUE, _window_over, _window_soon, link=_link)
)
is_owed_too(services.END, CURE, services.WINDOW)
