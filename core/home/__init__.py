"""Today: what needs this person, over all areas, ordered by what is due.

A room contributes with `@provider`: a function of (principal, at, limit) that returns WorkItems, at
most `limit` of each group, the most pressing first, in a bounded number of queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from core.authz import Principal

LIMIT = 50
FAR = datetime.max.replace(tzinfo=UTC)


class Turn(StrEnum):
    """Whose move it is."""

    MINE = "mine"
    WAITING = "waiting"
    NOBODYS = "nobody's"
    """The service does it by itself at the due time; people only need to know."""


@dataclass(frozen=True)
class WorkItem:
    """One line of Today: what, why, until when, and the page (or the button) of its next step."""

    title: str
    url: str
    action: str
    area: str
    detail: str = ""
    due_at: datetime | None = None
    explanation: dict[str, Any] | None = None
    since: datetime | None = None
    group: Turn = Turn.MINE
    is_urgent: bool = False

    def waits_long(self, at: datetime) -> bool:
        """Undated work has no due time to miss; that it has lain for weeks is what presses."""
        return self.due_at is None and self.since is not None and at - self.since >= LONG


Provider = Callable[[Principal, datetime, int], Iterable[WorkItem]]
_providers: list[Provider] = []


def provider(fn: Provider) -> Provider:
    """Decorator: this function contributes to everybody's Today."""
    if fn not in _providers:
        _providers.append(fn)
    return fn


class Section(StrEnum):
    OVERDUE = "Overdue"
    LATE_WITH_OTHERS = "Late with others"
    TODAY = "Due today"
    WEEK = "This week"
    NOW = "Waiting for you"
    LATER = "Later"
    BY_ITSELF = "Will happen by itself"
    WAITING = "Waiting on others"


FOR_THE_VIEWER = (Section.OVERDUE, Section.TODAY, Section.WEEK, Section.NOW, Section.LATER)
LONG = timedelta(days=14)


@dataclass
class Today:
    sections: dict[Section, list[WorkItem]] = field(default_factory=lambda: {s: [] for s in Section})

    @property
    def is_empty(self) -> bool:
        return not any(self.sections.values())

    @property
    def needs_me(self) -> int:
        return sum(len(self.sections[section]) for section in FOR_THE_VIEWER)


def section_of(item: WorkItem, at: datetime, zone: ZoneInfo) -> Section:
    """Which heading an item stands under; days begin and end in the viewer's zone. Work without a due
    time comes after what is due within a week; what others have let lapse stands right after one's own."""
    is_over = item.due_at is not None and item.due_at + timedelta(seconds=1) <= at
    if item.group is Turn.WAITING:
        return Section.LATE_WITH_OTHERS if is_over else Section.WAITING
    if item.group is Turn.NOBODYS:
        return Section.BY_ITSELF
    if item.due_at is None:
        return Section.NOW
    if is_over:
        return Section.OVERDUE
    days = (item.due_at.astimezone(zone).date() - at.astimezone(zone).date()).days
    if days <= 0:
        return Section.TODAY
    return Section.WEEK if days < 7 else Section.LATER


def today(principal: Principal, at: datetime, zone: ZoneInfo, limit: int = LIMIT) -> Today:
    """Everything that needs the person: the soonest due first, the urgent before others, then by how long it waits."""
    items = [item for contribute in _providers for item in contribute(principal, at, limit)]
    page = Today()
    for item in sorted(items, key=lambda i: (i.due_at or FAR, not i.is_urgent, i.since or at, i.title)):
        page.sections[section_of(item, at, zone)].append(item)
    return page
