"""How many meetings a year, what a meeting is to have on record, and whether an agency was there. Pure.

Rules: SON-TR-2.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from core.policy.values import Cycle
from core.workcalendar import Days, Months, Weeks, Years

DAYS_A_YEAR = 365
DAYS_IN: dict[type, float] = {Days: 1, Weeks: 7, Months: DAYS_A_YEAR / 12, Years: DAYS_A_YEAR}


class Level(StrEnum):
    """FULL is what the manual calls the minimum: everybody with a license, and the leadership."""

    FULL = "full"
    PART = "part"
    ABSENT = "absent"


@dataclass(frozen=True)
class Presence:
    """Of one agency at one meeting: how many held a license then and how many of them were there; the same of its
    leadership, of which one is enough."""

    holders: int
    holders_there: int
    leaders: int
    leaders_there: int

    @property
    def level(self) -> Level:
        has_leader = self.leaders_there > 0 or not self.leaders
        if self.holders_there + self.leaders_there == 0:
            return Level.ABSENT
        return Level.FULL if self.holders_there >= self.holders and has_leader else Level.PART


def a_year(cycle: Cycle) -> int:
    """How many meetings the manual wants in a year: four a year of one each quarter."""
    days = DAYS_IN.get(type(cycle.every), DAYS_A_YEAR) * getattr(cycle.every, "count", 1)
    return round(DAYS_A_YEAR / days * cycle.times)


def missing(wanted: Collection[str], *, agenda: str, minutes: str, is_settled: bool) -> list[str]:
    """What a meeting that was held has not on record yet, in the pack's own codes."""
    there = {"agenda": bool(agenda), "minutes": bool(minutes), "attendance": is_settled}
    return [code for code in wanted if not there.get(code, True)]
