"""SON-HD-6: Lead staff look for possible duplicates at least every two weeks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.db import db
from core.deadlines import Deadline, State, fire_due
from helpdesk.intake.reviews import REVIEW, start_missing
from schedule import PERIODIC
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import read, words

pytestmark = [pytest.mark.usefixtures("at_noon"), pytest.mark.rule("SON-HD-6")]
WEEKS = timedelta(weeks=2)
SECOND = timedelta(seconds=1)


@pytest.fixture
def world(app, at_noon):
    world = make_world("sonoma", tz="America/Los_Angeles")
    start_missing()
    return world


def reviews() -> list[Deadline]:
    db.session.expire_all()
    return list(db.session.scalars(select(Deadline).where(Deadline.kind == REVIEW).order_by(Deadline.id)))


def look(client, person, row):
    return sign_in(client, person).post(f"/duplicate-reviews/{row.id}/done")


def test_the_count_begins_once_in_each_community_whose_manual_wants_it(world):
    assert start_missing in [every.run for every in PERIODIC]
    make_world("missouri")
    assert start_missing() == 0
    (row,) = reviews()
    assert (row.coc_id, row.rule, row.holder) == (world.coc.id, "SON-HD-6", "lead")
    assert (row.due_at - clock.now()).days in (14, 13)


def test_it_is_on_the_desks_today_and_nobody_elses(client, world):
    for person in (world.agent, world.manager, world.admin):
        assert "Look for possible duplicates" in words(read(client, person, "/"))
    for person in (world.end_user, world.administrator, world.trainer):
        assert "Look for possible duplicates" not in words(read(client, person, "/"))
    assert "SON-HD-6" in read(client, world.agent, "/duplicate-reviews")


def test_saying_that_one_looked_starts_the_next(client, world, travel):
    (first,) = reviews()
    travel(clock.now() + timedelta(days=10))
    looked_at = clock.now()
    assert look(client, world.agent, first).status_code == 302
    met, following = reviews()
    assert (met.state, met.outcome, met.was_late) == (State.MET, "Ana Petrov looked through them.", False)
    assert following.state is State.PENDING
    assert following.anchor_at == looked_at
    assert following.due_at - first.due_at == timedelta(days=10)
    assert look(client, world.manager, first).status_code == 409
    assert len(reviews()) == 2


@pytest.mark.parametrize(("after", "is_late"), [(-SECOND, False), (timedelta(0), False), (SECOND, True)])
def test_the_last_second_of_the_two_weeks_is_in_time(client, world, travel, after, is_late):
    (row,) = reviews()
    travel(row.due_at + after)
    fire_due()
    assert ("Overdue" in words(read(client, world.agent, "/"))) is is_late
    assert look(client, world.agent, row).status_code == 302
    assert reviews()[0].was_late is is_late
    assert ("Late" in words(read(client, world.agent, "/duplicate-reviews"))) is is_late


def test_missed_it_stays_owed_and_is_one(client, world, travel):
    (row,) = reviews()
    travel(row.due_at + 3 * WEEKS)
    fire_due()
    assert start_missing() == 0
    assert "Look for possible duplicates" in words(read(client, world.agent, "/"))
    assert look(client, world.agent, row).status_code == 302
    assert [one.state for one in reviews()] == [State.MET, State.PENDING]
