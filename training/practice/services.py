"""Practicing: who gets which case, handing a part in, reviewing it, and passing.

Rules: MO-TR-3, MO-TR-4, MO-TR-5, MO-TR-9, VT-TR-4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from core.db import db
from core.errors import Conflict, Invalid
from core.once import one_at_a_time
from core.people.models import Agency, Person
from core.policy import policy_for
from core.policy.vocabulary import LimitName
from core.typed import client_id, refuse_client_data
from training.courses.models import CourseState, VersionState
from training.practice import ladder, languages, mails, rules, tracks
from training.practice.elements import project_types, type_words
from training.practice.models import (
    PracticeAssignment,
    PracticeAttempt,
    PracticeCase,
    PracticeSegment,
    PracticeTrack,
    PracticeVersion,
)
from training.practice.rules import Act, Candidate, CaseState, SegmentAct, TrackState

ON_THE_WAY = (TrackState.WORKING, TrackState.COMMITTEE, TrackState.PROVISIONAL)


@dataclass(frozen=True)
class Giving:
    """Who has somebody practice, why, and in which language they want to be answered."""

    by_id: int | None = None
    reason: str = ""
    language: str = ""
    once: str = ""


# ------------------------------------------------------------------ giving cases


def assign(
    person: Person,
    agency: Agency,
    hud_type: int,
    enrollment_id: int | None,
    *,
    at: datetime,
    giving: Giving | None = None,
) -> PracticeTrack:
    """The person is to practice for this kind of project (MO-TR-3, MO-TR-9); who is at it already goes on there.

    Where no case is left that they never had, the track waits for one and the Lead's staff sees that. Raises Conflict
    while a denial lasts (MO-TR-7).
    """
    how = giving or Giving()
    _check(hud_type, how)
    one_at_a_time(f"practice:{person.id}")
    must_not_wait(person, agency.lead_id, at)
    track = _under_way(person.id, agency.id, hud_type)
    if track is None:
        track = _begin(person, agency, hud_type, enrollment_id, how, at)
    elif enrollment_id is not None:
        track.enrollment_id = enrollment_id
        db.session.flush()
    return track


def _check(hud_type: int, how: Giving) -> None:
    if hud_type not in project_types():
        raise Invalid("Choose one of HUD's project types.", field="hud_type")
    if how.language and how.language not in languages.LANGUAGES:
        raise Invalid("Choose a language of the list.", field="language")
    refuse_client_data(how.reason, "reason")


def denied_until(person_id: int, lead_id: int, at: datetime) -> PracticeTrack | None:
    """The denial of access that still lasts, for whatever kind of project it was (MO-TR-7)."""
    query = select(PracticeTrack).where(PracticeTrack.person_id == person_id, PracticeTrack.lead_id == lead_id)
    denied = query.where(PracticeTrack.state == TrackState.DENIED, PracticeTrack.until.is_not(None))
    row = db.session.scalar(denied.order_by(PracticeTrack.until.desc()).limit(1))
    return row if row is not None and row.until is not None and not rules.is_over(row.until, at) else None


def must_not_wait(person: Person, lead_id: int, at: datetime) -> None:
    """Who was denied access may try again when the wait is over, to the second; Conflict before that (MO-TR-7)."""
    row = denied_until(person.id, lead_id, at)
    if row is not None and row.until is not None:
        day = row.until.astimezone(ZoneInfo(row.agency.tz))
        raise Conflict(
            f"{person.name} was denied access and may try again after {day:%A, %B %-d, %Y}.", "Wait until then.",
            rule="MO-TR-7",
        )  # fmt: skip


def _under_way(person_id: int, agency_id: int, hud_type: int) -> PracticeTrack | None:
    query = select(PracticeTrack).where(
        PracticeTrack.person_id == person_id,
        PracticeTrack.agency_id == agency_id,
        PracticeTrack.hud_type == hud_type,
        PracticeTrack.state.in_(ON_THE_WAY),
    )
    return db.session.scalar(query.with_for_update(of=PracticeTrack))


def _begin(
    person: Person, agency: Agency, hud_type: int, enrollment_id: int | None, how: Giving, at: datetime
) -> PracticeTrack:
    policy = policy_for(agency.coc, at.astimezone(agency.zone).date())
    last = select(func.max(PracticeTrack.id)).where(
        PracticeTrack.person_id == person.id, PracticeTrack.agency_id == agency.id, PracticeTrack.hud_type == hud_type
    )
    track = PracticeTrack(
        lead_id=agency.lead_id, coc_id=agency.coc_id, agency_id=agency.id, agency=agency, person_id=person.id,
        person=person, enrollment_id=enrollment_id, hud_type=hud_type, language=how.language, reason=how.reason,
        begun_at=at, previous_id=db.session.scalar(last), pack=policy.pack, pack_version=policy.version,
    )  # fmt: skip
    db.session.add(track)
    db.session.flush()
    tracks.note(track, Act.BEGUN, at, how.by_id, how.reason or type_words(hud_type), how.once)
    give_case(track, at, how.by_id)
    return track


def give_case(track: PracticeTrack, at: datetime, by_id: int | None = None) -> PracticeAssignment | None:
    """The next case: one for this kind of project that the person never had. None where there is none left."""
    version = _next_version(track)
    if version is None:
        return None
    if track.current is not None and track.current.state is CaseState.WORKING:
        tracks.end_case(track.current, CaseState.ENDED, at)
    row = PracticeAssignment(
        person_id=track.person_id, case_id=version.case_id, case=version.case, version_id=version.id, version=version,
        number=len(track.assignments) + 1, given_at=at,
        segments=[
            PracticeSegment(position=place, step=part.step, title=part.title)
            for place, part in enumerate(version.content.parts, start=1)
        ],
    )  # fmt: skip
    track.assignments.append(row)
    db.session.flush()
    tracks.note(track, Act.CASE_GIVEN, at, by_id, version.case.title)
    release(row.segments[0], at)
    mails.given(track)
    return row


def _next_version(track: PracticeTrack) -> PracticeVersion | None:
    had = set(
        db.session.scalars(select(PracticeAssignment.case_id).where(PracticeAssignment.person_id == track.person_id))
    )
    given = (
        select(func.count())
        .select_from(PracticeAssignment)
        .where(PracticeAssignment.case_id == PracticeCase.id)
        .scalar_subquery()
    )
    query = select(PracticeCase.id, given).where(
        PracticeCase.lead_id == track.lead_id,
        or_(PracticeCase.coc_id == track.coc_id, PracticeCase.coc_id.is_(None)),
        PracticeCase.hud_type == track.hud_type,
        PracticeCase.state == CourseState.OFFERED,
    )
    chosen = rules.choose([Candidate(*row) for row in db.session.execute(query)], had)
    if chosen is None:
        return None
    versions = select(PracticeVersion).where(
        PracticeVersion.case_id == chosen, PracticeVersion.state == VersionState.PUBLISHED
    )
    return db.session.scalar(versions.order_by(PracticeVersion.number.desc()).limit(1))


def release(segment: PracticeSegment, at: datetime) -> None:
    tracks.move(segment, SegmentAct.RELEASE)
    segment.released_at = at
    db.session.flush()


def give_next(track: PracticeTrack, by_id: int, at: datetime, once: str) -> None:
    """A trainer gives the case that is owed: the first where there was none, or the ladder's second or third."""
    if tracks.was_sent(once):
        return
    tracks.must_be(track, TrackState.WORKING)
    way = tracks.way_of(track)
    if track.current is not None and (way is None or way.next not in ladder.CASES):
        raise Conflict("No other case is owed now.", "The one they have is still being worked on.")
    if give_case(track, at, by_id) is None:
        raise Conflict(
            f"There is no case left for {type_words(track.hud_type)} that {track.person.name} never had.",
            "Write or copy one in the library first.",
        )
    track.steps[-1].once = once or None
    db.session.flush()


# ------------------------------------------------------------------ handing in


@dataclass(frozen=True)
class HandedIn:
    """What the trainee says is done; `found` is what their export showed, where they sent one."""

    client_number: str
    note: str = ""
    language: str = ""
    found: Mapping[str, Any] = field(default_factory=dict)
    once: str = ""


def hand_in(track: PracticeTrack, given: HandedIn, at: datetime) -> None:
    """The part that is out goes to the trainers; a second time with the same key is the same (MO-TR-4, MO-TR-5)."""
    if tracks.was_sent(given.once):
        return
    tracks.must_be(track, TrackState.WORKING)
    number = client_id(given.client_number, "client_number")
    refuse_client_data(given.note, "note")
    segment = _to_hand_in(track)
    tracks.move(segment, SegmentAct.SUBMIT)
    track.language = given.language if given.language in languages.LANGUAGES else ""
    attempt = PracticeAttempt(
        track_id=track.id, lead_id=track.lead_id, coc_id=track.coc_id, agency_id=track.agency_id, client_number=number,
        number=len(segment.attempts) + 1, note=given.note, language=track.language, found=dict(given.found),
        checked_at=at if given.found else None, submitted_at=at,
    )  # fmt: skip
    segment.attempts.append(attempt)
    db.session.flush()
    tracks.note(track, Act.SUBMITTED, at, track.person_id, f"{segment.title}, attempt {attempt.number}", given.once)
    tracks.tell_submitted(track, at)


def _to_hand_in(track: PracticeTrack) -> PracticeSegment:
    segment = track.current.open_segment if track.current else None
    if segment is None:
        raise Conflict("No part is out for you to hand in.", "Your trainers will send you the next one.")
    if said := waits_for(track):
        raise Conflict(said, "Your trainers will write to you about it.", rule="MO-TR-7")
    return segment


def waits_for(track: PracticeTrack) -> str:
    """What the ladder wants before the trainee goes on; nothing where they may."""
    way = tracks.way_of(track)
    if way is None or way.next is ladder.Next.WORK:
        return ""
    if way.next in ladder.SESSIONS:
        return "One-on-one training comes first."
    return "Another case comes next." if way.next in ladder.CASES else ""


# ------------------------------------------------------------------ what was practiced


def once_more(track: PracticeTrack, at: datetime) -> None:
    """Where the manual asks for more than one case for each kind of project (MO-TR-3), the next one follows."""
    policy = tracks.policy_of(track)
    wanted = policy.limit(LimitName.PRACTICE_CASES).number if policy.has(LimitName.PRACTICE_CASES) else 1
    same = (PracticeTrack.person_id == track.person_id, PracticeTrack.agency_id == track.agency_id)
    passed = select(func.count()).select_from(PracticeTrack).where(*same, PracticeTrack.state == TrackState.PASSED)
    if (db.session.scalar(passed.where(PracticeTrack.hud_type == track.hud_type)) or 0) < wanted:
        how = Giving(reason=f"The manual asks for {wanted} cases.", language=track.language)
        assign(track.person, track.agency, track.hud_type, track.enrollment_id, at=at, giving=how)


def practised_types(person_id: int, lead_id: int) -> set[int]:
    """HUD's project types that somebody has practiced for here: what access can grow to without another case
    (MO-TR-9)."""
    query = select(PracticeTrack.hud_type).where(PracticeTrack.person_id == person_id, PracticeTrack.lead_id == lead_id)
    return set(db.session.scalars(query.where(PracticeTrack.state.in_([TrackState.PASSED, TrackState.KEPT]))))
