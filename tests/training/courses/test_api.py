"""The same acts by API."""

from __future__ import annotations

import pytest

from tests.support.factories import World, make_world
from tests.support.signing_in import api_headers
from tests.training.courses.acting import completions, offered
from training.courses.rules import text_hash

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world() -> World:
    return make_world("missouri")


def test_a_course_is_made_written_published_and_retired(client, world):
    office, agent = api_headers(world.trainer), api_headers(world.agent)
    key = {"Idempotency-Key": "course-by-api"}
    given = {"code": "sec-101", "title": "Keeping data safe", "credits": ["security"], "minutes": 30}
    made = [client.post("/api/v1/courses", json=given, headers={**office, **key}) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json["id"] == made[1].json["id"]
    url = f"/api/v1/courses/{made[0].json['id']}"
    assert client.post(f"{url}/publish", json={"changes": "First."}, headers=office).status_code == 409, "no draft yet"
    question = {"kind": "single", "text": "Which?", "lines": "* This\nThat"}
    added = client.post(f"{url}/questions", json=question, headers=office)
    assert (added.status_code, added.json["lines"]) == (201, "* This\nThat")
    assert client.post(f"{url}/questions", json={**question, "lines": "This"}, headers=office).status_code == 422
    test = {"draw": 1, "pass_percent": 100}
    for wrong in ({**test, "draw": 0}, {**test, "pass_percent": 101}, {**test, "per_tag": {"a": 2}}, {**test, "x": 1}):
        assert client.put(f"{url}/draft", json={"body": "Read.", "test": wrong}, headers=office).status_code == 422
    written = client.put(f"{url}/draft", json={"body": "Read.", "test": test}, headers=office)
    assert (written.json["draft"]["number"], written.json["version"]) == (1, None)
    assert client.post(f"{url}/publish", json={"changes": "First."}, headers=agent).status_code == 403
    published = client.post(f"{url}/publish", json={"changes": "First."}, headers=office).json
    assert (published["state"], published["version"]["text_sha256"]) == ("offered", text_hash("Read.", []))
    seen = client.get(url, headers=api_headers(world.administrator)).json
    assert (seen["version"]["body"], seen["draft"]) == ("Read.", None)
    assert client.get(f"{url}/questions", headers=api_headers(world.administrator)).status_code == 403
    listed = client.get("/api/v1/courses?credit=security&q=keeping", headers=api_headers(world.agent)).json["items"]
    assert [one["code"] for one in listed] == ["SEC-101"]
    changed = client.put(url, json={**given, "title": "Safe data"}, headers=office)
    assert (changed.status_code, changed.json["title"]) == (200, "Safe data")
    assert client.post(f"{url}/retire", json={"reason": "Replaced."}, headers=office).json["state"] == "retired"
    assert client.get(url, headers=api_headers(world.administrator)).status_code == 404
    assert client.post(f"{url}/offer", headers=office).json["state"] == "offered"


def test_where_there_is_one_place_it_need_not_be_said(client, world):
    manager = api_headers(world.manager)
    given = {"code": "sec-102", "title": "Keeping data safe"}
    made = client.post("/api/v1/courses", json=given, headers=manager)
    assert (made.status_code, made.json["coc_id"], made.json["code"]) == (201, world.coc.id, "SEC-102")
    assert client.post("/api/v1/courses", json={**given, "coc_id": 999_999}, headers=manager).status_code == 422


def test_completions_are_recorded_listed_and_revoked(client, world):
    row, office, agent = offered(client, world), api_headers(world.trainer), api_headers(world.agent)
    url = f"/api/v1/courses/{row.id}/completions"
    given = {"person_id": world.end_user.id, "done_on": "2026-11-02", "reason": "Seen."}
    key = {"Idempotency-Key": "recorded-by-api"}
    made = [client.post(url, json=given, headers={**office, **key}) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert client.post(url, json={**given, "person_id": 999_999}, headers=office).status_code == 422
    assert client.post(url, json={**given, "done_on": "2027-01-01"}, headers=office).status_code == 422
    (listed,) = client.get(url, headers=api_headers(world.agent)).json["items"]
    assert (listed["how"], listed["credits"], listed["revoked_at"]) == ("recorded", ["security"], None)
    one = f"/api/v1/completions/{listed['id']}"
    assert client.get(one, headers=api_headers(world.agent)).json["reason"] == "Seen."
    assert client.post(f"{one}/revoke", json={"reason": "Wrong one."}, headers=agent).status_code == 403
    revoked = client.post(f"{one}/revoke", json={"reason": "Wrong one."}, headers=office).json
    assert (revoked["credits"], revoked["revoked_reason"]) == ([], "Wrong one.")
    assert completions(world.end_user, row)[0].revoked_reason == "Wrong one."


@pytest.mark.rule("HUD-TR-1")
def test_the_training_plan_by_api(client, world):
    plan = client.get("/api/v1/training-plan", headers=api_headers(world.agent)).json
    assert (plan["coc_id"], len(plan["topics"]), len(plan["before_access"])) == (world.coc.id, 9, 3)
    assert all(not topic["course_ids"] for topic in plan["topics"])
    far = make_world("sonoma").coc.id
    assert client.get(f"/api/v1/training-plan?coc_id={far}", headers=api_headers(world.agent)).status_code == 404
