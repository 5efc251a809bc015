from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from helpdesk.knowledge.rules import Audience
from helpdesk.replies import services
from helpdesk.replies.models import CannedReply
from helpdesk.replies.services import Worded
from helpdesk.tickets.models import Ticket, TicketMessage
from tests.desk.acting import post
from tests.knowledge.acting import again, made
from tests.support.counting import queries
from tests.support.factories import World, make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import do, messages_of, opened, read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")
TYPED = {"subject": "Cannot save the move-in date", "text": "It says the date is out of range.", "category": "problem"}


@pytest.fixture
def world() -> World:
    return make_world("missouri")


def kept(world: World, name: str = "Hello", text: str = "Dear {requester_name}, about {ticket_number}.") -> CannedReply:
    by = principal_for(world.agent, clock.now())
    with unit_of_work():
        return services.keep(world.lead, Worded(name, text, is_shared=True), by, clock.now())


def box(page: str) -> str:
    """What stands in the box of the answer."""
    found = re.search(r'<textarea[^>]*name="answer-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return found[1].replace("\r\n", "\n").strip("\n")


# --- while a request is typed


@pytest.mark.rule("MO-HD-7")
def test_what_is_typed_finds_articles_and_one_that_solves_it_ends_the_form(client, world):
    article = made(world, title="Move-in date out of range")
    sign_in(client, world.end_user)
    form = client.get("/tickets/new?category=problem").get_data(as_text=True)
    assert 'hx-post="/knowledge/suggest"' in form
    found = client.post("/knowledge/suggest", data=TYPED).get_data(as_text=True)
    assert f'hx-post="/knowledge/{article.id}/solved"' in found
    answer = client.post(f"/knowledge/{article.id}/solved", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == f"/knowledge/{article.id}"
    assert "No request was sent." in words(client.get(f"/knowledge/{article.id}").get_data(as_text=True))
    assert client.post(f"/knowledge/{article.id}/solved").status_code == 302
    assert again(article.id).helpful == 1, "said twice, it helped one person"
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0


def test_without_javascript_the_request_goes_on_as_it_was_typed(client, world):
    article = made(world, title="Move-in date out of range")
    sign_in(client, world.end_user)
    page = client.post("/tickets/new/answers", data={**TYPED, "nonce": "look-1", "look": "1"}).get_data(as_text=True)
    assert article.title in page
    assert f'action="/knowledge/{article.id}/solved"' in page
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert {name: hidden[name] for name in TYPED} == TYPED
    assert client.post("/tickets/new", data=hidden).status_code == 302
    assert db.session.scalars(select(Ticket)).one().subject == TYPED["subject"]
    none = client.post("/tickets/new/answers", data={"subject": "Zebra", "text": "Zebra"}).get_data(as_text=True)
    assert "Nothing here answers it" in none


@pytest.mark.rule("MO-HD-7")
def test_an_end_user_never_sees_what_is_for_staff(client, world):
    article = made(world, title="Move-in date out of range", audience=Audience.STAFF)
    sign_in(client, world.end_user)
    for path in ("/knowledge/suggest", "/tickets/new/answers"):
        assert article.title not in client.post(path, data=TYPED).get_data(as_text=True)
    assert client.post(f"/knowledge/{article.id}/solved").status_code == 404
    ticket = opened(world)
    for place in (f"/tickets/{ticket.id}/articles", f"/tickets/{ticket.id}?articles=1"):
        assert article.title in read(client, world.agent, place)
        assert article.title not in read(client, world.administrator, place)
    assert (
        post(client, world.agent, f"/tickets/{ticket.id}/insert", put=f"article:{article.id}:text").status_code == 403
    )
    assert client.get(f"/tickets/{ticket.id}/words?put=article:{article.id}:link").status_code == 403


# --- into an answer


@pytest.mark.rule("HUD-HD-7")
def test_a_canned_reply_goes_below_what_was_typed_and_nothing_is_sent(client, world):
    reply, ticket = kept(world), opened(world)
    filled = f"Dear Erin Doyle, about #{ticket.id}."
    page = read(client, world.agent, f"/tickets/{ticket.id}")
    assert f'<option value="{reply.id}">Hello</option>' in page
    form = {"answer-text": "Good morning", "reply": str(reply.id)}
    shown = post(client, world.agent, f"/tickets/{ticket.id}/insert", put="show:reply", **form)
    assert box(shown.get_data(as_text=True)) == "Good morning", "shown before it is put in"
    assert filled in words(shown.get_data(as_text=True))
    put = post(client, world.agent, f"/tickets/{ticket.id}/insert", put="reply", **form)
    assert put.status_code == 200
    assert box(put.get_data(as_text=True)) == f"Good morning\n\n{filled}"
    assert client.get(f"/tickets/{ticket.id}/words?reply={reply.id}").get_data(as_text=True) == filled
    assert len(messages_of(ticket)) == 1
    assert do(client, world.agent, ticket, "answer", text=f"Good morning\n\n{filled}").status_code == 302


def test_what_cannot_be_put_in_loses_nothing(client, world):
    ticket = opened(world)
    for chosen in ("", "x", "9" * 30):
        page = post(
            client, world.agent, f"/tickets/{ticket.id}/insert", put="reply", reply=chosen, **{"answer-text": "Kept."}
        )
        assert page.status_code == 422
        assert box(page.get_data(as_text=True)) == "Kept."
        assert "Choose a canned reply first." in page.get_data(as_text=True)
    article = made(world)
    wrong = {"put": f"article:{article.id}:whole", "answer-text": "Kept."}
    page = post(client, world.agent, f"/tickets/{ticket.id}/insert", **wrong)
    assert (page.status_code, box(page.get_data(as_text=True))) == (422, "Kept.")


@pytest.mark.rule("MO-HD-7")
def test_an_article_goes_into_an_answer_as_its_link_or_its_text(client, world):
    ticket, article = opened(world), made(world, title="Move-in date out of range", body="Exit the *second* entry.")
    address = f"http://hearthdesk.test/knowledge/{article.id}"
    assert f"/tickets/{ticket.id}/articles" in read(client, world.agent, f"/tickets/{ticket.id}")
    assert "Put the link in" in read(client, world.agent, f"/tickets/{ticket.id}/articles")
    insert = f"/tickets/{ticket.id}/insert"
    link = post(client, world.agent, insert, put=f"article:{article.id}:link", **{"answer-text": "See:"})
    assert box(link.get_data(as_text=True)) == f"See:\n\nMove-in date out of range: {address}"
    text = post(client, world.agent, insert, put=f"article:{article.id}:text")
    assert box(text.get_data(as_text=True)) == f"Exit the second entry.\n\n{address}"


def test_somebody_without_an_account_gets_the_public_address_or_the_words_alone(client, world):
    ticket = opened(world)
    with unit_of_work():
        ticket.requester = None
    seen = made(world, title="Move-in date", audience=Audience.PUBLIC)
    inside = made(world, title="Move-in date again")
    said = [
        sign_in(client, world.agent).get(f"/tickets/{ticket.id}/words?put=article:{one.id}:link").get_data(as_text=True)
        for one in (seen, inside)
    ]
    assert said == [f"Move-in date: http://hearthdesk.test/help/{seen.id}", "Move-in date again"]


def test_a_request_that_is_over_takes_no_words_and_offers_to_become_an_article(client, world):
    reply, ticket = kept(world), opened(world)
    do(client, world.agent, ticket, "close")
    assert post(client, world.agent, f"/tickets/{ticket.id}/insert", put="reply", reply=reply.id).status_code == 403
    assert f'href="/knowledge/new?ticket={ticket.id}"' in read(client, world.agent, f"/tickets/{ticket.id}")
    assert "/knowledge/new?ticket=" not in read(client, world.end_user, f"/tickets/{ticket.id}")


def test_more_replies_and_articles_cost_no_more_queries(client, world):
    ticket = opened(world)
    kept(world)
    made(world, title="Move-in date")
    sign_in(client, world.agent)
    client.get(f"/tickets/{ticket.id}")
    with queries() as before:
        client.get(f"/tickets/{ticket.id}")
    for number in range(5):
        kept(world, name=f"Hello {number}")
        made(world, title=f"Move-in date {number}")
    client.get(f"/tickets/{ticket.id}")
    with queries() as after:
        client.get(f"/tickets/{ticket.id}")
    assert len(after) == len(before)


# --- many at once


@pytest.mark.rule("HUD-HD-7")
def test_many_requests_get_the_same_canned_reply_each_with_its_own_names(client, world):
    reply = kept(world, text="Dear {requester_name} of {agency}.")
    one, other = opened(world), opened(world, requester=world.administrator)
    nowhere = opened(world, agency=None, coc=world.coc)
    assert f'value="answer:{reply.id}"' in read(client, world.agent, "/tickets")
    chosen = [one.id, other.id, nowhere.id]
    answer = post(client, world.agent, "/desk/bulk", ticket=chosen, verb=f"answer:{reply.id}", words="")
    page = words(read(client, world.agent, answer.location))
    assert "2 requests done, 1 refused." in page
    assert "Nothing is known to fill {agency} here." in page
    said = [db.session.scalar(_newest(ticket)) for ticket in (one, other)]
    assert said == ["Dear Erin Doyle of Harbor House.", "Dear Tam Nguyen of Harbor House."]
    assert len(messages_of(nowhere)) == 1
    assert post(client, world.agent, "/desk/bulk", ticket=chosen, verb="answer:x", words="").status_code == 422


def _newest(ticket: Ticket):
    return select(TicketMessage.text).where(TicketMessage.ticket_id == ticket.id).order_by(TicketMessage.id.desc())
