"""The form that needs no account: who it tells what, and what it cannot be used for."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from core import clock
from core.accounts.guard import limiter
from core.db import db, unit_of_work
from core.policy.vocabulary import Tier
from helpdesk.intake import keeping
from helpdesk.intake.keeping import Worded
from helpdesk.intake.public import MOST
from helpdesk.intake.questions import FieldKind
from helpdesk.knowledge.rules import Audience
from helpdesk.mail.guards import MOST_AUTOMATIC_REPLIES
from helpdesk.mail.models import AutoReply
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category, Channel, Priority
from tests.accounts.visitor import Visitor
from tests.knowledge.acting import made
from tests.support.factories import make_world
from tests.tickets.acting import do, mails, messages_of, nonce, read, words

pytestmark = pytest.mark.usefixtures("at_noon")
STRANGER = "sam@elsewhere.test"


@pytest.fixture
def world(app, at_noon):
    limiter.reset()
    return make_world("sonoma", tz="America/Los_Angeles")


@pytest.fixture
def visitor(app) -> Visitor:
    return Visitor(app)


def send(visitor: Visitor, world, **values):
    form = {
        "community": world.coc.id,
        "category": "problem",
        "name": "Sam Poole",
        "address": STRANGER,
        "subject": "The sign-in page is empty",
        "text": "It stays white.",
        "nonce": nonce(),
        **values,
    }
    return visitor.submit("/help/ask", **form)


def tickets() -> list[Ticket]:
    return list(db.session.scalars(select(Ticket).order_by(Ticket.id)))


def test_a_question_of_the_leads_own_does_not_close_the_form_that_asks_none(visitor, world):
    """It needs no answer where it is not asked: from without an account, as by mail."""
    with unit_of_work():
        keeping.add(world.lead, Category.PROBLEM, FieldKind.TEXT, Worded("Which browser?", is_required=True))
    assert send(visitor, world).location == "/help/ask/sent"
    assert [ticket.answers for ticket in tickets()] == [[]]


def test_anybody_asks_and_the_lead_has_it(client, visitor, world):
    assert "/help/ask" in visitor.open("/help").get_data(as_text=True)
    assert send(visitor, world).location == "/help/ask/sent"
    (ticket,) = tickets()
    assert (ticket.channel, ticket.tier, ticket.coc_id) == (Channel.PUBLIC, Tier.HMIS_LEAD, world.coc.id)
    assert (ticket.requester_id, ticket.agency_id, ticket.requester_address) == (None, None, STRANGER)
    assert "Sender not verified" in words(read(client, world.agent, f"/tickets/{ticket.id}"))
    (received,) = mails("ticket-received")
    assert received.address == STRANGER
    assert "http" not in received.body_text


def test_a_known_address_is_routed_like_its_mail_and_gains_nothing(client, visitor, world):
    send(visitor, world, address=world.end_user.email)
    (ticket,) = tickets()
    assert (ticket.requester_id, ticket.agency_id) == (world.end_user.id, world.agency.id)
    assert ticket.tier is Tier.AGENCY_ADMINISTRATOR
    assert messages_of(ticket)[0].author_id is None
    for person, said in ((world.administrator, "Nobody has proved"), (world.end_user, "If you did not write it")):
        page = words(read(client, person, f"/tickets/{ticket.id}"))
        assert "Sender not verified" in page
        assert said in page
    assert do(client, world.end_user, ticket, "answer").status_code == 403


def test_an_address_of_another_lead_is_somebody_unknown(visitor, world):
    elsewhere = make_world("vermont")
    send(visitor, world, address=elsewhere.end_user.email)
    (ticket,) = tickets()
    assert (ticket.requester_id, ticket.agency_id, ticket.lead_id) == (None, None, world.lead.id)


def test_known_and_unknown_get_the_same_answer(visitor, world):
    told = set()
    for address in (STRANGER, world.end_user.email, world.agent.email):
        answer = send(visitor, world, address=address)
        told.add((answer.status_code, answer.location, visitor.open(answer.location).get_data()))
    assert len({(status, where) for status, where, _ in told}) == 1
    wrong = {send(visitor, world, address=a, subject="").status_code for a in (STRANGER, world.end_user.email)}
    assert wrong == {422}


@pytest.mark.parametrize(("sent", "acknowledged"), [(2, 2), (3, 3), (4, 3), (6, 3)])
def test_nobody_is_bombed_with_acknowledgements(visitor, world, sent, acknowledged):
    for number in range(sent):
        assert send(visitor, world, subject=f"Number {number}").status_code == 302
    assert acknowledged <= MOST_AUTOMATIC_REPLIES
    assert len(mails("ticket-received")) == acknowledged
    assert len(tickets()) == sent
    muted = select(func.count()).select_from(AutoReply).where(AutoReply.muted_because != "")
    assert db.session.scalar(muted) == sent - acknowledged


def test_the_hour_after_they_are_acknowledged_again(visitor, world, travel):
    for number in range(4):
        send(visitor, world, subject=f"Number {number}")
    travel(clock.now() + timedelta(hours=1, seconds=1))
    send(visitor, world, subject="Later")
    assert len(mails("ticket-received")) == 4


def test_one_address_sends_so_many_an_hour_and_no_more(visitor, world):
    most = int(MOST.split()[0])
    found = [send(visitor, world, subject=f"Number {number}").status_code for number in range(most + 1)]
    assert found == [302] * most + [429]
    assert len(tickets()) == most


def test_a_program_that_fills_in_everything_is_told_the_same_and_makes_nothing(visitor, world):
    assert send(visitor, world, website="https://evil.test").location == "/help/ask/sent"
    assert tickets() == []


def test_it_needs_the_token_of_a_page_of_ours(client, world):
    answer = client.post("/help/ask", data={"community": world.coc.id, "category": "problem", "nonce": nonce()})
    assert answer.status_code == 400
    assert tickets() == []


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize("field", ["subject", "text", "name"])
def test_a_clients_data_is_refused_kindly_and_stays_to_be_mended(visitor, world, field):
    answer = send(visitor, world, **{field: "The client SSN 219-09-9999"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Use the client ID" in page
    assert "<mark>219-09-9999</mark>" in page
    assert not tickets()
    assert not mails()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", "gone"),
        ("category", "duplicate-merge"),
        ("category", ""),
        ("community", "999999"),
        ("community", "x"),
        ("address", "no address"),
        ("address", "a@b.test\r\nBcc: c@d.test"),
        ("text", ""),
        ("nonce", ""),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_lost(visitor, world, field, value):
    answer = send(visitor, world, **{"text": "Kept words", field: value})
    assert answer.status_code == 422
    assert field == "text" or "Kept words" in answer.get_data(as_text=True)
    assert not tickets()


def test_files_are_held_to_the_same_rules(visitor, world):
    good = send(visitor, world, files=(BytesIO(b"plain words"), "screen.txt"))
    assert good.status_code == 302
    assert [attached.file.name for attached in messages_of(tickets()[0])[0].files] == ["screen.txt"]
    for name, content in (("drivers license.jpg", b"x"), ("notes.txt", b"client SSN 219-09-9999")):
        assert send(visitor, world, files=(BytesIO(content), name)).status_code == 422
    assert len(tickets()) == 1


@pytest.mark.rule("SAC-HD-4")
def test_a_lapse_that_somebody_outside_finds_is_urgent_too(visitor, world):
    send(visitor, world, category="security", address=world.end_user.email)
    (ticket,) = tickets()
    assert (ticket.priority, ticket.tier) == (Priority.URGENT, Tier.HMIS_LEAD)


def test_the_same_form_sent_twice_is_one_request(visitor, world):
    once = nonce()
    for _ in range(2):
        assert send(visitor, world, nonce=once).status_code == 302
    assert len(tickets()) == 1


def test_an_article_that_may_answer_is_shown_as_one_types_and_when_the_form_comes_back(visitor, world):
    """Also without JavaScript: on the page that comes back, and where somebody only looks. Nothing is sent by it."""
    elsewhere = make_world("missouri")
    made(elsewhere, title="Signing in when the page is empty", audience=Audience.PUBLIC)
    made(elsewhere, title="What staff do when the page is empty", audience=Audience.STAFF)
    typed = visitor.submit("/help/suggest", subject="The sign-in page is empty", text="").get_data(as_text=True)
    wrong = send(visitor, world, community="0").get_data(as_text=True)
    looked = send(visitor, world, look="1").get_data(as_text=True)
    for page in (typed, wrong, looked):
        assert "Signing in when the page is empty" in page
        assert "What staff do" not in page
    assert "The sign-in page is empty" in looked, "what was typed stays"
    assert "No article answers it" in send(visitor, world, subject="Zebra", text="Zebra", look="1").get_data(
        as_text=True
    )
    assert tickets() == []
