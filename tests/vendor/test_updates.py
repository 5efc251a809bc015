from __future__ import annotations

from email.message import EmailMessage
from time import perf_counter

import pytest
from sqlalchemy import delete, select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.outbox import drain
from core.people.models import LeadStaff
from core.policy.vocabulary import Tier
from helpdesk.tickets import services as tickets
from helpdesk.tickets.rules import Kind, State, scrub
from helpdesk.vendor import broadcasts, services
from helpdesk.vendor.models import Broadcast, BroadcastTicket, CaseTicket
from helpdesk.vendor.rows import step
from helpdesk.vendor.rules import Act, Affected, Telling, Then, leak_in
from tests.bonds.acting import merged
from tests.support.counting import queries
from tests.support.factories import make_agency, make_coc, make_world, member
from tests.tickets.acting import fresh, mails, messages_of, nonce, read, words
from tests.vendor.acting import at_lead, case_with, history, named, post

pytestmark = pytest.mark.usefixtures("app", "at_noon")
TEXT = "Saving works again since this morning. Please try once more."


@pytest.fixture
def world():
    return make_world("sonoma")


@pytest.fixture
def pair(world):
    """Two requests of two agencies on one case."""
    one = at_lead(world, subject="Cannot save")
    two = at_lead(world, world.other_end_user, agency=world.other_agency, subject="Saving fails")
    return case_with(world, one, two, title="Turnip outage"), one, two


def send(client, person, case, text=TEXT, then="wait", **more):
    return post(client, person, f"/vendor-cases/{case.id}/updates", "update", **{"text": text, "then": then, **more})


def seen(client, person, case, text=TEXT, then="wait", **more):
    url = f"/vendor-cases/{case.id}/updates/preview"
    return post(client, person, url, "update", **{"text": text, "then": then, **more})


def states(case):
    query = select(BroadcastTicket.state).join(Broadcast).where(Broadcast.case_id == case.id)
    return list(db.session.scalars(query.order_by(BroadcastTicket.id).execution_options(populate_existing=True)))


def test_each_gets_it_in_their_own_request_and_nobody_learns_of_another(client, sink, world, pair):
    case, one, two = pair
    page = words(seen(client, world.agent, case).get_data(as_text=True))
    assert "This goes to 2 requesters" in page
    assert mails("ticket-answer") == []
    send(client, world.agent, case)
    drain()
    other = {one.id: two, two.id: one}
    for ticket in (one, two):
        said = messages_of(ticket)[-1]
        assert (said.kind, said.text, said.author_id) == (Kind.LEAD, TEXT, world.agent.id)
        assert fresh(ticket.id).state is State.WITH_VENDOR
        (mail,) = [m for m in sink.mails if m["To"] == ticket.requester_address and TEXT.split(".")[0] in _text(m)]
        strange = other[ticket.id]
        hidden = (strange.requester_address, strange.requester_name, strange.agency.name, f"#{strange.id}]", "Turnip")
        assert not [word for word in hidden if word.lower() in mail.as_string().lower()]
    assert history(case)[-1].act is Act.TELL


def _text(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()


def test_an_update_sent_twice_goes_out_once(client, world, pair):
    case, *_ = pair
    key = nonce()
    first, second = (send(client, world.agent, case, nonce=key) for _ in range(2))
    assert first.location == second.location
    assert len(mails("ticket-answer")) == 2
    assert send(client, world.agent, case, "Something else.", nonce=key).status_code == 409


def test_who_dies_in_the_middle_leaves_the_rest_to_the_next_round(client, world):
    """More than are told at once: the rows are there, and each round goes on where the last one stopped."""
    made = [at_lead(world, subject=f"Request {n}") for n in range(8)]
    case = case_with(world, *made)
    answer = send(client, world.agent, case)
    assert states(case).count(Telling.TOLD) == broadcasts.AT_ONCE
    page = words(read(client, world.agent, answer.location))
    assert "5 of 8" in page
    assert "it goes on by itself" in page
    broadcasts.tell_on(1)
    broadcasts.tell_on()
    assert broadcasts.tell_on() == 0
    assert states(case) == [Telling.TOLD] * 8
    assert [len(mails("ticket-answer")), sum(m.text == TEXT for t in made for m in messages_of(t))] == [8, 8]
    assert "8 requesters have it" in words(read(client, world.agent, answer.location))


@pytest.mark.parametrize(("asked", "told"), [(False, 1), (True, 2)])
def test_those_closed_meanwhile_get_it_only_if_asked(client, world, pair, asked, told):
    case, one, _two = pair
    with unit_of_work():
        tickets.close(fresh(one.id), world.agent, "Went away.", one.opened_at)
    more = {"includes_closed": "y"} if asked else {}
    assert f"This goes to {told} requester" in words(seen(client, world.agent, case, **more).get_data(as_text=True))
    send(client, world.agent, case, **more)
    assert len(mails("ticket-answer")) == told
    assert fresh(one.id).state is State.CLOSED
    assert (messages_of(one)[-1].text == TEXT) is asked


def test_one_that_closes_between_sending_and_telling_is_skipped(client, world):
    made = [at_lead(world) for _ in range(broadcasts.AT_ONCE + 1)]
    case = case_with(world, *made)
    answer = send(client, world.agent, case)
    with unit_of_work():
        tickets.close(fresh(made[-1].id), world.agent, "Went away.", made[-1].opened_at)
    broadcasts.tell_on()
    assert states(case)[-1] is Telling.SKIPPED
    assert "It was closed meanwhile." in read(client, world.agent, answer.location)


def test_one_that_leaves_the_case_between_sending_and_telling_is_skipped(client, world):
    made = [at_lead(world) for _ in range(broadcasts.AT_ONCE + 1)]
    case = case_with(world, *made)
    answer = send(client, world.agent, case)
    post(client, world.agent, f"/vendor-cases/{case.id}/tickets/{made[-1].id}/leave")
    broadcasts.tell_on()
    assert states(case)[-1] is Telling.SKIPPED
    assert messages_of(made[-1])[-1].text != TEXT
    assert "It left the case meanwhile." in read(client, world.agent, answer.location)


def test_who_works_here_no_more_tells_nobody_any_more(client, world):
    """Also of what was closed: the rest of their update waits for somebody who may still send it."""
    made = [at_lead(world) for _ in range(broadcasts.AT_ONCE + 2)]
    case = case_with(world, *made)
    with unit_of_work():
        tickets.close(fresh(made[-1].id), world.manager, "Went away.", made[-1].opened_at)
    send(client, world.agent, case, includes_closed="y")
    with unit_of_work() as session:
        session.execute(delete(LeadStaff).where(LeadStaff.person_id == world.agent.id))
    broadcasts.tell_on()
    assert states(case) == [Telling.TOLD] * broadcasts.AT_ONCE + [Telling.REFUSED] * 2


def test_all_are_closed_with_it_as_their_resolution(client, world, pair):
    case, one, two = pair
    send(client, world.agent, case, then="closed")
    for ticket in (one, two):
        after = fresh(ticket.id)
        assert (after.state, after.resolution) == (State.CLOSED, TEXT)
    assert len(mails("ticket-closed")) == 2


def test_all_are_answered_and_come_back_from_the_vendor(client, world, pair):
    case, one, two = pair
    send(client, world.agent, case, then="answered")
    for ticket in (one, two):
        after = fresh(ticket.id)
        assert (after.state, after.tier) == (State.ANSWERED, Tier.HMIS_LEAD)
    assert seen(client, world.agent, case).status_code == 422


@pytest.mark.rule("MO-HD-5")
@pytest.mark.rule("SON-HD-4")
def test_what_not_everybody_may_know_is_refused(client, world, pair):
    case, _one, two = pair
    vera = named(world, "Vera Lang", "Support desk", 1)
    with unit_of_work():
        case.number = "CS-4711"
    words_of = (
        "Client SSN 123-45-6789 is fine.",
        f"{world.end_user.name} found it.",
        "Everybody at casa  sol can save.",
        f"See #{two.id} for more.",
        "Ask Vera Lang about it.",
        f"Write to {vera.address}.",
        "It is their CS-4711.",
        f"Write to {world.lead.vendor_address}.",
    )
    for text in words_of:
        assert seen(client, world.agent, case, text).status_code == 422, text
        assert send(client, world.agent, case, text).status_code == 422, text
    assert mails("ticket-answer") == []
    assert states(case) == []


@pytest.mark.rule("SON-HD-4")
def test_who_asked_in_a_merged_request_is_named_to_nobody_either(client, world):
    """They are answered with the whole, so what nobody may know of the others nobody may know of them."""
    paula = member(world.agency, name="Paula Quist", email="paula@agency.test")
    whole, hers = at_lead(world, subject="Cannot save"), at_lead(world, paula, subject="Saving is broken")
    case = case_with(world, whole)
    merged(client, world.agent, hers, whole)
    for text in ("Thanks to Paula Quist it is known.", f"As in #{hers.id}."):
        assert seen(client, world.agent, case, text).status_code == 422
    with unit_of_work():
        leaves = services.letter(case, "Paula Quist (paula@agency.test) gets error 500.")
    assert leaves.text == "[the user] ([the user]) gets error 500."


def test_thousands_of_names_are_looked_for_in_a_moment():
    """Only those that the text has at all cost a search; found are the others as before."""
    crowd = Affected(tuple(f"Person Number{n}" for n in range(20_000)))
    text = "Saving a move-in date fails on the exit form. " * 100
    before = perf_counter()
    assert leak_in(text, crowd, [], []) is None
    assert leak_in(f"{text} PERSON\n number19999", crowd, [], []).words == "Person Number19999"
    assert perf_counter() - before < 5
    assert scrub("K\u0130RA Dal and kira d\u0131l", ["Kira Dal", "Kira Dil"], "-") == "- and -"


def test_a_number_of_no_request_on_the_case_is_no_leak():
    nobody = Affected(("Al", "Erin Doyle"), ("Casa Sol",))
    assert leak_in("Error #500 at 3 PM, also at Casa.", nobody, [4711], ["CS-1"]) is None
    assert leak_in("As #4711 says", nobody, [4711], []).words == "#4711"


def test_two_hundred_are_fixed_in_as_many_questions_as_two(client, world, pair):
    small, *_ = pair
    large = case_with(world, title="Many")
    made = [at_lead(world) for _ in range(200)]
    with unit_of_work() as session:
        joined = {"case_id": large.id, "joined_at": made[0].opened_at, "joined_by_id": world.agent.id}
        session.add_all(CaseTicket(ticket_id=ticket.id, **joined) for ticket in made)
    counted = []
    seen(client, world.agent, small)
    for case in (small, large):
        with queries() as told:
            assert seen(client, world.agent, case).status_code == 200
        counted.append(len(told))
    assert counted[1] <= counted[0] + 1
    with queries() as told, unit_of_work():
        broadcasts._fix(_empty(large, world), large, broadcasts.Update(TEXT), _principal(world))
    assert len(told) <= 12
    assert len(states(large)) == 200


def _empty(case, world):
    """An update that goes to nobody yet."""
    row = Broadcast(case_id=case.id, text=TEXT, then=Then.WAIT, includes_closed=False, by_id=world.agent.id, total=0)
    row.at, row.step_id = clock.now(), step(case, Act.TELL, clock.now(), world.agent).id
    db.session.add(row)
    db.session.flush()
    return row


def _principal(world):
    return principal_for(world.agent, clock.now())


def test_a_manager_tells_those_of_their_own_coc(client, world, pair):
    case, *_ = pair
    agency = make_agency(make_coc(world.lead, "sonoma"), "Mesa House")
    theirs = at_lead(world, member(agency, name="Pat Quill"), agency=agency)
    post(client, world.agent, f"/vendor-cases/{case.id}/join", "join", ticket=theirs.id)
    page = words(seen(client, world.manager, case).get_data(as_text=True))
    assert "This goes to 2 requesters" in page
    assert "1 more on this case are not yours" in page
    assert "Mesa House" not in read(client, world.manager, f"/vendor-cases/{case.id}")
    send(client, world.manager, case)
    assert messages_of(theirs)[-1].text != TEXT
