"""A track's rows: finding and holding it, what happened to it, and how the ladder sees that."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from core.audit import record
from core.db import db
from core.errors import Conflict
from core.events import publish
from core.once import one_at_a_time
from core.policy import Policy, catalog
from training.events import PracticeReturned, PracticeSubmitted
from training.practice import ladder, rules
from training.practice.models import PracticeAssignment, PracticeSegment, PracticeStep, PracticeTrack
from training.practice.rules import Act, CaseState, SegmentAct, SegmentState, TrackState


def policy_of(track: PracticeTrack) -> Policy:
    """What it began under stays."""
    return catalog.version(track.pack, track.pack_version)


def hold(track_id: int) -> PracticeTrack:
    """The track, locked and read anew; every act on it begins here."""
    return db.session.get_one(PracticeTrack, track_id, with_for_update={"of": PracticeTrack}, populate_existing=True)


def was_sent(once: str) -> bool:
    """Whether this form did its work already; a second one at the same time waits for the first."""
    one_at_a_time(once)
    return bool(once) and db.session.scalar(select(PracticeStep.id).where(PracticeStep.once == once)) is not None


def note(
    track: PracticeTrack, act: Act, at: datetime, by_id: int | None, text: str = "", once: str | None = None
) -> PracticeStep:
    """What happened, as a row and in the trail."""
    row = PracticeStep(track_id=track.id, at=at, by_id=by_id, act=act, text=text, once=once or None)
    track.steps.append(row)
    db.session.flush()
    record(
        f"practice-case.{act}", track, data={"person": track.person_id, "hud_type": track.hud_type, "text": text[:200]}
    )
    return row


def way_of(track: PracticeTrack) -> ladder.Way | None:
    """Where the ladder has them, replayed from what happened; None where the community follows none (MO-TR-7)."""
    if not rules.has_ladder(policy_of(track)) or track.current is None:
        return None
    return rules.way_of(len(track.current.segments), [step.act for step in track.steps])


def tried(track: PracticeTrack) -> rules.Tried:
    """The most failed attempts at one segment, and the sessions held (MO-TR-6)."""
    failed = [segment.failed for case in track.assignments for segment in case.segments]
    sessions = sum(step.act is Act.ONE_ON_ONE for step in track.steps)
    return rules.Tried(max(failed, default=0), sessions)


def must_be(track: PracticeTrack, *states: TrackState) -> None:
    if track.state not in states:
        raise Conflict("This is over, or has moved on.", "Load the page again to see how it stands.")


def move(segment: PracticeSegment, act: SegmentAct) -> None:
    following = rules.TRANSITIONS.get((segment.state, act))
    if following is None:
        raise Conflict(f"This part is {STATES[segment.state].lower()}.", "Load the page again to see how it stands.")
    segment.state = following


STATES = {
    SegmentState.LATER: "Later",
    SegmentState.OPEN: "To do",
    SegmentState.SUBMITTED: "With the trainers",
    SegmentState.RETURNED: "To correct",
    SegmentState.ACCEPTED: "Accepted",
}


def close(track: PracticeTrack, state: TrackState, at: datetime) -> None:
    """The track is over; what was still out is not worked on any more."""
    track.state, track.closed_at = state, at
    for case in track.assignments:
        if case.state is CaseState.WORKING:
            end_case(case, CaseState.PASSED if state is TrackState.PASSED else CaseState.ENDED, at)
    db.session.flush()


def end_case(case: PracticeAssignment, state: CaseState, at: datetime) -> None:
    case.state, case.closed_at = state, at
    db.session.flush()


# ------------------------------------------------------------------ whose turn it is, for the series' clocks


def tell_submitted(track: PracticeTrack, at: datetime) -> None:
    """Only once nothing else of the series waits for the trainee: then a clock may rest."""
    if track.enrollment_id is not None and not _with_trainee(track.enrollment_id):
        publish(PracticeSubmitted(track.enrollment_id, at))


def tell_returned(track: PracticeTrack, at: datetime) -> None:
    if track.enrollment_id is not None:
        publish(PracticeReturned(track.enrollment_id, at))


def _with_trainee(enrollment_id: int) -> int:
    """How many parts are theirs to do now, over all kinds of project of the series."""
    query = select(func.count()).select_from(PracticeSegment).join(PracticeAssignment).join(PracticeTrack)
    mine = (SegmentState.OPEN, SegmentState.RETURNED)
    query = query.where(PracticeTrack.enrollment_id == enrollment_id, PracticeSegment.state.in_(mine))
    return db.session.scalar(query.where(PracticeAssignment.state == CaseState.WORKING)) or 0
