"""What is measured of a ticket's history, and what a ratio of people to staff comes to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.policy.vocabulary import Tier
from helpdesk.flow.rules import Moment
from helpdesk.tickets.rules import Action, State

ENDS = {Action.CLOSE, Action.DECLINE}


class Outcome(StrEnum):
    """How a spell ended. What was merged is another ticket's business, and counts as nothing solved."""

    SETTLED = "settled"
    DECLINED = "declined"
    MERGED = "merged"


OUTCOMES = {State.CLOSED: Outcome.SETTLED, State.DECLINED: Outcome.DECLINED, State.MERGED: Outcome.MERGED}


@dataclass(frozen=True, slots=True)
class Stretch:
    """From opening to closing; `ended` none while it is open. The tier is where it stood when it ended."""

    number: int
    began: datetime
    ended: datetime | None = None
    outcome: Outcome | None = None
    tier: Tier | None = None


def stretches(history: Sequence[Moment]) -> Iterator[Stretch]:
    """Every stretch in which the ticket was open, oldest first (HUD-HD-1)."""
    number, began = 1, history[0].at if history else None
    for moment in history:
        outcome = OUTCOMES.get(moment.state)
        if began is None and outcome is None:
            number, began = number + 1, moment.at
        elif began is not None and outcome is not None:
            yield Stretch(number, began, moment.at, outcome, moment.tier)
            began = None
    if began is not None:
        yield Stretch(number, began)


def first_answer(history: Sequence[Moment], by_desk: Callable[[Moment], bool]) -> Moment | None:
    """The first answer, or what ended it unanswered. Whoever closes their own request answers nothing."""
    return next((moment for moment in history if _answers(moment, by_desk)), None)


def _answers(moment: Moment, by_desk: Callable[[Moment], bool]) -> bool:
    return moment.action is Action.ANSWER or (moment.action in ENDS and by_desk(moment))


def in_days(seconds: int) -> str:
    """How long, as a table shows it: 2 h 5 min, 3 d 4 h."""
    minutes = seconds // 60
    days, hours, left = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {left} min" if left else f"{hours} h"
    return f"{left} min" if minutes else "under 1 min"


def in_hours(seconds: int) -> str:
    """Opening time has hours only: a day of it is no day of the calendar's."""
    minutes = seconds // 60
    hours, left = minutes // 60, minutes % 60
    if hours:
        return f"{hours} h {left} min" if left else f"{hours} h"
    return f"{left} min" if minutes else "under 1 min"


# --- periods


class PeriodKind(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_YEAR = "fiscal-year"


MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12, PeriodKind.FISCAL_YEAR: 12}


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included."""

    kind: PeriodKind
    begins: date
    ends: date

    @property
    def label(self) -> str:
        if self.kind is PeriodKind.MONTH:
            return f"{self.begins:%B %Y}"
        if self.kind is PeriodKind.QUARTER:
            return f"quarter {(self.begins.month + 2) // 3} of {self.begins.year}"
        if self.kind is PeriodKind.YEAR:
            return f"{self.begins.year}"
        return f"fiscal year {self.ends.year}"


def period_of(kind: PeriodKind, day: date, fiscal: tuple[int, int] = (1, 1)) -> Period:
    """The period that holds the day; `fiscal` is the month and day on which the fiscal year begins."""
    if kind is PeriodKind.FISCAL_YEAR:
        begins = date(day.year, *fiscal)
        begins = begins if begins <= day else date(day.year - 1, *fiscal)
        return Period(kind, begins, date(begins.year + 1, *fiscal) - timedelta(days=1))
    size = MONTHS[kind]
    begins = date(day.year, (day.month - 1) // size * size + 1, 1)
    return Period(kind, begins, first_of_month(begins, size) - timedelta(days=1))


def before(period: Period, fiscal: tuple[int, int] = (1, 1)) -> Period:
    return period_of(period.kind, period.begins - timedelta(days=1), fiscal)


def first_of_month(day: date, later: int) -> date:
    """The first day of the month so many months after that of `day`."""
    months = day.year * 12 + day.month - 1 + later
    return date(months // 12, months % 12 + 1, 1)
