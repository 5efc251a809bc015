"""When a leave locks a license, and by when it must have. Pure. Rule: SON-LI-5."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.policy import Decision, Policy
from core.policy.vocabulary import ClockName, LimitName
from core.ui import times
from core.workcalendar import Closures, instant


class LeaveState(StrEnum):
    """RUNNING from when it is told, also while its first day lies ahead."""

    RUNNING = "running"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Act(StrEnum):
    MOVE = "move"
    RETURN = "return"
    CANCEL = "cancel"


_S = LeaveState
TRANSITIONS: dict[tuple[LeaveState, Act], LeaveState] = {
    (_S.RUNNING, Act.MOVE): _S.RUNNING,
    (_S.RUNNING, Act.RETURN): _S.RETURNED,
    (_S.RUNNING, Act.CANCEL): _S.CANCELLED,
}


def days(first: date, last: date) -> int:
    """How many calendar days the leave lasts, both ends counted."""
    return (last - first).days + 1


def locks(policy: Policy, first: date, last: date) -> bool:
    """Whether it is so long that the license is locked: in Sonoma 46 days are, 45 are not (SON-LI-5)."""
    return policy.has(LimitName.EXTENDED_LEAVE) and policy.limit(LimitName.EXTENDED_LEAVE).reached(days(first, last))


def begins(first: date, zone: ZoneInfo) -> datetime:
    """The first instant of the leave, by the agency's clocks."""
    return instant(datetime.combine(first, time.min), zone)


def lock_due(policy: Policy, since: datetime, zone: ZoneInfo, closures: Closures, who: str) -> Decision:
    """The last instant at which the lock is on time. `since` is the first day; where a leave grows beyond the limit
    only while it lasts, the day it was told."""
    return policy.due(ClockName.LEAVE_LOCK, since, zone, closures, f"{who} on leave from")


def at_start(lock: Decision, first: datetime) -> Decision:
    """The lock itself, at the first instant of the leave: the manual gives days, and waiting gains nothing."""
    told = f"The leave begins {times.say_when(first)}. The license is locked from then on."
    return replace(lock, clock="", anchor=first, due=first, because=(told,), words=(told,), says=told, event="")


def back_by(policy: Policy, last: date, zone: ZoneInfo) -> Decision:
    """When the person is expected to have been back: the end of the last day."""
    value = policy.limit(LimitName.EXTENDED_LEAVE)
    due = instant(datetime.combine(last, policy.day_ends), zone, later=True)
    told = f"The last day of the leave is {times.say_day(last)}. Say that they are back, or give another last day."
    return Decision(
        pack=policy.pack, version=policy.version, clock="", anchor=due, due=due, rule=value.rule, source=value.source,
        section=value.section, title=policy.manual_of(value.source), because=(told,), says=told,
    )  # fmt: skip


def hold_words(policy: Policy, first: date, last: date) -> str:
    value = policy.limit(LimitName.EXTENDED_LEAVE)
    return (
        f"On leave from {times.say_day(first)} to {times.say_day(last)}, {days(first, last)} days: more than "
        f"{value.number} ({value.rule}). It is unlocked on return."
    )


def sentence(policy: Policy, first: date, last: date) -> str:
    """What the leave means, for the form and the page."""
    long = days(first, last)
    if not policy.has(LimitName.EXTENDED_LEAVE):
        return f"{long} days. This community's manual locks nobody for a leave."
    value = policy.limit(LimitName.EXTENDED_LEAVE)
    if locks(policy, first, last):
        return f"{long} days, more than {value.number}: the license is locked from the first day ({value.rule})."
    return f"{long} days, not more than {value.number}: the license stays as it is ({value.rule})."
