from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core import clock
from core.db import db, unit_of_work
from core.outbox import OutboxMessage
from helpdesk.tickets import services
from helpdesk.tickets.models import TicketMessage
from helpdesk.tickets.rules import Channel
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in

TICKET = {"subject": "Cannot save a move-in date", "text": "The page says error 12."}


@pytest.fixture
def world(app, at_noon):
    """Sonoma's ladder begins at the agency."""
    return make_world("sonoma", "America/Los_Angeles")


@pytest.fixture
def missouri(app, at_noon):
    return make_world("missouri")


def asked(world, **values):
    return {
        "agency_id": world.agency.id,
        "name": "Lena Chen",
        "email": "l.chen@agency.test",
        "employment": "paid-staff",
        "is_of_age": True,
        "project_ids": [world.project.id],
        **values,
    }


def test_without_a_token_nothing_is_told(client, world):
    for url in ("/api/v1/me", "/api/v1/tickets", "/api/v1/deadlines", "/api/v1/access-requests"):
        answer = client.get(url)
        assert (answer.status_code, answer.json["code"]) == (401, "sign-in")


def test_a_signed_in_browser_cannot_write_through_the_api(client, world):
    sign_in(client, world.end_user)
    assert client.post("/api/v1/tickets", json=TICKET).status_code == 401


def test_a_token_says_whom_it_speaks_for(client, world):
    me = client.get("/api/v1/me", headers=api_headers(world.end_user, "tickets.view")).json
    assert (me["name"], me["roles"], me["may"]) == ("Erin Doyle", ["end-user"], ["tickets.view"])


def test_a_token_does_no_more_than_its_scopes(client, world):
    headers = api_headers(world.end_user, "tickets.view")
    answer = client.post("/api/v1/tickets", json=TICKET, headers=headers)
    assert answer.status_code == 403


def test_a_ticket_goes_from_the_end_user_through_the_agency_to_the_lead(client, world):
    mine, theirs, leads = map(api_headers, (world.end_user, world.administrator, world.agent))
    made = client.post("/api/v1/tickets", json=TICKET, headers=mine)
    assert made.status_code == 201, made.text
    ticket = made.json
    assert (ticket["tier"], len(ticket["hops"])) == ("agency-administrator", 1)
    url = f"/api/v1/tickets/{ticket['id']}"
    moved = client.post(f"{url}/forward", json={"reason": "Not ours"}, headers=theirs)
    assert (moved.status_code, moved.json["tier"], len(moved.json["hops"])) == (201, "hmis-lead", 2)
    said = client.post(f"{url}/replies", json={"text": "It is mended."}, headers=leads)
    assert (said.status_code, said.json["state"]) == (201, "answered")
    assert "It is mended." in [m["text"] for m in client.get(url, headers=mine).json["messages"]]
    closed = client.post(f"{url}/close", json={"reason": "Mended"}, headers=mine)
    assert closed.json["state"] == "closed"


def test_the_same_key_is_the_same_act(client, world):
    headers = {**api_headers(world.end_user), "Idempotency-Key": "one-act-only"}
    first = client.post("/api/v1/tickets", json=TICKET, headers=headers).json["id"]
    assert client.post("/api/v1/tickets", json=TICKET, headers=headers).json["id"] == first
    other = client.post("/api/v1/tickets", json=TICKET, headers={**headers, "Idempotency-Key": "another-act"}).json[
        "id"
    ]
    assert other != first
    strangers = {**api_headers(world.administrator), "Idempotency-Key": "one-act-only"}
    assert client.post("/api/v1/tickets", json=TICKET, headers=strangers).json["id"] not in (first, other)


@pytest.mark.rule("MO-HD-5")
def test_personal_data_is_refused_with_what_to_do(client, world):
    sent = client.post(
        "/api/v1/tickets", json={**TICKET, "text": "Client SSN 123-45-6789"}, headers=api_headers(world.end_user)
    )
    assert (sent.status_code, sent.json["rule"]) == (422, "MO-HD-5")
    assert db.session.scalar(select(func.count()).select_from(TicketMessage)) == 0


def test_another_agencys_ticket_is_not_there(client, world):
    with unit_of_work():
        ticket = services.open_ticket(
            world.other_end_user,
            world.other_end_user.email,
            "Olga",
            "Theirs",
            "Theirs alone",
            lead=world.lead,
            agency=world.other_agency,
            channel=Channel.WEB,
            at=clock.now(),
        )
    for person in (world.end_user, world.administrator, world.director):
        answer = client.get(f"/api/v1/tickets/{ticket.id}", headers=api_headers(person))
        assert answer.status_code == 404
        assert client.get("/api/v1/tickets", headers=api_headers(person)).json["items"] == []


def test_access_is_asked_for_decided_and_not_given_before_every_line_holds(client, missouri):
    world = missouri
    made = client.post("/api/v1/access-requests", json=asked(world), headers=api_headers(world.representative))
    assert made.status_code == 201, made.text
    url = f"/api/v1/access-requests/{made.json['id']}"
    assert {line["state"] for line in made.json["eligibility"]} >= {"met", "missing"}
    manager = api_headers(world.manager)
    decided = client.post(f"{url}/decision", json={"decision": "approve", "reason": "Needed"}, headers=manager)
    assert decided.json["state"] == "approved"
    early = client.post(f"{url}/activation", headers=manager)
    assert (early.status_code, early.json["code"]) == (409, "conflict")
    assert (
        client.post(
            f"{url}/decision", json={"decision": "deny", "reason": "x"}, headers=api_headers(world.admin)
        ).status_code
        == 403
    )


def test_an_end_user_cannot_ask_for_access(client, world):
    assert (
        client.post("/api/v1/access-requests", json=asked(world), headers=api_headers(world.end_user)).status_code
        == 403
    )


def test_a_field_that_no_operation_offers_is_refused(client, world):
    """Catalogue 37."""
    answer = client.post("/api/v1/tickets", json={**TICKET, "tier": "vendor"}, headers=api_headers(world.end_user))
    assert answer.status_code == 422


def test_lists_go_on_where_the_cursor_says(client, world):
    headers = api_headers(world.end_user)
    for n in range(30):
        client.post("/api/v1/tickets", json={**TICKET, "subject": f"Number {n}"}, headers=headers)
    first = client.get("/api/v1/tickets", headers=headers).json
    second = client.get("/api/v1/tickets", query_string={"after": first["next"]}, headers=headers).json
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert (len(ids), len(set(ids)), second["next"]) == (30, 30, None)


def test_what_is_sent_by_the_api_tells_people_like_what_is_sent_by_a_page(client, world):
    client.post("/api/v1/tickets", json=TICKET, headers=api_headers(world.end_user))
    told = set(db.session.scalars(select(OutboxMessage.address)))
    assert world.administrator.email in told


def test_a_departure_is_told_shows_both_clocks_and_can_be_undone(client, missouri, at_noon):
    world = missouri
    headers = api_headers(world.representative)
    given = {
        "agency_id": world.agency.id,
        "person_id": world.end_user.id,
        "leaves_at": "2026-12-01T16:30",
        "reason": "left",
    }
    made = client.post("/api/v1/departures", json=given, headers=headers)
    assert made.status_code == 201, made.text
    notice = next(d for d in made.json["deadlines"] if d["kind"] == "departure-notice")
    assert (notice["rule"], notice["state"], notice["was_late"]) == ("MO-LI-4", "met", False)
    assert made.json["leaves_at"].startswith("2026-12-01T22:30:00")
    again = client.post("/api/v1/departures", json=given, headers=headers)
    assert again.status_code == 409
    undone = client.post(f"/api/v1/departures/{made.json['id']}/undo", headers=headers)
    assert undone.json["state"] == "undone"


@pytest.fixture
def to_leave(world):
    return {"agency_id": world.agency.id, "person_id": world.end_user.id, "reason": "left"}


def test_a_departure_whose_answer_was_lost_is_told_again_with_the_same_key(client, world, to_leave):
    headers = {**api_headers(world.representative), "Idempotency-Key": "lost-answer"}
    given = {**to_leave, "leaves_at": "2027-01-20T16:00:00"}
    first, second = (client.post("/api/v1/departures", json=given, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    other = client.post("/api/v1/departures", json={**given, "leaves_at": "2027-01-21T16:00:00"}, headers=headers)
    assert (other.status_code, other.json["code"]) == (409, "conflict")


def test_access_ends_at_once_only_for_a_caller_who_says_so(client, world, to_leave, at_noon):
    headers = api_headers(world.representative)
    given = {**to_leave, "leaves_at": (at_noon - timedelta(days=1)).isoformat()}
    refused = client.post("/api/v1/departures", json=given, headers=headers)
    assert (refused.status_code, refused.json["field"]) == (409, "ends_at_once")
    assert refused.json["detail"] == "Access ends at once and cannot be taken back."
    meant = client.post("/api/v1/departures", json={**given, "ends_at_once": True}, headers=headers)
    assert (meant.status_code, meant.json["state"]) == (201, "effective")


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2101-01-01T00:00:00"])
def test_a_year_that_cannot_be_meant_is_said_so(client, world, to_leave, at):
    answer = client.post(
        "/api/v1/departures", json={**to_leave, "leaves_at": at}, headers=api_headers(world.representative)
    )
    assert answer.status_code == 422
    assert [(e["field"], "cannot be meant" in e["detail"]) for e in answer.json["errors"]] == [("leaves_at", True)]


def test_somebody_elses_agency_cannot_be_told_of(client, missouri):
    given = {
        "agency_id": missouri.agency.id,
        "person_id": missouri.end_user.id,
        "leaves_at": "2026-12-01T16:30:00-06:00",
        "reason": "left",
    }
    assert (
        client.post("/api/v1/departures", json=given, headers=api_headers(missouri.other_representative)).status_code
        == 404
    )


def test_a_narrow_token_makes_nobody_somebody_else(client, missouri):
    """Towards a ticket or a departure its owner stays who they are: it only lets them do less."""
    world = missouri
    opened = client.post("/api/v1/tickets", json=TICKET, headers=api_headers(world.end_user)).json["id"]
    url = f"/api/v1/tickets/{opened}/replies"
    as_requester = client.post(url, json={"text": "Mine?"}, headers=api_headers(world.agent, "tickets.reply"))
    assert as_requester.status_code == 404
    reader = api_headers(world.agent, "tickets.view", "tickets.reply")
    assert client.post(url, json={"text": "Mine?"}, headers=reader).status_code == 403
    answerer = api_headers(world.agent, "tickets.view", "tickets.answer")
    assert client.post(url, json={"text": "Like so."}, headers=answerer).status_code == 201
    given = {"agency_id": world.agency.id, "person_id": world.end_user.id, "leaves_at": "2026-12-01T16:30"}
    told = client.post(
        "/api/v1/departures", json={**given, "reason": "left"}, headers=api_headers(world.agent, "departures.record")
    )
    assert (told.status_code, told.json["noticed_at"]) == (201, None)
