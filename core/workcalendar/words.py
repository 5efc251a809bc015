"""Dates and times in the words of an explanation."""

from __future__ import annotations

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


def zone_name(at: datetime) -> str:
    """The zone's abbreviation, or its offset where it has none."""
    name = at.tzname() or ""
    return name if name.isalpha() else f"{at:%z}"


def plural(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def say_span(span: timedelta) -> str:
    """2 days 3 hours; the two largest parts, and seconds only below a minute."""
    seconds = int(span.total_seconds())
    parts = [(seconds // 86400, "day"), (seconds % 86400 // 3600, "hour"), (seconds % 3600 // 60, "minute")]
    told = [plural(count, word) for count, word in parts if count] or [plural(seconds, "second")]
    return " ".join(told[:2])
