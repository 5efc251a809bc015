"""The same acts through the API, with the same refusals."""

from __future__ import annotations

import pytest

from core.people.models import StaffRole
from tests.requests.acting import LOS_ANGELES, instant, seats
from tests.support.factories import make_world
from tests.support.signing_in import api_headers

NEW_DATA = {
    "title": "Exits to housing",
    "requester": "outside",
    "level": "coc",
    "about": "others",
    "elements": "Exits by destination",
    "reason": "For a plan",
    "recipient": "The county",
}


@pytest.fixture
def of(app, travel):
    def make(pack="sonoma"):
        travel(instant(2026, 11, 20, 12, 0, zone=LOS_ANGELES))
        return make_world(pack, tz=LOS_ANGELES.key)

    return make


@pytest.fixture
def send(client):
    """POST as somebody; returns status and body."""

    def to(person, path, body=None, key=None):
        headers = api_headers(person) | ({"Idempotency-Key": key} if key else {})
        answer = client.post(f"/api/v1{path}", json=body, headers=headers)
        return answer.status_code, answer.json

    return to


def get(client, person, path):
    answer = client.get(f"/api/v1{path}", headers=api_headers(person))
    return answer.status_code, answer.json


@pytest.mark.rule("MO-HD-8")
@pytest.mark.rule("MO-HD-9")
def test_a_data_request_from_form_to_delivery(client, of, send):
    world = of("missouri")
    [chair] = seats(world, StaffRole.COC_LEADERSHIP)
    status, made = send(world.agent, "/data-requests", NEW_DATA | {"coc_id": world.coc.id, "regions": "coc"})
    assert (status, made["state"], made["needs_approval"]) == (201, "needs-approval", True)
    assert made["route"]["rule"] == "MO-HD-8"
    assert sum(part["points"] for part in made["score"]) == made["priority"] == 6
    path = f"/data-requests/{made['id']}"
    assert send(world.manager, f"{path}/vote", {"vote": "for", "reason": "x"})[0] == 403
    status, voted = send(chair, f"{path}/vote", {"vote": "for", "reason": "Helps us all."})
    assert (status, voted["state"], voted["votes"][0]["person_id"]) == (200, "asked", chair.id)
    assert send(chair, f"{path}/vote", {"vote": "against", "reason": "Late."})[0] == 409
    status, placed = send(world.agent, f"{path}/estimate", {"effort": "small", "begins_on": "2026-12-01"})
    assert (status, placed["expected_on"]) == (200, "2026-12-15")
    assert placed["deadlines"][0]["due_at"].startswith("2027-02-10T07:59:59")
    for decision in ("begin", "deliver"):
        status, row = send(world.agent, f"{path}/decision", {"decision": decision, "reason": "Looked at."})
        assert status == 200, row
    assert [step["act"] for step in row["steps"]] == ["ask for", "approve", "estimate", "begin", "deliver"]
    assert get(client, world.agent, "/data-requests?state=delivered")[1]["items"][0]["id"] == made["id"]
    assert get(client, world.representative, path)[0] == 404


def test_the_cocs_decision_and_a_withdrawal(of, send):
    world = of("missouri")
    _, one = send(world.agent, "/data-requests", NEW_DATA | {"coc_id": world.coc.id})
    approval = {"is_approved": False, "reason": "Board meeting of Nov 18."}
    assert send(world.agent, f"/data-requests/{one['id']}/approval", approval)[0] == 403
    assert send(world.manager, f"/data-requests/{one['id']}/approval", approval)[1]["state"] == "denied"
    _, two = send(world.agent, "/data-requests", NEW_DATA | {"coc_id": world.coc.id})
    assert send(world.manager, f"/data-requests/{two['id']}/withdrawal")[0] == 403
    assert send(world.agent, f"/data-requests/{two['id']}/withdrawal")[1]["state"] == "withdrawn"


def test_the_same_key_is_the_same_request(of, send):
    world = of()
    body = NEW_DATA | {"coc_id": world.coc.id}
    first, second = (send(world.agent, "/data-requests", body, key="the-same-key")[1]["id"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"agency_id": "other"}, 404, None),
        ({}, 404, None),
        ({"agency_id": "own", "about": "own"}, 422, "about"),
        ({"agency_id": "own", "reason": "About client Maria Lopez"}, 422, "reason"),
        ({"agency_id": "own", "recipient": ""}, 422, "recipient"),
        ({"agency_id": "own", "ticket_id": 77}, 422, "ticket"),
    ],
)
def test_what_cannot_be_asked_for(of, send, more, status, field):
    world = of()
    ids = {"own": world.agency.id, "other": world.other_agency.id}
    sent = NEW_DATA | {name: ids.get(value, value) for name, value in more.items()}
    found, told = send(world.representative, "/data-requests", sent)
    assert (found, told.get("field")) == (status, field)


@pytest.mark.rule("SON-HD-9")
def test_a_clients_request(client, of, send):
    world = of()
    sent = {"agency_id": world.agency.id, "client_id": "104877", "kind": "own-data", "received_at": "2026-11-18T09:00"}
    status, made = send(world.representative, "/client-requests", sent)
    assert (status, made["received_at"]) == (201, "2026-11-18T17:00:00Z")
    assert made["deadlines"][0]["due_at"] == "2026-12-04T07:59:59Z"
    path = f"/client-requests/{made['id']}"
    assert send(world.other_representative, f"{path}/decision", {"decision": "answer", "reason": "x"})[0] == 404
    assert send(world.security_officer, f"{path}/decision", {"decision": "answer", "reason": "x"})[0] == 403
    status, row = send(world.representative, f"{path}/decision", {"decision": "refuse", "reason": "Asked before."})
    assert (status, row["state"], row["late"]) == (200, "refused", "")
    assert send(world.representative, f"{path}/decision", {"decision": "answer", "reason": "x"})[0] == 409
    assert get(client, world.agent, "/client-requests?client_id=104877&state=refused")[1]["items"][0]["id"] == row["id"]
    named = send(world.representative, "/client-requests", sent | {"client_id": "Maria Lopez"})
    assert (named[0], named[1]["field"]) == (422, "client_id")


@pytest.mark.rule("SON-HD-10")
def test_an_outside_demand(client, of, send):
    world = of()
    sent = {"agency_id": world.agency.id, "kind": "court", "who": "County court", "what": "Nights", "client_id": "5"}
    status, made = send(world.end_user, "/demands", sent)
    assert (status, [line["is_met"] for line in made["lines"]]) == (201, [False, False])
    path = f"/demands/{made['id']}"
    out = {"client_ids": ["5"], "reason": "A printed sheet."}
    assert send(world.manager, f"{path}/release", out)[0] == 409
    assert send(world.agent, f"{path}/release", out)[0] == 403
    line = {"requirement": "warrant", "reason": "Case 17, seen."}
    assert send(world.representative, f"{path}/lines", line)[0] == 403
    assert send(world.manager, f"{path}/lines", line)[1]["lines"][0]["is_met"]
    assert not send(world.manager, f"{path}/lines/taken-back", {"requirement": "warrant"})[1]["lines"][0]["is_met"]
    assert send(world.manager, f"{path}/lines", line)[0] == 200
    assert send(world.manager, f"{path}/counsel")[0] == 409
    assert send(world.manager, f"{path}/release", out)[1]["state"] == "released"
    assert send(world.manager, f"{path}/refusal", {"reason": "x"})[0] == 409
    assert send(world.representative, f"{path}/telling", {"whom": "client", "reason": "In person."})[0] == 200
    [entry] = get(client, world.representative, "/disclosures?client_id=5")[1]["items"]
    assert (entry["to_whom"], entry["kept_until"]) == ("County court", "2033-11-20")
    assert get(client, world.other_representative, "/disclosures")[1]["items"] == []
    assert get(client, world.end_user, "/disclosures")[0] == 403
    assert get(client, world.end_user, "/demands?state=released")[1]["items"][0]["id"] == made["id"]
