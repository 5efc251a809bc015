"""What is said about a moment, at the second before, at and after each change of words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.ui import times

CHICAGO = ZoneInfo("America/Chicago")
SECOND = timedelta(seconds=1)
END = datetime(2026, 11, 25, 23, 59, 59, tzinfo=CHICAGO)
AFTERNOON = datetime(2026, 11, 25, 16, 10, tzinfo=CHICAGO)


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("due", "now", "words"),
    [
        (END, END, "less than a minute left"),
        (END, END + timedelta(microseconds=999_999), "less than a minute left"),
        (END, END + SECOND, "1 min late"),
        (END, END + timedelta(hours=1) - SECOND, "59 min late"),
        (END, END + timedelta(hours=1), "1 h late"),
        (END, END + timedelta(days=1) - SECOND, "23 h late"),
        (END, END + timedelta(days=1), "1 day late"),
        (END, at(28, 23), "3 days late"),
        (END, END - timedelta(minutes=1), "1 min left"),
        (END, END - timedelta(hours=1), "1 h left"),
        (END, END - timedelta(hours=4) + SECOND, "3 h left"),
        (END, END - timedelta(hours=4), "today"),
        (END, at(25), "today"),
        (END, at(25) - SECOND, "tomorrow"),
        (END, at(24), "tomorrow"),
        (END, at(24) - SECOND, "2 days left"),
        (END, at(20, 16, 30), "5 days left"),
        (AFTERNOON, at(25, 9), "today 4:10 PM"),
        (AFTERNOON, at(24, 9), "tomorrow 4:10 PM"),
        (AFTERNOON, at(25, 14), "2 h left"),
    ],
)
def test_what_is_left(due: datetime, now: datetime, words: str) -> None:
    assert times.say_left(due, now) == words
    assert times.say_left(due, now.astimezone(UTC)) == words


@pytest.mark.parametrize(
    ("now", "tone"),
    [
        (END + SECOND, "late"),
        (END, "today"),
        (at(25), "today"),
        (at(25) - SECOND, "soon"),
        (at(23), "soon"),
        (at(23) - SECOND, "later"),
    ],
)
def test_how_much_it_presses(now: datetime, tone: str) -> None:
    assert times.tone(END, now) == tone


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(hours=1) - SECOND, "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=30), "30 days ago"),
        (timedelta(days=31), "Sun, Oct 25, 2026"),
        (-timedelta(minutes=5), "Wed, Nov 25, 2026"),
    ],
)
def test_how_long_ago(gone: timedelta, words: str) -> None:
    now = at(25, 12)
    assert times.say_ago(now - gone, now) == words


def test_days_are_counted_where_the_deadline_is_not_where_the_server_is() -> None:
    evening_in_chicago = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)  # the 24th, 7 PM
    assert times.say_left(END, evening_in_chicago) == "tomorrow"


def test_days_late_across_the_end_of_daylight_saving() -> None:
    due = datetime(2026, 10, 31, 23, 59, 59, tzinfo=CHICAGO)
    assert times.say_left(due, datetime(2026, 11, 2, 12, 0, tzinfo=CHICAGO)) == "2 days late"


@pytest.mark.parametrize(
    ("local", "words"),
    [
        (END, "Wed, Nov 25, 2026, end of day"),
        (END - SECOND, "Wed, Nov 25, 2026, 11:59 PM"),
        (AFTERNOON, "Wed, Nov 25, 2026, 4:10 PM"),
        (datetime(2026, 3, 1, 0, 5, tzinfo=CHICAGO), "Sun, Mar 1, 2026, 12:05 AM"),
    ],
)
def test_a_due_date(local: datetime, words: str) -> None:
    assert times.say_due(local) == words


@pytest.mark.parametrize(
    ("zone", "word"), [("America/Chicago", "CST"), ("America/Sao_Paulo", "UTC-03"), ("UTC", "UTC")]
)
def test_a_zone_is_always_named(zone: str, word: str) -> None:
    assert times.zone_word(END.astimezone(ZoneInfo(zone))) == word


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        times.parse("2026-11-25T12:00:00")


def test_days() -> None:
    assert times.say_day(date(2026, 11, 5)) == "Thu, Nov 5, 2026"
    assert times.say_day(date(2026, 11, 5), year=False) == "Thu, Nov 5"


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "today"), (1, "1 day"), (59, "59 days"), (60, "2 months"), (257, "8 months")],
)
def test_how_long_something_waits(days: int, words: str) -> None:
    assert times.say_waiting(END - timedelta(days=days), END) == words
