from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.audit import AuditEvent
from core.authz import Scope
from core.db import db, unit_of_work
from core.outbox import suppress
from helpdesk.flow import moves
from helpdesk.satisfaction import api, links
from helpdesk.satisfaction.api import By
from helpdesk.satisfaction.rules import Unasked
from helpdesk.tickets.rules import Channel
from tests.conftest import NOON
from tests.satisfaction.acting import by_link, closed, closings, link_of
from tests.support.factories import make_world
from tests.support.signing_in import sign_in, sign_out
from tests.tickets.acting import do, fresh, opened, read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def world():
    return make_world("missouri")


@pytest.mark.rule("HUD-HD-5")
def test_the_closing_mail_asks_and_the_link_answers_without_signing_in(client, world):
    ticket = closed(client, world)
    link = link_of(ticket)
    sign_out(client)
    assert client.get(link).status_code == 200
    assert client.head(link).status_code == 200
    assert closings(ticket)[0].said_at is None, "a scanner that opens links says nothing for anybody"
    assert client.post(link, data={"mark": "4"}).status_code == 400, "nor does a program without the page's key"
    answer = by_link(client, link, mark="5", comment="Quick and kind.")
    assert answer.status_code == 200
    assert "Thank you." in words(answer.get_data(as_text=True))
    row = closings(ticket)[0]
    assert (row.mark, row.comment, row.said_at) == (5, "Quick and kind.", NOON)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "satisfaction.said")).one()
    assert event.actor == world.end_user.name


def test_somebody_unknown_is_asked_too(client, world):
    ticket = opened(world, agency=None, coc=world.coc, channel=Channel.PHONE)
    with unit_of_work():
        ticket.requester, ticket.requester_address = None, "casey@elsewhere.test"
    closed(client, world, fresh(ticket.id))
    assert by_link(client, link_of(ticket), mark="3").status_code == 200
    assert closings(ticket)[0].mark == 3


@pytest.mark.rule("HUD-HD-5")
def test_an_answer_can_be_changed_until_the_last_moment_and_not_after(client, world, travel):
    ticket = closed(client, world)
    link, last = link_of(ticket), NOON + timedelta(days=14)
    by_link(client, link, mark="2", comment="Slow.")
    travel(last)
    assert by_link(client, link, mark="4", comment="Better now.").status_code == 200
    assert closings(ticket)[0].mark == 4
    travel(last + MOMENT)
    page = by_link(client, link, mark="1")
    assert page.status_code == 409
    assert "The time for this answer is over." in words(page.get_data(as_text=True))
    sign_out(client)
    assert "What you said before is kept." in words(client.get(link).get_data(as_text=True))
    assert closings(ticket)[0].mark == 4
    assert "How was the help you got?" not in read(client, world.end_user, f"/tickets/{ticket.id}")


def test_a_forged_or_broken_link_is_told_kindly(client, world):
    ticket = closed(client, world)
    token = links.token(closings(ticket)[0].id)
    number, mac = token.split(".")
    sign_out(client)
    for wrong in (f"{int(number) + 1}.{mac}", f"{number}.{'0' * 64}", token[:-1], "x", f"{'9' * 40}.{mac}"):
        answer = client.get(f"/how-was-it/{wrong}")
        assert answer.status_code == 410
        assert "That link does not work" in answer.get_data(as_text=True)
    sign_in(client, world.other_end_user)
    assert client.post(f"/how-was-it/{number}.{'0' * 64}", data={"mark": "1"}).status_code == 410
    assert closings(ticket)[0].mark is None


@pytest.mark.rule("HUD-HD-5")
def test_each_closing_is_answered_for_itself(client, world, travel):
    ticket = closed(client, world)
    first = link_of(ticket)
    by_link(client, first, mark="1")
    do(client, world.end_user, ticket, "reopen")
    page = by_link(client, first, mark="5")
    assert page.status_code == 409
    assert "This request is open again." in words(page.get_data(as_text=True))
    travel(NOON + timedelta(days=8))
    closed(client, world, fresh(ticket.id))
    second = link_of(ticket)
    assert second != first
    assert by_link(client, second, mark="5").status_code == 200
    assert by_link(client, first, mark="2").status_code == 409
    assert [row.mark for row in closings(ticket)] == [1, 5]


@pytest.mark.rule("HUD-HD-5")
def test_nobody_is_asked_twice_within_a_week(client, world, travel):
    week = timedelta(days=7)
    assert link_of(closed(client, world))
    travel(NOON + week - MOMENT)
    second = closed(client, world)
    assert link_of(second) == ""
    assert closings(second)[0].unasked is Unasked.RECENT
    other = closed(client, world, requester=world.administrator)
    assert link_of(other), "somebody else is"
    travel(NOON + week)
    assert link_of(closed(client, world))


def test_who_was_not_asked_by_mail_may_say_so_on_the_page(client, world):
    closed(client, world)
    ticket = closed(client, world)
    assert link_of(ticket) == ""
    assert "How was the help you got?" in read(client, world.end_user, f"/tickets/{ticket.id}")
    sign_in(client, world.end_user)
    assert client.post(f"/tickets/{ticket.id}/satisfaction", data={"mark": "4"}).status_code == 302
    assert closings(ticket)[0].mark == 4
    assert "You said: Good" in words(read(client, world.end_user, f"/tickets/{ticket.id}"))


def test_whoever_closes_their_own_request_is_asked_on_its_page(client, world):
    ticket = opened(world)
    do(client, world.end_user, ticket, "close")
    assert closings(ticket)[0].unasked is Unasked.OWN
    assert "How was the help you got?" in read(client, world.end_user, f"/tickets/{ticket.id}")


@pytest.mark.rule("HUD-HD-5")
def test_of_closings_for_silence_one_is_asked_about(client, world, travel):
    ticket, asked = opened(world), []
    for days in (0, 10, 20):
        travel(NOON + timedelta(days=days))
        do(client, world.agent, ticket, "answer")
        with unit_of_work():
            moves.close_for_silence(fresh(ticket.id), "Nobody answered.", clock.now())
        asked.append(bool(link_of(ticket)))
        do(client, world.end_user, ticket, "reopen")
    assert asked == [True, False, False]
    assert [row.unasked for row in closings(ticket)] == [None, Unasked.SILENCE, Unasked.SILENCE]


def test_the_vendor_the_desk_itself_and_dead_addresses_are_not_asked(client, world):
    for address in (world.lead.vendor_address.upper(), world.lead.support_address, "gone@agency.test"):
        ticket = opened(world, agency=None, coc=world.coc)
        with unit_of_work():
            suppress("gone@agency.test", "bounced")
            ticket.requester, ticket.requester_address = None, address
        assert link_of(closed(client, world, fresh(ticket.id))) == "", address


def test_a_clients_data_is_refused_with_the_words_marked(client, world):
    ticket = closed(client, world)
    page = by_link(client, link_of(ticket), mark="2", comment="About SSN 123-45-6789.")
    assert page.status_code == 422
    text = page.get_data(as_text=True)
    assert "<mark>123-45-6789</mark>" in text
    assert 'value="2"' in text
    assert closings(ticket)[0].said_at is None


def test_without_an_answer_nothing_is_kept(client, world):
    ticket = closed(client, world)
    page = by_link(client, link_of(ticket), mark="", comment="It was fine.")
    assert page.status_code == 422
    assert "It was fine." in page.get_data(as_text=True)
    assert by_link(client, link_of(ticket), mark="6").status_code == 422
    assert closings(ticket)[0].said_at is None


# --- low marks


@pytest.mark.parametrize(("mark", "is_low"), [("1", True), ("2", True), ("3", False)])
@pytest.mark.rule("HUD-HD-5")
def test_a_low_mark_comes_to_the_manager_until_they_looked(client, world, mark, is_low):
    ticket = closed(client, world)
    by_link(client, link_of(ticket), mark=mark)
    title = f"for request #{ticket.id}"
    assert (title in words(read(client, world.manager, "/"))) is is_low
    assert title not in words(read(client, world.agent, "/"))
    row = closings(ticket)[0]
    sign_in(client, world.manager)
    answer = client.post(f"/satisfaction/{row.id}/look", data={"text": "Called them; the answer came late."})
    assert answer.status_code == (302 if is_low else 409)
    assert title not in words(read(client, world.manager, "/"))
    if is_low:
        page = words(read(client, world.agent, f"/satisfaction/{row.id}"))
        assert "Called them; the answer came late." in page


def test_a_better_answer_takes_it_off_the_list_and_a_worse_one_puts_it_back(client, world):
    ticket = closed(client, world)
    title = f"for request #{ticket.id}"
    for mark, is_there in (("1", True), ("4", False), ("2", True)):
        by_link(client, link_of(ticket), mark=mark)
        assert (title in words(read(client, world.manager, "/"))) is is_there


def test_the_list_and_the_ticket_show_the_answer(client, world):
    ticket = closed(client, world)
    by_link(client, link_of(ticket), mark="1", comment="Nobody called back.")
    for view in ("", "?view=look", "?view=low", "?mark=1"):
        assert "Very poor" in words(read(client, world.agent, f"/satisfaction{view}"))
    assert "No answers here" in read(client, world.agent, "/satisfaction?mark=5")
    assert "Nobody called back." in read(client, world.agent, f"/tickets/{ticket.id}")
    assert "Nobody called back." not in read(client, world.administrator, f"/tickets/{ticket.id}")


# --- how often


def test_the_lead_sets_how_often_with_a_reason(client, world, travel):
    sign_in(client, world.admin)
    form = {"once": "practice-1", "ask_days": "3", "answer_days": "5", "reason": "Our people ask for more."}
    assert client.post("/satisfaction/practice", data={**form, "reason": ""}).status_code == 422
    assert client.post("/satisfaction/practice", data={**form, "ask_days": "0"}).status_code == 422
    assert client.post("/satisfaction/practice", data={**form, "ask_days": "91"}).status_code == 422
    for _ in range(2):
        assert client.post("/satisfaction/practice", data=form).status_code == 302
    page = words(read(client, world.admin, "/satisfaction/practice"))
    assert "at most once in 3 days" in page
    assert "Our people ask for more. Ada Boone" in page
    first = closed(client, world)
    assert closings(first)[0].until == NOON + timedelta(days=5)
    travel(NOON + timedelta(days=3))
    assert link_of(closed(client, world))


# --- figures


def test_figures_by_each_of_what_they_are_told_apart_by(client, world, travel):
    first = closed(client, world)
    by_link(client, link_of(first), mark="1")
    second = closed(client, world, requester=world.administrator, category="access")
    by_link(client, link_of(second), mark="4")
    closed(client, world, requester=world.director)
    travel(NOON + timedelta(days=30))
    closed(client, world)
    scope, until = Scope(lead_ids=frozenset({world.lead.id})), NOON + timedelta(days=31)
    total = api.overall(scope, NOON, until)
    assert (total.closed, total.asked, total.said, total.low, total.mean) == (4, 4, 2, 1, 2.5)
    assert api.overall(scope, NOON + MOMENT, until).closed == 1, "counted by when they closed"
    assert api.overall(scope, NOON, NOON).closed == 0
    told = {by: {f.label: (f.closed, f.said, f.mean) for f in api.figures(scope, NOON, until, by)} for by in By}
    assert told[By.AGENCY] == {"Harbor House": (4, 2, 2.5)}
    assert told[By.STAFF] == {"Ana Petrov": (4, 2, 2.5)}
    assert told[By.CATEGORY] == {"access": (1, 1, 4.0), "problem": (3, 1, 1.0)}
    assert told[By.MONTH] == {"2026-11": (3, 2, 2.5), "2026-12": (1, 0, None)}
    assert sum(count for count, _, _ in told[By.TIER].values()) == 4
    far = make_world("missouri")
    assert api.overall(Scope(lead_ids=frozenset({far.lead.id})), NOON, until).closed == 0
