"""The days on which nobody works: federal holidays as they are observed, and a Lead's own closures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import holidays

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Closure:
    """A day the Lead is closed, with the name people know it by."""

    date: date
    name: str


Closures = Iterable[Closure | tuple[date, str]] | Mapping[date, str]


@dataclass(frozen=True)
class ClosedDays:
    """Which days are not business days, and why, in words."""

    federal: bool = True
    closures: tuple[Closure, ...] = ()
    _named: Mapping[date, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_named", {closure.date: closure.name for closure in self.closures})

    def also(self, closures: Closures) -> ClosedDays:
        """The same days and these closures."""
        added = closures_from(closures)
        return ClosedDays(self.federal, self.closures + added) if added else self

    def why(self, day: date) -> str | None:
        """Why the day is no business day: a closure's or holiday's name, or "weekend"; None on a business day."""
        return self.day_off(day) or ("weekend" if day.weekday() >= SATURDAY else None)

    def day_off(self, day: date) -> str | None:
        """The name of the closure or holiday on that day, weekends apart. A closure without a name is "closed"."""
        if day in self._named:
            return self._named[day].strip() or "closed"
        return federal_holidays(day.year).get(day) if self.federal else None


def closures_from(given: Closures) -> tuple[Closure, ...]:
    """Closures from a mapping, from pairs of date and name, or from closures."""
    pairs = given.items() if isinstance(given, Mapping) else given
    return tuple(item if isinstance(item, Closure) else Closure(*item) for item in pairs)


@lru_cache(maxsize=512)
def federal_holidays(year: int) -> Mapping[date, str]:
    """Federal holidays falling or observed in `year`; a New Year's Day on a Saturday is observed the year before."""
    return dict(holidays.country_holidays("US", years=year, observed=True).items())
