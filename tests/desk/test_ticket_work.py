"""Drafts, who else looks, tags, names in notes, time, watchers and timelines, through the pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core import clock
from core.db import unit_of_work
from core.outbox import drain
from helpdesk.desk import rules
from helpdesk.tickets import services as verbs
from tests.desk.acting import post, posted
from tests.support.factories import make_world
from tests.tickets.acting import do, mails, opened, read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


def told(client, person, ticket):
    return words(read(client, person, f"/tickets/{ticket.id}"))


def of_desk():
    return [mail.address for mail in mails("desk-news")]


# --- drafts ---


def draft(client, person, ticket, text, box="answer"):
    answer = post(client, person, f"/desk/tickets/{ticket.id}/draft?box={box}", **{f"{box}-text": text})
    return answer.status_code, answer.get_data(as_text=True)


def test_a_draft_is_offered_again_with_when_it_was_kept_and_gone_once_sent(client, world):
    ticket = opened(world)
    assert draft(client, world.agent, ticket, "Half an answ") == (200, "Draft kept.")
    with clock.frozen(clock.now() + timedelta(hours=2)):
        page = read(client, world.agent, f"/tickets/{ticket.id}")
    assert "Half an answ</textarea>" in page
    assert re.search(r"A draft kept 2 (h|hours) ago is in the box\.", words(page))
    assert "Half an answ" not in read(client, world.admin, f"/tickets/{ticket.id}"), "it is one's own"
    do(client, world.agent, ticket, "answer", text="Half an answer is better than none.")
    assert "A draft kept" not in told(client, world.agent, ticket)


def test_a_refused_form_loses_neither_what_was_typed_nor_the_draft(client, world):
    ticket = opened(world)
    draft(client, world.agent, ticket, "Kept words")
    refused = do(client, world.agent, ticket, "answer", text="The client DOB 01/02/1980")
    assert refused.status_code == 422
    assert "The client DOB 01/02/1980</textarea>" in refused.get_data(as_text=True)
    assert "Kept words</textarea>" in read(client, world.agent, f"/tickets/{ticket.id}")


def test_a_clients_data_is_not_kept_and_a_late_post_brings_nothing_back(client, world):
    ticket = opened(world)
    _, said = draft(client, world.agent, ticket, "The client DOB 01/02/1980")
    assert said.startswith("Not kept: this has what looks like a client")
    do(client, world.agent, ticket, "answer", text="All of it")
    assert draft(client, world.agent, ticket, "All of it") == (200, "")
    assert "A draft kept" not in told(client, world.agent, ticket)


def test_a_draft_can_be_thrown_away_and_a_box_must_be_one(client, world):
    ticket = opened(world)
    draft(client, world.end_user, ticket, "Wait", "reply")
    assert "Wait</textarea>" in read(client, world.end_user, f"/tickets/{ticket.id}")
    posted(client, world.end_user, f"/desk/tickets/{ticket.id}/draft?box=reply", forget=1, **{"reply-text": "Wait"})
    assert "Wait" not in read(client, world.end_user, f"/tickets/{ticket.id}")
    assert draft(client, world.agent, ticket, "x", "nonsense")[0] == 422


# --- who else is here ---


def test_who_looks_and_who_types_is_seen_and_fades(client, world):
    ticket, here = opened(world), "/desk/tickets/1/presence"
    assert post(client, world.admin, here).get_data(as_text=True) == ""
    assert "Ada Boone is looking" in post(client, world.agent, here).get_data(as_text=True)
    draft(client, world.admin, ticket, "Typ")
    assert "Ada Boone is typing" in post(client, world.agent, here).get_data(as_text=True)
    with clock.frozen(clock.now() + rules.FADES_AFTER):
        assert "Ada Boone" not in post(client, world.agent, here).get_data(as_text=True)


# --- tags ---


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Printer Jam", "printer-jam"), ("  APR_import ", "apr-import"), ("c#", "c#"), ("é", "é"), ("!!", ""), ("", "")],
)
def test_a_tag_has_one_spelling(typed, name):
    assert rules.tag_named(typed) == name
    assert rules.tag_named(name) == name


def test_tags_are_added_found_and_taken_off(client, world):
    ticket = opened(world)
    for typed in ("Printer Jam", "printer_jam"):
        posted(client, world.agent, f"/desk/tickets/{ticket.id}/tags", tag=typed)
    assert told(client, world.manager, ticket).count("Take off printer-jam") == 1
    assert f"/tickets/{ticket.id}" in read(client, world.agent, "/tickets?tag=Printer+jam")
    assert f"/tickets/{ticket.id}" not in read(client, world.agent, "/tickets?tag=fax")
    assert "printer-jam" not in told(client, world.end_user, ticket)
    posted(client, world.agent, f"/desk/tickets/{ticket.id}/tags", remove="printer-jam")
    assert f"/tickets/{ticket.id}" not in read(client, world.agent, "/tickets?tag=printer-jam")
    assert post(client, world.agent, f"/desk/tickets/{ticket.id}/tags", tag="!!").status_code == 422


# --- named in a note ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Ana Petrov please", {1}),
        ("Please, @ana.", {1}),
        ("@Sam look", set()),
        ("@Sam Lee look, and @Ana", {1, 2}),
        ("ana@petrov.test", set()),
        ("@Anatol", set()),
    ],
)
def test_who_is_named(text, found):
    assert rules.mentioned(text, {1: "Ana Petrov", 2: "Sam Lee", 3: "Sam Poe"}) == found


def test_a_colleague_named_in_a_note_gets_a_link_and_a_line_on_today(client, world):
    ticket = opened(world)
    do(client, world.agent, ticket, "note", text="@Ada Boone and @Erin Doyle, what is this?")
    assert of_desk() == [world.admin.email], "only the Lead's staff can be named"
    assert "what is this" not in mails("desk-news")[0].body_text
    assert "Ana Petrov named you in a note" in read(client, world.admin, "/")
    assert "named you in a note" in told(client, world.admin, ticket)
    posted(client, world.admin, f"/desk/tickets/{ticket.id}/mention")
    assert "named you in a note" not in read(client, world.admin, "/")


def test_saying_something_answers_being_named(client, world):
    ticket = opened(world)
    do(client, world.agent, ticket, "note", text="@Ada?")
    do(client, world.admin, ticket, "note", text="Looking.")
    assert "named you in a note" not in read(client, world.admin, "/")


# --- time ---


@pytest.mark.rule("HUD-HD-4")
def test_time_is_noted_once_a_form_and_added_up_by_agency(client, world):
    first, second = opened(world), opened(world, world.other_end_user, agency=world.other_agency)
    for minutes, nonce in ((45, "a"), (45, "a"), (30, "b")):
        posted(client, world.agent, f"/desk/tickets/{first.id}/time", minutes=minutes, nonce=nonce)
    posted(client, world.admin, f"/desk/tickets/{second.id}/time", minutes=5)
    assert "Together 1 h 15 min" in told(client, world.agent, first)
    page = words(read(client, world.manager, "/desk/time"))
    assert "Harbor House 1 1 h 15 min Casa Sol 1 5 min" in page
    assert "No time was noted" in read(client, world.manager, "/desk/time?ago=1")


@pytest.mark.parametrize(("minutes", "status"), [("0", 422), ("1", 302), ("1440", 302), ("1441", 422), ("x", 422)])
def test_minutes_are_those_of_a_day(client, world, minutes, status):
    opened(world)
    assert post(client, world.agent, "/desk/tickets/1/time", minutes=minutes).status_code == status


# --- watchers ---


def test_watchers_are_told_of_what_everybody_may_read_with_a_link_only(client, world):
    ticket = opened(world)
    posted(client, world.director, f"/desk/tickets/{ticket.id}/watchers")
    posted(client, world.agent, f"/desk/tickets/{ticket.id}/watchers", person=world.admin.id)
    do(client, world.agent, ticket, "note", text="Among us.")
    assert of_desk() == []
    do(client, world.administrator, ticket, "answer", text="Please try again.")
    assert sorted(of_desk()) == sorted([world.director.email, world.admin.email])
    assert all("Please try again" not in mail.body_text for mail in mails("desk-news"))
    posted(client, world.agent, f"/desk/tickets/{ticket.id}/watchers", remove=world.director.id)
    do(client, world.end_user, ticket, "reply", text="It helped.")
    assert of_desk().count(world.director.email) == 1


def test_only_who_may_see_it_watches_and_only_the_desk_names_others(client, world):
    ticket = opened(world)
    address = f"/desk/tickets/{ticket.id}/watchers"
    assert post(client, world.agent, address, person=world.other_end_user.id).status_code == 422
    assert post(client, world.director, address, person=world.admin.id).status_code == 403
    assert post(client, world.other_end_user, address).status_code == 404


def test_a_watcher_who_left_is_told_nothing(client, world, sink):
    ticket = opened(world)
    posted(client, world.director, f"/desk/tickets/{ticket.id}/watchers")
    do(client, world.administrator, ticket, "answer", text="Please try again.")
    with unit_of_work() as session:
        for row in session.merge(world.director).memberships:
            row.ended_at = clock.now()
    drain()
    assert world.director.email not in sink.recipients


# --- timelines ---


@pytest.mark.rule("SON-HD-7")
def test_all_that_was_said_with_an_agency_is_in_one_place(client, world):
    ticket = opened(world)
    other = opened(world, world.other_end_user, agency=world.other_agency, subject="Of the other agency")
    with unit_of_work():
        verbs.answer(ticket, world.administrator, "Please try again.", clock.now())
        verbs.answer(other, world.agent, "Elsewhere.", clock.now())
    page = read(client, world.agent, f"/agencies/{world.agency.id}/timeline")
    assert "Please try again." in page
    assert f"/tickets/{ticket.id}" in page
    assert "Elsewhere." not in page
    mine = read(client, world.agent, f"/people/{world.end_user.id}/timeline")
    assert "Please try again." in mine
    assert "Elsewhere." not in mine


def test_a_timeline_goes_on_page_by_page_without_gap_or_repeat(client, world):
    ticket = opened(world)
    with unit_of_work():
        for n in range(40):
            verbs.add_note(ticket, world.agent, f"Number {n}.", clock.now())
    first = read(client, world.agent, f"/agencies/{world.agency.id}/timeline")
    assert "Number 39." in first
    link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = read(client, world.agent, link)
    shown = [n for page in (first, second) for n in range(40) if f"Number {n}." in page]
    assert sorted(shown) == list(range(40))


def test_a_timeline_is_for_the_lead_in_reach(client, world):
    far = make_world("sonoma", tz="America/Los_Angeles")
    read(client, far.agent, f"/agencies/{world.agency.id}/timeline", status=404)
    read(client, far.agent, f"/people/{world.end_user.id}/timeline", status=404)
    read(client, world.administrator, f"/agencies/{world.agency.id}/timeline", status=403)
