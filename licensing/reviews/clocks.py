"""What happens when the time to confirm runs out. Rule: HUD-LI-5."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from licensing.access.services import hold
from licensing.reviews import mails, services
from licensing.reviews.models import AccessReview
from licensing.reviews.rules import ReviewState


def _review(clock: Deadline) -> AccessReview:
    """Held until the commit, as it stands now; the sweep has changed the clock only."""
    query = select(AccessReview).where(AccessReview.id == clock.subject_id).options(joinedload(AccessReview.agency))
    with db.session.no_autoflush:
        hold(db.session.scalars(query).one().agency)
        query = query.with_for_update(of=AccessReview)
        return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _over(clock: Deadline, now: datetime) -> None:
    number = services.lock_unanswered(_review(clock), now)
    clock.outcome = f"{number} not confirmed in time, and locked."


def _soon(clock: Deadline, now: datetime) -> None:
    row = _review(clock)
    if row.state is ReviewState.OPEN:
        mails.reminded(row, clock, now)


def _link(clock: Deadline) -> str:
    return f"/reviews/{clock.subject_id}"


register_kind(
    Kind(services.CLOCK, "Review of HMIS users", Fires.AFTER_DUE, _over, _soon, link=_link, action="Confirm users")
)
