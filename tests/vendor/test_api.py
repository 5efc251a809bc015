from __future__ import annotations

import pytest

from helpdesk.vendor.rules import CaseState
from tests.support.factories import make_world
from tests.support.signing_in import api_headers
from tests.tickets.acting import mails, read
from tests.vendor.acting import again, at_lead, case_with

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.mark.rule("HUD-HD-3")
@pytest.mark.rule("SON-HD-4")
def test_a_program_of_the_leads_does_the_same_acts(client):
    world = make_world("sonoma")
    ticket, headers = at_lead(world), api_headers(world.agent)
    key = {"Idempotency-Key": "case-of-today", **headers}
    given = {"title": "Saving fails", "number": "CS-4711", "ticket_id": ticket.id}
    made = [client.post("/api/v1/vendor-cases", json=given, headers=key).json for _ in range(2)]
    assert made[0]["id"] == made[1]["id"]
    assert made[0]["ticket_ids"] == [ticket.id]
    url = f"/api/v1/vendor-cases/{made[0]['id']}"
    letter = {"text": f"{world.end_user.name} gets error 500."}
    seen = client.post(f"{url}/preview", json=letter, headers=headers).json
    assert (seen["took_out"], world.end_user.name in seen["body"]) == (True, False)
    wrong = client.post(f"{url}/messages", json={**letter, "digest": "0" * 64}, headers=headers)
    assert (wrong.status_code, mails("vendor-case")) == (409, [])
    sent = client.post(f"{url}/messages", json={**letter, "digest": seen["digest"]}, headers=headers)
    assert (sent.status_code, sent.json["state"]) == (201, "waiting-for-vendor")
    update = {"text": "The vendor looks at it."}
    assert client.post(f"{url}/updates/preview", json=update, headers=headers).json["count"] == 1
    assert client.post(f"{url}/updates", json=update, headers=headers).json["told"] == 1
    found = client.get("/api/v1/vendor-cases?state=waiting-for-vendor", headers=headers).json["items"]
    assert [row["number"] for row in found] == ["CS-4711"]
    refused = client.get(url, headers=api_headers(world.administrator))
    assert refused.status_code == 403


@pytest.mark.rule("SON-HD-4")
def test_the_queue_finds_what_waits_for_a_case_and_for_no_agency(client):
    world = make_world("sonoma")
    waits, other = at_lead(world, subject="Waiting turnip"), at_lead(world, subject="Lonely parsnip")
    case = case_with(world, waits)
    page = read(client, world.agent, f"/tickets?view=all&case=V{case.id}")
    assert "Waiting turnip" in page
    assert other.subject not in page
    assert "Waiting turnip" not in read(client, world.administrator, f"/tickets?view=all&case=V{case.id}")
    assert again(case.id).state is CaseState.OPEN
