"""The same by API, and the mail that goes with an invoice."""

from __future__ import annotations

import pytest

from tests.licensing.acting import mails
from tests.licensing.billing.making import invoices, licensed, must_balance
from tests.support.factories import make_world
from tests.support.signing_in import api_headers


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


def send(client, person, path, given, method="POST", once=""):
    headers = api_headers(person) | ({"Idempotency-Key": once} if once else {})
    return client.open(f"/api/v1{path}", method=method, json=given, headers=headers)


@pytest.mark.rule("VT-LI-8")
def test_from_prices_to_a_credit_note(client, world):
    prices = {
        "coc_id": world.coc.id, "name": "Fees", "first_day": "2026-07-01",
        "items": [
            {"basis": "licenses", "name": "License", "cents": 15000},
            {"basis": "beds", "name": "Beds", "cents": 5},
        ],
    }  # fmt: skip
    made = send(client, world.manager, "/fee-schedules", prices, once="prices-once")
    assert made.status_code == 201, made.json
    assert made.json["noticed_on"] is None
    assert send(client, world.manager, "/fee-schedules", prices, once="prices-once").json["id"] == made.json["id"]
    refused = send(client, world.manager, "/fee-schedules", prices | {"name": "Others"})
    assert refused.status_code == 422
    assert "“Fees” counts from" in refused.json["detail"]
    figures = send(client, world.manager, f"/agencies/{world.agency.id}/fees/figures", {"beds": 10}, method="PUT")
    assert figures.json["beds"] == 10
    licensed(world.end_user, world.agency)
    run = send(client, world.manager, "/invoice-runs", {"coc_id": world.coc.id, "year": 2026})
    assert (run.status_code, run.json["state"]) == (202, "counting")
    assert send(client, world.manager, f"/invoice-runs/{run.json['id']}/issue", {}).status_code == 409
    running_on()
    assert send(client, world.manager, f"/invoice-runs/{run.json['id']}/issue", {}).status_code == 202
    running_on()
    row = next(one for one in invoices() if one.agency_id == world.agency.id)
    told = client.get(f"/api/v1/invoices/{row.id}", headers=api_headers(world.representative)).json
    assert [line["cents"] for line in told["lines"]] == [15000, 50]
    assert told["due"]["rule"] == "VT-LI-8"
    given = {"lines": [{"line_id": told["lines"][0]["id"], "cents": 5000}], "cause": "error", "reason": "Half of it."}
    note = send(client, world.manager, f"/invoices/{row.id}/credits", given, once="credit-once")
    assert (note.status_code, note.json["total_cents"], note.json["credits_id"]) == (201, -5000, row.id)
    assert (
        send(client, world.manager, f"/invoices/{row.id}/credits", given, once="credit-once").json["id"]
        == note.json["id"]
    )
    assert (
        client.get("/api/v1/invoices?shown=open", headers=api_headers(world.director)).json["items"][0]["id"] == row.id
    )
    must_balance()


def running_on() -> None:
    from licensing.billing.invoices import running

    running.work()


def test_the_mail_names_the_sum_and_the_day_and_leads_to_the_page(client, world):
    test_from_prices_to_a_credit_note(client, world)
    first = next(mail for mail in mails("invoice-issued") if mail.person_id == world.representative.id)
    assert "$150.50, due Tue, Jan 19, 2027" in first.subject
    assert f"http://hearthdesk.test/invoices/{first.subject_id}" in first.body_text
    assert "{{" not in first.body_text
    assert mails("invoice-run-ready")[0].person_id == world.manager.id
    assert any(mail.subject.startswith("Credit note") for mail in mails("invoice-issued"))
