"""What happens elsewhere and ends a track: a series that is withdrawn takes its practice cases with it."""

from __future__ import annotations

from sqlalchemy import select

from core.db import db
from core.events import subscribe
from training.events import SeriesWithdrawn
from training.practice import extra, tracks
from training.practice.models import PracticeTrack
from training.practice.rules import TrackState


@subscribe(SeriesWithdrawn)
def _series_withdrawn(event: SeriesWithdrawn) -> None:
    """Nobody hands in what nobody waits for; what lies before the committee is decided there (MO-TR-7)."""
    mine = (PracticeTrack.enrollment_id == event.enrollment_id, PracticeTrack.state == TrackState.WORKING)
    for number in db.session.scalars(select(PracticeTrack.id).where(*mine).order_by(PracticeTrack.id)).all():
        extra.close(tracks.hold(number), f"The series it belonged to is no longer needed: {event.reason}", event.at)
