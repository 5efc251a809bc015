"""What of practicing stands on Today, and on the page of one's own training."""

from __future__ import annotations

from datetime import datetime

from core import home
from core.authz import Principal
from core.db import db
from core.home import Turn, WorkItem
from training.mine import Piece, piece
from training.practice import queries
from training.practice.elements import type_words
from training.practice.models import PracticeAttempt, PracticeTrack
from training.practice.permissions import Permission
from training.practice.rules import SegmentState, TrackState

AREA = "Training"


@home.provider
def own_part(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """The part that is out: to do, to correct, or with the trainers."""
    items = []
    for track in queries.own_tracks(principal.person_id, limit):
        segment = track.current.open_segment if track.current and track.state is TrackState.WORKING else None
        if segment is not None:
            does, turn = OWN[segment.state]
            items.append(
                WorkItem(
                    f"Practice case: {segment.title.lower()}", f"/training/practice/{track.id}", does, AREA,
                    type_words(track.hud_type), since=segment.released_at, group=turn,
                )
            )  # fmt: skip
    return items


OWN = {
    SegmentState.OPEN: ("Go on", Turn.MINE),
    SegmentState.RETURNED: ("Correct it", Turn.MINE),
    SegmentState.SUBMITTED: ("See it", Turn.WAITING),
}


@home.provider
def to_review(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """What a trainer has taken, and what nobody has, the oldest first."""
    if not principal.can(Permission.REVIEW):
        return []
    spoken = queries.spoken_by(principal.person_id, at)
    order = (PracticeAttempt.submitted_at, PracticeAttempt.id)
    rows = db.session.scalars(queries.to_review(principal, spoken).order_by(*order).limit(limit))
    return [
        WorkItem(
            f"Review: {row.track.person.name}, {row.segment.assignment.case.title}, {row.segment.title.lower()}",
            f"/training/practice/reviews/{row.id}", "Review", AREA, _tries(row), since=row.submitted_at,
        )
        for row in rows.unique()
    ]  # fmt: skip


def _tries(row: PracticeAttempt) -> str:
    holder = "Yours" if row.trainer_id else "Nobody has taken it"
    return holder if row.number == 1 else f"{holder}; try {row.number}"


@home.provider
def to_give(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """Somebody for whom the library has no case."""
    if not principal.can(Permission.REVIEW):
        return []
    return [
        WorkItem(
            f"No practice case for {track.person.name}", f"/training/practice/{track.id}", "Give one", AREA,
            type_words(track.hud_type), since=track.begun_at,
        )
        for track in queries.waiting_for_case(principal, limit)
    ]  # fmt: skip


@home.provider
def to_decide(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """For the data committee: denied until it decides, and provisional access that runs out."""
    if not principal.can(Permission.SIT):
        return []
    rows = queries.before_committee(principal).where(
        PracticeTrack.state.in_([TrackState.COMMITTEE, TrackState.PROVISIONAL])
    )
    return [
        WorkItem(
            f"Decide on access: {row.person.name}", f"/training/practice/committee/{row.id}", "Decide", AREA,
            queries.TRACK_STATES[row.state], due_at=row.until if row.state is TrackState.PROVISIONAL else None,
            since=row.begun_at,
        )
        for row in db.session.scalars(rows.order_by(PracticeTrack.id).limit(limit)).unique()
    ]  # fmt: skip


@piece
def cases(principal: Principal, _at: datetime) -> Piece | None:
    rows = queries.own_tracks(principal.person_id)
    if not rows:
        return None
    context = {
        "tracks": [row for row in rows if row.state is not TrackState.WITHDRAWN],
        "states": queries.TRACK_STATES,
        "type_words": type_words,
    }
    return Piece("training/practice/_mine.html", context, order=20)
