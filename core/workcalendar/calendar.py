"""When a span ends, and which days were counted on the way.

The conventions, the same for every rule:

* The day something happens is day 0. Day 1 is the next day counted.
* A span of days, weeks, months or years ends when its last day ends on the wall clock of the calendar's zone.
* Hours are elapsed time. They end to the second, on whatever day that is.
* `due` is the last instant still on time, in whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from core.workcalendar.closed import ClosedDays
from core.workcalendar.hours import OpeningHours
from core.workcalendar.localtime import end_of_day, whole_second
from core.workcalendar.spans import AtOnce, BusinessDays, BusinessHours, Days, Hours, Months, Span, Weeks, Years
from core.workcalendar.words import (
    clock_time,
    day_and_clock,
    in_a_row,
    long_day,
    moment,
    plural,
    say_clock,
    short_day,
)

END_OF_DAY = time(23, 59, 59)
# Longer walks name only the holidays; nobody reads forty lines of weekends.
LISTED_BUSINESS_DAYS = 30
AFTER, BEFORE = 1, -1
CLOCKS_CHANGE = "The clocks change in between, which makes no hour longer or shorter"


@dataclass(frozen=True, slots=True)
class Due:
    """The last instant still on time, and how it was found: line by line to check, and in `words` for people."""

    at: datetime
    because: tuple[str, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """A zone, the days nobody works, when a day ends, and (where a rule counts them) opening hours."""

    zone: ZoneInfo
    closed: ClosedDays = field(default_factory=ClosedDays)
    day_ends: time = END_OF_DAY
    hours: OpeningHours | None = None

    def due(self, anchor: datetime, span: Span) -> Due:
        """When `span` after `anchor` ends."""
        return self._end(anchor, span, AFTER)

    def due_before(self, anchor: datetime, span: Span) -> Due:
        """The last instant that leaves a lead time of `span` before `anchor`: a notice given then is in time."""
        return self._end(anchor, span, BEFORE)

    def is_business_day(self, day: date) -> bool:
        return self.closed.why(day) is None

    def _end(self, anchor: datetime, span: Span, direction: int) -> Due:
        start = whole_second(anchor).astimezone(self.zone)
        match span:
            case AtOnce():
                return Due(start, (f"{moment(start)}: it is due the moment it happens",))
            case Hours():
                return self._elapsed(start, span, direction)
            case BusinessHours():
                return self._open_hours(start, span, direction)
            case BusinessDays():
                return self._business_days(start, span, direction)
            case _:
                return self._calendar_days(start, span, direction)

    def _elapsed(self, start: datetime, span: Hours, direction: int) -> Due:
        at = (start.astimezone(UTC) + direction * timedelta(hours=span.count)).astimezone(self.zone)
        side = "later" if direction == AFTER else "earlier"
        lines = [f"{moment(start)}: {_it_happened(direction)}", f"{moment(at)}: {span} {side}, counted as elapsed time"]
        if at.utcoffset() != start.utcoffset():
            lines.insert(1, CLOCKS_CHANGE)
        return Due(at, tuple(lines), (*(f"{line}." for line in lines[1:-1]), _told_elapsed(start, at, span, side)))

    def _open_hours(self, start: datetime, span: BusinessHours, direction: int) -> Due:
        if self.hours is None:
            raise ValueError("This calendar has no opening hours to count business hours in.")
        if direction == BEFORE:
            raise ValueError("Business hours are counted forward only.")
        at = self.hours.add_business_time(start, timedelta(hours=span.count))
        told = f"{span} while the desk is open end {day_and_clock(at, year=at.year != start.year)}."
        closed = self.hours.closed_between(start, at)
        lines = (
            f"{moment(start)}: it happened",
            *(f"{short_day(day)}: {_skipped(why)}" for day, why in closed),
            f"{moment(at)}: {span} later, counted while the desk is open",
        )
        return Due(at, lines, (told, *(f"Closed on {short_day(day)}: {why}." for day, why in closed)))

    def _business_days(self, start: datetime, span: BusinessDays, direction: int) -> Due:
        walk = list(self._walk(start.date(), span.count, direction))
        last = walk[-1][0] if walk else start.date()
        listed = span.count <= LISTED_BUSINESS_DAYS
        lines = list(_day_by_day(walk, start.year, direction) if listed else _in_summary(walk, span))
        told = in_a_row(start.date(), walk) if listed else ". ".join(lines)
        return self._ends(last, [_day_zero(start, direction), *lines], direction, [f"{told}."] if walk else [])

    def _walk(self, day: date, count: int, direction: int) -> Iterator[tuple[date, int, str | None]]:
        """Each day after (or before) `day` with its number, or the reason it is skipped, to business day `count`."""
        number = 0
        while number < count:
            day += direction * timedelta(days=1)
            why = self.closed.why(day)
            number += why is None
            yield day, number, why

    def _calendar_days(self, start: datetime, span: Days | Weeks | Months | Years, direction: int) -> Due:
        first = start.date()
        last = _shift(first, span, direction)
        lines = [_day_zero(start, direction), *_calendar_lines(first, last, span)]
        if off := self.closed.why(last):
            lines.append(f"{short_day(last)} is {_off_in_words(off)}: a count of calendar days ends there all the same")
        return self._ends(last, lines, direction, [f"{line}." for line in lines[1:]])

    def _ends(self, last: date, lines: list[str], direction: int, words: list[str]) -> Due:
        at = end_of_day(last, self.day_ends, self.zone)
        closing = "Due" if direction == AFTER else "In time until"
        if self.day_ends != END_OF_DAY:
            words = [*words, f"That day ends at {say_clock(at)}."]
        return Due(at, (*lines, f"{closing} {long_day(last)} at {clock_time(at)}, when that day ends"), tuple(words))


def _told_elapsed(start: datetime, at: datetime, span: Hours, side: str) -> str:
    when = day_and_clock(at, year=at.year != start.year, zone=at.utcoffset() != start.utcoffset())
    return f"{span} {side} is {when}."


def _it_happened(direction: int) -> str:
    return "it happened" if direction == AFTER else "it is to happen"


def _day_zero(start: datetime, direction: int) -> str:
    verb = "the day it happened" if direction == AFTER else "the day it is to happen"
    return f"{long_day(start.date())}: {verb}, not counted"


def _shift(day: date, span: Days | Weeks | Months | Years, direction: int) -> date:
    count = direction * span.count
    match span:
        case Days():
            return day + timedelta(days=count)
        case Weeks():
            return day + timedelta(weeks=count)
        case Months():
            return day + relativedelta(months=count)
        case Years():
            return day + relativedelta(years=count)


def _day_by_day(walk: list[tuple[date, int, str | None]], year: int, direction: int) -> Iterator[str]:
    """A line for each day; the year only where it is another than the line before."""
    for day, number, why in walk:
        name = short_day(day) if day.year == year else long_day(day)
        year = day.year
        yield f"{name}: {_counted(number, direction) if why is None else _skipped(why)}"


def _counted(number: int, direction: int) -> str:
    return f"business day {number}" if direction == AFTER else f"{plural(number, 'business day')} before"


def _skipped(why: str) -> str:
    return why if why == "weekend" else f"{why}, not a business day"


def _in_summary(walk: list[tuple[date, int, str | None]], span: BusinessDays) -> Iterator[str]:
    weekends = sum(why == "weekend" for _, _, why in walk)
    yield f"{span} counted; {plural(weekends, 'weekend day')} skipped"
    yield from (f"{long_day(day)}: {_skipped(why)}" for day, _, why in walk if why and why != "weekend")


def _off_in_words(why: str) -> str:
    return "on a weekend" if why == "weekend" else why


def _calendar_lines(first: date, last: date, span: Days | Weeks | Months | Years) -> Iterator[str]:
    one = timedelta(days=1)
    begins, ends = (first + one, last) if last > first else (last, first - one)
    length = str(span) if isinstance(span, Days) else f"{span} ({plural((ends - begins).days + 1, 'day')})"
    opening = short_day(begins) if begins.year == ends.year else long_day(begins)
    days = long_day(ends) if begins == ends else f"{opening} to {long_day(ends)}"
    yield f"{days}: {length}, weekends and holidays included"
    if isinstance(span, Months | Years) and last.day != first.day:
        yield f"{last:%B} {last.year} has no day {first.day}: its last day, {last.day}, stands for it"
