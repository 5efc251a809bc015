"""Dates and times as policies count them: business days, opening hours, elapsed hours. Pure: no clock, no database."""

from core.workcalendar.calendar import END_OF_DAY, Calendar, Due
from core.workcalendar.closed import ClosedDays, Closure, Closures, closures_from, federal_holidays
from core.workcalendar.hours import WEEKDAYS, OpeningHours, Period, always_open, parse_period
from core.workcalendar.localtime import WallClock, end_of_day, instant, require_aware, wall_clock, whole_second
from core.workcalendar.spans import (
    AtOnce,
    BusinessDays,
    BusinessHours,
    Days,
    Hours,
    Months,
    Span,
    Weeks,
    Years,
)

__all__ = [
    "END_OF_DAY",
    "WEEKDAYS",
    "AtOnce",
    "BusinessDays",
    "BusinessHours",
    "Calendar",
    "ClosedDays",
    "Closure",
    "Closures",
    "Days",
    "Due",
    "Hours",
    "Months",
    "OpeningHours",
    "Period",
    "Span",
    "WallClock",
    "Weeks",
    "Years",
    "always_open",
    "closures_from",
    "end_of_day",
    "federal_holidays",
    "instant",
    "parse_period",
    "require_aware",
    "wall_clock",
    "whole_second",
]
