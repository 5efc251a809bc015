from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.audit import AuditEvent, verify
from core.db import db, unit_of_work
from core.errors import Forbidden, Invalid
from core.outbox import SendState, drain
from core.people.models import Designation, Person
from core.policy.vocabulary import Tier
from helpdesk.tickets import services
from helpdesk.tickets.acts import ACTS
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Action, Channel, Kind, State
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import do, fresh, mails, messages_of, nonce, opened, read, stays_of, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


@pytest.fixture
def ticket(world):
    return opened(world)


@pytest.fixture
def with_lead(world, ticket):
    with unit_of_work():
        services.forward_up(ticket, world.administrator, "Not ours", clock.now())
    return ticket


def actions(ticket):
    query = select(AuditEvent.action).where(AuditEvent.subject_type == "ticket", AuditEvent.subject_id == ticket.id)
    return list(db.session.scalars(query.order_by(AuditEvent.id)))


def test_an_answer_reaches_the_requester_on_the_page_and_by_mail(client, world, ticket):
    assert do(client, world.administrator, ticket, "answer", text="Clear the cache, please.").status_code == 302
    after = fresh(ticket.id)
    assert (after.state, after.first_answered_at) == (State.ANSWERED, clock.now())
    assert "Clear the cache, please." in read(client, world.end_user, f"/tickets/{ticket.id}")
    (mail,) = mails("ticket-answer")
    assert mail.person_id == world.end_user.id
    assert "Clear the cache, please." in mail.body_text
    assert messages_of(ticket)[-1].message_id == mail.message_id
    assert actions(ticket) == ["ticket.opened", "ticket.answered"]


def test_the_first_answer_stays_the_first(client, world, ticket, travel):
    first = clock.now()
    do(client, world.administrator, ticket, "answer")
    travel(first + timedelta(hours=1))
    do(client, world.administrator, ticket, "answer", text="One more thing.")
    assert fresh(ticket.id).first_answered_at == first
    assert fresh(ticket.id).last_activity_at == first + timedelta(hours=1)


def test_mails_of_a_conversation_form_one_thread(client, world):
    ticket = opened(world, message_id="<first@agency.test>", channel=Channel.EMAIL)
    do(client, world.administrator, ticket, "answer")
    answer = mails("ticket-answer")[0]
    assert answer.headers["In-Reply-To"] == "<first@agency.test>"
    do(client, world.administrator, ticket, "answer", text="Again.")
    assert mails("ticket-answer")[1].headers["References"] == f"<first@agency.test> {answer.message_id}"


@pytest.mark.parametrize("action", ["answer", "note", "reply", "forward", "close", "decline", "ask-vendor"])
def test_a_double_click_does_it_once(client, world, with_lead, ticket, action):
    person = {"reply": world.end_user}.get(action, world.agent)
    if action == "forward":
        ticket, person = opened(world), world.administrator
    once = nonce()
    before = len(messages_of(ticket))
    assert do(client, person, ticket, action, nonce=once).status_code == 302
    sent = len(mails())
    assert do(client, person, ticket, action, nonce=once).status_code in (302, 403, 409)
    assert len(messages_of(ticket)) == before + 1
    assert len(mails()) == sent


def test_two_clicks_at_the_same_instant_make_one_answer(app, world, ticket):
    ids, start = [], threading.Barrier(4)
    ticket_id, person_id = ticket.id, world.administrator.id

    def send() -> None:
        with app.app_context():
            start.wait()
            with unit_of_work() as session:
                row, by = session.get_one(Ticket, ticket_id), session.get_one(Person, person_id)
                ids.append(services.answer(row, by, "Once.", clock.now(), nonce="same").id)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1
    assert len(mails("ticket-answer")) == 1


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize("action", ["answer", "note", "ask-vendor", "forward", "hand-back", "close", "decline"])
def test_a_clients_data_in_a_form_is_refused_and_what_was_typed_stays(client, world, with_lead, ticket, action):
    if action == "forward":
        ticket = opened(world)
    field = "text" if action in ("answer", "note", "ask-vendor") else "reason"
    before = len(messages_of(ticket)), len(mails())
    answer = do(client, world.agent, ticket, action, **{field: "Typed words, client DOB 01/02/1980"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "This has what looks like a client&#39;s birth date. Use the client ID." in page
    assert "<mark>01/02/1980</mark>" in page
    assert "Typed words, client DOB 01/02/1980</textarea>" in page.replace("\r\n", "")
    assert (len(messages_of(ticket)), len(mails())) == before


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize(
    "verb",
    [services.answer, services.add_note, services.forward_up, services.to_vendor, services.close, services.decline],
)
def test_services_refuse_a_clients_data_whoever_calls_them(world, verb):
    ticket = opened(world)
    with pytest.raises(Invalid, match="birth date"), unit_of_work():
        verb(ticket, world.agent, "client DOB 01/02/1980", clock.now())


def test_an_empty_form_is_refused(client, world, ticket):
    assert do(client, world.administrator, ticket, "answer", text="   ").status_code == 422
    assert do(client, world.administrator, ticket, "close", reason="").status_code == 422
    assert do(client, world.administrator, ticket, "answer", nonce="").status_code == 422


def test_a_reply_of_the_requester_tells_whoever_has_it(client, world, ticket):
    do(client, world.administrator, ticket, "answer")
    do(client, world.end_user, ticket, "reply", text="Still broken: papaya")
    assert fresh(ticket.id).state is State.OPEN
    assert messages_of(ticket)[-1].kind is Kind.REQUESTER
    news = mails("ticket-news")[-1]
    assert news.person_id == world.administrator.id
    assert "papaya" not in news.body_text + news.subject
    assert f"/tickets/{ticket.id}" in news.body_text


@pytest.mark.parametrize("ending", ["close", "decline"])
def test_a_reply_opens_what_was_over_again(client, world, with_lead, ticket, ending):
    do(client, world.agent, ticket, ending)
    assert fresh(ticket.id).closed_at == clock.now()
    do(client, world.end_user, ticket, "reply")
    after = fresh(ticket.id)
    assert (after.state, after.closed_at) == (State.OPEN, None)
    assert actions(ticket)[-1] == "ticket.reopened"


def test_closing_keeps_the_resolution_and_tells_the_requester(client, world, ticket):
    do(client, world.administrator, ticket, "close", reason="A setting was wrong.")
    after = fresh(ticket.id)
    assert (after.state, after.resolution) == (State.CLOSED, "A setting was wrong.")
    assert "A setting was wrong." in mails("ticket-closed")[0].body_text
    assert "A setting was wrong." in read(client, world.end_user, f"/tickets/{ticket.id}")


def test_the_requester_says_it_is_solved_and_gets_no_mail_about_it(client, world, ticket):
    do(client, world.end_user, ticket, "close", reason="It works now.")
    assert fresh(ticket.id).state is State.CLOSED
    assert mails("ticket-closed") == []
    do(client, world.end_user, ticket, "reopen")
    assert fresh(ticket.id).state is State.OPEN


@pytest.mark.rule("SON-HD-5")
def test_out_of_scope_is_declined_with_the_reason_kept_and_told(client, world, with_lead, ticket):
    do(client, world.agent, ticket, "decline", reason="This is about the copier.")
    after = fresh(ticket.id)
    assert (after.state, after.resolution) == (State.DECLINED, "This is about the copier.")
    assert "This is about the copier." in mails("ticket-declined")[0].body_text
    assert "This is about the copier." in read(client, world.end_user, f"/tickets/{ticket.id}")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "ticket.declined")).one()
    assert event.data["reason"] == "This is about the copier."


@pytest.mark.rule("SON-HD-5")
def test_declining_needs_a_reason_and_the_lead(client, world, with_lead, ticket):
    assert do(client, world.agent, ticket, "decline", reason=" ").status_code == 422
    assert do(client, world.administrator, ticket, "decline").status_code == 403
    assert fresh(ticket.id).state is State.NEW


def test_notes_are_the_leads_own(client, world, with_lead, ticket):
    do(client, world.agent, ticket, "note", text="Between us: rhubarb")
    assert "rhubarb" in read(client, world.manager, f"/tickets/{ticket.id}")
    for person in (world.end_user, world.administrator, world.director):
        assert "rhubarb" not in read(client, person, f"/tickets/{ticket.id}")
        assert "rhubarb" not in read(client, person, "/search?q=rhubarb").replace('value="rhubarb"', "").replace(
            "“rhubarb”", ""
        )
    assert all("rhubarb" not in mail.body_text for mail in mails())


def test_each_hop_says_who_held_it_and_for_how_long(client, world, ticket, travel):
    start = clock.now()
    travel(start + timedelta(hours=2, minutes=5))
    do(client, world.administrator, ticket, "forward")
    travel(start + timedelta(hours=3, minutes=5))
    do(client, world.agent, ticket, "assign", to=world.manager.id)
    travel(start + timedelta(hours=3, minutes=35))
    told = words(read(client, world.agent, f"/tickets/{ticket.id}"))
    assert "Agency administrator, Harbor House 2 h 5 min" in told
    assert "HMIS Lead 1 h since" in told
    assert f"HMIS Lead, {world.manager.name} 30 min so far" in told
    assert [stay.until for stay in stays_of(ticket)] == [
        start + timedelta(hours=2, minutes=5),
        start + timedelta(hours=3, minutes=5),
        None,
    ]


@pytest.mark.rule("SON-HD-2")
def test_the_lead_hands_back_and_may_take_over(client, world, with_lead, ticket):
    do(client, world.agent, ticket, "hand-back")
    assert fresh(ticket.id).tier is Tier.AGENCY_ADMINISTRATOR
    assert mails("ticket-news")[-1].person_id == world.administrator.id
    do(client, world.agent, ticket, "forward")
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD
    assert stays_of(ticket)[-1].explanation["because"] == [
        "The HMIS Lead took it over from the agency's administrator."
    ]


def test_nothing_is_handed_back_to_an_agency_without_an_administrator(client, world, with_lead, ticket):
    with unit_of_work():
        db.session.scalars(
            select(Designation).where(Designation.person_id == world.administrator.id)
        ).one().ended_at = clock.now()
    assert "Hand back" not in read(client, world.agent, f"/tickets/{ticket.id}")
    assert do(client, world.agent, ticket, "hand-back").status_code == 409


def test_assigning_is_to_those_who_can_take_it(client, world, with_lead, ticket):
    do(client, world.agent, ticket, "assign", to=world.manager.id)
    assert fresh(ticket.id).holder_person_id == world.manager.id
    assert mails("ticket-news")[-1].person_id == world.manager.id
    assert do(client, world.agent, ticket, "assign", to=world.administrator.id).status_code == 422
    do(client, world.agent, ticket, "assign", to=0)
    assert fresh(ticket.id).holder_person_id is None


def test_the_administrator_adds_to_what_the_lead_has_and_cannot_answer_it(client, world, with_lead, ticket):
    assert do(client, world.administrator, ticket, "answer").status_code == 403
    assert do(client, world.administrator, ticket, "reply", text="We tried that.").status_code == 302
    assert messages_of(ticket)[-1].kind is Kind.AGENCY
    assert mails("ticket-news")[-1].person_id == world.agent.id


@pytest.mark.parametrize(
    "action",
    [action for action in ACTS if action not in (Action.REPLY, Action.REOPEN, Action.NOTE)],
)
def test_nothing_else_happens_to_what_is_closed(client, world, with_lead, ticket, action):
    do(client, world.agent, ticket, "close")
    assert do(client, world.agent, ticket, action.value).status_code in (403, 409)
    assert fresh(ticket.id).state is State.CLOSED


def test_news_is_not_sent_to_somebody_who_lost_the_duty_meanwhile(world, ticket, sink):
    with unit_of_work():
        db.session.scalars(
            select(Designation).where(Designation.person_id == world.administrator.id)
        ).one().ended_at = clock.now()
    drain()
    assert mails("ticket-news")[0].state is SendState.DROPPED
    assert sink.recipients == [world.end_user.email]


def test_a_failure_leaves_nothing_behind(world, ticket):
    before = len(messages_of(ticket)), len(mails()), len(actions(ticket))

    def half() -> None:
        with unit_of_work():
            services.answer(ticket, world.administrator, "Half done", clock.now())
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        half()
    assert (len(messages_of(ticket)), len(mails()), len(actions(ticket))) == before
    assert fresh(ticket.id).state is State.NEW


def test_revealing_is_the_leads_and_recorded(client, world):
    ticket = opened(world, text="client DOB 01/02/1980", channel=Channel.EMAIL)
    (said,) = messages_of(ticket)
    url = f"/tickets/{ticket.id}/messages/{said.id}/reveal"
    sign_in(client, world.agent)
    assert client.get(url).status_code == 405
    assert "01/02/1980" in client.post(url).get_data(as_text=True)
    assert "01/02/1980" not in client.get(f"/tickets/{ticket.id}").get_data(as_text=True)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "ticket.revealed")).one()
    assert (event.actor_id, event.data) == (world.agent.id, {"message": said.id})
    for person in (world.end_user, world.administrator, world.director):
        sign_in(client, person)
        assert client.post(url).status_code == 403
        assert "/reveal" not in read(client, person, f"/tickets/{ticket.id}")
    assert list(verify()) == []


def test_html_of_a_mail_is_shown_as_it_was_cleaned_and_text_is_escaped(client, world):
    ticket = opened(world, html="<p>Clean <b>words</b></p>", channel=Channel.EMAIL)
    assert "<b>words</b>" in read(client, world.agent, f"/tickets/{ticket.id}")
    other = opened(
        world, subject="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>", channel=Channel.EMAIL
    )
    page = read(client, world.agent, f"/tickets/{other.id}")
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_departed_agent_is_refused_by_the_service_too(world, with_lead, ticket):
    with pytest.raises(Forbidden), unit_of_work():
        services.answer(ticket, world.trainer, "Not mine", clock.now())
