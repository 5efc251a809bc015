"""Links, parts that were split off, and requests made from another."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import select

from core.audit import AuditEvent
from core.db import db
from helpdesk.bonds.models import TicketLink
from helpdesk.bonds.rules import LinkKind
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rules import Category, Kind, Priority, State
from helpdesk.vendor.models import CaseTicket
from tests.bonds.acting import act, merged
from tests.desk.acting import posted
from tests.support.counting import queries
from tests.support.factories import make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import do, fresh, mails, messages_of, nonce, opened, read, words
from tests.vendor.acting import case_with


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


@pytest.fixture
def ours(world):
    return opened(world, subject="Ours: cannot save")


@pytest.fixture
def theirs(world):
    return opened(world, world.other_end_user, agency=world.other_agency, subject="Theirs: cannot save")


def linked(client, world, first, other, kind="same-cause"):
    answer = act(client, world.agent, first, "link", other=other.id, kind=kind)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return db.session.scalars(select(TicketLink).order_by(TicketLink.id.desc()).limit(1)).one()


def test_a_link_shows_on_both_to_staff_and_tells_an_agency_nothing_of_another(client, world, ours, theirs):
    linked(client, world, ours, theirs)
    for one, other in ((ours, theirs), (theirs, ours)):
        assert f"Has the same cause as #{other.id} {other.subject}" in words(
            read(client, world.agent, f"/tickets/{one.id}")
        )
    for person in (world.end_user, world.administrator, world.director):
        page = words(read(client, person, f"/tickets/{ours.id}"))
        assert "Theirs" not in page
        assert "same cause" not in page
    told = client.get(f"/api/v1/tickets/{ours.id}/bonds", headers=api_headers(world.end_user))
    assert told.json == {"links": [], "parts": []}


def test_within_an_agency_whoever_sees_both_sees_the_link(client, world, ours):
    mine = opened(world, subject="Also mine")
    hers = opened(world, member(world.agency, name="Paula Quist"), subject="A colleague's")
    linked(client, world, ours, mine, "related")
    linked(client, world, ours, hers, "related")
    page = words(read(client, world.end_user, f"/tickets/{ours.id}"))
    assert "Also mine" in page
    assert "A colleague" not in page
    assert "A colleague" in words(read(client, world.administrator, f"/tickets/{ours.id}"))


def test_the_same_link_again_is_no_second_one_and_two_do_not_block_each_other(client, world, ours, theirs):
    linked(client, world, ours, theirs)
    linked(client, world, theirs, ours)
    assert len(db.session.scalars(select(TicketLink)).all()) == 1
    linked(client, world, ours, theirs, "blocks")
    assert f"Is blocked by #{ours.id}" in words(read(client, world.agent, f"/tickets/{theirs.id}"))
    answer = act(client, world.agent, theirs, "link", other=ours.id, kind="blocks")
    assert answer.status_code == 409
    assert f"Request #{ours.id} blocks #{theirs.id} already." in words(answer.get_data(as_text=True))
    itself = act(client, world.agent, ours, "link", other=f"#{ours.id}", kind="related")
    assert "cannot be linked to itself" in words(itself.get_data(as_text=True))


def test_unlinked_it_is_gone_from_both_and_each_step_is_recorded(client, world, ours, theirs):
    row = linked(client, world, ours, theirs)
    posted(client, world.agent, f"/tickets/{theirs.id}/links/{row.id}/remove")
    assert "Theirs" not in read(client, world.agent, f"/tickets/{ours.id}")
    steps = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("ticket.%linked"))).all()
    assert steps == ["ticket.linked", "ticket.unlinked"]
    sign_in(client, world.agent)
    assert client.post(f"/tickets/{theirs.id}/links/{row.id}/remove").status_code == 404


def test_another_leads_request_is_not_linked(client, world, ours):
    far = opened(make_world("missouri"))
    answer = act(client, world.agent, ours, "link", other=far.id, kind="related")
    assert answer.status_code == 422
    assert "There is no request of that number." in words(answer.get_data(as_text=True))


def test_by_api_links_are_made_read_and_taken_off(client, world, ours, theirs):
    office, url = api_headers(world.agent), f"/api/v1/tickets/{ours.id}/links"
    made = client.post(url, json={"other": theirs.id, "kind": "blocks"}, headers=office)
    link = made.json["links"][0]
    assert (made.status_code, link["said"], link["other"]["id"]) == (201, "Blocks", theirs.id)
    odd = client.post(url, json={"other": theirs.id, "kind": "split"}, headers=office)
    assert (odd.status_code, odd.json["field"]) == (422, "kind")
    gone = client.post(f"{url}/{link['id']}/remove", headers=office)
    assert gone.json["links"] == []


def test_a_page_with_many_links_asks_no_more_than_one_with_few(client, world, ours):
    linked(client, world, ours, opened(world, subject="One"))
    merged(client, world.agent, opened(world, subject="The same"), ours)
    read(client, world.agent, f"/tickets/{ours.id}")
    with queries() as few:
        read(client, world.agent, f"/tickets/{ours.id}")
    for n in range(4):
        linked(client, world, ours, opened(world, subject=f"Another {n}"))
        merged(client, world.agent, opened(world, subject=f"The same {n}"), ours)
    read(client, world.agent, f"/tickets/{ours.id}")
    with queries() as many:
        read(client, world.agent, f"/tickets/{ours.id}")
    assert len(many) <= len(few) + 1


# --- split ---------------------------------------------------------------------------------------


def split(client, world, ticket, *said, **values):
    form = {"messages": [one.id for one in said], "subject": "Printing", "category": "how-to", **values}
    return act(client, world.agent, ticket, "split", **form)


def made_of(answer) -> Ticket:
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return fresh(int(answer.location.rsplit("/", 1)[1]))


@pytest.fixture
def long(client, world, ours):
    """A request with a second matter in it, a file with that, a note and a question to the vendor."""
    paper = (BytesIO(b"plain words"), "printer.txt")
    do(client, world.end_user, ours, "reply", text="And how do I print?", files=paper)
    do(client, world.agent, ours, "note", text="Printing is another matter.")
    do(client, world.agent, ours, "ask-vendor", text="Printing fails.")
    return ours


def test_a_part_becomes_a_request_and_stays_readable_with_a_trace(client, world, long):
    _, print_it, note, vendor, *_ = messages_of(long)
    made = made_of(split(client, world, long, print_it, note, vendor))
    assert (made.subject, made.category, made.state, made.requester_id) == (
        "Printing",
        Category.HOW_TO,
        State.NEW,
        world.end_user.id,
    )
    assert [said.kind for said in messages_of(made)][:3] == [Kind.REQUESTER, Kind.NOTE, Kind.VENDOR_OUT]
    page = words(read(client, world.end_user, f"/tickets/{made.id}"))
    assert "And how do I print?" in page
    assert "another matter" not in page
    assert "Printing fails" not in page
    file = messages_of(made)[0].files[0]
    with client.get(f"/tickets/{made.id}/files/{file.id}") as sent:
        assert sent.data == b"plain words"
    origin = words(read(client, world.end_user, f"/tickets/{long.id}"))
    assert "And how do I print?" in origin
    assert f"Goes on in request #{made.id} ." in origin
    assert f"A part went to #{made.id} Printing" in origin
    told = mails("ticket-split")
    assert [mail.person_id for mail in told] == [world.end_user.id]
    assert "And how do I print?" not in told[0].body_text
    assert fresh(long.id).state is State.WITH_VENDOR


def test_what_was_told_one_person_does_not_go_along_with_the_words_of_another(client, world, ours):
    """An answer from before two people's requests were joined is only theirs whom it was given to."""
    colleague = member(world.agency, name="Paula Quist", email="paula@agency.test")
    hers = opened(world, colleague, category=Category.SECURITY, subject="Hers")
    whole = opened(world, category=Category.SECURITY, subject="The whole")
    do(client, world.agent, hers, "answer", text="For Paula alone.")
    merged(client, world.agent, hers, whole)
    told_her = next(said for said in messages_of(hers) if said.kind is Kind.LEAD)
    refused = split(client, world, whole, messages_of(whole)[0], told_her)
    assert refused.status_code == 422
    assert "One of these was told to somebody else" in words(refused.get_data(as_text=True))
    do(client, world.agent, whole, "answer", text="For both of you.")
    told_both = next(said for said in messages_of(whole) if said.text == "For both of you.")
    made = made_of(split(client, world, whole, messages_of(hers)[0], told_her, told_both))
    assert made.requester_id == colleague.id


def test_a_double_click_splits_once_and_the_same_message_goes_once(client, world, long):
    print_it, once = messages_of(long)[1], nonce()
    first = made_of(split(client, world, long, print_it, nonce=once))
    assert made_of(split(client, world, long, print_it, nonce=once)).id == first.id
    again = act(client, world.agent, long, "split", messages=[print_it.id], subject="Again", category="problem")
    assert again.status_code == 422
    headers = api_headers(world.agent)
    sent = {"message_ids": [print_it.id], "subject": "Again", "category": "problem"}
    refused = client.post(f"/api/v1/tickets/{long.id}/split", json=sent, headers=headers)
    assert (refused.status_code, refused.json["detail"]) == (422, f"One of these is in request #{first.id} already.")
    assert len(mails("ticket-split")) == 1


def test_what_makes_no_request_is_refused_and_what_was_typed_stays(client, world, long, theirs):
    _, _, note, *_ = messages_of(long)
    foreign = messages_of(theirs)[0]
    for chosen, why in (([note], "that whoever asked can read"), ([], "Choose at least one message.")):
        answer = split(client, world, long, *chosen, subject="Typed with care")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert why in words(page)
        assert "Typed with care" in page
    sent = {"message_ids": [foreign.id], "subject": "Theirs", "category": "problem"}
    answer = client.post(f"/api/v1/tickets/{long.id}/split", json=sent, headers=api_headers(world.agent))
    assert (answer.status_code, answer.json["field"]) == (422, "messages")
    assert db.session.scalars(select(TicketMessage).where(TicketMessage.split_to_id.is_not(None))).all() == []


def test_of_two_peoples_words_each_part_stays_its_own_persons(client, world, ours):
    paula = member(world.agency, name="Paula Quist", email="paula@agency.test")
    hers = opened(world, paula, subject="Hers", text="Paula's own words.")
    merged(client, world.agent, hers, ours)
    own, other = messages_of(ours)[0], messages_of(hers)[0]
    assert "These are the words of two people." in words(split(client, world, ours, own, other).get_data(as_text=True))
    made = made_of(split(client, world, ours, other))
    assert made.requester_id == paula.id
    assert read(client, world.end_user, f"/tickets/{made.id}", status=404)
    assert f"#{made.id}" not in read(client, world.end_user, f"/tickets/{ours.id}")


def test_a_security_lapse_that_is_split_off_is_urgent(client, world, ours):
    made = made_of(split(client, world, ours, messages_of(ours)[0], category="security"))
    assert made.priority is Priority.URGENT


# --- made from another ---------------------------------------------------------------------------


def make(client, world, ticket, **values):
    form = {"subject": "An easier date", "text": "A calendar.", "category": "enhancement", "whose": "asker", **values}
    return act(client, world.agent, ticket, "make", **form)


def test_an_enhancement_is_made_from_a_problem(client, world, ours):
    page = read(client, world.agent, f"/tickets/{ours.id}/make")
    assert "Ours: cannot save" in page
    once = nonce()
    made = made_of(make(client, world, ours, nonce=once))
    assert made_of(make(client, world, ours, nonce=once)).id == made.id
    assert (made.category, made.requester_id) == (Category.ENHANCEMENT, world.end_user.id)
    link = db.session.scalars(select(TicketLink)).one()
    assert (link.kind, link.from_id, link.to_id) == (LinkKind.MADE, ours.id, made.id)
    assert f"Was made from #{ours.id}" in words(read(client, world.end_user, f"/tickets/{made.id}"))


def test_what_the_desk_makes_for_itself_is_not_seen_by_whoever_asked(client, world, ours):
    made = made_of(make(client, world, ours, whose="desk"))
    assert (made.requester_id, made.agency_id) == (world.agent.id, None)
    assert "An easier date" not in read(client, world.end_user, f"/tickets/{ours.id}")
    assert f"Led to #{made.id} An easier date" in words(read(client, world.manager, f"/tickets/{ours.id}"))


def test_by_api_it_is_made_too_and_client_data_is_refused(client, world, ours):
    url, headers = f"/api/v1/tickets/{ours.id}/made", api_headers(world.agent)
    made = client.post(url, json={"subject": "An idea", "text": "A calendar."}, headers=headers)
    assert (made.status_code, made.json["category"]) == (201, "enhancement")
    refused = client.post(url, json={"subject": "An idea", "text": "SSN 123-45-6789"}, headers=headers)
    assert (refused.status_code, refused.json["rule"]) == (422, "MO-HD-5")


def test_the_pages_offer_what_may_be_the_same(client, world, ours, theirs):
    mine = opened(world, subject="Also mine")
    for page in ("merge-into", "link"):
        shown = read(client, world.agent, f"/tickets/{ours.id}/{page}")
        assert f"/tickets/{ours.id}/{page}?number={mine.id}" in shown
        assert "Theirs" not in shown
        assert f'value="{mine.id}"' in read(client, world.agent, f"/tickets/{ours.id}/{page}?number={mine.id}")


def test_what_a_merged_one_waited_for_from_the_vendor_the_other_waits_for_too(client, world):
    first, second = (opened(world, subject=subject, category=Category.SECURITY) for subject in ("One", "Two"))
    case = case_with(world, first)
    do(client, world.agent, second, "ask-vendor")
    merged(client, world.agent, first, second)
    page = words(read(client, world.agent, f"/vendor-cases/{case.id}"))
    assert f"#{second.id} Two" in page
    on_case = db.session.scalars(select(CaseTicket.ticket_id).where(CaseTicket.left_at.is_(None))).all()
    assert set(on_case) == {first.id, second.id}
