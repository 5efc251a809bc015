"""Who of the Lead gets a request that comes to its desk, through the pages."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime
from threading import Thread

import pytest
from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.people.models import LeadStaff, StaffRole
from helpdesk.flow.practice import Practice
from helpdesk.routing import services as routing
from tests.flow.conftest import PACIFIC, on, set_for
from tests.support.factories import make_staff, make_world
from tests.tickets.acting import ask, do, fresh, mails, opened, read, stays_of, words


@pytest.fixture
def world(app):
    with clock.frozen(on(2)):
        made = make_world("missouri", tz="America/Los_Angeles")
    set_for(made, Practice())
    return made


@pytest.fixture
def now(world, travel):
    travel(on(20))
    return on(20)


def skilled(person, *skills: str) -> None:
    with unit_of_work():
        db.session.scalars(select(LeadStaff).where(LeadStaff.person_id == person.id)).one().skills = list(skills)


def because(ticket) -> list[str]:
    return stays_of(ticket)[-1].explanation["because"]


@pytest.mark.rule("MO-HD-2")
def test_the_agencys_own_system_administrator_gets_its_requests(client, world, now):
    other = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
    with unit_of_work():
        routing.look_after(world.agency, other, now)
    ticket = ask(client, world.end_user)
    assert ticket.holder_person_id == other.id
    assert because(ticket)[-1] == "Ida Moss looks after Harbor House. (MO-HD-2)"
    assert [mail.person_id for mail in mails("ticket-news")] == [other.id]
    assert "Ida Moss looks after Harbor House." in words(read(client, world.agent, f"/tickets/{ticket.id}"))


@pytest.mark.rule("HUD-HD-4")
def test_who_covers_gets_them_from_the_first_to_the_last_day_of_an_absence(client, world, now, travel):
    cover = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
    with unit_of_work():
        routing.look_after(world.agency, world.agent, now)
        routing.be_away(world.lead, world.agent, date(2026, 11, 23), date(2026, 11, 24), cover)
    got = {}
    for day, hour in ((22, 23), (23, 0), (24, 23), (25, 0)):
        travel(on(day, hour, 30))
        got[day] = fresh(opened(world).id).holder_person_id
    assert got == {22: world.agent.id, 23: cover.id, 24: cover.id, 25: world.agent.id}


def test_a_day_away_of_23_hours_is_that_day_by_the_wall(client, world, now, travel):
    cover = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
    day = date(2027, 3, 14)
    with unit_of_work():
        routing.look_after(world.agency, world.agent, now)
        routing.be_away(world.lead, world.agent, day, day, cover)
    got = []
    for at in ((13, 23, 59), (14, 0, 0), (14, 23, 59), (15, 0, 0)):
        travel(datetime(2027, 3, *at, tzinfo=PACIFIC))
        got.append(fresh(opened(world).id).holder_person_id)
    assert got == [world.agent.id, cover.id, cover.id, world.agent.id]


@pytest.mark.rule("HUD-HD-6")
def test_without_one_it_goes_to_who_knows_the_subject_and_has_least(client, world, now):
    able = [make_staff(world.lead, StaffRole.AGENT, name=name) for name in ("Ida Moss", "Joe Lark")]
    for person in able:
        skilled(person, "problem")
    given = [ask(client, world.end_user).holder_person_id for _ in range(4)]
    assert given == [able[0].id, able[1].id, able[0].id, able[1].id]
    assert "has the fewest open (1) of 2" in because(fresh(4))[-1]
    assert ask(client, world.end_user, category="training").holder_person_id not in {person.id for person in able}


def test_requests_that_come_together_do_not_pile_on_one(app, world, now):
    for name in ("Ida Moss", "Joe Lark", "Kim Vale"):
        skilled(make_staff(world.lead, StaffRole.AGENT, name=name), "problem")

    def one() -> None:
        with app.app_context():
            opened(world_of(world))

    threads = [Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = [fresh(number).holder_person_id for number in range(1, 7)]
    assert sorted(held.count(person) for person in set(held)) == [2, 2, 2]


def world_of(world):
    """The same people, known to the session of this thread."""
    return replace(world, **{f.name: db.session.merge(getattr(world, f.name)) for f in fields(world)})


def test_what_somebody_puts_back_on_the_desk_stays_there(client, world, now):
    ticket = ask(client, world.end_user)
    assert ticket.holder_person_id is not None
    do(client, world.agent, ticket, "assign", to=0)
    assert fresh(ticket.id).holder_person_id is None


def test_a_lead_that_turned_it_off_gives_to_nobody(client, world, now):
    set_for(world, Practice(gives=False), since=date(2026, 11, 19))
    assert ask(client, world.end_user).holder_person_id is None
