"""Where a request begins: one place for everything, its form without JavaScript, and nothing lost on the way."""

from __future__ import annotations

import re

import pytest

from core.db import db, unit_of_work
from core.policy.vocabulary import Tier
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category, Priority, State
from tests.intake.acting import ASKING, send, step
from tests.support.counting import queries
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import ask, do, fresh, mails, messages_of, nonce, read, stays_of, words

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


WAYS = {
    "end_user": {"/complaints/new", "/breaches/new"},
    "administrator": {"/complaints/new", "/breaches/new", "/data-requests/new", "/client-requests/new", "/access/new"},
    "representative": {"/access/new", "/departures/new", "/conflicts/new", "/participation-letters/new"},
    "director": {"/policy-changes/new", "/conflicts/new"},
    "agent": {"/breaches/new", "/complaints/new"},
}


@pytest.mark.parametrize("role", WAYS)
def test_a_person_is_led_to_the_procedures_that_they_may_use_and_to_no_other(client, world, role):
    page = read(client, world.by_role()[role], "/tickets/new")
    section = page[page.index('id="procedures"') :]
    found = set(re.findall(r'<li><a href="(/[\w-]+/new)">', section))
    assert found >= WAYS[role]
    for address in found:
        assert client.get(address).status_code in (200, 302), address
    if role == "end_user":
        assert not found & {"/access/new", "/departures/new", "/policy-changes/new"}


def test_a_category_leads_to_its_questions_without_javascript(client, world):
    start = read(client, world.end_user, "/tickets/new")
    assert 'href="/tickets/new?category=duplicate-merge"' in start
    form = read(client, world.end_user, "/tickets/new?category=duplicate-merge")
    assert "One case number" in form
    assert "SON-HD-6" in form
    assert "One case number" not in read(client, world.end_user, "/tickets/new?category=problem")


def test_another_category_keeps_everything_that_was_typed(client, world):
    sign_in(client, world.end_user)
    typed = {**ASKING, "nonce": nonce(), "q_place": "The exit page"}
    page = client.post("/tickets/new", data={**typed, "category": "training", "switch": "1"}).get_data(as_text=True)
    assert "Some plain words." in page
    assert '<input type="hidden" name="q_place" value="The exit page">' in page
    back = client.post("/tickets/new", data={**typed, "category": "problem", "switch": "1"}).get_data(as_text=True)
    assert re.search(r'<input[^>]+id="q_place"[^>]+value="The exit page"', back)
    assert db.session.query(Ticket).count() == 0


@pytest.mark.parametrize("category", ["gone", "", "PROBLEM", "problem\0", "'; drop"])
def test_an_unknown_category_is_one_sentence_and_nothing_is_lost(client, world, category):
    answer = send(client, world.end_user, category, text="Kept words", q_place="The exit page")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "There is no such kind of request. Choose one from the list; everything you wrote is still here." in page
    assert "Kept words" in page
    assert "The exit page" in page
    assert db.session.query(Ticket).count() == 0


def test_an_unknown_category_in_the_address_leads_to_the_list(client, world):
    page = words(read(client, world.end_user, "/tickets/new?category=gone"))
    assert "There is no such kind of request. Choose one from the list." in page


def test_answers_stand_on_the_ticket_and_in_no_mail(client, world):
    ticket = ask(client, world.end_user, q_place="The exit page", q_since="2026-11-02")
    assert [row["value"] for row in ticket.answers] == ["The exit page", "2026-11-02"]
    page = words(read(client, world.agent, f"/tickets/{ticket.id}"))
    assert "Where in the HMIS The exit page" in page
    assert "Since when Mon, Nov 2, 2026" in page
    assert mails()
    assert not any("exit page" in f"{row.subject}{row.body_text}{row.body_html}" for row in mails())


@pytest.mark.rule("MO-HD-5")
def test_an_answer_with_a_clients_data_is_refused_with_the_words_marked(client, world):
    answer = send(client, world.end_user, "problem", q_place="At SSN 219-09-9999")
    assert answer.status_code == 422
    assert "<mark>219-09-9999</mark>" in answer.get_data(as_text=True)


@pytest.mark.rule("SAC-HD-4")
@pytest.mark.parametrize("pack", ["sacramento", "sonoma", "missouri"])
def test_a_security_lapse_is_the_leads_at_once_and_leads_to_the_breach_report(app, client, pack):
    world = make_world(pack)
    form = read(client, world.end_user, "/tickets/new?category=security")
    assert 'href="/breaches/new"' in form
    assert 'href="/breaches/new"' not in read(client, world.end_user, "/tickets/new?category=problem").split("<main")[1]
    ticket = ask(client, world.end_user, category="security")
    assert (ticket.tier, ticket.priority) == (Tier.HMIS_LEAD, Priority.URGENT)
    assert 'href="/breaches/new"' in read(client, world.end_user, f"/tickets/{ticket.id}").split("<main")[1]


@pytest.mark.rule("SAC-HD-4")
def test_sorted_as_a_lapse_afterwards_it_is_urgent_and_the_leads_too(client, world):
    ticket = ask(client, world.end_user)
    assert step(client, world.administrator, ticket, "answers", category="how-to").status_code == 302
    assert (fresh(ticket.id).tier, fresh(ticket.id).priority) == (Tier.AGENCY_ADMINISTRATOR, Priority.NORMAL)
    assert step(client, world.administrator, ticket, "answers", category="security").status_code == 302
    assert (fresh(ticket.id).tier, fresh(ticket.id).priority) == (Tier.HMIS_LEAD, Priority.URGENT)
    assert len(stays_of(ticket)) == 2
    assert step(client, world.administrator, ticket, "answers", category="problem").status_code == 403


KINDS = {
    Category.PROBLEM: "A problem",
    Category.SECURITY: "A problem",
    Category.ENHANCEMENT: "An enhancement of a feature",
    Category.HOW_TO: "General technical support",
    Category.OTHER: "General technical support",
}


@pytest.mark.rule("SON-HD-5")
@pytest.mark.parametrize("category", KINDS)
def test_a_request_is_of_one_of_the_packs_kinds(client, world, category):
    ticket = ask(client, world.end_user, category=category.value)
    page = words(read(client, world.agent, f"/tickets/{ticket.id}"))
    assert f"Counts as: {KINDS[category]}." in page
    assert "SON-HD-5" in page


@pytest.mark.rule("SON-HD-5")
@pytest.mark.parametrize(
    ("reason", "state"), [("", State.NEW), ("   ", State.NEW), ("It is the copier.", State.DECLINED)]
)
def test_what_is_not_about_the_hmis_is_declined_with_the_reason_kept(client, world, reason, state):
    ticket = ask(client, world.end_user, category="other")
    do(client, world.agent, ticket, "decline", reason=reason)
    row = fresh(ticket.id)
    assert (row.state, row.resolution) == (state, reason.strip())
    if state is State.DECLINED:
        assert "It is the copier." in messages_of(ticket)[-1].text
    assert do(client, world.administrator, ticket, "decline", reason="No.").status_code == 403


def test_staff_put_answers_right_and_the_change_stands_on_the_record(client, world):
    ticket = ask(client, world.end_user, q_place="The exit page")
    page = read(client, world.agent, f"/tickets/{ticket.id}/answers")
    assert 'value="The exit page"' in page
    assert step(client, world.agent, ticket, "answers", category="problem", q_place="Intake").status_code == 302
    assert messages_of(ticket)[-1].text == "Where in the HMIS: The exit page became Intake."
    same = step(client, world.agent, ticket, "answers", category="problem", q_place="Intake")
    assert same.status_code == 409
    assert "Nothing is different" in same.get_data(as_text=True)
    wrong = step(client, world.agent, ticket, "answers", category="problem", q_place="SSN 219-09-9999")
    assert wrong.status_code == 422
    assert step(client, world.end_user, ticket, "answers", category="problem").status_code == 403


def test_a_caller_is_asked_the_same(client, world):
    caller = {"channel": "phone", "address": world.end_user.email, "name": "Erin"}
    form = read(client, world.agent, "/tickets/new?category=duplicate-merge")
    assert "One case number" in form
    assert send(client, world.agent, "duplicate-merge", **caller, q_first_case="x").status_code == 422
    ticket = ask(client, world.agent, category="duplicate-merge", **caller)
    assert (ticket.requester_id, ticket.tier) == (world.end_user.id, Tier.HMIS_LEAD)


def test_the_pieces_of_a_ticket_cost_one_query(client, world):
    ticket = ask(client, world.end_user, category="duplicate-merge")
    told = []
    for category in (Category.DUPLICATE_MERGE, Category.OTHER):
        with unit_of_work():
            fresh(ticket.id).category = category
        read(client, world.agent, f"/tickets/{ticket.id}")
        with queries() as asked:
            client.get(f"/tickets/{ticket.id}")
        told.append(asked)
    with_steps, without = told
    assert len(with_steps) == len(without) + 1
    assert not any("intake_step" in statement or "custom_field" in statement for statement in without)
