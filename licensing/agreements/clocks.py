"""What happens when an agreement's time runs out, and the reminders before it."""

from __future__ import annotations

from datetime import datetime

from core.db import locked
from core.deadlines import Deadline, Fires, Kind, register_kind
from licensing.agreements import mails, services
from licensing.agreements.models import Agreement
from licensing.agreements.sending import SIGNING, TERM


def _agreement(clock: Deadline) -> Agreement:
    """Held until the commit, as it stands now."""
    return locked(Agreement, clock.subject_id)


def _not_signed(clock: Deadline, now: datetime) -> None:
    clock.outcome = "It was not signed in time."
    row = _agreement(clock)
    services.not_signed_in_time(row, now)
    mails.overdue(row, clock, now)


def _ran_out(clock: Deadline, now: datetime) -> None:
    clock.outcome = "It was not signed again in time."
    row = _agreement(clock)
    services.expire(row, now)
    mails.overdue(row, clock, now)


def _remind(clock: Deadline, now: datetime) -> None:
    mails.remind(_agreement(clock), clock, now)


def _link(clock: Deadline) -> str:
    return f"/agreements/{clock.subject_id}"


register_kind(
    Kind(SIGNING, "Signature", Fires.AFTER_DUE, _not_signed, _remind, link=_link, action="Sign", on_today=False)
)
register_kind(Kind(TERM, "Agreement's term", Fires.AFTER_DUE, _ran_out, _remind, link=_link, action="Sign again"))
