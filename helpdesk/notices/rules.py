"""What a notice may be and when: its states, its times, how late it told, and what the status page says. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from core.policy import Decision, Policy
from core.policy.vocabulary import ClockName
from core.ui import times
from core.workcalendar import Closures, WallClock, instant, wall_clock
from core.workcalendar.words import say_span

SECOND = timedelta(seconds=1)
FURTHEST = timedelta(days=366)
HISTORY = timedelta(days=90)
MOST_REMIND_DAYS = 60


class Kind(StrEnum):
    OUTAGE = "outage"
    DEGRADED = "degraded"
    MAINTENANCE = "maintenance"
    NEWSLETTER = "newsletter"


SERVICE = (Kind.OUTAGE, Kind.DEGRADED, Kind.MAINTENANCE)
FAILURES = (Kind.OUTAGE, Kind.DEGRADED)


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENT = "sent"
    RESOLVED = "resolved"
    DISCARDED = "discarded"


class Act(StrEnum):
    EDIT = "change"
    SCHEDULE = "schedule"
    UNSCHEDULE = "take off the schedule"
    SEND = "send"
    UPDATE = "add an update to"
    RESOLVE = "resolve"
    DISCARD = "discard"


_S = State
TRANSITIONS: dict[tuple[State, Act], State] = {
    (_S.DRAFT, Act.EDIT): _S.DRAFT,
    (_S.DRAFT, Act.SCHEDULE): _S.SCHEDULED,
    (_S.DRAFT, Act.SEND): _S.SENT,
    (_S.DRAFT, Act.DISCARD): _S.DISCARDED,
    (_S.SCHEDULED, Act.SEND): _S.SENT,
    (_S.SCHEDULED, Act.UNSCHEDULE): _S.DRAFT,
    (_S.SENT, Act.UPDATE): _S.SENT,
    (_S.SENT, Act.RESOLVE): _S.RESOLVED,
}
GONE_OUT = (State.SENT, State.RESOLVED)


class UpdateKind(StrEnum):
    """What is told to the same people: the notice itself, news of it, that it is over, and a reminder to read it."""

    FIRST = "first"
    UPDATE = "update"
    RESOLVED = "resolved"


class Group(StrEnum):
    """Whom an audience takes at its places."""

    USERS = "users"
    REPRESENTATIVES = "representatives"
    ADMINISTRATORS = "administrators"
    SECURITY_OFFICERS = "security-officers"
    DIRECTORS = "directors"
    LEAD = "lead"


@dataclass(frozen=True)
class Audience:
    """Who a notice is for: groups of people, at all of the Lead's places or at those named.

    CoCs and agencies add up; project types and access levels narrow. An empty tuple asks for nothing.
    """

    groups: tuple[str, ...] = (Group.USERS,)
    coc_ids: tuple[int, ...] = ()
    agency_ids: tuple[int, ...] = ()
    project_types: tuple[int, ...] = ()
    levels: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {name: list(values) for name, values in asdict(self).items()}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Audience:
        return cls(**{name: tuple(values) for name, values in stored.items()})

    @property
    def is_everywhere(self) -> bool:
        return not (self.coc_ids or self.agency_ids)


@dataclass(frozen=True)
class Moment:
    """An instant that was meant by a typed day and time; `note` says so where the clocks leave a doubt."""

    at: datetime
    note: str = ""


def moment(day: date, at: time, zone: ZoneInfo) -> Moment:
    """What a typed day and time mean in the zone. An hour that the clocks leave out is taken as far past the change
    as it reads; of an hour that comes twice, the first is taken."""
    naive = datetime.combine(day, at)
    taken = instant(naive, zone)
    kind = wall_clock(naive, zone)
    if kind is WallClock.NEVER:
        skipped = f"{times.say_clock(naive)} does not exist on {times.say_day(day)}: the clocks go forward over it."
        return Moment(taken, f"{skipped} Taken as {times.say_when(taken)}.")
    if kind is WallClock.TWICE:
        double = f"{times.say_clock(naive)} comes twice on {times.say_day(day)}, when the clocks go back."
        return Moment(taken, f"{double} Taken as the first, {times.say_when(taken)}.")
    return Moment(taken)


def fault_of_schedule(at: datetime, now: datetime) -> str:
    """Why nothing can be sent then; empty when it can. `at` is in the zone in which it is said."""
    if at <= now:
        return f"{times.say_when(at)} is past."
    if at - now > FURTHEST:
        return f"{times.say_when(at)} is more than a year ahead."
    return ""


def fault_of_window(begins: datetime | None, ends: datetime | None) -> str:
    """Why a maintenance cannot last from then until then; empty when it can."""
    if begins is None or ends is None:
        return "A planned maintenance has a beginning and an end."
    if ends <= begins:
        return f"It would end {times.say_when(ends)}, before it starts {times.say_when(begins)}."
    return ""


@dataclass(frozen=True)
class Telling:
    """How soon a community was told of a failure. `decision` None: its manual sets no time."""

    decision: Decision | None
    late_by: timedelta | None


def telling(
    policy: Policy, discovered_at: datetime, told_at: datetime, zone: ZoneInfo, closures: Closures = ()
) -> Telling:
    """Whether the agencies were told of a failure at once on discovery, by the pack's clock.

    All of the second in which it is due is on time. Rules: SAC-HD-3.
    """
    if not policy.has(ClockName.SERVICE_NOTICE):
        return Telling(None, None)
    decision = policy.due(ClockName.SERVICE_NOTICE, discovered_at, zone, closures)
    late = told_at.replace(microsecond=0) - decision.due.replace(microsecond=0)
    return Telling(decision, late if late >= SECOND else None)


def say_delay(discovered_at: datetime, told_at: datetime) -> str:
    """2 hours 5 minutes after it was discovered; or, within a second: at once."""
    span = told_at.replace(microsecond=0) - discovered_at.replace(microsecond=0)
    return f"{say_span(span)} after it was discovered" if span >= SECOND else "at once"


def remind_at(sent_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """So many days later at the same time by the clock on the wall."""
    local = sent_at.astimezone(zone).replace(microsecond=0)
    return instant(datetime.combine(local.date() + timedelta(days=days), local.time()), zone)


def is_going_on(kind: Kind, state: State, ends_at: datetime | None, at: datetime) -> bool:
    """Whether a service notice still stands; a maintenance is over at its planned end, if nobody ended it before."""
    if state is not State.SENT or kind not in SERVICE:
        return False
    return kind is not Kind.MAINTENANCE or ends_at is None or at < ends_at


class Standing(StrEnum):
    """How the service stands, the worst first."""

    OUTAGE = "outage"
    DEGRADED = "degraded"
    MAINTENANCE = "maintenance"
    WORKING = "working"


def standing(going_on: Iterable[tuple[Kind, datetime | None]], at: datetime) -> Standing:
    """The worst of what goes on; a maintenance counts from its beginning."""
    kinds = {Standing(kind.value) for kind, begins in going_on if kind in FAILURES or (begins and begins <= at)}
    return next((worst for worst in Standing if worst in kinds), Standing.WORKING)
