"""A cycle that was started, such as one for the wrong day, goes on no longer. Rules: MO-TR-8, VT-TR-7."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict
from core.typed import must_say
from training.recertification import locks, services
from training.recertification.models import Campaign, Obligation
from training.recertification.opening import OPEN_STATES
from training.recertification.rules import CampaignState, Owes

EXAMPLE = "For example: it was started with the wrong day."


def stop(row: Campaign, by: Principal, reason: str, at: datetime) -> None:
    """Nobody owes anything of it from here on, no round follows, and who was locked out for it only has access again.

    What was done or excused stays. Stopped with the same words again is once. Raises Invalid without a reason, Conflict
    where it is over already.
    """
    must_say(reason, EXAMPLE)
    locks.while_opening(row.lead_id)
    db.session.refresh(row, with_for_update={"of": Campaign})
    if row.stopped_at is not None and row.stop_reason == reason:
        return
    if row.state is CampaignState.OVER:
        raise Conflict("This is over already.", "Load the page again to see how it stands.")
    row.state = CampaignState.OVER
    row.stopped_by_id, row.stopped_at, row.stop_reason = by.person_id, at, reason
    late = select(Obligation).where(Obligation.campaign_id == row.id, Obligation.state == Owes.LAPSED)
    lapsed = list(db.session.scalars(late.order_by(Obligation.id).with_for_update(of=Obligation)))
    still = (Obligation.campaign_id == row.id, Obligation.state.in_(OPEN_STATES))
    ended = update(Obligation).where(*still).values(state=Owes.ENDED).returning(Obligation.id)
    count = len(db.session.scalars(ended.execution_options(synchronize_session=False)).all())
    for one in lapsed:
        db.session.expire(one, ["state"])
    record("campaign.stopped", row, data={"title": row.title, "reason": reason, "obligations": count})
    services.tell_caught_up(lapsed, at)
