"""Which twelve months an evaluation may be of. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from helpdesk.reports.rules import first_of_month


@dataclass(frozen=True, slots=True)
class Span:
    """Twelve months from a first day on; `before` are the twelve before them."""

    begins: date
    name: str

    @property
    def ends(self) -> date:
        return date(self.begins.year + 1, self.begins.month, self.begins.day) - timedelta(days=1)

    @property
    def before(self) -> Span:
        return Span(date(self.begins.year - 1, self.begins.month, self.begins.day), "the year before")

    @property
    def label(self) -> str:
        return f"{self.name}, {_said(self.begins)}, to {_said(self.ends)}"


def _said(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def spans(today: date, fiscal: tuple[int, int] | None) -> Iterator[Span]:
    """Those that have ended: the last fiscal years where the pack has any, the last calendar years, twelve months."""
    if fiscal:
        this = date(today.year, *fiscal)
        last = this.year - 1 if this <= today else this.year - 2
        for year in (last, last - 1):
            yield Span(date(year, *fiscal), f"Fiscal year {year + 1}")
    for year in (today.year - 1, today.year - 2):
        yield Span(date(year, 1, 1), f"Calendar year {year}")
    yield Span(first_of_month(today, -12), "The last twelve months")


def span_from(begins: str, today: date, fiscal: tuple[int, int] | None) -> Span | None:
    return next((span for span in spans(today, fiscal) if span.begins.isoformat() == begins), None)
