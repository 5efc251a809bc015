"""How a moment is said to a person. Pure: every function is given its zone and its `now`.

`due` is the last instant still on time, in whole seconds; a day that counts to its end stops at
23:59:59 local, which is said as "end of day".
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Tone = Literal["late", "today", "soon", "later"]

END_OF_DAY = time(23, 59, 59)
SOON_DAYS = 2
COUNT_HOURS_BELOW = timedelta(hours=4)
DAYS_AGO_AT_MOST = 30


def parse(value: datetime | str) -> datetime:
    """An aware datetime from one, or from ISO text; raises ValueError when it has no zone."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment


def zone(name: str | ZoneInfo) -> ZoneInfo:
    return name if isinstance(name, ZoneInfo) else ZoneInfo(name)


def zone_word(local: datetime) -> str:
    """CST; a zone without letters of its own is said as UTC-03."""
    word = local.tzname() or "UTC"
    return word if word[0].isalpha() else f"UTC{word}"


def say_day(day: date, *, year: bool = True) -> str:
    """Fri, Nov 20, 2026"""
    return f"{day:%a, %b} {day.day}" + (f", {day.year}" if year else "")


def say_clock(local: datetime) -> str:
    """4:30 PM"""
    return f"{local:%I:%M %p}".lstrip("0")


def say_when(local: datetime) -> str:
    """Fri, Nov 20, 2026, 4:30 PM (CST)"""
    return f"{say_day(local)}, {say_clock(local)} ({zone_word(local)})"


def is_end_of_day(local: datetime) -> bool:
    return local.time().replace(microsecond=0) == END_OF_DAY


def say_due(local: datetime, *, year: bool = True) -> str:
    """Wed, Nov 25, 2026, end of day; without the zone, which stands beside it."""
    return f"{say_day(local, year=year)}, {'end of day' if is_end_of_day(local) else say_clock(local)}"


def is_late(due: datetime, now: datetime) -> bool:
    return now.replace(microsecond=0) > due


def say_left(due: datetime, now: datetime) -> str:
    """How much is left, or how late it is; `due` is in the zone whose days count."""
    local_now = now.astimezone(due.tzinfo)
    return say_late_by(due, local_now) if is_late(due, local_now) else _still(due, local_now)


def say_late_by(due: datetime, now: datetime) -> str:
    """8 days late; both in the zone whose days count."""
    gone = now - due
    if gone < timedelta(hours=1):
        return f"{max(1, gone // timedelta(minutes=1))} min late"
    if gone < timedelta(days=1):
        return f"{gone // timedelta(hours=1)} h late"
    return f"{_plural((now.date() - due.date()).days, 'day')} late"


def _still(due: datetime, now: datetime) -> str:
    remaining, days = due - now, (due.date() - now.date()).days
    if remaining < timedelta(minutes=1):
        return "less than a minute left"
    if remaining < timedelta(hours=1):
        return f"{remaining // timedelta(minutes=1)} min left"
    if remaining < COUNT_HOURS_BELOW:
        return f"{remaining // timedelta(hours=1)} h left"
    if days > 1:
        return f"{_plural(days, 'day')} left"
    word = "tomorrow" if days else "today"
    return word if is_end_of_day(due) else f"{word} {say_clock(due)}"


def tone(due: datetime, now: datetime) -> Tone:
    """How much a due time presses, by days in the zone of `due`."""
    local_now = now.astimezone(due.tzinfo)
    if is_late(due, local_now):
        return "late"
    days = (due.date() - local_now.date()).days
    return "today" if days == 0 else "soon" if days <= SOON_DAYS else "later"


def say_waiting(since: datetime, now: datetime) -> str:
    """8 months; how long something has lain, in whole days or, from two months on, whole months of thirty days."""
    days = (now.astimezone(since.tzinfo).date() - since.date()).days
    if days < 1:
        return "today"
    return _plural(days, "day") if days < 60 else _plural(days // 30, "month")


def say_ago(moment: datetime, now: datetime) -> str:
    """3 days ago; a moment more than a month back, or still to come, is said as its day."""
    gone, days = now - moment, (now.astimezone(moment.tzinfo).date() - moment.date()).days
    if abs(gone) < timedelta(minutes=1):
        return "just now"
    if gone < timedelta(0) or days > DAYS_AGO_AT_MOST:
        return say_day(moment)
    if gone < timedelta(hours=1):
        return f"{gone // timedelta(minutes=1)} min ago"
    if gone < timedelta(days=1):
        return f"{gone // timedelta(hours=1)} h ago"
    return "yesterday" if days == 1 else f"{_plural(days, 'day')} ago"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
