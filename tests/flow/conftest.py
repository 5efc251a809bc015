from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.authz import principal_for
from core.db import unit_of_work
from core.deadlines import fire_due
from core.workcalendar import BusinessDays, BusinessHours, Span
from helpdesk.flow.practice import Practice, Promised
from helpdesk.flow.rules import Desk, Promise
from helpdesk.flow.setting import set_practice
from helpdesk.tickets.rules import Priority
from tests.support.factories import World, make_world

PACIFIC = ZoneInfo("America/Los_Angeles")


def promised(desk: Desk, promise: Promise, span: Span, *priorities: Priority) -> list[Promised]:
    return [Promised(desk=desk, promise=promise, priority=p, within=span) for p in priorities or tuple(Priority)]


AGENCY_FIRST = Practice(
    promises=(
        *promised(Desk.AGENCY, Promise.FIRST_ANSWER, BusinessDays(2)),
        *promised(Desk.AGENCY, Promise.RESOLUTION, BusinessDays(1), Priority.LOW),
        *promised(Desk.AGENCY, Promise.RESOLUTION, BusinessDays(5), Priority.NORMAL),
        *promised(Desk.AGENCY, Promise.ESCALATION, BusinessDays(2)),
        *promised(Desk.LEAD, Promise.FIRST_ANSWER, BusinessHours(4)),
        *promised(Desk.LEAD, Promise.NEXT_ANSWER, BusinessHours(8)),
    ),
    silence=BusinessDays(7),
    attempts=2,
    vendor=BusinessDays(3),
    gives=False,
)


def set_for(world: World, practice: Practice = AGENCY_FIRST, since: date = date(2026, 11, 2)) -> None:
    """Said the day before."""
    said_at = datetime(since.year, since.month, since.day, 9, tzinfo=PACIFIC) - timedelta(days=1)
    with unit_of_work(), clock.frozen(said_at):
        set_practice(world.lead, None, practice, since, principal_for(world.admin, clock.now()), clock.now())


@pytest.fixture
def world(app) -> World:
    """Where an agency's administrator comes first."""
    with clock.frozen(datetime(2026, 11, 2, 9, tzinfo=PACIFIC)):
        made = make_world("sonoma", tz="America/Los_Angeles")
    set_for(made)
    return made


@pytest.fixture
def go(travel) -> Callable[[datetime], None]:
    """To an instant in that zone, and what fell due until then happens."""

    def to(at: datetime) -> None:
        travel(at)
        fire_due()

    return to


def on(day: int, hour: int = 12, minute: int = 0, second: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=PACIFIC)
