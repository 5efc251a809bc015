"""Sessions and attendance by API."""

from __future__ import annotations

from typing import Any

import pytest

from core.deadlines import fire_due
from tests.support.factories import World, make_coc, make_world
from tests.support.signing_in import api_headers
from tests.tickets.acting import mails
from tests.training.sessions.acting import committed, make_course, planned, zoom

pytestmark = pytest.mark.usefixtures("app", "at_noon")
WHOLE = ("2026-12-02 18:00:00", "2026-12-02 20:00:00")


@pytest.fixture
def world() -> World:
    return make_world("vermont")


def call(client, person, method: str, path: str, **more: Any):
    headers = {**api_headers(person), **more.pop("headers", {})}
    return client.open(f"/api/v1{path}", method=method, headers=headers, **more)


def sent(course, world, **values: Any) -> dict[str, Any]:
    return {
        "title": "Refresher", "course_id": course.id, "kind": "group", "place": "meeting",
        "starts_at": "2026-12-02T18:00:00-06:00", "ends_at": "2026-12-02T20:00:00-06:00", "tz": "America/Chicago",
        "coc_id": world.coc.id, "join_link": "https://meet.test/1", **values,
    }  # fmt: skip


def test_planned_changed_and_called_off(client, world):
    course = make_course(world)
    key = {"Idempotency-Key": "plan-refresher-1"}
    made = [
        call(client, world.trainer, "POST", "/training-sessions", json=sent(course, world), headers=key) for _ in "ab"
    ]
    assert [one.status_code for one in made] == [201, 201]
    number = made[0].json["id"]
    assert number == made[1].json["id"], "the same key is the same session"
    assert (made[0].json["is_evening"], made[0].json["state"]) == (True, "planned")
    assert (
        call(client, world.end_user, "POST", f"/training-sessions/{number}/registration").json["registration"]
        == "registered"
    )
    later = sent(course, world, starts_at="2026-12-03T18:00:00-06:00", ends_at="2026-12-03T20:00:00-06:00")
    assert call(client, world.trainer, "PUT", f"/training-sessions/{number}", json=later).status_code == 200
    off = call(client, world.trainer, "POST", f"/training-sessions/{number}/cancellation", json={"reason": "Snow."})
    assert (off.json["state"], off.json["reason"]) == ("cancelled", "Snow.")
    assert len(mails("session-news")) == 3


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"audience": "everyone"}, "audience"),
        ({"tz": "Mars/Olympus"}, "tz"),
        ({"course_id": 9_999_999}, "course_id"),
        ({"coc_id": 9_999_999}, "coc_id"),
        ({"ends_at": "2026-12-02T18:00:00-06:00"}, "ends"),
        ({"starts_at": "2026-11-01T18:00:00-06:00", "ends_at": "2026-11-01T19:00:00-06:00"}, "starts"),
        ({"title": "SSN 123-45-6789"}, "title"),
    ],
)
def test_what_cannot_be_planned(client, world, values, field):
    answer = call(client, world.trainer, "POST", "/training-sessions", json=sent(make_course(world), world, **values))
    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_the_manager_of_a_coc_plans_for_that_one(client, world):
    course = make_course(world)
    for coc in (None, make_coc(world.lead, "vermont").id):
        refused = call(client, world.manager, "POST", "/training-sessions", json=sent(course, world, coc_id=coc))
        assert (refused.status_code, refused.json["field"]) == (422, "coc_id")


def test_listed_with_the_calendars_filters_and_the_link_for_those_who_come(client, world):
    row = planned(client, world, kind="office-hours", audience="new")
    planned(client, world, title="By day", starts="2026-12-03T10:00", ends="2026-12-03T11:00")
    for query, titles in (
        ("", ["Refresher", "By day"]),
        ("?kind=office-hours", ["Refresher"]),
        ("?evening=true", ["Refresher"]),
        ("?audience=advanced", []),
        ("?shown=past", []),
    ):
        items = call(client, world.end_user, "GET", f"/training-sessions{query}").json["items"]
        assert [one["title"] for one in items] == titles
    path = f"/training-sessions/{row.id}"
    assert call(client, world.end_user, "GET", path).json["join_link"] == ""
    assert call(client, world.end_user, "POST", f"{path}/registration").json["join_link"] == "https://meet.test/secret"
    own = call(client, world.administrator, "GET", f"{path}/registrations").json["items"]
    assert [one["person_id"] for one in own] == [world.end_user.id]
    assert call(client, world.end_user, "POST", f"{path}/withdrawal").json["registration"] == "withdrawn"
    assert call(client, world.end_user, "GET", f"{path}/registrations").status_code == 403
    assert call(client, make_world("vermont").end_user, "GET", path).status_code == 404


@pytest.mark.rule("HUD-TR-3")
def test_attendance_by_community_and_period(client, world, travel):
    row = planned(client, world)
    travel(row.ends_at)
    fire_due()
    people = (world.end_user, world.other_end_user)
    committed(client, world, row, zoom(*((p.name, p.email, *WHOLE) for p in people)))
    days = "since=2026-12-02&until=2026-12-02&tz=America/Chicago"
    for query, count in (
        (f"?{days}&coc_id={world.coc.id}", 2),
        (f"?{days}&coc_id=999999", 0),
        ("?since=2026-12-03&until=2026-12-04&tz=America/Chicago", 0),
        ("", 2),
    ):
        assert len(call(client, world.manager, "GET", f"/attendance{query}").json["items"]) == count, query
    (own,) = call(client, world.administrator, "GET", "/attendance").json["items"]
    assert (own["person_id"], own["attended_seconds"], own["is_credited"]) == (world.end_user.id, 7200, True)
    detail = call(client, world.end_user, "GET", f"/attendance/{own['id']}").json
    assert detail["explanation"]["rule"] == "VT-TR-6"
    assert call(client, world.other_end_user, "GET", f"/attendance/{own['id']}").status_code == 404
    assert call(client, world.manager, "GET", "/attendance?tz=Nowhere").status_code == 422


def test_the_trainers_list_and_a_decision_against_the_arithmetic(client, world, travel):
    row = planned(client, world)
    number, path = row.id, f"/training-sessions/{row.id}/attendance"
    call(client, world.end_user, "POST", f"/training-sessions/{number}/registration")
    named = {"people": [{"person_id": world.end_user.id}]}
    assert call(client, world.trainer, "PUT", path, json=named).status_code == 409, "it has not taken place"
    travel(row.ends_at)
    half = {"person_id": world.end_user.id, "until": row.starts_at.isoformat()}
    refused = call(client, world.trainer, "PUT", path, json={"people": [half]})
    assert (refused.status_code, "before they came" in refused.json["detail"]) == (422, True)
    stranger = make_world("vermont").end_user
    assert call(client, world.trainer, "PUT", path, json={"people": [{"person_id": stranger.id}]}).status_code == 422
    assert call(client, world.administrator, "PUT", path, json=named).status_code == 403
    told = call(client, world.trainer, "PUT", path, json=named).json["items"]
    assert [(one["person_id"], one["earns"], one["is_credited"]) for one in told] == [(world.end_user.id, True, True)]
    decide = f"/attendance/{told[0]['id']}/override"
    no = {"decision": "no-credit", "reason": "Asleep."}
    assert call(client, world.administrator, "POST", decide, json=no).status_code == 403
    decided = call(client, world.trainer, "POST", decide, json=no).json
    assert (decided["earns"], decided["is_credited"], decided["override_reason"]) == (True, False, "Asleep.")
    bad = call(client, world.trainer, "POST", decide, json={"decision": "maybe", "reason": "x"})
    assert bad.status_code == 422
