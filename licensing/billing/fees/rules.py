"""What an agency pays for a billing year, line by line, each with its arithmetic in words. Pure.

Every line is rounded once, to the cent. Bounds and reliefs are lines of their own, so that the lines add up to the sum.
Rules: SON-LI-9, SAC-LI-7, VT-LI-8, VT-LI-9, HUD-LI-6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Protocol

from core.money import dollars, share
from licensing.billing.fees.models import Basis, Proration, ReliefKind

ADD_ON_RULE, RELIEF_RULE = "VT-LI-9", "HUD-LI-6"
LEAST, MOST, RELIEF = "least", "most", "relief"
LICENSE_BASES = frozenset({Basis.LICENSES, Basis.LICENSE_TYPE, Basis.ADD_ON})
UNITS = {
    Basis.BEDS: ("bed", "beds"),
    Basis.CLIENTS: ("client served", "clients served"),
    Basis.PROJECTS: ("project", "projects"),
    Basis.TRAINEES: ("person trained", "people trained"),
}


class Item(Protocol):
    """What a line of a schedule says."""

    @property
    def basis(self) -> Basis: ...
    @property
    def name(self) -> str: ...
    @property
    def cents(self) -> int: ...
    @property
    def level(self) -> str: ...
    @property
    def bands(self) -> list[Any]: ...
    @property
    def least_cents(self) -> int | None: ...
    @property
    def most_cents(self) -> int | None: ...


class Schedule(Protocol):
    @property
    def proration(self) -> Proration: ...
    @property
    def least_cents(self) -> int: ...
    @property
    def most_cents(self) -> int | None: ...
    @property
    def items(self) -> Sequence[Any]: ...


class Relief(Protocol):
    @property
    def kind(self) -> ReliefKind: ...
    @property
    def percent(self) -> int: ...
    @property
    def first_day(self) -> date: ...
    @property
    def last_day(self) -> date: ...
    @property
    def funder(self) -> str: ...


@dataclass(frozen=True)
class Year:
    """A billing year, or what is left of one; both days are in it."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    def days_within(self, first: date, last: date) -> int:
        return max(0, (min(last, self.last_day) - max(first, self.first_day)).days + 1)

    def said(self) -> str:
        return f"{_day(self.first_day)} to {_day(self.last_day)}"


@dataclass(frozen=True)
class Held:
    """A license to be paid for: since when it is held, and with which add-ons (their numbers) since when, if that was
    later. `is_billed`: the year's invoices have it already, and only its add-ons are to be paid."""

    license_id: int
    level: str
    since: date
    add_ons: tuple[int, ...] = ()
    add_ons_since: date | None = None
    is_billed: bool = False


@dataclass(frozen=True)
class AddOn:
    """What the vendor sells beside a license, and what one costs the Lead a year (VT-LI-9)."""

    type_id: int
    name: str
    cents: int


@dataclass(frozen=True)
class Facts:
    """What an agency's fee is counted by. A figure that nobody entered is None."""

    licenses: Sequence[Held] = ()
    add_ons: Sequence[AddOn] = ()
    projects: int = 0
    trainees: int = 0
    beds: int | None = None
    clients: int | None = None
    data_quality: int | None = None
    budget_cents: int | None = None
    since: date | None = None
    """Since when the agency takes part, where that is known."""

    def count_of(self, basis: Basis) -> int | None:
        told: Mapping[Basis, int | None] = {
            Basis.BEDS: self.beds, Basis.CLIENTS: self.clients, Basis.DATA_QUALITY: self.data_quality,
            Basis.BUDGET: self.budget_cents, Basis.PROJECTS: self.projects, Basis.TRAINEES: self.trainees,
        }  # fmt: skip
        return told[basis]


@dataclass(frozen=True)
class Line:
    """One line of an invoice; `license_ids` are the licenses it bills. A quantity of 0: it could not be counted.
    `since`: it is for the year from that day on only."""

    basis: str
    words: str
    quantity: int
    unit_cents: int
    cents: int
    why: tuple[str, ...]
    rule: str = ""
    license_ids: tuple[int, ...] = field(default=())
    since: date | None = None


def price(schedule: Schedule, facts: Facts, reliefs: Sequence[Relief], year: Year) -> list[Line]:
    """What the agency pays for the year: each item, the bounds, then the reliefs. Never less than nothing in all."""
    lines = [line for item in schedule.items for line in _lines_of(item, facts, schedule.proration, year)]
    if not lines:
        return []
    lines += bounds(lines, max(0, schedule.least_cents), schedule.most_cents, "a year")
    return lines + eased(lines, reliefs, year)


def price_licenses(schedule: Schedule, facts: Facts, reliefs: Sequence[Relief], year: Year) -> list[Line]:
    """What these licenses alone cost, for those bought within the year or paid for by somebody else: no flat rate, no
    bounds of the whole, the same reliefs."""
    items = [item for item in schedule.items if item.basis in LICENSE_BASES]
    lines = [line for item in items for line in _lines_of(item, facts, schedule.proration, year)]
    return lines + eased(lines, reliefs, year)


@dataclass(frozen=True)
class Part:
    """`left` of `whole` days, months or quarters are paid; `how` says it in words."""

    left: int
    whole: int
    how: str

    @property
    def value(self) -> Fraction:
        return Fraction(self.left, self.whole)


BOUGHT = ("bought on", "it is bought in")


def fraction(proration: Proration, since: date, year: Year, words: tuple[str, str] = BOUGHT) -> Part:
    """Which part of the yearly price is paid for what is bought on `since`, and how that is counted."""
    if since <= year.first_day or proration is Proration.WHOLE:
        return Part(1, 1, "the whole year")
    if since > year.last_day:
        return Part(0, 1, f"{words[0]} {_day(since)}, after the year")
    if proration is Proration.DAYS:
        left, whole, unit = year.days_within(since, year.last_day), year.days, "days"
    else:
        gone, whole, unit = _months_gone(year.first_day, since), _months_in(year), "months"
        if proration is Proration.QUARTERS:
            gone, whole, unit = gone // 3, -(-whole // 3), "quarters"
        left = max(1, whole - gone)
    how = f"{words[0]} {_day(since)}, so {left} of {whole} {unit} are left, the one {words[1]} included"
    return Part(left, whole, how)


def _months_in(year: Year) -> int:
    """The months of the year, one that is begun counted whole."""
    return _months_gone(year.first_day, year.last_day) + 1


def _months_gone(first: date, day: date) -> int:
    gone = (day.year - first.year) * 12 + day.month - first.month
    # A year that begins on the 31st has its months end with the last day of shorter ones.
    ends_month = (day + timedelta(days=1)).month != day.month
    return gone - (day.day < first.day and not ends_month)


def _lines_of(item: Item, facts: Facts, proration: Proration, year: Year) -> list[Line]:
    if item.basis is Basis.FLAT:
        lines = [Line(item.basis, item.name, 1, item.cents, item.cents, (f"A flat {dollars(item.cents)} a year.",))]
    elif item.basis is Basis.ADD_ON:
        lines = _add_ons(item, facts, proration, year)
    elif item.basis in LICENSE_BASES:
        mine = [one for one in facts.licenses if not one.is_billed]
        held = [one for one in mine if item.basis is Basis.LICENSES or one.level == item.level]
        lines = _licenses(item.basis, item.name, item.cents, held, proration, year)
    elif item.bands:
        lines = [_banded(item, facts)]
    else:
        lines = [_counted(item, facts)]
    if item.basis not in LICENSE_BASES:
        lines = [_of_the_rest(line, facts.since, proration, year) for line in lines]
    return lines + bounds(lines, item.least_cents, item.most_cents, f"for {item.name}")


def _of_the_rest(line: Line, since: date | None, proration: Proration, year: Year) -> Line:
    """An agency that came within the year pays for the rest of it."""
    part = fraction(proration, since, year, ("taking part since", "it began in")) if since else None
    if part is None or part.value == 1 or line.cents <= 0:
        return line
    due = share(line.cents, part.value)
    said = f"{part.how[0].upper()}{part.how[1:]}: {dollars(line.cents)} × {part.left}/{part.whole} = {dollars(due)}."
    return replace(line, cents=due, why=(*line.why, said), since=max(since or year.first_day, year.first_day))


def _licenses(
    basis: Basis, name: str, cents: int, held: Sequence[Held], proration: Proration, year: Year, rule: str = ""
) -> list[Line]:
    """One line for those held through the whole year, and one for each day on which others were bought."""
    by_part: dict[Part, list[int]] = {}
    for one in sorted(held, key=lambda h: (max(h.since, year.first_day), h.license_id)):
        by_part.setdefault(fraction(proration, one.since, year), []).append(one.license_id)
    lines = []
    for part, numbers in by_part.items():
        whole = cents * len(numbers)
        why = [f"{_count(len(numbers), ('license', 'licenses'))} × {dollars(cents)} a year = {dollars(whole)}."]
        due, since = share(whole, part.value), None
        if part.value != 1:
            since = next(one.since for one in held if one.license_id == numbers[0])
            said = part.how[0].upper() + part.how[1:]
            why.append(f"{said}: {dollars(whole)} × {part.left}/{part.whole} = {dollars(due)}.")
        elif any(one.license_id in numbers and one.since > year.first_day for one in held):
            why.append("A license bought within the year costs the whole year's price.")
        lines.append(Line(basis, name, len(numbers), cents, due, tuple(why), rule, tuple(numbers), since))
    return lines


def _add_ons(item: Item, facts: Facts, proration: Proration, year: Year) -> list[Line]:
    """At the vendor's cost; the item's own price only where no cost is known (VT-LI-9)."""
    lines: list[Line] = []
    for add_on in facts.add_ons:
        with_it = [one for one in facts.licenses if add_on.type_id in one.add_ons]
        held = [replace(one, since=one.add_ons_since or one.since) for one in with_it]
        cents = add_on.cents or item.cents
        for line in _licenses(Basis.ADD_ON, f"{item.name}: {add_on.name}", cents, held, proration, year, ADD_ON_RULE):
            why = (*line.why, "The price is what the vendor charges the HMIS Lead." if add_on.cents else "")
            lines.append(replace(line, why=tuple(filter(None, why))))
    return lines


def _counted(item: Item, facts: Facts) -> Line:
    count = facts.count_of(item.basis)
    if count is None:
        return _unknown(item)
    due = count * item.cents
    unit = UNITS.get(item.basis, ("unit", "units"))
    why = f"{_count(count, unit)} × {dollars(item.cents)} a year = {dollars(due)}."
    return Line(item.basis, item.name, count, item.cents, due, (why,))


def _unknown(item: Item) -> Line:
    why = "No figure is on record for this year, so nothing is charged for it. Enter the figure and count again."
    return Line(item.basis, item.name, 0, 0, 0, (why,))


def _banded(item: Item, facts: Facts) -> Line:
    """The band that the figure lies in: the last one that begins at or below it."""
    value = facts.count_of(item.basis)
    if value is None:
        return _unknown(item)
    bands = sorted(item.bands, key=lambda one: int(one["from"]))
    reached = [one for one in bands if int(one["from"]) <= value]
    said = _value(item.basis, value)
    if not reached:
        return Line(item.basis, item.name, 1, 0, 0, (f"{said} lies below the first band, which costs nothing.",))
    cents, start = int(reached[-1]["cents"]), int(reached[-1]["from"])
    beyond = bands[len(reached)] if len(reached) < len(bands) else None
    until = f" and below {_value(item.basis, int(beyond['from']))}" if beyond else ""
    why = f"{said} lies in the band from {_value(item.basis, start)}{until}: {dollars(cents)} a year."
    return Line(item.basis, item.name, 1, cents, cents, (why,))


def _value(basis: Basis, value: int) -> str:
    if basis is Basis.BUDGET:
        return dollars(value)
    return f"{value} %" if basis is Basis.DATA_QUALITY else _count(value, UNITS.get(basis, ("unit", "units")))


def bounds(lines: Sequence[Line], least: int | None, most: int | None, what: str) -> list[Line]:
    """The line that lifts a sum to the least, or takes it down to the most; none where it lies within."""
    if not lines:
        return []
    total = sum(line.cents for line in lines)
    if least is not None and total < least:
        gap = least - total
        why = f"At least {dollars(least)} {what}: {dollars(least)} - {dollars(total)} = {dollars(gap)}."
        return [Line(LEAST, f"To the minimum {what}", 1, gap, gap, (why,))]
    if most is not None and total > most:
        gap = most - total
        why = f"At most {dollars(most)} {what}: {dollars(most)} - {dollars(total)} = {dollars(gap)}."
        return [Line(MOST, f"To the maximum {what}", 1, gap, gap, (why,))]
    return []


def eased(lines: Sequence[Line], reliefs: Sequence[Relief], year: Year) -> list[Line]:
    """A line for each relief, by the days that it covers of those that each line is for; together never more than the
    sum (HUD-LI-6)."""
    total = sum(line.cents for line in lines)
    left, told = total, []
    for one in sorted(reliefs, key=lambda r: (r.first_day, r.last_day, r.percent, r.funder)):
        covered, said = _covered(lines, one, year)
        if not covered or left <= 0:
            continue
        exact = share(total, Fraction(one.percent, 100) * covered)
        off = min(exact, left)
        why = [f"{one.percent} % of {dollars(total)} for {said} = {dollars(exact)}."]
        if off < exact:
            why.append(f"No more than what is left to pay, {dollars(off)}.")
        left -= off
        told.append(Line(RELIEF, _relief_words(one), 1, -off, -off, tuple(why), RELIEF_RULE))
    return told


def _covered(lines: Sequence[Line], one: Relief, year: Year) -> tuple[Fraction, str]:
    """Which part of the lines' time a relief covers, by what they charge, and how that is said. What is bought within
    the year has only the rest of it."""
    charged: dict[date, int] = {}
    for line in lines:
        if line.cents > 0:
            start = line.since or year.first_day
            charged[start] = charged.get(start, 0) + line.cents
    whole, covered, said = sum(charged.values()), Fraction(0), []
    for start, cents in sorted(charged.items()):
        rest = Year(start, year.last_day)
        days = rest.days_within(one.first_day, one.last_day)
        covered += Fraction(cents, whole) * Fraction(days, rest.days)
        of = f" of {dollars(cents)}" if len(charged) > 1 else ""
        said.append(f"{days} of {rest.days} days{of}")
    return covered, " and ".join(said)


def _relief_words(one: Relief) -> str:
    word = "Waived" if one.kind is ReliefKind.WAIVED else "Subsidized"
    return f"{word}, borne by {one.funder}" if one.funder else word


def _count(number: int, unit: tuple[str, str]) -> str:
    return f"{number:,} {unit[0] if number == 1 else unit[1]}"


def _day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
