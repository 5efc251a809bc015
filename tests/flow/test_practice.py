"""Setting what is promised: by page and API, with what was typed kept, and the history of who changed what."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import db
from helpdesk.flow.models import ServicePractice
from tests.flow.conftest import on
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import nonce, read, words

TYPED = {
    "place": "0",
    "since": "2026-12-01",
    "agency_first_answer_normal": "2",
    "agency_first_answer_unit": "business_days",
    "lead_resolution_low": "12",
    "lead_resolution_unit": "hours",
    "silence": "7",
    "silence_unit": "business_days",
    "attempts": "2",
    "vendor": "",
    "gives": "y",
}


def send(client, person, **values):
    sign_in(client, person)
    return client.post("/practice/new", data={"nonce": nonce(), **UNITS, **TYPED, **values})


UNITS = {
    f"{desk}_{promise}_unit": "business_days"
    for desk in ("agency", "lead")
    for promise in ("first_answer", "next_answer", "resolution", "escalation")
} | {"vendor_unit": "business_days"}


def rows():
    return list(db.session.scalars(select(ServicePractice).order_by(ServicePractice.id)))


@pytest.fixture
def today(world, travel):
    travel(on(20))


def test_an_administrator_sets_it_for_the_lead_and_everybody_reads_what_changed(client, world, today):
    answer = send(client, world.admin)
    assert answer.status_code == 302
    assert len(rows()) == 2
    page = words(read(client, world.agent, answer.location))
    assert "The HMIS Lead Resolution Low 12 hours" in page
    assert "lead, resolution, low: none became 12 hours" in page
    assert f"Set by {world.admin.name}" in page
    assert "Dec 1, 2026" in words(read(client, world.manager, "/practice"))


def test_a_manager_sets_it_for_the_coc_alone(client, world, today):
    assert send(client, world.manager, place=str(world.coc.id)).status_code == 302
    assert rows()[-1].coc_id == world.coc.id
    assert send(client, world.manager, place="0").status_code == 422


@pytest.mark.parametrize("typed", ["0", "1000", "-1", "2.5", "two", "٢", "9" * 50])
def test_a_bad_number_gets_a_sentence_and_nothing_typed_is_lost(client, world, today, typed):
    answer = send(client, world.admin, agency_first_answer_normal=typed, silence="8")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Write a whole number from 1 to 999, or leave it empty." in page or "Field cannot be longer" in page
    assert f'value="{typed}"' in page
    assert 'value="8"' in page
    assert len(rows()) == 1


@pytest.mark.parametrize("day", ["2026-11-20", "2026-11-19", "yesterday", ""])
def test_it_begins_tomorrow_at_the_earliest_since_what_is_open_keeps_its_times(client, world, today, day):
    assert send(client, world.admin, since=day).status_code == 422
    assert len(rows()) == 1
    assert send(client, world.admin, since="2026-11-21").status_code == 302


def test_the_same_form_sent_twice_is_one_act(client, world, today):
    assert {send(client, world.admin, nonce="once").location for _ in range(2)} == {"/practice/2"}
    assert len(rows()) == 2


def test_who_may_not_set_it_reads_it_and_another_leads_is_not_there(client, world, today):
    assert send(client, world.agent).status_code == 403
    assert "Set the practice" not in read(client, world.agent, "/practice")
    for person in (world.end_user, world.administrator, world.director):
        read(client, person, "/practice", 403)
    other = make_world("missouri")
    read(client, other.admin, "/practice/1", 404)
    assert "Nothing is promised yet" in read(client, other.admin, "/practice")


def test_the_form_begins_with_what_holds_now(client, world, today):
    page = read(client, world.admin, "/practice/new")
    assert 'name="agency_first_answer_normal" type="text" value="2"' in page or 'value="2"' in page
    assert 'value="2026-11-21"' in page


def test_the_api_sets_what_the_page_sets_with_the_same_refusals(client, world, today):
    promise = {"desk": "lead", "promise": "first-answer", "priority": "normal", "within": {"business_hours": 4}}
    sent = {"since": "2026-12-01", "document": {"promises": [promise], "attempts": 2}}
    boss = {**api_headers(world.admin), "Idempotency-Key": "practice-once"}
    made = [client.post("/api/v1/practices", json=sent, headers=boss) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201], made[0].json
    assert made[0].json == made[1].json
    assert made[0].json["document"]["promises"][0]["within"] == promise["within"]
    headers = api_headers(world.admin)
    for day, status in (("2026-11-19", 422), ("2026-11-20", 422), ("2026-11-21", 201)):
        assert client.post("/api/v1/practices", json={**sent, "since": day}, headers=headers).status_code == status
    assert client.post("/api/v1/practices", json=sent, headers=api_headers(world.agent)).status_code == 403
    of_coc = {**sent, "coc_id": world.coc.id}
    assert client.post("/api/v1/practices", json=sent, headers=api_headers(world.manager)).status_code == 403
    assert client.post("/api/v1/practices", json=of_coc, headers=api_headers(world.manager)).status_code == 201
    wrong = {**sent, "document": {"promises": [{**promise, "within": "soon"}]}}
    assert client.post("/api/v1/practices", json=wrong, headers=headers).status_code == 422
