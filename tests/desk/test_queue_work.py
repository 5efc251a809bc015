"""Lists under a name, acts on many, macros: what the staff do with a queue, through the pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core import clock
from core.db import db, unit_of_work
from helpdesk.desk import rules
from helpdesk.desk.models import BulkAct, SavedView
from helpdesk.replies.models import CannedReply
from helpdesk.tickets import services as verbs
from helpdesk.tickets.rules import Channel, State
from tests.desk.acting import post, posted
from tests.support.counting import queries
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import ask, do, fresh, mails, messages_of, opened, read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


def at_lead(world, **values):
    ticket = opened(world, **values)
    with unit_of_work():
        verbs.forward_up(ticket, world.administrator, "Up", clock.now())
    return ticket


def bulk(client, world, tickets, verb, person=None, **values):
    answer = posted(
        client, person or world.agent, "/desk/bulk", ticket=[ticket.id for ticket in tickets], verb=verb, **values
    )
    return words(read(client, person or world.agent, answer.location))


# --- many at once ---


def test_many_are_assigned_at_once_and_each_that_refuses_says_why(client, world):
    mine, closed, at_agency = at_lead(world), at_lead(world), opened(world)
    with unit_of_work():
        verbs.close(closed, world.agent, "Done", clock.now())
    page = bulk(client, world, [mine, closed, at_agency], f"assign:{world.agent.id}")
    assert "1 request done, 2 refused." in page
    assert "This request is closed, so that is not possible now." in page
    assert "Ana Petrov cannot take this request where it stands." in page
    assert fresh(mine.id).holder_person_id == world.agent.id
    assert fresh(at_agency.id).holder_person_id is None


def test_a_form_sent_twice_acts_once(client, world):
    tickets = [at_lead(world), at_lead(world)]
    form = {"verb": "close", "words": "The printer was replaced.", "nonce": "same"}
    first = posted(client, world.agent, "/desk/bulk", ticket=[t.id for t in tickets], **form)
    again = posted(client, world.agent, "/desk/bulk", ticket=[t.id for t in tickets], **form)
    assert again.location == first.location
    assert len(mails("ticket-closed")) == 2
    assert all(fresh(t.id).state is State.CLOSED for t in tickets)
    other = post(client, world.agent, "/desk/bulk", ticket=tickets[0].id, **(form | {"words": "Another reason."}))
    assert other.status_code == 409


def test_what_a_crash_cut_short_can_be_sent_again(client, world):
    first, second = at_lead(world), at_lead(world)
    form = {"verb": "close", "words": "Replaced.", "nonce": "same"}
    posted(client, world.agent, "/desk/bulk", ticket=[first.id], **form)
    with unit_of_work() as session:
        session.delete(db.session.scalar(db.select(BulkAct)))
    page = bulk(client, world, [first, second], **form)
    assert "2 requests done, 0 refused." in page
    assert len(mails("ticket-closed")) == 2


def test_another_leads_ticket_is_refused_without_its_name(client, world):
    far = make_world("sonoma", tz="America/Los_Angeles")
    foreign = opened(far, subject="Nobody here may read this")
    page = bulk(client, world, [foreign, at_lead(world)], "tag", words="printers")
    assert "1 request done, 1 refused." in page
    assert "Nobody here may read this" not in page


@pytest.mark.parametrize(("many", "status"), [(0, 422), (100, 302), (101, 422)])
def test_at_most_a_hundred_at_a_time(client, world, many, status):
    numbers = list(range(1_000, 1_000 + many))
    answer = post(client, world.agent, "/desk/bulk", ticket=numbers, verb="tag", words="printers")
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("verb", "typed", "says"),
    [
        ("close", "", "Say why, in a sentence."),
        ("tag", " ", "Write the tag."),
        ("assign:x", "", "Choose whom to assign them to."),
        ("priority:soon", "", "Choose a priority."),
        ("explode", "", "Choose what to do with them."),
    ],
)
def test_what_is_missing_is_asked_for(client, world, verb, typed, says):
    answer = post(client, world.agent, "/desk/bulk", ticket=at_lead(world).id, verb=verb, words=typed)
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)


def test_the_priority_of_many_is_kept_with_who_set_it(client, world):
    ticket = at_lead(world)
    bulk(client, world, [ticket], "priority:high")
    assert fresh(ticket.id).priority == "high"
    assert messages_of(ticket)[-1].text == "Priority changed from normal to high."
    assert "High" in read(client, world.agent, "/tickets?columns=priority&priority=high")
    assert f"/tickets/{ticket.id}" not in read(client, world.agent, "/tickets?priority=urgent")


def test_one_form_changes_the_priority_with_or_without_a_reason(client, world):
    ticket = ask(client, world.end_user)
    page = read(client, world.agent, f"/tickets/{ticket.id}")
    assert page.count('<option selected value="normal">Normal</option>') == 1
    assert do(client, world.agent, ticket, "prioritize", to="high", reason="").status_code == 302
    assert fresh(ticket.id).priority == "high"
    again = do(client, world.agent, ticket, "prioritize", to="high", reason="")
    assert (again.status_code, "Its priority is high already." in again.get_data(as_text=True)) == (409, True)
    bulk(client, world, [ticket], "priority:high")
    assert [m.text for m in messages_of(ticket) if "riority" in m.text] == ["Priority changed from normal to high."]


# --- lists under a name ---


def test_a_list_kept_under_a_name_stands_in_the_rail_with_its_count(client, world):
    for _ in range(2):
        at_lead(world)
    at_lead(world, subject="Printing is slow", category="training")
    posted(
        client, world.agent, "/desk/views/new?category=training&sort=-age&columns=tags", name="Lessons", whose="mine"
    )
    page = read(client, world.agent, "/tickets")
    assert re.search(r"<span>Lessons</span><span class=\"hd-count\">1</span>", page)
    link = re.search(r'href="(/tickets\?[^"]*saved=\d+)"', page).group(1).replace("&amp;", "&")
    kept = read(client, world.agent, link)
    assert "Printing is slow" in kept
    assert "Cannot save" not in kept
    assert ">Tags</th>" in kept
    assert ">State</th>" not in kept
    assert "Lessons</span>" not in read(client, world.admin, "/tickets"), "it is one's own"


def test_a_shared_list_is_everybodys_and_only_they_change_it_who_work_for_all(client, world):
    posted(client, world.admin, "/desk/views/new?view=closed", name="Over", whose="shared")
    assert "Over</span>" in read(client, world.manager, "/tickets")
    refused = post(client, world.manager, "/desk/views/new?view=closed", name="All ours", whose="shared")
    assert refused.status_code == 403
    removing = "/desk/views/1/remove"
    assert post(client, world.manager, removing).status_code == 403
    posted(client, world.agent, removing)
    assert "Over</span>" not in read(client, world.agent, "/tickets")


@pytest.mark.parametrize(("found", "shown"), [(0, "0"), (99, "99"), (100, "99+"), (1000, "99+")])
def test_counting_ends_where_nobody_cares(found, shown):
    assert rules.shown_count(found) == shown


def test_kept_lists_cost_no_further_questions(client, world):
    sign_in(client, world.agent)
    at_lead(world)

    def asked():
        db.session.expunge_all()
        with queries() as told:
            assert client.get("/tickets").status_code == 200
        return len([s for s in told if s.lstrip().upper().startswith("SELECT")])

    few = asked()
    with unit_of_work() as session:
        for n in range(5):
            kept = {"owner_id": None, "kept_by_id": 1, "kept_at": clock.now(), "filters": {"tag": f"t{n}"}}
            session.add(SavedView(lead_id=1, name=f"List {n}", **kept))
    assert asked() == few
    assert few <= 10


def test_the_list_can_be_sorted_by_age_both_ways(client, world):
    old = opened(world, subject="Old")
    new = opened(world, subject="New", at=clock.now() + timedelta(hours=2))

    def numbers(sort):
        page = read(client, world.agent, f"/tickets?sort={sort}")
        return [int(number) for number in re.findall(r'data-open href="/tickets/(\d+)"', page)]

    assert numbers("age") == [new.id, old.id]
    assert numbers("-age") == [old.id, new.id]
    assert numbers("nonsense") == [new.id, old.id]


def test_the_preview_masks_a_clients_data(client, world):
    with unit_of_work():
        ticket = opened(world, text="The client DOB 01/02/1980 is wrong", channel=Channel.EMAIL)
    page = read(client, world.agent, f"/desk/tickets/{ticket.id}/preview")
    assert "Cannot save the move-in date" in page
    assert "01/02/1980" not in page


# --- macros ---


@pytest.fixture
def reply(world):
    with unit_of_work() as session:
        row = CannedReply(
            lead_id=world.lead.id,
            owner_id=None,
            name="Clear the cache",
            text="Hello {requester_name} of {agency}, clear the cache.",
            updated_at=clock.now(),
            updated_by_id=world.agent.id,
        )
        session.add(row)
        session.flush()
        return row.id


EMPTY = {"name": "Cache", "whose": "shared", "priority": "", "assign": "", "reply": 0}


def macro(client, world, reply=0, **values):
    posted(client, world.agent, "/desk/macros/new", **(EMPTY | {"reply": reply, **values}))


def test_a_macro_says_what_it_will_do_and_does_all_of_it_once(client, world, reply):
    ticket = at_lead(world)
    macro(client, world, reply, tag="Cache Trouble", priority="high", assign="me", close="The cache was old.")
    plan = words(read(client, world.agent, f"/desk/tickets/{ticket.id}/macro?macro=1"))
    assert "Adds the tag cache-trouble." in plan
    assert "Hello Erin Doyle of Harbor House, clear the cache." in plan
    assert fresh(ticket.id).state is State.NEW, "a preview does nothing"
    for _ in range(2):
        posted(client, world.agent, f"/desk/tickets/{ticket.id}/macro", macro=1, nonce="once")
    done = fresh(ticket.id)
    assert (done.state, done.priority, done.holder_person_id) == (State.CLOSED, "high", world.agent.id)
    said = [message.text for message in messages_of(ticket)]
    assert said.count("Hello Erin Doyle of Harbor House, clear the cache.") == 1
    assert "cache-trouble" in read(client, world.agent, f"/tickets/{ticket.id}")


def test_a_macro_whose_last_step_is_refused_does_nothing(client, world, reply):
    ticket = opened(world)
    macro(client, world, reply, tag="cache", assign="me")
    answer = post(client, world.agent, f"/desk/tickets/{ticket.id}/macro", macro=1)
    assert answer.status_code == 422
    assert len(messages_of(ticket)) == 1
    assert "Adds" not in read(client, world.agent, "/tickets?tag=cache")
    assert f"/tickets/{ticket.id}" not in read(client, world.agent, "/tickets?tag=cache")


def test_a_macro_with_a_place_that_nothing_fills_is_not_run(client, world, reply):
    ticket = opened(world, agency=None)
    macro(client, world, reply)
    assert "Nothing is known to fill {agency} here." in read(
        client, world.agent, f"/desk/tickets/{ticket.id}/macro?macro=1"
    )
    assert post(client, world.agent, f"/desk/tickets/{ticket.id}/macro", macro=1).status_code == 409


def test_a_macro_does_something_and_holds_no_clients_data(client, world):
    empty = post(client, world.agent, "/desk/macros/new", **EMPTY)
    assert empty.status_code == 422
    assert "A macro does at least one thing." in empty.get_data(as_text=True)
    typed = EMPTY | {"close": "client DOB 01/02/1980 was wrong"}
    assert post(client, world.agent, "/desk/macros/new", **typed).status_code == 422


def test_anothers_own_macro_is_not_there(client, world):
    macro(client, world, whose="mine", tag="x")
    assert "tag x" not in read(client, world.admin, "/desk/macros")
    read(client, world.admin, "/desk/macros/1", status=404)
