"""The help desk's hours of two manuals, by mail and by telephone, at their first and last second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.closures.services import add, take_back
from core.db import unit_of_work
from core.ui import times
from core.workcalendar import BusinessHours
from helpdesk.flow.practice import Practice
from helpdesk.flow.rules import Desk, Promise
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Channel
from tests.flow.conftest import promised, set_for
from tests.mail.acting import asked
from tests.support.factories import World, make_agency, make_world, member
from tests.support.signing_in import api_headers
from tests.tickets.acting import ask, read, words

FOUR_HOURS = Practice(promises=tuple(promised(Desk.LEAD, Promise.FIRST_ANSWER, BusinessHours(4))))
ZONES = {"missouri": ZoneInfo("America/Chicago"), "sacramento": ZoneInfo("America/Los_Angeles")}

Asking = Callable[[], Ticket]


@pytest.fixture(
    params=[
        pytest.param("missouri", marks=pytest.mark.rule("MO-HD-1")),
        pytest.param("sacramento", marks=pytest.mark.rule("SAC-HD-2")),
    ]
)
def pack(request) -> str:
    return request.param


@pytest.fixture
def world(app, pack) -> World:
    """A Lead that answers within four hours of its help desk's."""
    with clock.frozen(datetime(2026, 6, 1, 9, tzinfo=ZONES[pack])):
        made = make_world(pack, tz=str(ZONES[pack]))
    set_for(made, FOUR_HOURS, since=date(2026, 6, 2))
    return made


@pytest.fixture(params=[Channel.EMAIL, Channel.PHONE])
def asking(request, client, world) -> Asking:
    """By mail, or on the telephone to somebody of the help desk who writes it down."""

    def by_phone() -> Ticket:
        caller = {"channel": "phone", "address": world.end_user.email, "name": world.end_user.name}
        return ask(client, world.agent, **caller)

    def way() -> Ticket:
        ticket = asked(world) if request.param is Channel.EMAIL else by_phone()
        assert ticket.channel is request.param
        return ticket

    return way


@pytest.fixture
def at(pack) -> Callable[..., datetime]:
    """An instant of 2026 on the Lead's clock."""
    return lambda month, day, *clock_time: datetime(2026, month, day, *clock_time, tzinfo=ZONES[pack])


@pytest.fixture
def due(client, world) -> Callable[[Ticket], datetime]:
    """When the first answer is due: to the second by API, and on the page to the minute, on the Lead's clock."""

    def of(ticket: Ticket) -> datetime:
        answer = client.get(f"/api/v1/tickets/{ticket.id}", headers=api_headers(world.agent)).get_json()
        when = datetime.fromisoformat(answer["next_due_at"]).astimezone(ZoneInfo(world.lead.tz))
        page = words(read(client, world.agent, f"/tickets/{ticket.id}"))
        assert f"Due {times.say_due(when)}" in page, page[page.index("What is promised") :]
        return when

    return of


def test_it_opens_at_eight_and_closes_at_five_to_the_second(asking, due, travel, at):
    """Friday the 20th, its weekend and the Monday after it."""
    asked_and_due = {
        at(11, 20, 13, 0, 0): at(11, 20, 17, 0, 0),
        at(11, 20, 13, 0, 1): at(11, 23, 8, 0, 1),
        at(11, 20, 16, 59, 59): at(11, 23, 11, 59, 59),
        at(11, 20, 17, 0, 0): at(11, 23, 12, 0, 0),
        at(11, 20, 17, 0, 1): at(11, 23, 12, 0, 0),
        at(11, 22, 12, 0, 0): at(11, 23, 12, 0, 0),
        at(11, 23, 7, 59, 59): at(11, 23, 12, 0, 0),
        at(11, 23, 8, 0, 0): at(11, 23, 12, 0, 0),
        at(11, 23, 8, 0, 1): at(11, 23, 12, 0, 1),
    }
    for moment, expected in asked_and_due.items():
        travel(moment)
        assert due(asking()) == expected, moment


def test_it_is_closed_on_the_day_a_holiday_is_observed(client, world, asking, due, travel, at):
    """July 4, 2026 is a Saturday, so the Friday before it is off."""
    for moment in (at(7, 2, 17, 0, 0), at(7, 3, 8, 0, 0), at(7, 3, 16, 59, 59), at(7, 4, 10, 0, 0)):
        travel(moment)
        ticket = asking()
        assert due(ticket) == at(7, 6, 12, 0, 0), moment
    travel(at(7, 2, 16, 59, 59))
    ticket = asking()
    assert due(ticket) == at(7, 6, 11, 59, 59)
    assert "Independence Day (observed)" in read(client, world.agent, f"/tickets/{ticket.id}")


def test_it_is_closed_on_the_leads_own_closed_day_and_open_again_once_that_is_taken_back(
    client, world, asking, due, travel, at
):
    monday = date(2026, 11, 23)
    travel(at(11, 20, 16, 0, 0))
    before = asking()
    assert due(before) == at(11, 23, 11, 0, 0)
    with unit_of_work():
        closed, _ = add(world.lead, monday, "Flood in the office", clock.now())
    assert due(before) == at(11, 24, 11, 0, 0)
    assert "Flood in the office" in read(client, world.agent, f"/tickets/{before.id}")
    for moment in (at(11, 20, 17, 0, 0), at(11, 23, 8, 0, 0), at(11, 23, 16, 59, 59)):
        travel(moment)
        assert due(asking()) == at(11, 24, 12, 0, 0), moment
    with unit_of_work():
        take_back(closed)
    assert due(before) == at(11, 23, 11, 0, 0)


def test_local_time_is_the_leads_wherever_the_agency_is(world, asking, due, travel, at):
    """At five on the Lead's clock it is six or eight in one agency, and one or three in the other."""
    for zone in ("America/New_York", "Pacific/Honolulu"):
        world.end_user = member(make_agency(world.coc, f"Agency of {zone}", tz=zone))
        travel(at(11, 20, 16, 59, 59))
        assert due(asking()) == at(11, 23, 11, 59, 59), zone
        travel(at(11, 20, 17, 0, 0))
        assert due(asking()) == at(11, 23, 12, 0, 0), zone
