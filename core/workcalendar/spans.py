"""Lengths of time as policies speak of them. A span says how much and in what unit; a calendar says when it ends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Counted:
    """A whole number of some unit, never negative."""

    count: int

    def __post_init__(self) -> None:
        if isinstance(self.count, bool) or not isinstance(self.count, int):
            raise TypeError(f"A span counts whole units; {self.count!r} is not a whole number.")
        if self.count < 0:
            raise ValueError(f"A span is never negative; got {self.count}.")

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count == 1 else self.unit + 's'}"

    @property
    def unit(self) -> str:
        return _UNIT_WORDS[type(self)]


@dataclass(frozen=True, slots=True)
class AtOnce:
    """No time at all: what is asked for is due at the very moment."""

    def __str__(self) -> str:
        return "at once"


class Hours(_Counted):
    """Elapsed hours, counted in UTC: 24 of them are 24 hours on the wall, whatever the clocks do."""

    __slots__ = ()


class Days(_Counted):
    """Calendar days, weekends and holidays included; the last one ends when the calendar's day ends."""

    __slots__ = ()


class Weeks(_Counted):
    """Seven calendar days each."""

    __slots__ = ()


class Months(_Counted):
    """Calendar months; the 31st of a shorter month is that month's last day."""

    __slots__ = ()


class Years(_Counted):
    """Calendar years; February 29 becomes February 28 where the year has none."""

    __slots__ = ()


class BusinessDays(_Counted):
    """Days that are neither a weekend nor a holiday nor a closure."""

    __slots__ = ()


class BusinessHours(_Counted):
    """Hours while the desk is open."""

    __slots__ = ()


_UNIT_WORDS: dict[type, str] = {
    Hours: "hour",
    Days: "day",
    Weeks: "week",
    Months: "month",
    Years: "year",
    BusinessDays: "business day",
    BusinessHours: "business hour",
}

Span = AtOnce | Hours | Days | Weeks | Months | Years | BusinessDays | BusinessHours
