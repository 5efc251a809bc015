"""Asking with fields through the API: the same questions, the same refusals."""

from __future__ import annotations

import pytest

from core.db import unit_of_work
from helpdesk.intake import keeping
from helpdesk.intake.questions import FieldKind
from helpdesk.tickets.rules import Category
from tests.support.factories import make_world
from tests.support.signing_in import api_headers

MERGE = {"first_case": "104877", "second_case": 98012, "enrollments_here": False}
TICKET = {"subject": "Two records", "text": "Of one client.", "category": "duplicate-merge"}


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", "America/Los_Angeles")


def opened(client, person, status=201, **values):
    answer = client.post("/api/v1/tickets", json={**TICKET, **values}, headers=api_headers(person))
    assert answer.status_code == status, answer.json
    return answer.json


@pytest.mark.rule("SON-HD-6")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({**MERGE, "second_case": "104877"}, "fields.second_case"),
        ({**MERGE, "second_case": "Jane Roe"}, "fields.second_case"),
        ({}, "fields.first_case"),
        ({**MERGE, "colour": "red"}, "fields"),
    ],
)
def test_what_cannot_be_used_is_named(client, world, fields, field):
    assert opened(client, world.end_user, 422, fields=fields)["field"] == field


@pytest.mark.rule("SON-HD-6")
def test_a_merge_from_its_request_to_its_end(client, world):
    ticket = opened(client, world.end_user, fields=MERGE)
    assert {row["key"]: row["value"] for row in ticket["fields"]}["second_case"] == "98012"
    assert ticket["tier"] == "hmis-lead"
    path, staff = f"/api/v1/tickets/{ticket['id']}", api_headers(world.agent)
    assert client.post(f"{path}/client-merge", headers=staff).json["rule"] == "SON-HD-6"
    told = {"text": "Sam confirmed it."}
    assert client.post(f"{path}/merge-confirmation", json=told, headers=staff).status_code == 201
    assert client.post(f"{path}/client-merge", headers=staff).json["state"] == "closed"


def test_an_unknown_category_is_one_clear_sentence(client, world):
    problem = opened(client, world.end_user, 422, category="gone")
    assert "must be one of" in str(problem)


def test_questions_are_listed_with_the_leads_own(client, world):
    with unit_of_work():
        keeping.add(world.lead, Category.PROBLEM, FieldKind.TEXT, keeping.Worded("Which printer", is_required=True))
    items = client.get("/api/v1/ticket-categories", headers=api_headers(world.end_user)).json["items"]
    asked = {item["category"]: {field["key"]: field["is_required"] for field in item["fields"]} for item in items}
    assert asked["problem"]["which_printer"] is True
    assert opened(client, world.end_user, 422, category="problem")["field"] == "fields.which_printer"
    assert opened(client, world.end_user, category="problem", fields={"which_printer": "Blue"})["fields"][0]["value"]


def test_a_caller_and_what_was_put_right(client, world):
    staff = api_headers(world.agent)
    call = {"channel": "walk-in", "address": world.end_user.email, "name": "Erin"}
    answer = client.post("/api/v1/tickets/for-caller", json={**TICKET, **call, "fields": MERGE}, headers=staff)
    assert (answer.status_code, answer.json["requester_id"]) == (201, world.end_user.id)
    changed = {"category": "how-to", "fields": {"place": "Intake"}}
    path = f"/api/v1/tickets/{answer.json['id']}/fields"
    assert client.post(path, json=changed, headers=staff).json["category"] == "how-to"
    assert client.post(path, json=changed, headers=api_headers(world.end_user)).status_code == 403


@pytest.mark.parametrize("address", ["nobody", "x@y.test, z@y.test", "a@b.test>", f"{'a' * 290}@b.test"])
def test_a_callers_address_is_one_that_mail_can_be_written_to(client, world, address):
    """One address and not two: who answers writes to the caller alone."""
    call = {"subject": "Help", "text": "By phone.", "address": address, "name": "Sam Poole", "channel": "phone"}
    refused = client.post("/api/v1/tickets/for-caller", json=call, headers=api_headers(world.agent))
    assert (refused.status_code, refused.json["field"]) == (422, "address")
