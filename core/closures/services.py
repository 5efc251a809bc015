"""Adding and taking back closed days. Every open date of the Lead is counted anew in the same transaction."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.audit import record
from core.db import db
from core.deadlines import Deadline, moved_by, recompute_for_closures
from core.errors import Conflict, Invalid
from core.events import publish
from core.people.models import Closure, Lead
from core.people.services import closures_of
from core.ui import times
from core.workcalendar import federal_holidays

EARLIEST, LATEST = timedelta(days=366), timedelta(days=2 * 366)
SHOWN = 25


@dataclass(frozen=True)
class ClosuresChanged:
    """News for rooms that keep dates which no pack counts; `day` is the one closed, or open after all."""

    lead_id: int
    day: date


@dataclass(frozen=True)
class Move:
    """An open deadline and the due instant it would have."""

    row: Deadline
    due_at: datetime


@dataclass(frozen=True)
class Outlook:
    """What a change of the closed days would move: the first of them, and how many in all."""

    first: tuple[Move, ...]
    count: int


Foreteller = Callable[[Lead, dict[date, str]], Iterator[Move]]
_foretellers: list[Foreteller] = [
    lambda lead, closures: (Move(row, decision.due) for row, decision in moved_by(lead, closures))
]


def foretells(fn: Foreteller) -> Foreteller:
    """Decorator: this function says which dates that no pack counts these closed days would move."""
    if fn not in _foretellers:
        _foretellers.append(fn)
    return fn


def checked(lead: Lead, day: date, name: str, now: datetime) -> str:
    """The name in one line.

    Raises Invalid for a day or name that cannot be, Conflict for a day that is closed already.
    """
    name = " ".join(name.split())
    if not name:
        raise Invalid("Say why the office is closed.", "People read it beside each date it moves.", field="name")
    today = now.astimezone(ZoneInfo(lead.tz)).date()
    if not today - EARLIEST <= day <= today + LATEST:
        raise Invalid(f"{times.say_day(day)} is too far away.", "Check the year.", field="day")
    if holiday := federal_holidays(day.year).get(day):
        raise Invalid(
            f"{times.say_day(day)} is {holiday}, a federal holiday.", "It counts as closed already.", field="day"
        )
    if earlier := _on(lead, day):
        raise Conflict(f"{times.say_day(day)} is closed already: {earlier.name}.", field="day")
    return name


def outlook_with(lead: Lead, day: date, name: str) -> Outlook:
    """What closing on that day would move."""
    return _outlook(lead, {**_closed(lead), day: name})


def outlook_without(closure: Closure) -> Outlook:
    """What opening on that day after all would move."""
    return _outlook(closure.lead, {day: name for day, name in _closed(closure.lead).items() if day != closure.day})


def add(lead: Lead, day: date, name: str, now: datetime) -> tuple[Closure, int]:
    """Close on a day. The same day with the same name again is the same act. Returns it and how many dates moved."""
    _hold(lead)
    if (earlier := _on(lead, day)) and earlier.name == " ".join(name.split()):
        return earlier, 0
    name = checked(lead, day, name, now)
    moved = outlook_with(lead, day, name).count
    closure = Closure(lead=lead, day=day, name=name)
    db.session.add(closure)
    _count_anew(lead, day)
    record("closure.added", closure, data={"day": day.isoformat(), "name": closure.name, "moved": moved})
    return closure, moved


def take_back(closure: Closure) -> int:
    """The office is open on that day after all. Returns how many dates moved."""
    lead = closure.lead
    _hold(lead)
    moved = outlook_without(closure).count
    record("closure.taken_back", closure, data={"day": closure.day.isoformat(), "name": closure.name})
    db.session.delete(closure)
    _count_anew(lead, closure.day)
    return moved


def _count_anew(lead: Lead, day: date) -> None:
    db.session.flush()
    recompute_for_closures(lead)
    publish(ClosuresChanged(lead.id, day))


def _hold(lead: Lead) -> None:
    """One change of a Lead's closed days at a time."""
    db.session.execute(select(Lead.id).where(Lead.id == lead.id).with_for_update())


def _on(lead: Lead, day: date) -> Closure | None:
    return db.session.scalar(select(Closure).where(Closure.lead_id == lead.id, Closure.day == day))


def _closed(lead: Lead) -> dict[date, str]:
    return {date.fromisoformat(day): name for day, name in closures_of(lead.id).items()}


def _outlook(lead: Lead, closures: dict[date, str]) -> Outlook:
    first: list[Move] = []
    total = 0
    for foretell in _foretellers:
        for move in foretell(lead, closures):
            total += 1
            insort(first, move, key=lambda one: (one.row.due_at, one.row.id))
            del first[SHOWN:]
    return Outlook(tuple(first), total)
