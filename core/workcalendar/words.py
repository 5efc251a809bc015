"""Dates and times in the words of an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta


def short_day(day: date) -> str:
    return f"{day:%a %b} {day.day}"


def long_day(day: date) -> str:
    return f"{short_day(day)}, {day.year}"


def clock_time(at: datetime) -> str:
    """Hours, minutes and seconds on the wall, with the zone's own abbreviation."""
    return f"{at:%H:%M:%S} {zone_name(at)}"


def moment(at: datetime) -> str:
    return f"{long_day(at.date())}, {clock_time(at)}"


def say_clock(at: datetime) -> str:
    """4:30 PM, as people read it; seconds only where there are any, and the day's last is its end."""
    if (at.hour, at.minute, at.second) == (23, 59, 59):
        return "end of day"
    return (f"{at:%I:%M:%S %p}" if at.second else f"{at:%I:%M %p}").lstrip("0")


def day_and_clock(at: datetime, *, year: bool = False, zone: bool = False) -> str:
    """Fri Nov 20, 4:30 PM"""
    day = long_day(at.date()) if year else short_day(at.date())
    return f"{day}, {say_clock(at)}" + (f" ({zone_name(at)})" if zone else "")


def zone_name(at: datetime) -> str:
    """The zone's abbreviation, or its offset where it has none."""
    name = at.tzname() or ""
    return name if name.isalpha() else f"{at:%z}"


def in_a_row(start: date, walk: Sequence[tuple[date, int, str | None]]) -> str:
    """Mon 23 (1), Tue 24 (2), Thu 26 (Thanksgiving Day, not counted), Fri 27 (3).

    Weekends go without saying, and so does a month or year that the day before had.
    """
    told = [one for one in walk if one[2] != "weekend"]
    return ", ".join(
        f"{_name(day, before)} ({number if why is None else f'{why}, not counted'})"
        for (day, number, why), before in zip(told, [start, *(day for day, _, _ in told)], strict=False)
    )


def _name(day: date, before: date) -> str:
    if day.year != before.year:
        return long_day(day)
    return short_day(day) if day.month != before.month else f"{day:%a} {day.day}"


def plural(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def say_span(span: timedelta) -> str:
    """2 days 3 hours; the two largest parts, and seconds only below a minute."""
    seconds = int(span.total_seconds())
    parts = [(seconds // 86400, "day"), (seconds % 86400 // 3600, "hour"), (seconds % 3600 // 60, "minute")]
    told = [plural(count, word) for count, word in parts if count] or [plural(seconds, "second")]
    return " ".join(told[:2])
