"""Access for a time, for what hangs on it elsewhere. Rules: MO-TR-7."""

from __future__ import annotations

from sqlalchemy import select

from core.db import db
from core.deadlines import deadlines_of
from core.policy import Decision
from core.policy.vocabulary import ClockName
from training.practice import ending
from training.practice.models import PracticeTrack
from training.practice.rules import TrackState


def provisional_access(person_id: int, agency_id: int) -> Decision | None:
    """The last second of the access that the committee gave for a time, with its reasons, in the agency's zone.

    None where there is none, or where the committee has decided again; of several kinds of project, the first to end.
    """
    here = (PracticeTrack.person_id == person_id, PracticeTrack.agency_id == agency_id)
    query = select(PracticeTrack).where(*here, PracticeTrack.state == TrackState.PROVISIONAL)
    track = db.session.scalar(query.order_by(PracticeTrack.until, PracticeTrack.id).limit(1))
    if track is None:
        return None
    begun = deadlines_of(track, ending.PROVISIONAL)[-1].anchor_at
    return ending.due(track, ClockName.PROVISIONAL_ACCESS, begun)
