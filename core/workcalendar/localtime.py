"""Wall-clock times and the instants they name, also on the two nights a year when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class WallClock(StrEnum):
    """What a wall-clock reading is in its zone."""

    ONCE = "once"
    TWICE = "twice"
    NEVER = "never"


def require_aware(at: datetime) -> datetime:
    """The same instant, refused when it carries no zone: a naive time names 24 different instants."""
    if not isinstance(at, datetime):
        raise TypeError(f"A date with a time and a zone is needed; got {at!r}.")
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone. Give an aware datetime, for example in UTC.")
    return at


def whole_second(at: datetime) -> datetime:
    """The instant in UTC with its fraction of a second dropped: deadlines are kept in whole seconds."""
    return require_aware(at).astimezone(UTC).replace(microsecond=0)


def wall_clock(naive: datetime, zone: ZoneInfo) -> WallClock:
    """Whether this reading occurs once, twice (clocks went back) or never (clocks went forward)."""
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return WallClock.ONCE
    exists = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == naive
    return WallClock.TWICE if exists else WallClock.NEVER


def instant(naive: datetime, zone: ZoneInfo, *, later: bool = False) -> datetime:
    """The instant a wall-clock reading names, in `zone`.

    A reading that occurs twice is the first of the two, or the second with `later`. One that never occurs is as far
    past the change as it reads (02:30 in a spring gap is 03:30).
    """
    fold = 1 if later and wall_clock(naive, zone) is WallClock.TWICE else 0
    return naive.replace(tzinfo=zone, fold=fold).astimezone(UTC).astimezone(zone)


def edge(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant in UTC when the wall clock first shows or passes `at`, so that opening hours never overlap."""
    naive = datetime.combine(day, at)
    if wall_clock(naive, zone) is not WallClock.NEVER:
        return instant(naive, zone).astimezone(UTC)
    before = naive.replace(tzinfo=zone, fold=0).utcoffset() or timedelta()
    after = naive.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    earliest, latest = (naive - after).replace(tzinfo=UTC), (naive - before).replace(tzinfo=UTC)
    return _offset_change(earliest, latest, zone)


def end_of_day(day: date, ends: time, zone: ZoneInfo) -> datetime:
    """The last whole second of `day` in `zone`, when days end at `ends` on the wall."""
    return instant(datetime.combine(day, ends), zone, later=True)


def _offset_change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first whole second in (low, high] at which the zone's offset differs from the one at `low`."""
    before = low.astimezone(zone).utcoffset()
    seconds = int((high - low).total_seconds())
    first, last = 0, seconds
    while last - first > 1:
        middle = (first + last) // 2
        if (low + timedelta(seconds=middle)).astimezone(zone).utcoffset() == before:
            first = middle
        else:
            last = middle
    return low + timedelta(seconds=last)
