"""The work calendar against oracles that count in other ways, and against dates worked out by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.workcalendar import (
    AtOnce,
    BusinessDays,
    BusinessHours,
    Calendar,
    ClosedDays,
    Closure,
    Days,
    Hours,
    Months,
    OpeningHours,
    Weeks,
    Years,
    always_open,
    federal_holidays,
    instant,
    parse_period,
)

ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Adak",
    "America/Puerto_Rico",
    "Pacific/Honolulu",
    "Pacific/Guam",
    "Pacific/Pago_Pago",
]
CHICAGO = ZoneInfo("America/Chicago")
BARE = ClosedDays(federal=False)
MINUTE = timedelta(minutes=1)
zones = st.sampled_from(ZONES).map(ZoneInfo)
anchors = st.datetimes(datetime(2020, 1, 1), datetime(2039, 12, 1)).map(lambda at: at.replace(tzinfo=UTC))


def local(text: str, zone: str = "America/Chicago") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# ------------------------------------------------------------------ hours


@pytest.mark.parametrize("name", ZONES)
@given(at=anchors, count=st.integers(0, 20_000))
def test_hours_are_elapsed_time_in_every_zone(name, at, count):
    """Catalogue 15."""
    zone = ZoneInfo(name)
    calendar = Calendar(zone)
    after, before = calendar.due(at.astimezone(zone), Hours(count)).at, calendar.due_before(at, Hours(count)).at
    assert after.astimezone(UTC) == at.replace(microsecond=0) + timedelta(seconds=3600 * count)
    assert before.astimezone(UTC) == at.replace(microsecond=0) - timedelta(seconds=3600 * count)
    assert after.tzinfo is zone


# ------------------------------------------------------------------ business days


def nth(year: int, month: int, weekday: int, number: int) -> date:
    days = [date(year, month, 1) + timedelta(days=n) for n in range(31)]
    return [day for day in days if day.month == month and day.weekday() == weekday][number]


def holidays_by_law(year: int) -> set[date]:
    """5 U.S.C. 6103 from 2021 on: fixed days moved off the weekend, and the others on their weekday."""
    fixed = [date(year, 1, 1), date(year + 1, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    fixed += [date(year, 6, 19)] if year >= 2021 else []
    observed = {day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0)) for day in fixed}
    floating = {nth(year, 1, 0, 2), nth(year, 2, 0, 2), nth(year, 5, 0, -1), nth(year, 9, 0, 0)}
    return observed | floating | {nth(year, 10, 0, 1), nth(year, 11, 3, 3)}


LAW = set().union(*(holidays_by_law(year) for year in range(2021, 2041)))
WORKDAYS = [
    day
    for day in (date(2021, 1, 4) + timedelta(days=n) for n in range(19 * 365))
    if day.weekday() < 5 and day not in LAW
]


def counted(day: date, count: int, closed: set[date]) -> date:
    """Another way to count: take the list of all working days, and index it."""
    after = [one for one in WORKDAYS if day < one <= day + timedelta(days=count * 3 + 40) and one not in closed]
    return after[count - 1]


days = st.dates(date(2021, 2, 1), date(2037, 12, 31))
closures = st.lists(days, max_size=4)


@settings(max_examples=5000, deadline=None)
@given(day=days, clock=st.times(), count=st.integers(1, 30), near=st.lists(st.integers(0, 40), max_size=3), zone=zones)
def test_business_days_against_a_list_of_working_days(day, clock, count, near, zone):
    """Catalogue 16."""
    closed = {day + timedelta(days=ahead) for ahead in near}
    calendar = Calendar(zone, ClosedDays().also(dict.fromkeys(closed, "Staff day")))
    at = instant(datetime.combine(day, clock), zone)
    due = calendar.due(at, BusinessDays(count)).at
    assert due.replace(tzinfo=None) == datetime.combine(counted(at.date(), count, closed), time(23, 59, 59))
    assert due > at
    assert due <= calendar.due(at, BusinessDays(count + 1)).at
    assert due <= calendar.due(at + timedelta(hours=25), BusinessDays(count)).at


@settings(deadline=None)
@given(day=days, count=st.integers(1, 20))
def test_a_lead_time_in_business_days_is_the_latest_day_that_leaves_them(day, count):
    calendar = Calendar(CHICAGO)
    at = datetime.combine(day, time(12), CHICAGO)
    told = calendar.due_before(at, BusinessDays(count)).at.date()
    assert len([one for one in WORKDAYS if told <= one < day]) == count
    assert told in WORKDAYS


def test_the_observed_holidays_are_those_of_the_law():
    found = {day for year in range(2021, 2040) for day in federal_holidays(year) if day.weekday() < 5}
    assert found == {day for day in LAW if 2021 <= day.year < 2040 and day.weekday() < 5}


# ------------------------------------------------------------------ by hand

BY_HAND = [
    # Nov 26 2026 is Thanksgiving; the Friday after is an ordinary day.
    ("2026-11-20T16:30:00", BusinessDays(3), "2026-11-25T23:59:59-06:00"),
    ("2026-11-25T09:00:00", BusinessDays(1), "2026-11-27T23:59:59-06:00"),
    ("2026-11-26T09:00:00", BusinessDays(1), "2026-11-27T23:59:59-06:00"),
    ("2026-11-25T09:00:00", BusinessDays(3), "2026-12-01T23:59:59-06:00"),
    # Jul 4 2026 is a Saturday, observed on Friday the 3rd.
    ("2026-07-02T12:00:00", BusinessDays(1), "2026-07-06T23:59:59-05:00"),
    ("2026-07-03T12:00:00", BusinessDays(1), "2026-07-06T23:59:59-05:00"),
    ("2026-07-04T12:00:00", BusinessDays(1), "2026-07-06T23:59:59-05:00"),
    # Jan 1 2028 is a Saturday, observed on Friday, December 31, 2027. Dec 24 2027 is Christmas, observed.
    ("2027-12-30T12:00:00", BusinessDays(1), "2028-01-03T23:59:59-06:00"),
    ("2027-12-31T12:00:00", BusinessDays(1), "2028-01-03T23:59:59-06:00"),
    ("2027-12-23T12:00:00", BusinessDays(2), "2027-12-28T23:59:59-06:00"),
    # The turn of 2026: Christmas on Friday, New Year's Day on Friday.
    ("2026-12-24T23:59:59", BusinessDays(1), "2026-12-28T23:59:59-06:00"),
    ("2026-12-31T23:59:59", BusinessDays(1), "2027-01-04T23:59:59-06:00"),
    ("2026-12-22T08:00:00", BusinessDays(10), "2027-01-07T23:59:59-06:00"),
    # The last second of a day is that day.
    ("2026-11-23T23:59:59", BusinessDays(1), "2026-11-24T23:59:59-06:00"),
    ("2026-11-24T00:00:00", BusinessDays(1), "2026-11-25T23:59:59-06:00"),
    # A leap day.
    ("2028-02-29T10:00:00", BusinessDays(1), "2028-03-01T23:59:59-06:00"),
    ("2028-02-29T10:00:00", Days(1), "2028-03-01T23:59:59-06:00"),
    ("2028-02-29T10:00:00", Years(1), "2029-02-28T23:59:59-06:00"),
    ("2028-02-29T10:00:00", Years(4), "2032-02-29T23:59:59-06:00"),
    ("2028-02-29T10:00:00", Months(6), "2028-08-29T23:59:59-05:00"),
    ("2028-02-28T10:00:00", Hours(24), "2028-02-29T10:00:00-06:00"),
    # Months end on the month's last day where it has no such day.
    ("2026-08-31T10:00:00", Months(6), "2027-02-28T23:59:59-06:00"),
    ("2027-08-31T10:00:00", Months(6), "2028-02-29T23:59:59-06:00"),
    ("2026-12-31T10:00:00", Months(1), "2027-01-31T23:59:59-06:00"),
    # Clocks go forward: 02:30 does not occur and is 03:30.
    ("2026-03-08T02:30:00", Hours(24), "2026-03-09T03:30:00-05:00"),
    ("2026-03-07T02:30:00", Hours(24), "2026-03-08T03:30:00-05:00"),
    ("2026-03-07T23:59:59", Hours(24), "2026-03-09T00:59:59-05:00"),
    ("2026-03-08T02:30:00", BusinessDays(1), "2026-03-09T23:59:59-05:00"),
    ("2026-03-08T01:30:00", Days(1), "2026-03-09T23:59:59-05:00"),
    # Clocks go back: a day of 25 hours.
    ("2026-10-31T12:00:00", Hours(24), "2026-11-01T11:00:00-06:00"),
    ("2026-10-31T12:00:00", Days(1), "2026-11-01T23:59:59-06:00"),
    ("2026-11-01T01:30:00", BusinessDays(1), "2026-11-02T23:59:59-06:00"),
    ("2026-11-21T12:00:00", Weeks(1), "2026-11-28T23:59:59-06:00"),
]


@pytest.mark.parametrize(("at", "span", "due"), BY_HAND, ids=lambda part: str(part).replace(" ", "-"))
def test_dates_worked_out_by_hand(at, span, due):
    """Catalogue 17."""
    found = Calendar(CHICAGO).due(instant(datetime.fromisoformat(at), CHICAGO), span)
    assert found.at.isoformat() == due
    assert found.because


@pytest.mark.parametrize(
    ("fold", "span", "due"),
    [
        (0, Hours(24), "2026-11-02T00:30:00-06:00"),
        (1, Hours(24), "2026-11-02T01:30:00-06:00"),
        (0, Hours(1), "2026-11-01T01:30:00-06:00"),
        (1, Hours(1), "2026-11-01T02:30:00-06:00"),
        (0, BusinessDays(1), "2026-11-02T23:59:59-06:00"),
        (1, BusinessDays(1), "2026-11-02T23:59:59-06:00"),
        (0, Days(1), "2026-11-02T23:59:59-06:00"),
        (1, Days(1), "2026-11-02T23:59:59-06:00"),
    ],
    ids=str,
)
def test_both_readings_of_the_hour_that_comes_twice(fold, span, due):
    at = datetime(2026, 11, 1, 1, 30, fold=fold, tzinfo=CHICAGO)
    assert Calendar(CHICAGO).due(at, span).at.isoformat() == due


@pytest.mark.parametrize(
    ("span", "latest"),
    [
        (Days(30), "2026-11-16T23:59:59-06:00"),
        (Weeks(2), "2026-12-02T23:59:59-06:00"),
        (BusinessDays(3), "2026-12-11T23:59:59-06:00"),
        (BusinessDays(10), "2026-12-02T23:59:59-06:00"),
        (Months(1), "2026-11-16T23:59:59-06:00"),
        (Hours(24), "2026-12-15T09:00:00-06:00"),
        (AtOnce(), "2026-12-16T09:00:00-06:00"),
    ],
    ids=str,
)
def test_lead_times_are_counted_backwards(span, latest):
    assert Calendar(CHICAGO).due_before(local("2026-12-16T09:00"), span).at.isoformat() == latest


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("Pacific/Guam", "2026-11-27T23:59:59+10:00"),
        ("America/Adak", "2026-11-25T23:59:59-10:00"),
        ("Pacific/Pago_Pago", "2026-11-25T23:59:59-11:00"),
    ],
)
def test_the_agency_s_own_day_counts_not_the_server_s(zone, due):
    at = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    assert Calendar(ZoneInfo(zone)).due(at, BusinessDays(1)).at.isoformat() == due


def test_days_that_end_with_the_office():
    calendar = Calendar(CHICAGO, day_ends=time(17, 0))
    assert calendar.due(local("2026-11-20T18:30"), BusinessDays(1)).at.isoformat() == "2026-11-23T17:00:00-06:00"
    assert calendar.due(local("2026-11-20T18:30"), Hours(24)).at.isoformat() == "2026-11-21T18:30:00-06:00"


def test_a_day_that_ends_in_an_hour_that_comes_twice_ends_with_the_second():
    calendar = Calendar(CHICAGO, day_ends=time(1, 30))
    assert calendar.due(local("2026-10-31T12:00"), Days(1)).at.isoformat() == "2026-11-01T01:30:00-06:00"


@pytest.mark.parametrize("at", [datetime(2026, 11, 20, 12), date(2026, 11, 20), "2026-11-20T12:00", None])
def test_an_anchor_without_a_zone_is_refused(at):
    with pytest.raises((ValueError, TypeError)):
        Calendar(CHICAGO).due(at, Days(1))


@pytest.mark.parametrize("count", [-1, 1.5, "3", True, None])
def test_a_span_counts_whole_units(count):
    with pytest.raises((ValueError, TypeError)):
        BusinessDays(count)


def test_a_fraction_of_a_second_is_dropped():
    at = datetime(2026, 11, 20, 12, 0, 0, 999_999, tzinfo=UTC)
    assert Calendar(ZoneInfo("UTC")).due(at, Hours(1)).at == datetime(2026, 11, 20, 13, tzinfo=UTC)


# ------------------------------------------------------------------ closures


def test_a_closure_moves_what_is_due_and_is_named():
    before = Calendar(CHICAGO).due(local("2026-11-20T16:30"), BusinessDays(3))
    closed = ClosedDays().also([Closure(date(2026, 11, 24), "Staff day")])
    after = Calendar(CHICAGO, closed).due(local("2026-11-20T16:30"), BusinessDays(3))
    assert (before.at.date(), after.at.date()) == (date(2026, 11, 25), date(2026, 11, 27))
    assert "Tue Nov 24: Staff day, not a business day" in after.because
    assert any("Thanksgiving" in line for line in after.because)


@pytest.mark.parametrize("day", ["2026-11-20", "2026-11-21", "2026-11-26", "2026-12-24"])
def test_a_closure_outside_the_days_counted_moves_nothing(day):
    closed = ClosedDays().also({date.fromisoformat(day): "Away"})
    assert Calendar(CHICAGO, closed).due(local("2026-11-20T16:30"), BusinessDays(3)).at.date() == date(2026, 11, 25)


def test_a_closure_without_a_name_is_a_closure():
    assert ClosedDays().also({date(2026, 11, 24): ""}).why(date(2026, 11, 24)) == "closed"


def test_a_closure_that_somebody_called_weekend_closes_the_desk():
    closed = BARE.also({date(2026, 11, 24): "weekend"})
    desk = OpeningHours({1: (parse_period("08:00-17:00"),)}, CHICAGO, closed)
    assert not desk.open_at(local("2026-11-24T09:00"))


def test_the_reasons_count_every_day_once():
    because = Calendar(CHICAGO).due(local("2026-12-31T10:00"), BusinessDays(2)).because
    assert because == (
        "Thu Dec 31, 2026: the day it happened, not counted",
        "Fri Jan 1, 2027: New Year's Day, not a business day",
        "Sat Jan 2: weekend",
        "Sun Jan 3: weekend",
        "Mon Jan 4: business day 1",
        "Tue Jan 5: business day 2",
        "Due Tue Jan 5, 2027 at 23:59:59 CST, when that day ends",
    )


@pytest.mark.parametrize(
    ("at", "span", "said"),
    [
        (
            "2026-11-20T16:30",
            Days(30),
            (
                "Fri Nov 20, 2026: the day it happened, not counted",
                "Sat Nov 21 to Sun Dec 20, 2026: 30 days, weekends and holidays included",
                "Sun Dec 20 is on a weekend: a count of calendar days ends there all the same",
                "Due Sun Dec 20, 2026 at 23:59:59 CST, when that day ends",
            ),
        ),
        (
            "2026-12-18T09:00",
            Weeks(2),
            (
                "Fri Dec 18, 2026: the day it happened, not counted",
                "Sat Dec 19, 2026 to Fri Jan 1, 2027: 2 weeks (14 days), weekends and holidays included",
                "Fri Jan 1 is New Year's Day: a count of calendar days ends there all the same",
                "Due Fri Jan 1, 2027 at 23:59:59 CST, when that day ends",
            ),
        ),
        (
            "2026-11-23T09:00",
            Days(1),
            (
                "Mon Nov 23, 2026: the day it happened, not counted",
                "Tue Nov 24, 2026: 1 day, weekends and holidays included",
                "Due Tue Nov 24, 2026 at 23:59:59 CST, when that day ends",
            ),
        ),
    ],
)
def test_calendar_days_name_the_first_and_the_last_one_counted(at, span, said):
    assert Calendar(CHICAGO).due(local(at), span).because == said


def test_a_lead_time_names_the_days_between():
    because = Calendar(CHICAGO).due_before(local("2026-12-31T10:00"), Days(30)).because
    assert because == (
        "Thu Dec 31, 2026: the day it is to happen, not counted",
        "Tue Dec 1 to Wed Dec 30, 2026: 30 days, weekends and holidays included",
        "In time until Tue Dec 1, 2026 at 23:59:59 CST, when that day ends",
    )


@pytest.mark.parametrize(("at", "last"), [("2026-08-31", 28), ("2027-08-31", 29), ("2026-12-31", 30)])
def test_a_clamped_month_says_so(at, last):
    months = 6 if last != 30 else 4
    because = Calendar(CHICAGO).due(local(f"{at}T10:00"), Months(months)).because
    assert any(f"has no day 31: its last day, {last}, stands for it" in line for line in because)


# ------------------------------------------------------------------ opening hours

LUNCH = {day: (parse_period("08:00-12:00"), parse_period("13:00-17:00")) for day in range(5)}
ONE_DAY = {2: (parse_period("10:00-11:00"),)}
SCHEDULES = {
    "always": always_open,
    "lunch": lambda zone: OpeningHours(LUNCH, zone),
    "one weekday": lambda zone: OpeningHours(ONE_DAY, zone, BARE),
    "nights": lambda zone: OpeningHours(
        {6: (parse_period("00:30-02:45"),), 5: (parse_period("22:00-24:00"),)}, zone, BARE
    ),
}


@settings(deadline=None, max_examples=300)
@given(at=anchors, minutes=st.integers(0, 60 * 30), zone=zones, name=st.sampled_from(sorted(SCHEDULES)))
def test_adding_open_time_and_measuring_it_undo_each_other(at, minutes, zone, name):
    desk, length = SCHEDULES[name](zone), timedelta(minutes=minutes)
    end = desk.add_business_time(at, length)
    assert desk.business_time_between(at, end) == length
    assert desk.business_time_between(end, at) == -length
    if minutes:
        second_before = end.astimezone(UTC) - timedelta(seconds=1)
        assert desk.business_time_between(at, second_before) == length - timedelta(seconds=1)


def opens_at(name: str, at: datetime) -> bool:
    """Whether the minute that begins at this local time is open, read off the wall clock and the law."""
    if name == "always":
        return True
    if name == "one weekday":
        return at.weekday() == 2 and at.hour == 10
    return at.weekday() < 5 and at.date() not in LAW and at.hour in {8, 9, 10, 11, 13, 14, 15, 16}


minutes_of_the_law = st.datetimes(datetime(2021, 2, 1), datetime(2037, 12, 31)).map(
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)


@pytest.mark.parametrize("name", ["always", "lunch", "one weekday"])
@settings(deadline=None, max_examples=60)
@given(at=minutes_of_the_law, length=st.integers(0, 10 * 24 * 60), zone=zones)
def test_no_minute_is_lost_or_counted_twice(name, at, length, zone):
    """Catalogue 18, against a count of minutes, one by one."""
    desk, end = SCHEDULES[name](zone), at + length * MINUTE
    found = sum(opens_at(name, (at + n * MINUTE).astimezone(zone)) for n in range(length))
    assert desk.business_time_between(at, end) == found * MINUTE
    if found:
        reached = desk.add_business_time(at, found * MINUTE)
        rest = range((end - reached) // MINUTE)
        assert reached <= end
        assert not any(opens_at(name, (reached.astimezone(UTC) + n * MINUTE).astimezone(zone)) for n in rest)


@settings(deadline=None)
@given(at=anchors, minutes=st.integers(0, 100_000), zone=zones)
def test_a_desk_that_never_closes_loses_no_minute(at, minutes, zone):
    end = always_open(zone).add_business_time(at, timedelta(minutes=minutes))
    assert end.astimezone(UTC) == at + timedelta(minutes=minutes)


@settings(deadline=None, max_examples=60)
@given(at=anchors, hours=st.integers(0, 200), name=st.sampled_from(sorted(SCHEDULES)), zone=zones)
def test_open_time_adds_up_wherever_it_is_cut(at, hours, name, zone):
    desk, middle, end = SCHEDULES[name](zone), at + timedelta(hours=hours), at + timedelta(hours=300)
    whole = desk.business_time_between(at, end)
    assert whole == desk.business_time_between(at, middle) + desk.business_time_between(middle, end)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-20T11:59", 1, "2026-11-20T12:00"),
        ("2026-11-20T11:59", 2, "2026-11-20T13:01"),
        ("2026-11-20T12:30", 1, "2026-11-20T13:01"),
        ("2026-11-20T16:59", 2, "2026-11-23T08:01"),
        ("2026-11-25T16:00", 61, "2026-11-27T08:01"),
        ("2026-11-21T12:00", 480, "2026-11-23T17:00"),
    ],
)
def test_open_time_over_lunch_nights_and_holidays(start, minutes, end):
    desk = OpeningHours(LUNCH, CHICAGO)
    assert desk.add_business_time(local(start), timedelta(minutes=minutes)) == local(end)
    found = Calendar(CHICAGO, hours=desk).due(local("2026-11-20T16:00"), BusinessHours(2)).at
    assert found == local("2026-11-23T09:00")


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-25T10:59", 1, "2026-11-25T11:00"),
        ("2026-11-25T10:59", 2, "2026-12-02T10:01"),
        ("2026-11-25T11:00", 60, "2026-12-02T11:00"),
        ("2026-11-26T09:00", 61, "2026-12-09T10:01"),
    ],
)
def test_open_time_of_a_desk_that_opens_on_one_weekday(start, minutes, end):
    desk = SCHEDULES["one weekday"](CHICAGO)
    assert desk.add_business_time(local(start), timedelta(minutes=minutes)) == local(end)


def test_business_hours_are_refused_where_they_cannot_be_counted():
    with pytest.raises(ValueError, match="no opening hours"):
        Calendar(CHICAGO).due(local("2026-11-20T16:00"), BusinessHours(2))
    with pytest.raises(ValueError, match="forward"):
        Calendar(CHICAGO, hours=always_open(CHICAGO)).due_before(local("2026-11-20T16:00"), BusinessHours(2))
    with pytest.raises(ValueError, match="forward"):
        always_open(CHICAGO).add_business_time(local("2026-11-20T16:00"), timedelta(minutes=-1))


@pytest.mark.parametrize("text", ["", "08:00", "17:00-08:00", "08:00-08:00", "25:00-26:00", "a-b", "24:00-08:00"])
def test_a_period_that_makes_no_sense_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        parse_period(text)


@pytest.mark.parametrize("week", [{}, {0: ()}, {0: (parse_period("13:00-17:00"), parse_period("08:00-12:00"))}])
def test_a_week_that_makes_no_sense_is_refused(week):
    with pytest.raises(ValueError, match=r"\w"):
        OpeningHours(week, CHICAGO)


# ------------------------------------------------------------------ the machine's own zone

COUNT = """
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
from core.workcalendar import *
for zone in ("America/Chicago", "Pacific/Guam", "America/Adak"):
    calendar = Calendar(ZoneInfo(zone))
    for at in (datetime(2026, 3, 8, 8, 30, tzinfo=UTC), datetime(2026, 11, 25, 5, 59, 59, tzinfo=UTC)):
        for span in (Hours(24), BusinessDays(3), Days(30), Months(6)):
            print(calendar.due(at, span), calendar.due_before(at, span))
"""


def test_the_machine_s_time_zone_changes_nothing():
    told = set()
    for zone in ("UTC", "Asia/Kolkata", "Pacific/Kiritimati"):
        environment = {**os.environ, "TZ": zone, "PGTZ": zone}
        told.add(subprocess.run([sys.executable, "-c", COUNT], env=environment, capture_output=True, check=True).stdout)
    assert len(told) == 1
