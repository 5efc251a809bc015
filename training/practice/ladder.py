"""The Balance of State's ladder when practice cases fail: what comes next, and why. Pure, replayed from what happened.

Rules: MO-TR-7. In the manual's words: two failures of the same part lead to one-on-one training; failing the next part
leads to one-on-one training again and then to a second case; trouble in the second case to one-on-one training; needing
it more than once there to a third and last case; failing that one to a denial, until the committee has decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

TWICE = 2
"""How often the same part is failed before one-on-one training; the manual says "twice" for this one thing only."""
LAST = 3
"""The third case is the last one."""


class Event(StrEnum):
    """What happens on the way. The part is always the one that is open: they come one at a time (MO-TR-4)."""

    FAILED = "failed"
    ACCEPTED = "accepted"
    ONE_ON_ONE = "one-on-one"
    NEXT_CASE = "next-case"
    DENIED = "denied"
    PROVISIONAL = "provisional"
    KEPT = "kept"


class Next(StrEnum):
    """What has to come next; `step` of the pack's ladder where it has one."""

    WORK = "work"
    ONE_ON_ONE = "one-on-one"
    ONE_ON_ONE_AGAIN = "one-on-one-before-second-case"
    SECOND_CASE = "second-case"
    ONE_ON_ONE_ON_SECOND = "one-on-one-on-second-case"
    THIRD_CASE = "third-case"
    COMMITTEE = "access-denied"
    RE_EVALUATION = "re-evaluation"
    RETRY = "retry"
    PASSED = "passed"
    KEPT = "kept"

    @property
    def step(self) -> str:
        """The pack's step; "" for what is no step of the ladder."""
        if self is Next.ONE_ON_ONE_AGAIN:
            return "second-case"
        return "" if self in (Next.WORK, Next.PASSED, Next.KEPT) else self.value


SESSIONS = (Next.ONE_ON_ONE, Next.ONE_ON_ONE_AGAIN, Next.ONE_ON_ONE_ON_SECOND)
CASES = (Next.SECOND_CASE, Next.THIRD_CASE)


@dataclass(frozen=True)
class Way:
    """How far somebody is: which case and part (from 0), how often it was failed since the last session, and what is
    next. `helped` is the part of the first case that the last session was about, `sessions` those on this case.
    """

    parts: int
    case: int = 1
    part: int = 0
    failed: int = 0
    helped: int | None = None
    sessions: int = 0
    next: Next = Next.WORK
    why: str = "Nothing was failed yet."


def replay(parts: int, events: Iterable[Event]) -> Way:
    """Where all of it leads. Raises ValueError for what cannot have happened in this order."""
    way = Way(parts)
    for event in events:
        following = after(way, event)
        if following is None:
            raise ValueError(f"{event} cannot come where {way.next} is next")
        way = following
    return way


def after(way: Way, event: Event) -> Way | None:
    """None where that cannot happen now."""
    if way.next is Next.WORK:
        return _at_work(way, event)
    if way.next in SESSIONS:
        return _taught(way) if event is Event.ONE_ON_ONE else None
    if way.next in CASES:
        return _next_case(way) if event is Event.NEXT_CASE else None
    return _decided(way, event)


def _at_work(way: Way, event: Event) -> Way | None:
    """The third case is worked on without more training, so none can be given there."""
    if event is Event.FAILED:
        return _failed(way)
    if event is Event.ACCEPTED:
        return _accepted(way)
    return _taught(way) if event is Event.ONE_ON_ONE and way.case < LAST else None


def _decided(way: Way, event: Event) -> Way | None:
    match way.next, event:
        case ((Next.COMMITTEE | Next.RE_EVALUATION), Event.DENIED):
            return replace(way, next=Next.RETRY, why="The committee denied access.")
        case Next.COMMITTEE, Event.PROVISIONAL:
            return replace(way, next=Next.RE_EVALUATION, why="The committee gave provisional access.")
        case Next.RE_EVALUATION, Event.KEPT:
            return replace(way, next=Next.KEPT, why="The committee found the data good enough.")
    return None


def _failed(way: Way) -> Way:
    if way.case == 1:
        return _failed_first(replace(way, failed=way.failed + 1))
    if way.case == 2:
        return _failed_second(way)
    return replace(way, next=Next.COMMITTEE, why="The third case was not completed without more training.")


def _failed_first(way: Way) -> Way:
    if way.helped is not None and way.part == way.helped + 1:
        return replace(
            way, next=Next.ONE_ON_ONE_AGAIN, why="The part after the one they had one-on-one training for was failed."
        )
    if way.failed >= TWICE:
        return replace(way, next=Next.ONE_ON_ONE, why="The same part was failed twice.")
    return replace(way, why="The part was failed once.")


def _failed_second(way: Way) -> Way:
    if way.sessions:
        return replace(way, next=Next.THIRD_CASE, why="The second case needs one-on-one training more than once.")
    return replace(way, next=Next.ONE_ON_ONE_ON_SECOND, why="There is trouble in the second case.")


def _accepted(way: Way) -> Way:
    if way.part + 1 == way.parts:
        return replace(way, part=way.parts, next=Next.PASSED, why="Every part of the case was accepted.")
    return replace(way, part=way.part + 1, failed=0, why="The part was accepted.")


def _taught(way: Way) -> Way:
    """One-on-one training was given, whether it was owed or not."""
    held = replace(way, sessions=way.sessions + 1, failed=0, next=Next.WORK, why="One-on-one training was given.")
    if way.next is Next.ONE_ON_ONE_AGAIN:
        return replace(held, next=Next.SECOND_CASE, why="One-on-one training was given after the next part failed.")
    if way.case == 1:
        return replace(held, helped=way.part)
    if held.sessions > 1:
        return replace(held, next=Next.THIRD_CASE, why="The second case needed one-on-one training more than once.")
    return held


def _next_case(way: Way) -> Way:
    return Way(way.parts, case=way.case + 1, why=f"Case {way.case + 1} of {LAST} was given.")
