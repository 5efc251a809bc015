"""Fiscal years, ages of debts, and the books' own lines. Pure. Rules: HUD-LI-2, VT-LI-8."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.policy import Policy
from core.policy.vocabulary import CycleName

# By days past the due date; what has none is counted from the invoice's own date.
AGES = ((0, "Not due yet"), (30, "1 to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"))
OLDEST = "More than 90 days"
BUCKETS = (*(name for _, name in AGES), OLDEST)

FEES, SERVICES, SEATS = "License fees", "Services", "Seats"
INCOME_OF = {"yearly": FEES, "licenses": FEES, "service": SERVICES}


@dataclass(frozen=True)
class Year:
    """A fiscal year, both days included."""

    first: date
    last: date

    @property
    def label(self) -> str:
        return (
            str(self.first.year)
            if self.first.year == self.last.year
            else f"{self.first.year}-{self.last.year % 100:02}"
        )

    @property
    def months(self) -> list[date]:
        """The first day of each."""
        start = self.first.year * 12 + self.first.month - 1
        return [date(month // 12, month % 12 + 1, 1) for month in range(start, start + 12)]


def year_of(policy: Policy, day: date) -> Year:
    """That in which the day lies: as the manual bills licenses (July to June in Vermont), else the calendar's."""
    begins = policy.cycle(CycleName.LICENSE_BILLING).starts if policy.has(CycleName.LICENSE_BILLING) else None
    month, first_day = (int(part) for part in (begins or "01-01").split("-"))
    first = date(day.year, month, first_day)
    if first > day:
        first = date(day.year - 1, month, first_day)
    return Year(first, date(first.year + 1, month, first_day) - timedelta(days=1))


def bucket_of(due_on: date, as_of: date) -> str:
    """How old a debt is on that day; on its due date it is not late yet."""
    days = (as_of - due_on).days
    return next((name for most, name in AGES if days <= most), OLDEST)


@dataclass
class Sums:
    """Cents of one fund, line or month. `invoiced` is net of credit notes."""

    invoiced: int = 0
    received: int = 0
    spent: int = 0

    @property
    def balance(self) -> int:
        """What came in less what went out."""
        return self.received - self.spent


@dataclass
class Books:
    """A CoC's money in a year: in all, by fund, by line and by month (its first day)."""

    whole: Sums = field(default_factory=Sums)
    by_fund: dict[str, Sums] = field(default_factory=dict)
    by_month: dict[date, Sums] = field(default_factory=dict)
    income: dict[tuple[str, str], int] = field(default_factory=dict)
    spending: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, kind: str, cents: int, fund: str, month: date, line: str = "") -> None:
        for sums in (
            self.whole, self.by_fund.setdefault(fund, Sums()), self.by_month.setdefault(month, Sums())
        ):  # fmt: skip
            setattr(sums, kind, getattr(sums, kind) + cents)
        lines = {"invoiced": self.income, "spent": self.spending}.get(kind)
        if lines is not None:
            lines[line, fund] = lines.get((line, fund), 0) + cents


@dataclass(frozen=True)
class Against:
    """A line of the budget beside what came of it; what nobody planned has a plan of nothing."""

    is_income: bool
    line: str
    fund: str
    planned: int
    actual: int
    budget_id: int | None = None

    @property
    def difference(self) -> int:
        """Above zero: more came in, or less was spent, than planned."""
        return self.actual - self.planned if self.is_income else self.planned - self.actual


Planned = tuple[int, bool, str, str, int]


def against(planned: Iterable[Planned], books: Books) -> list[Against]:
    """`planned`: id, is_income, line, fund, cents. Income first, each side by line and fund."""
    told: list[Against] = []
    seen: set[tuple[bool, str, str]] = set()
    sides: Mapping[bool, dict[tuple[str, str], int]] = {True: books.income, False: books.spending}
    for number, is_income, line, fund, cents in planned:
        seen.add((is_income, line, fund))
        told.append(Against(is_income, line, fund, cents, sides[is_income].get((line, fund), 0), number))
    for is_income, lines in sides.items():
        told += [
            Against(is_income, line, fund, 0, cents)
            for (line, fund), cents in lines.items()
            if (is_income, line, fund) not in seen and cents
        ]
    return sorted(told, key=lambda one: (not one.is_income, one.line, one.fund))
