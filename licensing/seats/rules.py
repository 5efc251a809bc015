"""How many seats are free for whom, who is next in line, and when the last one will be gone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Protocol, TypeVar

PACE_DAYS = 90
FURTHEST = timedelta(days=3650)


class Kind(Protocol):
    """What a type of seats says of itself."""

    @property
    def is_add_on(self) -> bool: ...
    @property
    def levels(self) -> list[str]: ...


Type = TypeVar("Type", bound=Kind)


def type_for(level: str, types: Iterable[Type]) -> Type | None:
    """The type that a license of this level takes: the one that names the level, else the one that names none."""
    basic = [one for one in types if not one.is_add_on]
    named = next((one for one in basic if level in one.levels), None)
    return named or next((one for one in basic if not one.levels), None)


def needed(level: str, types: Sequence[Type], *, has_reporting: bool) -> list[Type]:
    """Every type of which a license takes a seat: its own, and each add-on that comes with it (VT-LI-9)."""
    own = type_for(level, types)
    add_ons = [one for one in types if one.is_add_on] if has_reporting else []
    return ([own] if own else []) + add_ons


@dataclass(frozen=True)
class Stock:
    """The seats of one type: how many there are, set aside for whom, used by whom (those kept count as used)."""

    total: int
    allocated: Mapping[int, int] = field(default_factory=dict)
    used: Mapping[int, int] = field(default_factory=dict)

    @property
    def in_use(self) -> int:
        return sum(self.used.values())

    @property
    def free(self) -> int:
        """Free for somebody, set aside or not. Never below none, though more may be in use than were bought."""
        return max(0, self.total - self.in_use)

    @property
    def pool(self) -> int:
        return self.total - sum(self.allocated.values())

    @property
    def pool_used(self) -> int:
        """What agencies use beyond what was set aside for them comes out of the pool."""
        return sum(max(0, used - self.allocated.get(agency, 0)) for agency, used in self.used.items())

    @property
    def pool_free(self) -> int:
        return max(0, self.pool - self.pool_used)

    def free_for(self, agency_id: int) -> int:
        """How many an agency can take now: what is left of its own, and the pool's."""
        own = max(0, self.allocated.get(agency_id, 0) - self.used.get(agency_id, 0))
        return own + self.pool_free

    def taking(self, agency_id: int, count: int = 1) -> Stock:
        """The stock once an agency has taken so many (or, below none, given them back)."""
        return replace(self, used={**self.used, agency_id: self.used.get(agency_id, 0) + count})

    def allocating(self, agency_id: int, count: int) -> Stock:
        return replace(self, allocated={**self.allocated, agency_id: count})

    @property
    def is_sound(self) -> bool:
        """Whether what is set aside, and what is used beyond it, fits into what there is."""
        return self.pool >= 0 and self.pool_used <= self.pool


@dataclass(frozen=True)
class Waiting:
    """An approved request without a seat; the list of them is in the order of approval."""

    request_id: int
    agency_id: int


def in_line(requests: Sequence[Waiting], stock: Stock) -> list[Waiting]:
    """Those for whom nothing is free, in the order of approval (SON-LI-2)."""
    return [one for one in requests if not stock.free_for(one.agency_id)]


def promoted(line: Sequence[Waiting], stock: Stock) -> list[Waiting]:
    """Who of the line gets a seat now, first come first served; nobody is passed over for the same seat."""
    got = []
    for one in line:
        if stock.free_for(one.agency_id):
            got.append(one)
            stock = stock.taking(one.agency_id)
    return got


@dataclass(frozen=True)
class Forecast:
    """When the last seat will be taken at the pace of the last days; `on` is None when it will not be."""

    on: date | None
    sentence: str


def forecast(free: int, taken: int, freed: int, today: date) -> Forecast:
    """`taken` and `freed` are counts of the last PACE_DAYS days."""
    pace = taken - freed
    told = f"{taken} taken and {freed} freed in the last {PACE_DAYS} days"
    if free <= 0:
        return Forecast(today, f"None is free now; {told}.")
    if pace <= 0:
        return Forecast(None, f"Enough at this pace: {told}.")
    ahead = timedelta(days=free * PACE_DAYS // pace)
    if ahead > FURTHEST:
        return Forecast(None, f"Enough for more than ten years: {told}.")
    return Forecast(today + ahead, f"{free} free, and {told}.")
