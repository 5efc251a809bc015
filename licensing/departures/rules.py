"""The two clocks of a departure: was the notice in time, and when does access end. Pure.

The agency's clock counts from the departure and is stopped by its notice. The Lead's counts from the
later of departure and notice, and at its end the service ends the access by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.policy import Decision, Policy
from core.policy.vocabulary import ClockName
from core.ui import times
from core.workcalendar import Closures, WallClock, instant, wall_clock
from core.workcalendar.words import say_span as say_span

SECOND = timedelta(seconds=1)


class DepartureState(StrEnum):
    SCHEDULED = "scheduled"
    EFFECTIVE = "effective"
    UNDONE = "undone"


class Act(StrEnum):
    END = "end"
    UNDO = "undo"
    GIVE_NOTICE = "give notice of"
    CONFIRM_OFF = "confirm"


_S = DepartureState
TRANSITIONS: dict[tuple[DepartureState, Act], DepartureState] = {
    (_S.SCHEDULED, Act.END): _S.EFFECTIVE,
    (_S.SCHEDULED, Act.UNDO): _S.UNDONE,
    (_S.SCHEDULED, Act.GIVE_NOTICE): _S.SCHEDULED,
    (_S.EFFECTIVE, Act.GIVE_NOTICE): _S.EFFECTIVE,
    (_S.EFFECTIVE, Act.CONFIRM_OFF): _S.EFFECTIVE,
}


class WallTimeError(ValueError):
    """A time that the clocks of that day never show."""


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of a typed day and time in the agency's zone; of an hour that comes twice, the first.

    Raises WallTimeError for an hour that the change to summer time leaves out.
    """
    naive = datetime.combine(day, at)
    if wall_clock(naive, zone) is WallClock.NEVER:
        raise WallTimeError(
            f"{times.say_clock(naive)} does not exist on {times.say_day(day)}: the clocks go forward over it. "
            f"The next minute that exists is {times.say_clock(instant(naive, zone).replace(minute=0))}."
        )
    return instant(naive, zone)


def notice_due(policy: Policy, leaves_at: datetime, zone: ZoneInfo, closures: Closures, left: str = "") -> Decision:
    """The last instant at which the agency's notice is on time (VT-LI-5, MO-LI-4, SON-LI-4, SAC-LI-3)."""
    return policy.due(ClockName.DEPARTURE_NOTICE, leaves_at, zone, closures, left)


def end_of_access(
    policy: Policy,
    leaves_at: datetime,
    noticed_at: datetime,
    known_at: datetime,
    zone: ZoneInfo,
    closures: Closures,
    began: str = "",
) -> Decision:
    """When access ends: never before the departure, and by the pack's own limit after the notice.

    `known_at` is when the departure was entered here. A manual that sets the Lead no limit leaves nothing to be late
    for, so that access ends as soon as the departure, the notice and its entry are all there.
    """
    if policy.has(ClockName.DEACTIVATION):
        return policy.due(ClockName.DEACTIVATION, max(leaves_at, noticed_at), zone, closures, began)
    return _as_soon_as_known(policy, leaves_at, max(noticed_at, known_at), zone)


def _with_late_notice(end: Decision, notice: Decision, noticed_at: datetime | None, known_at: datetime) -> Decision:
    """The end of access with the instants in its reasons: when the notice was due and came, when the end was due."""
    zone = notice.due.tzinfo
    came = noticed_at or known_at
    span = late_by(notice.due.replace(microsecond=0), came)
    if span is None:
        return end
    verb = "came" if noticed_at else "had not come when the Lead found out on"
    when = times.say_when(came.astimezone(zone))
    told = (
        f"{_clock_says('The notice', notice)} It {verb} {when}, {say_span(span)} late.",
        f"{_clock_says('The end of access', end)} It counts from the notice, not from the day the person left.",
    )
    return end.also(*told)


def _clock_says(what: str, counted: Decision) -> str:
    """The notice was due Wed, Nov 25, 2026, end of day (CST), by the clock departure-notice of MO-LI-4."""
    by = (
        f"by the clock {counted.clock} of {counted.rule}"
        if counted.clock
        else f"under {counted.rule}, which sets no clock for it"
    )
    return f"{what} was due {times.say_due(counted.due)} ({times.zone_word(counted.due)}), {by}."


def _as_soon_as_known(policy: Policy, leaves_at: datetime, known_at: datetime, zone: ZoneInfo) -> Decision:
    """Counted by no clock of the pack, which the empty clock name says."""
    value = policy.clock(ClockName.DEPARTURE_NOTICE)
    anchor = max(leaves_at, known_at).astimezone(zone).replace(microsecond=0)
    last = "the person leaves" if leaves_at >= known_at else "the notice is here"
    return Decision(
        pack=policy.pack,
        version=policy.version,
        clock="",
        anchor=anchor,
        due=anchor,
        rule=value.rule,
        source=value.source,
        section=value.section,
        title=policy.manual_of(value.source),
        because=(
            f"Left: {times.say_when(leaves_at.astimezone(zone))}. Notice: {times.say_when(known_at.astimezone(zone))}.",
            f"The manual gives the agency a time for its notice and sets the Lead none, so access ends when {last}.",
        ),
        says="Access ends as soon as both the departure and the notice are there.",
    )


def ends_at(decision: Decision, leaves_at: datetime) -> datetime:
    """The whole second at which access ends; a pack whose end falls before the departure waits for it."""
    return max(decision.due.replace(microsecond=0), leaves_at.replace(microsecond=0))


def late_by(due_at: datetime, done_at: datetime) -> timedelta | None:
    """How late something was, in whole seconds; None when on time. All of the due second is on time."""
    late = done_at.replace(microsecond=0) - due_at
    return late if late >= SECOND else None


def confirming_word(name: str) -> str:
    """What has to be typed before access ends at once: the last word of the person's name."""
    return name.split()[-1]


def is_confirmed(name: str, typed: str) -> bool:
    return typed.casefold() == confirming_word(name).casefold()


@dataclass(frozen=True)
class Outlook:
    """What telling us now means."""

    notice: Decision
    end: Decision
    late_by: timedelta | None
    ends_at: datetime
    told_at: datetime

    @property
    def is_now(self) -> bool:
        return self.ends_at <= self.told_at


def outlook(
    policy: Policy,
    leaves_at: datetime,
    noticed_at: datetime | None,
    known_at: datetime,
    zone: ZoneInfo,
    closures: Closures,
    who: str = "",
) -> Outlook:
    """`noticed_at` None: the agency has not told the Lead, who learned of it at `known_at`.

    `who` is named in the words.
    """
    counted_from = noticed_at or known_at
    verb = "left" if leaves_at <= known_at else "leaves"
    left = f"{who} {verb}" if who else verb.capitalize()
    notice = notice_due(policy, leaves_at, zone, closures, left)
    began = left if leaves_at >= counted_from else "Notice came" if noticed_at else "Found out"
    end = end_of_access(policy, leaves_at, counted_from, known_at, zone, closures, began)
    late = late_by(notice.due.replace(microsecond=0), counted_from)
    end = _with_late_notice(end, notice, noticed_at, known_at)
    return Outlook(notice, end, late, ends_at(end, leaves_at), known_at)


def sentence(told: Outlook, zone: ZoneInfo) -> str:
    """Tell us by Mon, Nov 23, end of day (CST). You are on time. Access ends today at 4:30 PM (CST)."""
    now = told.told_at.astimezone(zone)
    due = told.notice.due.astimezone(zone)
    by = f"{times.say_due(due, year=due.year != now.year)} ({times.zone_word(due)})."
    if told.late_by:
        return f"You were to tell us by {by} You are {say_span(told.late_by)} late. {_end(told, now, zone)}"
    return f"Tell us by {by} You are on time. {_end(told, now, zone)}"


def _end(told: Outlook, now: datetime, zone: ZoneInfo) -> str:
    if told.is_now:
        return "Access ends at once."
    end = told.ends_at.astimezone(zone)
    clock = f"{times.say_clock(end)} ({times.zone_word(end)})"
    if end.date() == now.date():
        return f"Access ends today at {clock}."
    return f"Access ends on {times.say_day(end, year=end.year != now.year)} at {clock}."
