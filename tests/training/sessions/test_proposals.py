"""What the help desk asks training for waits among the sessions, and the help desk hears what became of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import db, unit_of_work
from core.events import publish
from core.needs import TrainingNeeded
from helpdesk.reports.models import Theme, TrainingProposal
from helpdesk.reports.themes.rules import Sort, State
from tests.conftest import NOON
from tests.support.factories import World, make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import read
from tests.training.sessions.acting import make_course, typed
from training.sessions.models import SessionProposal

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world() -> World:
    return make_world("vermont")


@pytest.fixture
def asked(client, world) -> TrainingProposal:
    """A theme that the help desk's administrator proposes training for, with one press."""
    counted = {"recent": 9, "before": 3, "counted_on": NOON.date(), "found_at": NOON}
    with unit_of_work() as session:
        theme = Theme(lead=world.lead, sort=Sort.TERM, key="exit", label="exits", state=State.RISING, **counted)
        session.add(theme)
    sign_in(client, world.admin).post(f"/reports/themes/{theme.id}/propose", data={"once": "propose-1"})
    return db.session.scalars(select(TrainingProposal)).one()


def waiting() -> SessionProposal:
    return db.session.scalars(select(SessionProposal).execution_options(populate_existing=True)).one()


def test_it_waits_with_its_grounds_and_is_planned_in_one_step(client, world, asked):
    page = read(client, world.trainer, "/training/sessions")
    assert asked.title in page
    assert f'href="{asked.links[0]}"' in page
    assert f"Training proposed: {asked.title}" in read(client, world.trainer, "/")
    course = make_course(world)
    path = f"/training/sessions/new?proposal={waiting().id}"
    form = read(client, world.trainer, path)
    assert asked.title in form
    assert asked.reason.split(":")[0] in form
    data = typed(course, world, title=asked.title)
    answer = sign_in(client, world.trainer).post(path, data=data)
    assert answer.status_code == 302
    assert waiting().session_id == int(answer.location.rsplit("/", 1)[1])
    assert db.session.get_one(TrainingProposal, asked.id, populate_existing=True).taken_at == NOON
    assert asked.title not in read(client, world.trainer, "/training/sessions").partition("Coming")[0]
    assert sign_in(client, world.trainer).get(path).status_code == 404


def test_it_is_put_away_with_a_reason(client, world, asked):
    path = f"/training/sessions/proposals/{waiting().id}/put-away"
    assert sign_in(client, world.trainer).post(path, data={"reason": ""}).status_code == 422
    assert sign_in(client, world.trainer).post(path, data={"reason": "An article is enough."}).status_code == 302
    assert waiting().put_away_reason == "An article is enough."
    assert db.session.get_one(TrainingProposal, asked.id, populate_existing=True).taken_at == NOON
    assert sign_in(client, world.trainer).post(path, data={"reason": "Again."}).status_code == 404


def test_another_leads_proposal_is_not_there(client, world, asked):
    far = make_world("vermont")
    assert asked.title not in read(client, far.trainer, "/training/sessions")
    path = f"/training/sessions/new?proposal={waiting().id}"
    assert sign_in(client, far.trainer).get(path).status_code == 404


def test_what_nobody_here_proposed_is_taken_all_the_same(client, world):
    """The help desk's row may be another service's some day: the event is enough."""
    with unit_of_work():
        publish(TrainingNeeded(77, world.lead.id, "Exits", "Asked often.", ("/reports/themes/1",)))
    assert waiting().is_open
    path = f"/training/sessions/proposals/{waiting().id}/put-away"
    assert sign_in(client, world.manager).post(path, data={"reason": "Done already."}).status_code == 302
