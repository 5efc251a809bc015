"""Marks that turn the direction of writing are on no page and in no mail: what is read is what is written."""

from __future__ import annotations

from io import BytesIO

import pytest

from core.text import UNSEEN
from helpdesk.mail.services import receive
from tests.licensing.acting import request_made
from tests.mail.acting import kept, sent_to, write
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import ask, fresh, messages_of, nonce, read

MARKS = [*"\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
CALLER = {"channel": "phone", "address": "caller@elsewhere.test", "text": "It does not save.", "category": "problem"}


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma")


def turned(words: str) -> str:
    """The words with every mark in them."""
    return words[:3] + "".join(MARKS) + words[3:]


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: f"{ord(mark):04x}")
def test_a_subject_typed_on_the_web_reads_as_it_is_written(world, client, mark):
    ticket = ask(client, world.end_user, f"in{mark}voice gpj.exe")
    assert ticket.subject == "invoice gpj.exe"


def test_a_file_sent_with_a_form_is_called_what_it_ends_in(world, client):
    sign_in(client, world.end_user)
    form = {"subject": "A", "text": "B", "category": "other", "nonce": nonce()}
    answer = client.post("/tickets/new", data={**form, "files": (BytesIO(b"x"), f"scr{turned('eengpj')}.exe")})
    (message,) = messages_of(fresh(int(answer.location.rsplit("/", 1)[1])))
    assert [attached.file.name for attached in message.files] == ["screengpj.exe"]


def test_what_is_written_down_for_a_caller(world, client):
    sign_in(client, world.agent)
    typed = {"name": turned("Sam Reed"), "subject": turned("Cannot save"), "nonce": nonce()}
    answer = client.post("/tickets/new", data={**CALLER, **typed})
    ticket = fresh(int(answer.location.rsplit("/", 1)[1]))
    assert (ticket.requester_name, ticket.subject) == ("Sam Reed", "Cannot save")


def test_nothing_but_marks_is_no_subject(world, client):
    sign_in(client, world.end_user)
    form = {"subject": "".join(MARKS), "text": "B", "category": "other", "nonce": nonce()}
    assert client.post("/tickets/new", data=form).status_code == 422


def test_over_the_api(world, client):
    sent = {"subject": turned("Cannot save"), "text": "It does not save."}
    made = client.post("/api/v1/tickets", json=sent, headers=api_headers(world.end_user))
    assert made.json["subject"] == "Cannot save"


def test_by_mail(world, client):
    outcome = write(world, f"{turned('Sam Reed')} <caller@elsewhere.test>", subject=turned("Cannot save"))
    ticket = fresh(outcome.ticket)
    assert (ticket.requester_name, ticket.subject) == ("Sam Reed", "Cannot save")
    assert not UNSEEN.search(sent_to("caller@elsewhere.test")[0].subject)


def test_out_of_the_quarantine(world, client):
    receive(f"To: x@y.test\r\nSubject: {turned('Cannot save')}\r\n\r\nwho am I".encode())
    number = kept()[0].id
    assert "Cannot save" in read(client, world.agent, "/mail/quarantine")
    by_hand = {"sender": "caller@elsewhere.test", "subject": turned("Cannot save"), "text": "They cannot save."}
    answer = client.post(f"/mail/quarantine/{number}/ticket", data=by_hand)
    assert fresh(int(answer.location.rsplit("/", 1)[1])).subject == "Cannot save"


def test_the_name_of_whom_access_is_asked_for(app, client, at_noon):
    missouri = make_world()
    assert request_made(client, missouri, name=turned("Lena Chen")).name == "Lena Chen"
    who = {"name": turned("Olga Ruiz"), "email": "o.ruiz@agency.test", "employment": "paid-staff", "is_of_age": True}
    sent = {**who, "agency_id": missouri.agency.id, "project_ids": [missouri.project.id]}
    made = client.post("/api/v1/access-requests", json=sent, headers=api_headers(missouri.representative))
    assert made.json["name"] == "Olga Ruiz"


@pytest.mark.rule("MO-HD-5")
def test_marks_do_not_hide_a_clients_number_in_a_subject(world, client):
    sign_in(client, world.end_user)
    form = {"subject": "SSN 512-\u200e60-\u202e9981", "text": "B", "category": "other", "nonce": nonce()}
    assert client.post("/tickets/new", data=form).status_code == 422
    sent = {"subject": form["subject"], "text": "B"}
    assert client.post("/api/v1/tickets", json=sent, headers=api_headers(world.end_user)).status_code == 422


def test_the_joiners_that_names_need_stay(world, client):
    name = "می\u200cخواهم"
    assert ask(client, world.end_user, name).subject == name
