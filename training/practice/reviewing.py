"""Reviewing what was handed in: taking it, marking each line, accepting it or returning its errors, and passing.

Rules: MO-TR-4, MO-TR-5, MO-TR-7, VT-TR-4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.audit import record
from core.db import db
from core.errors import Conflict, Invalid
from core.events import publish
from core.once import one_at_a_time
from core.people.models import LeadStaff, Person
from core.typed import refuse_client_data
from training.courses.completions import Earned, complete
from training.courses.vocabulary import How
from training.events import KindPracticed, PracticeCasePassed
from training.practice import ladder, languages, mails, rules, services, tracks
from training.practice.content import Line
from training.practice.models import PracticeAssignment, PracticeAttempt, PracticeMark, PracticeRemark, PracticeTrack
from training.practice.rules import Act, SegmentAct, SegmentState, TrackState, Verdict


def take(attempt: PracticeAttempt, by: Person, at: datetime, *, over: bool = False) -> None:
    """A trainer takes it; somebody else's only when they say so."""
    _must_wait(attempt, by)
    if attempt.trainer_id not in (None, by.id) and not over:
        name = attempt.trainer.name if attempt.trainer else "Somebody"
        raise Conflict(f"{name} has taken this one.", "Take it over if they cannot do it.")
    attempt.trainer_id, attempt.trainer, attempt.taken_at = by.id, by, at
    db.session.flush()


def leave(attempt: PracticeAttempt, by: Person) -> None:
    """Back to everybody."""
    _must_wait(attempt, by)
    attempt.trainer_id, attempt.trainer, attempt.taken_at = None, None, None
    db.session.flush()


def _must_wait(attempt: PracticeAttempt, by: Person) -> None:
    if attempt.reviewed_at is not None:
        raise Conflict("This was reviewed before.", "Load the page again to see what was said.")
    if attempt.track.person_id == by.id:
        raise Conflict("This is your own work.", "Somebody else reviews it.")


def checked(attempt: PracticeAttempt, found: Mapping[str, Any], by: Person, at: datetime) -> None:
    """What the trainer's own export of the household shows; it fills in the review."""
    _must_wait(attempt, by)
    attempt.found, attempt.checked_at = dict(found), at
    db.session.flush()


@dataclass(frozen=True)
class Mark:
    verdict: Verdict | None
    remark: str = ""


@dataclass(frozen=True)
class Review:
    """A trainer's marks by the lines' places, the summary for the trainee, and whether the part is accepted."""

    marks: Mapping[str, Mark]
    is_accepted: bool
    summary: str = ""
    keeps_remarks: bool = False
    once: str = ""


def review(attempt: PracticeAttempt, said: Review, by: Person, at: datetime) -> None:
    """Accepted, the next part is released, or the case is passed; else its errors go back (MO-TR-4, MO-TR-5)."""
    if tracks.was_sent(said.once):
        return
    _must_wait(attempt, by)
    track = attempt.track
    tracks.must_be(track, TrackState.WORKING)
    _check_review(attempt, said)
    take(attempt, by, at, over=True)
    _write_marks(attempt, said, by, at)
    segment = attempt.segment
    tracks.move(segment, SegmentAct.ACCEPT if said.is_accepted else SegmentAct.RETURN)
    attempt.reviewed_at, attempt.reviewer_id, attempt.is_accepted = at, by.id, said.is_accepted
    attempt.summary = said.summary
    db.session.flush()
    act = Act.ACCEPTED if said.is_accepted else Act.RETURNED
    tracks.note(track, act, at, by.id, f"{segment.title}, attempt {attempt.number}", said.once)
    tracks.tell_returned(track, at)
    _go_on(attempt, at)


def lines_of(attempt: PracticeAttempt) -> tuple[Line, ...]:
    """The answer key of the part that was handed in, as it was when the case was given."""
    return attempt.segment.assignment.version.content.parts[attempt.segment.position - 1].lines


def _check_review(attempt: PracticeAttempt, said: Review) -> None:
    refuse_client_data(said.summary, "summary")
    for place, mark in said.marks.items():
        refuse_client_data(mark.remark, f"remark-{place}")
    verdicts = [said.marks[line.place].verdict if line.place in said.marks else None for line in lines_of(attempt)]
    if fault := rules.fault_of_review(verdicts, said.summary, is_accepted=said.is_accepted):
        raise Invalid(fault, field="summary", rule="MO-TR-5")


def _write_marks(attempt: PracticeAttempt, said: Review, by: Person, at: datetime) -> None:
    case_id = attempt.segment.assignment.case_id
    for line in lines_of(attempt):
        mark = said.marks[line.place]
        assert mark.verdict is not None, "every line has one by now"
        row = PracticeMark(
            lead_id=attempt.lead_id, case_id=case_id, place=line.place, element=line.element.number, code=line.code,
            verdict=mark.verdict, remark=mark.remark, at=at,
        )  # fmt: skip
        attempt.marks.append(row)
        if said.keeps_remarks and mark.remark:
            keep_remark(attempt.lead_id, line.element.number, mark.remark, by, at)


def keep_remark(lead_id: int, element: str, text: str, by: Person, at: datetime) -> None:
    """A remark to use again; the same one is kept once."""
    refuse_client_data(text, "text")
    same = (PracticeRemark.lead_id == lead_id, PracticeRemark.element == element, PracticeRemark.text == text)
    one_at_a_time(f"practice-remark:{lead_id}:{element}:{text}")
    if db.session.scalar(select(PracticeRemark.id).where(*same)) is None:
        db.session.add(PracticeRemark(lead_id=lead_id, element=element, text=text, author_id=by.id, at=at))
        db.session.flush()


def _go_on(attempt: PracticeAttempt, at: datetime) -> None:
    track, case = attempt.track, attempt.segment.assignment
    following = next((one for one in case.segments if one.state is SegmentState.LATER), None)
    if not attempt.is_accepted:
        mails.returned(attempt)
        _ladder_goes_on(track, at)
    elif following is not None:
        services.release(following, at)
        mails.accepted(attempt, following)
    else:
        _pass(track, case, at)


def _ladder_goes_on(track: PracticeTrack, at: datetime) -> None:
    """A failed third case puts the matter before the committee by itself (MO-TR-7)."""
    way = tracks.way_of(track)
    if way is not None and way.next is ladder.Next.COMMITTEE:
        tracks.close(track, TrackState.COMMITTEE, at)
        track.closed_at = None
        tracks.note(track, Act.PUT_UP, at, None, way.why)
        mails.put_up(track, at)


def _pass(track: PracticeTrack, case: PracticeAssignment, at: datetime) -> None:
    tracks.close(track, TrackState.PASSED, at)
    tracks.note(track, Act.PASSED, at, None, case.case.title)
    reviewer = case.segments[-1].attempts[-1].reviewer_id
    earned = Earned(How.PRACTICE, case, agency_id=track.agency_id, by_id=reviewer)
    complete(track.person_id, case.case.course, earned, at)
    mails.passed(track)
    publish(
        PracticeCasePassed(
            case.case_id, track.lead_id, track.person_id, track.agency_id, track.hud_type, track.enrollment_id, at
        )
    )
    publish(KindPracticed(track.lead_id, track.person_id, track.agency_id, track.hud_type, at))
    services.once_more(track, at)


def speak(places: Iterable[LeadStaff], spoken: Iterable[str]) -> None:
    """The languages besides English in which somebody reviews, at each of their places in the office (locked)."""
    wanted = {f"{languages.PREFIX}{code}" for code in spoken if code in languages.LANGUAGES}
    for row in places:
        others = {skill for skill in row.skills if not skill.startswith(languages.PREFIX)}
        row.skills = sorted(others | wanted)
        record(
            "staff.languages-set", row, lead_id=row.lead_id, data={"person": row.person_id, "spoken": sorted(wanted)}
        )
    db.session.flush()
