"""A form's key stands for one act: sent again it is the same act, and with anything else it is refused."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from sqlalchemy import func, select

from core.db import db
from helpdesk.tickets.models import Ticket
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import FIELDS, ask, do, messages_of, nonce, opened, words

REFUSED = "This form was sent before, with other words."
TICKET = {"subject": "Cannot save", "text": "It says the date is out of range."}


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma")


def tickets() -> int:
    return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


def key_in(page: str, name: str = "nonce") -> str:
    tag = next(tag for tag in re.findall(r"<input[^>]*>", page) if f'name="{name}"' in tag)
    found = re.search(r'value="([^"]*)"', tag)
    assert found
    return found[1]


OTHER_WORDS = {
    action: dict.fromkeys(FIELDS[action], "Something else entirely.") for action in FIELDS if action != "assign"
}


@pytest.mark.parametrize("action", ["reply", "answer", "note", "forward", "ask-vendor", "close", "decline"])
def test_an_act_sent_again_with_other_words_is_refused_and_keeps_what_was_typed(client, world, action):
    ticket = opened(world)
    person = {"reply": world.end_user, "forward": world.administrator, "answer": world.administrator}.get(
        action, world.agent
    )
    if person is world.agent:
        do(client, world.administrator, ticket, "forward")
    once = nonce()
    assert do(client, person, ticket, action, nonce=once).status_code == 302
    before = len(messages_of(ticket))
    answer = do(client, person, ticket, action, nonce=once, **OTHER_WORDS[action])
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert REFUSED in words(page)
    assert "Something else entirely." in page
    assert key_in(page, f"{action}-nonce") != once
    assert len(messages_of(ticket)) == before


def test_what_was_refused_is_sent_with_the_fresh_key_of_the_page(client, world):
    ticket, once = opened(world), nonce()
    do(client, world.end_user, ticket, "reply", nonce=once, text="The first words.")
    refused = do(client, world.end_user, ticket, "reply", nonce=once, text="The second words.")
    fresh_key = key_in(refused.get_data(as_text=True), "reply-nonce")
    sent = do(client, world.end_user, ticket, "reply", nonce=fresh_key, text="The second words.")
    assert sent.status_code == 302
    assert [m.text for m in messages_of(ticket)[1:]] == ["The first words.", "The second words."]


def test_a_key_of_one_ticket_is_not_taken_for_an_act_on_another(client, world):
    first, second, once = opened(world), opened(world), nonce()
    assert do(client, world.end_user, first, "reply", nonce=once).status_code == 302
    assert do(client, world.end_user, second, "reply", nonce=once).status_code == 409
    assert (len(messages_of(first)), len(messages_of(second))) == (2, 1)


def test_another_persons_key_gives_nothing_away(client, world):
    once = nonce()
    theirs = ask(client, world.end_user, nonce=once)
    sign_in(client, world.other_end_user)
    form = {"subject": theirs.subject, "text": "It says the date is out of range.", "category": "problem"}
    answer = client.post("/tickets/new", data={**form, "nonce": once})
    assert answer.status_code == 409
    assert f"/tickets/{theirs.id}" not in answer.get_data(as_text=True)
    assert tickets() == 1


@pytest.mark.parametrize(
    "changed", [{"subject": "Another"}, {"text": "Other words."}, {"category": "access"}, {"files": True}], ids=str
)
def test_a_request_sent_again_with_anything_else_is_shown_again_with_a_fresh_key(client, world, changed):
    once = nonce()
    first = ask(client, world.end_user, nonce=once)
    form = {"subject": first.subject, "text": "It says the date is out of range.", "category": "problem", **changed}
    files = {"files": (BytesIO(b"%PDF-1.7"), "screen.pdf")} if form.pop("files", False) else {}
    answer = client.post("/tickets/new", data={**form, **files, "nonce": once})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, tickets()) == (409, 1)
    assert REFUSED in words(page)
    assert form["subject"] in page
    assert form["text"] in page
    assert client.post("/tickets/new", data={**form, "nonce": key_in(page)}).status_code == 302
    assert tickets() == 2


def test_the_same_files_again_are_the_same_request(client, world):
    sign_in(client, world.end_user)
    once, made = nonce(), set()
    for _ in range(2):
        files = {"files": (BytesIO(b"%PDF-1.7"), "screen.pdf")}
        answer = client.post("/tickets/new", data={**TICKET, "category": "problem", "nonce": once, **files})
        made.add(answer.location)
    assert (len(made), tickets()) == (1, 1)


def test_over_the_api_the_same_key_with_other_words_is_a_conflict(client, world):
    headers = {**api_headers(world.end_user), "Idempotency-Key": "opened-once"}
    number = client.post("/api/v1/tickets", json=TICKET, headers=headers).json["id"]
    again = client.post("/api/v1/tickets", json={**TICKET, "text": "Other words."}, headers=headers)
    assert again.status_code == 409
    assert REFUSED in again.get_data(as_text=True)
    reply = client.post(f"/api/v1/tickets/{number}/replies", json={"text": "More."}, headers=headers)
    assert reply.status_code == 409
    assert tickets() == 1


@pytest.mark.parametrize("verb", ["forward", "close"])
def test_over_the_api_an_act_that_has_moved_the_ticket_on_can_be_sent_again(client, world, verb):
    ticket = opened(world)
    headers = {**api_headers(world.administrator), "Idempotency-Key": f"{verb}-once"}
    url, body = f"/api/v1/tickets/{ticket.id}/{verb}", {"reason": "Not a setting of ours."}
    first, second = (client.post(url, json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert len(second.json["messages"]) == len(first.json["messages"]) == 2
    assert client.post(url, json={"reason": "Other words."}, headers=headers).status_code == 409
