"""When a review is opened and due, and what an answer says. Pure. Rule: HUD-LI-5."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.policy import Decision, Policy
from core.policy.vocabulary import ClockName, CycleName
from core.workcalendar import Closures
from core.workcalendar.localtime import edge

MONTHS_OF_A_YEAR = 12


class Answer(StrEnum):
    """LEFT ends access with a departure notice; LEVEL stays, and the Lead looks at the level."""

    STAYS = "stays"
    LEVEL = "level"
    NOT_NEEDED = "not-needed"
    LEFT = "left"


ANSWERS = {
    Answer.STAYS: "Still works here, still needs it, right level",
    Answer.LEVEL: "Still works here and needs it, but the level is wrong",
    Answer.NOT_NEEDED: "Still works here, but no longer needs it",
    Answer.LEFT: "Has left or is leaving",
}
LEAVES = (Answer.LEFT, Answer.NOT_NEEDED)


class ReviewState(StrEnum):
    """LATE: the time ran out, and whoever was not confirmed is locked until they are."""

    OPEN = "open"
    LATE = "late"
    DONE = "done"


def period_of(policy: Policy, on: date) -> date:
    """The first day of the period that a day lies in: every month, or every so many by the pack's cycle."""
    months = getattr(policy.cycle(CycleName.ACCESS_REVIEW).every, "count", 1)
    number = on.year * MONTHS_OF_A_YEAR + on.month - 1
    begins = number - number % months
    return date(begins // MONTHS_OF_A_YEAR, begins % MONTHS_OF_A_YEAR + 1, 1)


def opens_at(period: date, zone: ZoneInfo) -> datetime:
    """The first instant of the period's first day, by the agency's clocks."""
    return edge(period, time(0), zone)


def due(policy: Policy, period: date, opened_at: datetime, zone: ZoneInfo, closures: Closures) -> Decision:
    """Counted from the period's first day, or from the day it was opened where that is later, so that nobody is short
    of time because the reviews began in the middle of a month."""
    anchor = max(opens_at(period, zone), opened_at)
    return policy.due(ClockName.ACCESS_REVIEW, anchor, zone, closures, "The review was opened")


@dataclass(frozen=True)
class Progress:
    """How many users of a review are answered for."""

    answered: int
    total: int

    @property
    def is_complete(self) -> bool:
        return self.answered >= self.total


def progress(answers: Iterable[Answer | None]) -> Progress:
    told = list(answers)
    return Progress(sum(one is not None for one in told), len(told))
