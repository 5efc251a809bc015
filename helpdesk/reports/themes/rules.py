"""When something counts as a theme, and what may be done with one. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

RECENT_WEEKS, EARLIER_WEEKS = 4, 12
LEAST, TIMES, SIGMAS, ASKERS = 5, 1.5, 2.0, 3


class Sort(StrEnum):
    CATEGORY = "category"
    TAG = "tag"
    TERM = "term"


class State(StrEnum):
    RISING = "rising"
    DISMISSED = "dismissed"
    MERGED = "merged"
    PROPOSED = "proposed"


class Act(StrEnum):
    NOTE = "note"
    DISMISS = "dismiss"
    MERGE = "merge"
    PROPOSE = "propose"
    TAKE_UP = "take-up"
    LOOKED = "looked"


TRANSITIONS = {
    (State.RISING, Act.NOTE): State.RISING,
    (State.RISING, Act.DISMISS): State.DISMISSED,
    (State.RISING, Act.MERGE): State.MERGED,
    (State.RISING, Act.PROPOSE): State.PROPOSED,
    (State.DISMISSED, Act.NOTE): State.DISMISSED,
    (State.DISMISSED, Act.TAKE_UP): State.RISING,
    (State.MERGED, Act.NOTE): State.MERGED,
    (State.MERGED, Act.TAKE_UP): State.RISING,
    (State.PROPOSED, Act.NOTE): State.PROPOSED,
}
MEASURE = (
    f"Requests of the last {RECENT_WEEKS} weeks are compared with the {EARLIER_WEEKS} weeks before. Something is a "
    f"theme when at least {LEAST} requests of at least {ASKERS} people name it, which is {TIMES:g} times what is "
    "usual or more, and more than chance would give: the usual number and twice its square root."
)


@dataclass(frozen=True, slots=True)
class Windows:
    """The first day of the earlier weeks, of the recent ones, and the day after them."""

    begins: date
    turns: date
    ends: date


def windows(today: date) -> Windows:
    """Whole days, up to and with yesterday."""
    turns = today - timedelta(weeks=RECENT_WEEKS)
    return Windows(turns - timedelta(weeks=EARLIER_WEEKS), turns, today)


def usual(before: int) -> float:
    """How many of the recent weeks there would be if it went on as before."""
    return before * RECENT_WEEKS / EARLIER_WEEKS


def rises(recent: int, before: int, askers: int) -> bool:
    """Whether it is a theme (HUD-HD-8). What was never asked before is measured against one request."""
    expected = max(usual(before), 1.0)
    is_more = recent >= TIMES * expected and recent > expected + SIGMAS * math.sqrt(expected)
    return recent >= LEAST and askers >= ASKERS and is_more


def strength(recent: int, before: int) -> float:
    """How far beyond what is usual, in units of what chance gives; the list's order."""
    expected = max(usual(before), 1.0)
    return (recent - expected) / math.sqrt(expected)


def because(label: str, recent: int, before: int) -> str:
    expected = usual(before)
    told = f"{expected:.0f}" if expected >= 1 else "fewer than one"
    return (
        f"{label}: {recent} requests in the last {RECENT_WEEKS} weeks, where {told} would be usual "
        f"({before} in the {EARLIER_WEEKS} weeks before)."
    )


def after(state: State, act: Act) -> State | None:
    return TRANSITIONS.get((state, act))
