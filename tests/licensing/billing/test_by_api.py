"""The same by API, and the mail that goes with an invoice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import db
from licensing.billing.payments.models import PaymentPart
from tests.licensing.acting import mails
from tests.licensing.billing.making import FLAT, counted, invoices, licensed, must_balance, schedule
from tests.licensing.billing.owing import invoice, state
from tests.licensing.billing.test_overdue import pay
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


@pytest.mark.rule("HUD-LI-2")
def test_the_files_of_the_pages_are_there_for_programs(client, world):
    row = invoice(world.agency, 12_345, world.admin, payer_name="Ångström & Żółw")
    paid = pay(world, 2_345)

    def got(person, path):
        answer = client.get(f"/api/v1{path}", headers=api_headers(person), buffered=True)
        assert answer.status_code == 200, answer.json
        return answer

    statement = f"/statements/{world.agency.id}/file"
    for path in (f"/invoices/{row.id}/file", f"/payments/{paid.id}/receipt", f"{statement}?form=pdf"):
        answer = got(world.representative, path)
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF")
    assert "123.45" in got(world.director, statement).get_data(as_text=True)
    assert "100.00" in got(world.manager, "/ageing/file").get_data(as_text=True)
    assert row.number in got(world.manager, "/books/file?what=invoices").get_data(as_text=True)
    iif = got(world.manager, "/books/quickbooks").data
    assert iif.decode("cp1252").startswith("!TRNS\t"), "QuickBooks Desktop reads ANSI"
    refused = client.get("/api/v1/books/file?what=everything", headers=api_headers(world.manager))
    assert refused.status_code == 422


def test_a_draft_is_no_file_and_a_runs_drafts_stand_beside_the_year_before(client, world):
    schedule(world.coc, world.admin, FLAT)
    run = counted(world.coc, world.admin)
    headers = api_headers(world.manager)
    told = client.get(f"/api/v1/invoice-runs/{run.id}/drafts", headers=headers).json["items"]
    assert [(one["agency_cents"], one["before_cents"], one["difference_cents"]) for one in told] == [
        (250_00, 0, 250_00), (250_00, 0, 250_00),
    ]  # fmt: skip
    draft = told[0]["invoice"]["id"]
    assert client.get(f"/api/v1/invoices/{draft}/file", headers=headers).status_code == 409
    assert client.get(f"/api/v1/invoice-runs/{run.id}/drafts?figures=missing", headers=headers).json["items"] == []


def test_what_an_agency_would_be_billed_now(client, world):
    schedule(world.coc, world.admin)
    licensed(world.end_user, world.agency)
    path = f"/api/v1/agencies/{world.agency.id}/invoices/unbilled"
    told = client.get(path, headers=api_headers(world.manager)).json
    assert (told["is_whole"], [one["total_cents"] for one in told["items"]]) == (False, [150_00])
    assert told["items"][0]["lines"][0]["why"] == ["1 license × $150.00 a year = $150.00."]


def test_a_part_put_twice_is_put_once_where_the_program_says_what_is_left(client, world):
    first, second = invoice(world.agency, 1_000, world.admin), invoice(world.agency, 9_000, world.admin)
    paid = pay(world, 4_000)
    assert (state(first)[0], state(second)[0]) == (1_000, 3_000)
    part = db.session.scalars(select(PaymentPart).where(PaymentPart.invoice_id == second.id)).one()
    assert send(client, world.manager, f"/payments/{paid.id}/parts/{part.id}/return", {}).status_code == 200
    given = {"invoice_id": second.id, "cents": 1_500, "left_cents": 3_000}
    assert send(client, world.manager, f"/payments/{paid.id}/parts", given).status_code == 201
    assert send(client, world.manager, f"/payments/{paid.id}/parts", given).status_code == 409
    assert state(second) == (1_500, 0, 7_500)
