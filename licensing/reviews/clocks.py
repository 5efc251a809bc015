"""What happens when the time to confirm runs out. Rule: HUD-LI-5."""

from __future__ import annotations

from datetime import datetime

from core.db import db, locked, reading
from core.deadlines import Deadline, Fires, Kind, register_kind
from licensing.access.services import hold
from licensing.reviews import mails, services
from licensing.reviews.models import AccessReview, ReviewLine
from licensing.reviews.rules import ReviewState


def _over(clock: Deadline, now: datetime) -> None:
    """The agency first, the licenses that nobody answered for, then the review: all held until the commit."""
    with reading(AccessReview):
        row = db.session.get_one(AccessReview, clock.subject_id)
    hold(row.agency)
    services.lock_licenses(row, ReviewLine.answer.is_(None))
    number = services.lock_unanswered(locked(AccessReview, row.id), now)
    clock.outcome = f"{number} not confirmed in time, and locked."


def _soon(clock: Deadline, now: datetime) -> None:
    row = locked(AccessReview, clock.subject_id)
    if row.state is ReviewState.OPEN:
        mails.reminded(row, clock, now)


def _link(clock: Deadline) -> str:
    return f"/reviews/{clock.subject_id}"


register_kind(
    Kind(services.CLOCK, "Review of HMIS users", Fires.AFTER_DUE, _over, _soon, link=_link, action="Confirm users")
)
