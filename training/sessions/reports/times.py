"""Times and durations as the products write them, in the languages and orders in which they do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from zoneinfo import ZoneInfo

from training.sessions.reports.report import AmbiguousDates, ReportProblem


class Order(StrEnum):
    MONTH_FIRST = "month-first"
    DAY_FIRST = "day-first"


MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar enero ene janvier janv",
            "feb february februar febrero février févr fevrier",
            "mar march märz mrz marzo mars",
            "apr april abril abr avril avr",
            "may mai mayo",
            "jun june juni junio juin",
            "jul july juli julio juillet juil",
            "aug august agosto ago août aout",
            "sep sept september septiembre septembre",
            "oct october okt oktober octubre octobre",
            "nov november noviembre novembre",
            "dec december dez dezember dic diciembre déc décembre decembre",
        ),
        start=1,
    )
    for name in names.split()
}
CLOCK = r"(?i:(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2}))?(?:\.\d+)?\s*(?:(?P<half>[ap])\.?\s?m\.?)?)"
ISO = re.compile(
    rf"(?P<y>\d{{4}})[-/.](?P<mo>\d{{1,2}})[-/.](?P<d>\d{{1,2}})[T,\s]+{CLOCK}\s*(?P<off>[zZ]|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
NAMED = re.compile(rf"(?P<name>[^\W\d_]+)\.?\s+(?P<d>\d{{1,2}}),?\s+(?P<y>\d{{4}}),?\s+{CLOCK}")
NAMED_DAY_FIRST = re.compile(rf"(?P<d>\d{{1,2}})\.?\s+(?P<name>[^\W\d_]+)\.?,?\s+(?P<y>\d{{4}}),?\s+{CLOCK}")
NUMBERS = re.compile(rf"(?P<a>\d{{1,2}})(?P<sep>[/.-])(?P<b>\d{{1,2}})(?P=sep)(?P<y>\d{{4}}|\d{{2}}),?\s+{CLOCK}")
ONLY_CLOCK = re.compile(CLOCK)
PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)")
LONGEST = timedelta(days=2)


@dataclass(frozen=True)
class Stamp:
    """A written time. `day` where it is certain; `numbers` (first, second, year) where the order is not; neither where
    only the clock is given. `offset` where the report itself says the zone."""

    text: str
    clock: time
    day: date | None = None
    numbers: tuple[int, int, int] | None = None
    offset: timezone | None = None

    def orders(self) -> set[Order]:
        """In which orders its numbers are a date."""
        if self.numbers is None:
            return set(Order)
        return {order for order in Order if self.dated(order) is not None}

    def dated(self, order: Order | None) -> date | None:
        if self.numbers is None or order is None:
            return self.day
        first, second, year = self.numbers
        month, day = (first, second) if order is Order.MONTH_FIRST else (second, first)
        try:
            return date(year, month, day)
        except ValueError:
            return None


def stamp(text: str) -> Stamp:
    """Raises ReportProblem for what is no time."""
    try:
        if found := _stamp(text.strip()):
            return found
    except ValueError:
        pass
    raise ReportProblem(
        f"“{text[:40]}” is no day and time that can be read.", "Look at the columns of times in the file."
    )


def _stamp(text: str) -> Stamp | None:
    if m := ISO.fullmatch(text):
        return Stamp(text, _clock(m), date(int(m["y"]), int(m["mo"]), int(m["d"])), offset=_offset(m["off"]))
    for pattern in (NAMED, NAMED_DAY_FIRST):
        if (m := pattern.fullmatch(text)) and m["name"].casefold() in MONTHS:
            return Stamp(text, _clock(m), date(int(m["y"]), MONTHS[m["name"].casefold()], int(m["d"])))
    if m := NUMBERS.fullmatch(text):
        year = int(m["y"]) + (2000 if len(m["y"]) == 2 else 0)
        return Stamp(text, _clock(m), numbers=(int(m["a"]), int(m["b"]), year))
    if m := ONLY_CLOCK.fullmatch(text):
        return Stamp(text, _clock(m))
    return None


def _clock(m: re.Match[str]) -> time:
    hour, half = int(m["h"]), (m["half"] or "").casefold()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("an hour of a half day is from 1 to 12")
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(m["m"]), int(m["s"] or 0))


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text.casefold() == "z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def order_of(stamps: Iterable[Stamp], said: Order | None) -> Order | None:
    """In which order all dates of a report are written; None where it does not matter.

    Raises AmbiguousDates where both fit and nobody has said, ReportProblem where none does.
    """
    known = list(stamps)
    possible = set(Order).intersection(*(one.orders() for one in known)) if known else set(Order)
    if not possible:
        raise ReportProblem("The dates in this file fit neither the month first nor the day first.", "Check the file.")
    doubtful = [one for one in known if one.numbers and one.numbers[0] != one.numbers[1]]
    if said is not None and said not in possible and doubtful:
        word = "month" if said is Order.MONTH_FIRST else "day"
        raise ReportProblem(f"The dates in this file cannot have the {word} first.", "Choose the other order.")
    if len(possible) == 1:
        return next(iter(possible))
    if said is not None:
        return said
    if doubtful:
        raise AmbiguousDates(doubtful[0].text)
    return Order.MONTH_FIRST


def readings(day: date, clock: time, zone: ZoneInfo, offset: timezone | None) -> list[datetime]:
    """The instants that a wall clock names there: two in the hour that comes twice."""
    if offset is not None:
        return [datetime.combine(day, clock, offset).astimezone(UTC)]
    naive = datetime.combine(day, clock)
    found = {naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(found) if len(found) == 1 or _is_there(naive, zone) else [min(found)]


def _is_there(naive: datetime, zone: ZoneInfo) -> bool:
    first = naive.replace(tzinfo=zone, fold=0)
    return first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == naive


def seconds(text: str) -> int | None:
    """A duration: 59 Min. 0 Sek., 1h 2m, 21m 7s, 1:02:03, or minutes alone. None for none."""
    plain = text.strip()
    if not plain or plain.strip("-") == "":
        return None
    if re.fullmatch(r"\d+(?:[.,]\d+)?", plain):
        return round(float(plain.replace(",", ".")) * 60)
    if m := re.fullmatch(r"(?:(\d+):)?(\d{1,2}):(\d{2})", plain):
        return int(m[1] or 0) * 3600 + int(m[2]) * 60 + int(m[3])
    parts = PART.findall(plain)
    known = [(float(number.replace(",", ".")), _unit(unit.casefold())) for number, unit in parts]
    if not known or any(size is None for _, size in known):
        raise ReportProblem(
            f"“{text[:40]}” is no duration that can be read.", "Look at the columns of times in the file."
        )
    return round(sum(number * (size or 0) for number, size in known))


def seconds_if_readable(text: str) -> int | None:
    """Of a stay whose times are known anyway, where a duration in a language unknown here does no harm."""
    try:
        return seconds(text)
    except ReportProblem:
        return None


def _unit(name: str) -> int | None:
    """English, German, Spanish, French."""
    if name.startswith(("h", "st")):
        return 3600
    if name.startswith("m"):
        return 60
    return 1 if name.startswith("s") else None
