"""One-on-one training, and how a track ends otherwise than by passing: refusal, the committee, and another try.

Rules: MO-TR-6, MO-TR-7, VT-TR-4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.audit import record
from core.db import db
from core.deadlines import Deadline, Fires, Kind, deadlines_of, meet, open_deadline, register_kind
from core.errors import Conflict, Invalid
from core.events import publish
from core.people.models import Membership, Person
from core.people.services import closures_of
from core.policy import Decision
from core.policy.vocabulary import ClockName, GateName
from core.typed import must_say, refuse_client_data
from training.events import AccessKept, AccessRefused, KindPracticed, ProvisionalAccess, RepeatOrdered
from training.practice import ladder, mails, rules, services, tracks
from training.practice.models import PracticeSession, PracticeTrack
from training.practice.rules import Act, TrackState

RETRY, PROVISIONAL = "practice-retry", "practice-provisional"
LONGEST_SESSION = 600
EXAMPLE = "What keeps going wrong, and what was tried to help."


@dataclass(frozen=True)
class Deed:
    """Who does it, when, why, and the form's key."""

    by: Person
    at: datetime
    reason: str = ""
    once: str = ""


# ------------------------------------------------------------------ one-on-one training


@dataclass(frozen=True)
class Held:
    """A session: when, how long in minutes, and what it was about."""

    at: datetime
    minutes: int
    about: str


def hold_session(track: PracticeTrack, held: Held, deed: Deed) -> None:
    """One-on-one training was given. In the last case of the ladder there is none: it is done without (MO-TR-7)."""
    if tracks.was_sent(deed.once):
        return
    tracks.must_be(track, TrackState.WORKING)
    _check_session(held, deed.at)
    way = tracks.way_of(track)
    if way is not None and ladder.after(way, ladder.Event.ONE_ON_ONE) is None:
        raise Conflict(f"No one-on-one training belongs here now: {way.why}", "See what comes next.", rule="MO-TR-7")
    row = PracticeSession(
        track_id=track.id, assignment_id=track.current.id if track.current else None, trainer_id=deed.by.id,
        held_at=held.at, minutes=held.minutes, about=held.about,
    )  # fmt: skip
    db.session.add(row)
    tracks.note(track, Act.ONE_ON_ONE, deed.at, deed.by.id, f"{held.minutes} minutes: {held.about}", deed.once)


def _check_session(held: Held, at: datetime) -> None:
    refuse_client_data(held.about, "about")
    if held.at > at:
        raise Invalid("The session is still to come.", "Enter it when it was held.", field="day")
    if not 0 < held.minutes <= LONGEST_SESSION:
        raise Invalid(f"From 1 to {LONGEST_SESSION} minutes.", field="minutes")


# ------------------------------------------------------------------ the Lead's refusal


def refuse(track: PracticeTrack, deed: Deed) -> None:
    """The Lead refuses access, when the gate's other conditions hold (MO-TR-6, VT-TR-4)."""
    if tracks.was_sent(deed.once):
        return
    tracks.must_be(track, TrackState.WORKING)
    must_say(deed.reason, EXAMPLE)
    policy = tracks.policy_of(track)
    if rules.has_ladder(policy):
        raise Conflict(
            "Here the committee decides, at the end of the ladder.", "Go on by what comes next.", rule="MO-TR-7"
        )
    if not rules.may_refuse(policy, tracks.tried(track)):
        _refuse_refusal(track)
    _refused(track, Ending(TrackState.REFUSED, Act.REFUSED, policy.gate(GateName.LICENSE_REFUSAL).rule), deed)


def _refuse_refusal(track: PracticeTrack) -> None:
    policy = tracks.policy_of(track)
    if not policy.has(GateName.LICENSE_REFUSAL):
        raise Conflict("The manual knows no refusal for practice cases.", "Help them on.")
    lines = rules.refusal_gate(policy, tracks.tried(track), is_decided=True)
    missing = " ".join(line.sentence for line in lines if not line.is_met)
    rule = policy.gate(GateName.LICENSE_REFUSAL).rule
    raise Conflict(f"It is too early to refuse access. {missing}", "Each condition is needed.", rule=rule)


@dataclass(frozen=True)
class Ending:
    """How a track ends in a refusal, by which rule, and when another try opens."""

    state: TrackState
    act: Act
    rule: str
    until: datetime | None = None


def _refused(track: PracticeTrack, ending: Ending, deed: Deed) -> None:
    until = ending.until
    tracks.close(track, ending.state, deed.at)
    track.until = until
    tracks.note(track, ending.act, deed.at, deed.by.id, deed.reason, deed.once)
    again = f" Another try is open after {_day(until, track)}." if until else ""
    says = f"Access to the HMIS was refused to {track.person.name}: {deed.reason}{again}"
    mails.decided(track, f"refused:{track.id}", "Access was refused", says, deed.at)
    publish(
        AccessRefused(
            track.lead_id, track.person_id, track.agency_id, track.enrollment_id, deed.by.id, deed.reason, ending.rule,
            until, deed.at,
        )
    )  # fmt: skip


def _day(at: datetime, track: PracticeTrack) -> str:
    return f"{at.astimezone(ZoneInfo(track.agency.tz)):%A, %B %-d, %Y}"


def order_repeat(track: PracticeTrack, deed: Deed) -> None:
    """The series for new users is to be taken again (VT-TR-4, MO-TR-6); this track ends with it."""
    if tracks.was_sent(deed.once):
        return
    tracks.must_be(track, TrackState.WORKING)
    must_say(deed.reason, EXAMPLE)
    tracks.close(track, TrackState.WITHDRAWN, deed.at)
    tracks.note(track, Act.REPEAT, deed.at, deed.by.id, deed.reason, deed.once)
    says = f"{track.person.name} is to take the series for new users again: {deed.reason}"
    mails.decided(track, f"repeat:{track.id}", "The series is taken again", says, deed.at)
    publish(
        RepeatOrdered(
            track.lead_id, track.person_id, track.agency_id, track.enrollment_id, deed.by.id, deed.reason, deed.at
        )
    )


def withdraw(track: PracticeTrack, deed: Deed) -> None:
    """It is no longer needed."""
    if tracks.was_sent(deed.once):
        return
    tracks.must_be(track, TrackState.WORKING)
    must_say(deed.reason, "For example that they will not enter data for this kind of project.")
    tracks.close(track, TrackState.WITHDRAWN, deed.at)
    tracks.note(track, Act.WITHDRAWN, deed.at, deed.by.id, deed.reason, deed.once)


# ------------------------------------------------------------------ the committee


def deny(track: PracticeTrack, deed: Deed) -> None:
    """The committee denies access, at first or after provisional access; the wait begins (MO-TR-7)."""
    if tracks.was_sent(deed.once):
        return
    _may_decide(track, deed.at)
    must_say(deed.reason, EXAMPLE)
    has_wait = tracks.policy_of(track).has(ClockName.PRACTICE_RETRY)
    decision = due(track, ClockName.PRACTICE_RETRY, deed.at) if has_wait else None
    _settle(track, deed.at, "The committee denied access.")
    rule, until = (decision.rule, decision.due) if decision else ("MO-TR-7", None)
    _refused(track, Ending(TrackState.DENIED, Act.DENIED, rule, until), deed)
    if decision is not None:
        _open(track, RETRY, decision, f"Another try may begin: {track.person.name}", "person")


def give_provisional(track: PracticeTrack, mentor: Person, deed: Deed) -> None:
    """Access for a time, with a peer mentor whom the agency commits to; nobody mentors themselves (MO-TR-7)."""
    if tracks.was_sent(deed.once):
        return
    tracks.must_be(track, TrackState.COMMITTEE)
    must_say(deed.reason, EXAMPLE)
    if mentor.id == track.person_id or not _works_there(mentor, track, deed.at):
        raise Invalid("The mentor is somebody else who works at the agency.", field="mentor", rule="MO-TR-7")
    if not tracks.policy_of(track).has(ClockName.PROVISIONAL_ACCESS):
        raise Conflict("The manual knows no provisional access.", "Decide on access as it stands.")
    decision = due(track, ClockName.PROVISIONAL_ACCESS, deed.at)
    track.state, track.mentor_id, track.mentor, track.until = TrackState.PROVISIONAL, mentor.id, mentor, decision.due
    tracks.note(track, Act.PROVISIONAL, deed.at, deed.by.id, f"{deed.reason} Mentor: {mentor.name}.", deed.once)
    _open(track, PROVISIONAL, decision, f"Provisional access ends: {track.person.name}", "lead")
    says = f"{track.person.name} has provisional access until {_day(decision.due, track)}; {mentor.name} is the mentor."
    mails.decided(track, f"provisional:{track.id}", "Provisional access", says, deed.at)
    publish(
        ProvisionalAccess(
            track.lead_id, track.person_id, track.agency_id, track.hud_type, track.enrollment_id, mentor.id,
            decision.due, deed.at,
        )
    )  # fmt: skip


def keep(track: PracticeTrack, deed: Deed) -> None:
    """After the provisional access: the data is good enough, and access stays (MO-TR-7)."""
    if tracks.was_sent(deed.once):
        return
    tracks.must_be(track, TrackState.PROVISIONAL)
    _may_decide(track, deed.at)
    must_say(deed.reason, "What the data quality report card shows.")
    _settle(track, deed.at, "The committee decided again.")
    tracks.close(track, TrackState.KEPT, deed.at)
    track.until = None
    tracks.note(track, Act.KEPT, deed.at, deed.by.id, deed.reason, deed.once)
    says = f"The access of {track.person.name} stays: {deed.reason}"
    mails.decided(track, f"kept:{track.id}", "Access stays", says, deed.at)
    publish(AccessKept(track.lead_id, track.person_id, track.agency_id, deed.reason, deed.at))
    publish(KindPracticed(track.lead_id, track.person_id, track.agency_id, track.hud_type, deed.at))


def _may_decide(track: PracticeTrack, at: datetime) -> None:
    """Before the provisional access has run its time nothing is decided anew (MO-TR-7)."""
    tracks.must_be(track, TrackState.COMMITTEE, TrackState.PROVISIONAL)
    if track.state is TrackState.PROVISIONAL and not is_due_again(track, at):
        raise Conflict(
            f"The provisional access runs until {_day(track.until or at, track)}.", "Decide again after it.",
            rule="MO-TR-7",
        )  # fmt: skip


def is_due_again(track: PracticeTrack, at: datetime) -> bool:
    return track.until is not None and rules.is_over(track.until, at)


def _works_there(person: Person, track: PracticeTrack, at: datetime) -> bool:
    return person.id in {one.id for one in colleagues(track, at)}


def colleagues(track: PracticeTrack, at: datetime) -> list[Person]:
    """Who works at the agency now besides the person, by name."""
    query = select(Person).join(Membership, Membership.person_id == Person.id)
    here = (Membership.agency_id == track.agency_id, Membership.started_on <= at.date())
    now = Membership.ended_at.is_(None) | (Membership.ended_at > at)
    people = db.session.scalars(query.where(*here, now, Person.id != track.person_id).order_by(Person.name, Person.id))
    return list(people.unique())


def try_again(track: PracticeTrack, deed: Deed) -> PracticeTrack:
    """Another try after a denial, once the wait is over, to the second (MO-TR-7)."""
    tracks.must_be(track, TrackState.DENIED)
    how = services.Giving(by_id=deed.by.id, reason="Another try after a denial.", once=deed.once)
    return services.assign(track.person, track.agency, track.hud_type, None, at=deed.at, giving=how)


# ------------------------------------------------------------------ what runs by the clock


def due(track: PracticeTrack, clock: ClockName, at: datetime) -> Decision:
    """The pack's days from `at` on, in the agency's zone."""
    closures = {date.fromisoformat(day): name for day, name in closures_of(track.lead_id).items()}
    return tracks.policy_of(track).due(clock, at, track.agency.zone, closures)


def _open(track: PracticeTrack, kind: str, decision: Decision, title: str, holder: str) -> None:
    warn = (timedelta(days=7),) if kind == PROVISIONAL else ()
    open_deadline(
        kind, track, decision, title=title, lead_id=track.lead_id, coc_id=track.coc_id, agency_id=track.agency_id,
        person_id=track.person_id, holder=holder, warn_before=warn,
    )  # fmt: skip


def _settle(track: PracticeTrack, at: datetime, outcome: str) -> None:
    for row in deadlines_of(track, PROVISIONAL):
        if row.is_open or row.is_missed:
            meet(row, at, outcome)


def _held(row: Deadline) -> PracticeTrack:
    return tracks.hold(row.subject_id)


def _run_out(row: Deadline, now: datetime) -> None:
    track = _held(row)
    if track.state is TrackState.PROVISIONAL:
        row.outcome = "The committee decides again."
        mails.evaluate(track, now)


def _open_again(row: Deadline, now: datetime) -> None:
    track = _held(row)
    row.outcome = "The wait is over."
    says = f"{track.person.name} may try again: their agency or the HMIS Lead has the practice cases begun anew."
    mails.decided(track, f"again:{track.id}", "Another try is open", says, now)
    record("practice-case.try-open", track)


def _soon(row: Deadline, now: datetime) -> None:
    mails.evaluate_soon(_held(row), now)


def _committee_page(row: Deadline) -> str:
    return f"/training/practice/committee/{row.subject_id}"


register_kind(
    Kind(
        PROVISIONAL, "Provisional access", Fires.AFTER_DUE, _run_out, _soon, link=_committee_page,
        action="Decide again", on_today=False,
    )
)  # fmt: skip
register_kind(
    Kind(
        RETRY, "Wait after a denial", Fires.AFTER_DUE, _open_again,
        link=lambda row: f"/training/practice/{row.subject_id}", on_today=False,
    )
)  # fmt: skip
