"""Opening hours: when a desk is open, and time counted only while it is.

Every hour is elapsed time. A day on which the clocks change has 23 or 25 hours when the desk never closes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from core.workcalendar.closed import ClosedDays
from core.workcalendar.localtime import edge, require_aware

MIDNIGHT = time(0)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(days=1)
# A schedule open one day a week meets at most this many closed weeks before something is wrong with it.
PATIENCE = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Period:
    """From `opens` to `closes` on one day's wall clock; a close at midnight is the end of that day."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.closes != MIDNIGHT and self.closes <= self.opens:
            raise ValueError(f"A period opens before it closes; got {self.opens:%H:%M} to {self.closes:%H:%M}.")

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The period's two instants in UTC on `day`."""
        closing_day = day + DAY if self.closes == MIDNIGHT else day
        return edge(day, self.opens, zone), edge(closing_day, self.closes, zone)


@dataclass(frozen=True)
class OpeningHours:
    """Periods for each weekday (0 is Monday), in order and apart; days off are closed unless `on_closed_days`."""

    week: Mapping[int, tuple[Period, ...]]
    zone: ZoneInfo
    closed: ClosedDays = field(default_factory=ClosedDays)
    on_closed_days: bool = False

    def __post_init__(self) -> None:
        if not any(self.week.values()):
            raise ValueError("Opening hours need at least one period in the week.")
        for periods in self.week.values():
            for earlier, later in pairwise(periods):
                if earlier.closes == MIDNIGHT or later.opens < earlier.closes:
                    raise ValueError("A day's periods come in order and do not overlap.")

    def open_at(self, at: datetime) -> bool:
        """Whether the desk is open at that instant; at the instant of closing it no longer is."""
        moment = require_aware(at).astimezone(UTC)
        day = moment.astimezone(self.zone).date()
        return any(opens <= moment < closes for opens, closes in self._periods(day))

    def add_business_time(self, start: datetime, length: timedelta) -> datetime:
        """The instant at which `length` of open time has passed since `start`, in the schedule's zone.

        Ends at a closing time rather than at the next opening. Raises OverflowError when the desk never opens.
        """
        if length < timedelta(0):
            raise ValueError(f"Business time is counted forward; got {length}.")
        left = length
        at = require_aware(start).astimezone(UTC)
        for opens, closes in self._open_from(at):
            begins = max(opens, at)
            if closes - begins >= left:
                return (begins + left).astimezone(self.zone)
            left -= closes - begins
        raise OverflowError(f"The desk is not open for {length} within three years of {start.isoformat()}.")

    def business_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Open time between two instants; negative when `end` is before `start`."""
        first, last = require_aware(start).astimezone(UTC), require_aware(end).astimezone(UTC)
        if last < first:
            return -self.business_time_between(last, first)
        overlaps = (min(closes, last) - max(opens, first) for opens, closes in self._open_between(first, last))
        return sum((overlap for overlap in overlaps if overlap > timedelta(0)), timedelta(0))

    def closed_between(self, start: datetime, end: datetime) -> list[tuple[date, str]]:
        """The holidays and closures from the first to the last of those days, with their names; weekends apart."""
        if self.on_closed_days:
            return []
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        days = (first + n * DAY for n in range((last - first).days + 1))
        return [(day, name) for day in days if (name := self.closed.day_off(day))]

    def _periods(self, day: date) -> list[tuple[datetime, datetime]]:
        if not self.on_closed_days and self.closed.day_off(day):
            return []
        return [period.on(day, self.zone) for period in self.week.get(day.weekday(), ())]

    def _open_between(self, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
        day, end = first.astimezone(self.zone).date(), last.astimezone(self.zone).date()
        while day <= end:
            yield from self._periods(day)
            day += DAY

    def _open_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        return (span for span in self._open_between(at, at + PATIENCE) if span[1] > at)


def always_open(zone: ZoneInfo) -> OpeningHours:
    """A desk that never closes."""
    whole_day = (Period(MIDNIGHT, MIDNIGHT),)
    return OpeningHours(dict.fromkeys(range(7), whole_day), zone, on_closed_days=True)


def parse_period(text: str) -> Period:
    """A period from "08:00-17:00"; "24:00" is the end of the day."""
    opens, dash, closes = text.partition("-")
    if not dash:
        raise ValueError(f'A period reads like "08:00-17:00"; got "{text}".')
    return Period(time.fromisoformat(opens.strip()), _closing(closes.strip()))


def _closing(text: str) -> time:
    return MIDNIGHT if text == "24:00" else time.fromisoformat(text)
