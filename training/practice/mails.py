"""Who is told what about practicing: the trainee at each turn, the agency and the committee where access is decided.

No mail has anything of the invented household, nor of what was entered: it stands on the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.outbox import enqueue
from core.people.models import DesignationKind, Person, StaffRole
from core.people.services import designated, staff_of
from training.practice.elements import type_words
from training.practice.models import PracticeAttempt, PracticeSegment, PracticeTrack


def given(track: PracticeTrack) -> None:
    case = track.current
    assert case is not None, "it was given just now"
    first = (
        f"Case {case.number} for {type_words(track.hud_type)} is ready: begin with {case.segments[0].title.lower()}."
    )
    _tell(track, [track.person], f"given:{case.id}", "A practice case is ready", first)


def returned(attempt: PracticeAttempt) -> None:
    says = f"{attempt.segment.title}: a few things are to be corrected. Your trainer wrote what, and why."
    _tell(attempt.track, [attempt.track.person], f"returned:{attempt.id}", "Please correct a part", says)


def accepted(attempt: PracticeAttempt, following: PracticeSegment) -> None:
    says = f"{attempt.segment.title} is accepted, well done. The next part is out: {following.title.lower()}."
    _tell(attempt.track, [attempt.track.person], f"accepted:{attempt.id}", "The next part is out", says)


def passed(track: PracticeTrack) -> None:
    says = f"Every part is accepted. You have practiced for {type_words(track.hud_type)}."
    _tell(track, [track.person], f"passed:{track.id}", "Practice case accepted", says)


def fell_away(track: PracticeTrack, reason: str) -> None:
    says = f"You need not go on with the practice case for {type_words(track.hud_type)}. {reason}"
    _tell(track, [track.person], f"fell-away:{track.id}", "A practice case is no longer needed", says)


def put_up(track: PracticeTrack, at: datetime) -> None:
    """Nobody has access on it while the committee decides."""
    says = f"The practice cases of {track.person.name} ended without success. The committee decides on access."
    _tell(track, [track.person, *_agency(track, at)], f"put-up:{track.id}", "The committee decides", says)
    _committee(track, at, f"committee:{track.id}", says)


def evaluate(track: PracticeTrack, at: datetime) -> None:
    says = f"The provisional access of {track.person.name} has run its time. The committee decides again."
    _committee(track, at, f"evaluate:{track.id}", says)
    _tell(track, [track.person, *_agency(track, at)], f"evaluate:{track.id}", "The committee decides again", says)


def evaluate_soon(track: PracticeTrack, at: datetime) -> None:
    says = f"The provisional access of {track.person.name} ends in a week; then the committee decides again."
    _committee(track, at, f"evaluate-soon:{track.id}", says)


def decided(track: PracticeTrack, once: str, subject: str, says: str, at: datetime) -> None:
    """To the person, those of the agency who answer for access, and a mentor where there is one."""
    mentor = [track.mentor] if track.mentor else []
    _tell(track, [track.person, *_agency(track, at), *mentor], once, subject, says)


def _agency(track: PracticeTrack, at: datetime) -> list[Person]:
    kinds = (DesignationKind.ADMINISTRATOR, DesignationKind.REPRESENTATIVE)
    return [person for kind in kinds for person in designated(track.agency_id, kind, at)]


def _committee(track: PracticeTrack, at: datetime, once: str, says: str) -> None:
    people = staff_of(track.lead_id, StaffRole.DATA_COMMITTEE, at, track.coc_id)
    _tell(track, people, once, "A practice case waits for you", says, path=f"/training/practice/committee/{track.id}")


def _tell(track: PracticeTrack, people: Iterable[Person], once: str, subject: str, says: str, path: str = "") -> None:
    for person in {one.id: one for one in people}.values():
        enqueue(
            "practice-news",
            person,
            key=f"practice-news:{once}:{person.id}"[:200],
            context={"subject_words": subject, "says": says, "path": path or f"/training/practice/{track.id}"},
            subject=track,
            lead_id=track.lead_id,
        )
