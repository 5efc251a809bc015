"""At most three automatic replies an hour to one address; what is held back can be seen by whoever could answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.db import db
from core.people.models import StaffRole
from helpdesk.mail.guards import HOUR, MOST_AUTOMATIC_REPLIES
from tests.mail.acting import asked, sent_to, token_of, write
from tests.support.counting import queries
from tests.support.factories import make_coc, make_lead, make_staff, make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import ask, do, fresh, mails, read, words

STRANGER = "someone@elsewhere.test"
PAGE = "/mail/automatic-replies"
HELD_BACK = f"{PAGE}?shown=muted"
TOLD = f"No automatic reply was sent to {STRANGER}."


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma")


def received_by(address: str) -> int:
    return sum(row.message == "ticket-received" for row in sent_to(address))


def one_too_many(world, sender=STRANGER):
    """Four requests by mail; the last one's ticket."""
    for number in range(MOST_AUTOMATIC_REPLIES):
        asked(world, sender, text=f"Request {number}")
    return asked(world, sender, text="One more")


@pytest.mark.parametrize(
    ("later", "answered"), [(HOUR - timedelta(seconds=1), 3), (HOUR, 4), (HOUR + timedelta(seconds=1), 4)]
)
def test_the_fourth_within_an_hour_is_held_back(world, later, answered):
    start = clock.now()
    for number in range(MOST_AUTOMATIC_REPLIES):
        asked(world, STRANGER, text=f"Request {number}")
    with clock.frozen(start + later):
        asked(world, STRANGER.upper(), text="One more")
    assert received_by(STRANGER) == answered


def test_what_was_held_back_does_not_keep_the_address_muted(world):
    start = clock.now()
    one_too_many(world)
    with clock.frozen(start + timedelta(minutes=59)):
        asked(world, STRANGER, text="Within the hour")
    with clock.frozen(start + timedelta(minutes=61)):
        asked(world, STRANGER, text="After the hour")
    assert received_by(STRANGER) == MOST_AUTOMATIC_REPLIES + 1


def test_requests_on_the_web_are_neither_counted_nor_held_back(world, client):
    address = world.end_user.email
    for number in range(5):
        ask(client, world.end_user, text=f"Request {number}")
    assert received_by(address) == 5
    asked(world, world.end_user)
    assert received_by(address) == 6
    one_too_many(world, world.end_user)
    before = received_by(address)
    ask(client, world.end_user, text="On the web again")
    assert received_by(address) == before + 1


def test_other_mail_to_the_address_is_not_counted(world, client):
    ticket = asked(world, STRANGER)
    do(client, world.agent, ticket, "forward")
    for number in range(5):
        assert do(client, world.agent, ticket, "answer", text=f"Answer {number}").status_code == 302
        write(world, STRANGER, f"Reply {number}", to=token_of(ticket))
    assert len(mails("ticket-answer")) == 5
    asked(world, STRANGER, text="Something else")
    assert received_by(STRANGER) == 2


def test_the_ticket_tells_staff_that_nobody_was_told(world, client):
    ticket = one_too_many(world, world.end_user)
    told = f"No automatic reply was sent to {world.end_user.email}."
    do(client, world.administrator, ticket, "forward")
    for person, is_told in ((world.agent, True), (world.end_user, False)):
        assert (told in words(read(client, person, f"/tickets/{ticket.id}"))) is is_told
    assert fresh(ticket.id).state == "new"


def test_the_page_names_the_address_when_and_why(world, client):
    ticket = one_too_many(world)
    every, held = read(client, world.agent, PAGE), read(client, world.agent, HELD_BACK)
    assert (every.count(STRANGER), held.count(STRANGER)) == (4, 1)
    assert f'href="/tickets/{ticket.id}"' in held
    assert "Fri, Nov 20, 2026" in words(held)
    assert "3 went to that address within the hour" in words(held)
    assert PAGE in read(client, world.agent, "/mail/quarantine")


def test_the_page_is_for_the_leads_own_help_desk(world, client):
    one_too_many(world)
    second = make_lead()
    make_coc(second)
    assert STRANGER not in read(client, make_staff(second, StaffRole.AGENT), PAGE)
    assert STRANGER in read(client, world.admin, PAGE)
    for person in (world.end_user, world.administrator, world.director, world.trainer):
        read(client, person, PAGE, 403)


def test_an_empty_page_says_what_would_be_there(world, client):
    assert "No automatic replies yet" in read(client, world.agent, PAGE)
    assert "Nothing was held back" in read(client, world.agent, HELD_BACK)


@pytest.mark.parametrize("url", [PAGE, HELD_BACK])
def test_more_rows_need_no_more_queries(world, client, url):
    few = []
    for _ in range(2):
        one_too_many(world)
        sign_in(client, world.agent)
        db.session.expire_all()
        with queries() as told:
            assert STRANGER in client.get(url).get_data(as_text=True)
        few.append(len(told))
    assert few[0] == few[1] <= 8
