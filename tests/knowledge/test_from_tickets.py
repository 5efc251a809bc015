from __future__ import annotations

import pytest

from core import clock
from core.authz import principal_for
from helpdesk.knowledge import api
from helpdesk.tickets.rules import Channel
from tests.knowledge.acting import again, send, typed
from tests.support.factories import make_world
from tests.tickets.acting import do, opened, read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def solved(client, world, **values):
    ticket = opened(world, **values)
    assert do(client, world.agent, ticket, "close", reason="Erin Doyle of Harbor House exited the second entry.")
    return ticket


def test_a_solved_request_becomes_an_article_in_one_step(client, world):
    ticket = solved(client, world)
    page = read(client, world.agent, f"/knowledge/new?ticket={ticket.id}")
    assert 'value="Cannot save the move-in date"' in page
    assert "[the user] of [the agency] exited the second entry." in page
    assert "Erin Doyle" not in page
    form = typed(world, ticket=str(ticket.id), title="Cannot save the move-in date", publish="1")
    answer = send(client, world.agent, "/knowledge/new", form)
    article = again(int(answer.location.rsplit("/", 1)[1]))
    assert f'href="/tickets/{ticket.id}"' in read(client, world.agent, f"/knowledge/{article.id}")
    agent = principal_for(world.agent, clock.now())
    assert [one.url for one in api.articles_of_ticket(agent, ticket.id)] == [f"/knowledge/{article.id}"]
    assert f'href="/tickets/{ticket.id}"' not in read(client, world.end_user, f"/knowledge/{article.id}")


def test_a_clients_data_does_not_come_along(client, world):
    ticket = solved(client, world, subject="Client SSN 123-45-6789 is wrong", channel=Channel.EMAIL)
    page = read(client, world.agent, f"/knowledge/new?ticket={ticket.id}")
    assert "123-45-6789" not in page
    assert "hidden" in page


def test_a_request_that_may_not_be_seen_is_not_there(client, world):
    far = make_world("missouri")
    ticket = solved(client, far)
    read(client, world.agent, f"/knowledge/new?ticket={ticket.id}", 404)
    assert send(client, world.agent, "/knowledge/new", typed(world, ticket=str(ticket.id))).status_code == 404
    for odd in ("0", "99999", "x", "-1", "9" * 30):
        read(client, world.agent, f"/knowledge/new?ticket={odd}", 404)


def test_a_trainer_who_sees_no_tickets_makes_none_into_articles(client, world):
    read(client, world.trainer, f"/knowledge/new?ticket={solved(client, world).id}", 404)


def test_one_that_is_not_solved_yet_is_refused_with_what_to_do(client, world):
    ticket = opened(world)
    page = words(read(client, world.agent, f"/knowledge/new?ticket={ticket.id}", 409))
    assert f"Request #{ticket.id} is not solved yet." in page
    assert "Close it with what solved it first." in page
