"""The promises of a help desk, replayed from a ticket's history. Pure: history and targets in, clocks out.

Nothing is counted up while time passes: the same history gives the same clocks on any day, on any
machine. A clock runs while the move is the desk's. While the requester or the vendor has to move it
pauses, and what was left of it is left when the move comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from core.policy.vocabulary import Tier
from core.workcalendar import Calendar, Due, OpeningHours, Span
from helpdesk.tickets.rules import Action, Priority, State

NOTHING = timedelta(0)
SECOND = timedelta(seconds=1)


class Promise(StrEnum):
    """What a desk promises: to answer, to answer again, to be done, and to pass on what it cannot solve."""

    FIRST_ANSWER = "first-answer"
    NEXT_ANSWER = "next-answer"
    RESOLUTION = "resolution"
    ESCALATION = "escalation"


class Standing(StrEnum):
    """`missed` as soon as the due instant has passed, also while nobody has answered yet."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"


class Desk(StrEnum):
    """Who answers to the requester. What the vendor has stays the Lead's, waiting."""

    AGENCY = "agency"
    LEAD = "lead"


DESKS = {Tier.AGENCY_ADMINISTRATOR: Desk.AGENCY, Tier.HMIS_LEAD: Desk.LEAD, Tier.VENDOR: Desk.LEAD}
OURS = frozenset({State.NEW, State.OPEN})
OVER = frozenset({State.CLOSED, State.DECLINED})
ANSWERS = frozenset({Action.ANSWER, Action.CLOSE, Action.DECLINE})

ATTEMPTS = frozenset({Action.ANSWER, Action.CALL})


@dataclass(frozen=True, slots=True)
class Moment:
    """A change of the ticket: what was done (none: it was opened) and how it stood from then on."""

    at: datetime
    action: Action | None
    state: State
    tier: Tier


@dataclass(frozen=True, slots=True)
class Target:
    """How long a desk gives itself for one promise. `rule` is empty where it is the Lead's own practice."""

    span: Span
    says: str
    rule: str = ""


Targets = Mapping[tuple[Desk, Promise, Priority], Target]


@dataclass(frozen=True)
class Clock:
    """One promise on one stay at a desk. `due_at` is none while it is paused: nothing is due from the desk then.

    `would_be_due_at` is where it stands all the same: if the move came back now. `left` is the opening time until
    there, `paused_since` when the move last went to somebody else. `ended_at` is none while it is open; `waited` is
    opening time in which somebody else had to move.
    """

    promise: Promise
    desk: Desk
    began_at: datetime
    waited: timedelta
    standing: Standing
    due_at: datetime | None
    would_be_due_at: datetime
    left: timedelta
    paused_since: datetime | None
    ended_at: datetime | None
    because: tuple[str, ...]
    words: tuple[str, ...]
    target: Target


@dataclass(frozen=True)
class Desktime:
    """How a desk counts: its calendar for days, its opening hours for what was waited."""

    calendar: Calendar
    hours: OpeningHours


@dataclass(frozen=True)
class _Stretch:
    """From `since` to `until` (none: until now) the promise was open; `ours` while the move was the desk's."""

    since: datetime
    until: datetime | None
    ours: bool


def clocks(
    history: Sequence[Moment], priority: Priority, targets: Targets, time_at: Mapping[Desk, Desktime], now: datetime
) -> list[Clock]:
    """Every promise that ran or runs, oldest first. A desk without a target for a promise has none."""
    made = [
        clock
        for stay in _stays(history)
        for clock in _of_stay(stay, priority, targets, time_at[DESKS[stay[0].tier]], now)
    ]
    return sorted(made, key=lambda clock: clock.began_at)


def _stays(history: Sequence[Moment]) -> Iterator[list[Moment]]:
    """The moments at one desk, up to and with the one that took the ticket away from it."""
    stay: list[Moment] = []
    for moment in history:
        if stay and DESKS[moment.tier] is not DESKS[stay[0].tier]:
            yield [*stay, moment]
            stay = []
        stay.append(moment)
    if stay:
        yield stay


def _of_stay(
    stay: list[Moment], priority: Priority, targets: Targets, time: Desktime, now: datetime
) -> Iterator[Clock]:
    desk = DESKS[stay[0].tier]
    for promise in Promise:
        target = targets.get((desk, promise, priority))
        if target is None:
            continue
        for moments in _runs(promise, stay, desk):
            yield _clock(promise, desk, moments, target, time, now)


def _runs(promise: Promise, stay: list[Moment], desk: Desk) -> Iterator[list[Moment]]:
    """The moments between a promise's beginning and its end, both included; the last run may still be open."""
    run: list[Moment] = []
    answered = elevated = False
    for moment in stay:
        gone = DESKS[moment.tier] is not desk
        if run:
            run.append(moment)
            if gone or _ends(promise, moment):
                yield run
                run = []
        elif not gone and moment.state in OURS and _begins(promise, moment, answered, elevated):
            run = [moment]
        answered = answered or moment.action in ANSWERS
        elevated = elevated or moment.action is Action.ELEVATE
    if run:
        yield run


def _begins(promise: Promise, moment: Moment, answered: bool, elevated: bool) -> bool:
    match promise:
        case Promise.ESCALATION:
            return not elevated
        case Promise.FIRST_ANSWER:
            return not answered
        case Promise.NEXT_ANSWER:
            return answered and moment.action in (Action.REPLY, Action.REOPEN)
        case _:
            return True


def _ends(promise: Promise, moment: Moment) -> bool:
    if promise in (Promise.FIRST_ANSWER, Promise.NEXT_ANSWER):
        return moment.action in ANSWERS
    return moment.state in OVER or (promise is Promise.ESCALATION and moment.action is Action.ELEVATE)


def _clock(promise: Promise, desk: Desk, moments: list[Moment], target: Target, time: Desktime, now: datetime) -> Clock:
    ended = moments[-1].at if _is_over(promise, moments, desk) else None
    stretches = list(_stretches(moments, ended))
    first = time.calendar.due(moments[0].at, target.span)
    due, waited = first.at, NOTHING
    for stretch in stretches:
        # What was late before the waiting began stays late.
        if not stretch.ours and stretch.since <= due:
            pause = time.hours.business_time_between(stretch.since, stretch.until or max(now, stretch.since))
            due, waited = time.hours.add_business_time(due, pause) if pause else due, waited + pause
    due = due.astimezone(first.at.tzinfo)
    is_missed = (ended or now) >= due + SECOND
    is_paused = ended is None and not stretches[-1].ours
    return Clock(
        promise=promise,
        desk=desk,
        began_at=moments[0].at,
        waited=waited,
        standing=_standing(ended, is_missed=is_missed, is_paused=is_paused),
        due_at=None if is_paused and not is_missed else due,
        would_be_due_at=due,
        left=max(NOTHING, time.hours.business_time_between(ended or now, due)),
        paused_since=_last_wait(stretches)[0].since if is_paused else None,
        ended_at=ended,
        because=(*first.because, *_waited_words(waited)),
        words=(*first.words, *(f"{words}." for words in _waited_words(waited))),
        target=target,
    )


def _last_wait(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """The stretches at the end that are not the desk's, the first of them first."""
    waits: list[_Stretch] = []
    for stretch in reversed(stretches):
        if stretch.ours:
            break
        waits.insert(0, stretch)
    return waits


def _standing(ended: datetime | None, *, is_missed: bool, is_paused: bool) -> Standing:
    if is_missed:
        return Standing.MISSED
    if ended is not None:
        return Standing.MET
    return Standing.PAUSED if is_paused else Standing.RUNNING


def _is_over(promise: Promise, moments: list[Moment], desk: Desk) -> bool:
    last = moments[-1]
    return len(moments) > 1 and (DESKS[last.tier] is not desk or _ends(promise, last))


def _stretches(moments: list[Moment], ended: datetime | None) -> Iterator[_Stretch]:
    for moment, following in pairwise(moments):
        yield _Stretch(moment.at, following.at, moment.state in OURS)
    if ended is None:
        yield _Stretch(moments[-1].at, None, moments[-1].state in OURS)


def _waited_words(waited: timedelta) -> tuple[str, ...]:
    if not waited:
        return ()
    hours, minutes = divmod(int(waited.total_seconds()) // 60, 60)
    length = " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
    return (f"{length or 'Under a minute'} of opening time was waited for the requester or the vendor, and is added",)


@dataclass(frozen=True)
class Waiting:
    """Somebody else has the move since `since`; at `due` it is over, or somebody of the desk must act.

    `enough_at` is when the last of the needed attempts was made (none until then), which was owed by `owed`.
    """

    since: datetime
    due: Due
    attempts: int = 0
    enough_at: datetime | None = None
    owed: Due | None = None


def silence(history: Sequence[Moment], span: Span, needed: int, calendar: Calendar) -> Waiting | None:
    """The requester's silence, none while the move is not theirs.

    It counts from when the move became theirs. An attempt that was owed and comes after its end begins it anew,
    so that nobody is closed out on the day of the last attempt to reach them.
    """
    since = _since(history, State.ANSWERED)
    if since is None:
        return None
    tries = _attempts(history)
    due = owed = calendar.due(since, span)
    enough_at = tries[needed - 1] if 0 < needed <= len(tries) else None
    if enough_at is not None and enough_at > due.at:
        due = calendar.due(enough_at, span)
    return Waiting(since, due, len(tries), enough_at, owed)


def vendor_contact(history: Sequence[Moment], span: Span, calendar: Calendar) -> Waiting | None:
    """When to ask the vendor again; none while the vendor does not have the move (HUD-HD-3)."""
    if _since(history, State.WITH_VENDOR) is None:
        return None
    asked = max(moment.at for moment in history if moment.action is Action.ASK_VENDOR)
    return Waiting(asked, calendar.due(asked, span))


def _since(history: Sequence[Moment], state: State) -> datetime | None:
    """When the ticket came into the state that it is in now; none where it is in another."""
    since = None
    for moment in reversed(history):
        if moment.state is not state:
            break
        since = moment.at
    return since


def may_close_for_silence(attempts: int, needed: int) -> bool:
    """A request that waits for its requester is closed only after so many attempts to reach them."""
    return attempts >= needed


def attempts_since(history: Sequence[Moment]) -> int:
    """How often the desk has written or called since the requester last said something."""
    return len(_attempts(history))


def _attempts(history: Sequence[Moment]) -> list[datetime]:
    tries: list[datetime] = []
    for moment in history:
        if moment.action in ATTEMPTS:
            tries.append(moment.at)
        elif moment.action in (None, Action.REPLY, Action.REOPEN):
            tries = []
    return tries
