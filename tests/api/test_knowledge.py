from __future__ import annotations

import pytest

from tests.knowledge.acting import NEXT_YEAR, made
from tests.support.factories import make_world
from tests.support.signing_in import api_headers

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def given(world, **values):
    return {
        "title": "Bed lists",
        "body": "On the **second** tab.",
        "coc_id": world.coc.id,
        "kind": "faq",
        "owner_id": world.agent.id,
        "review_on": NEXT_YEAR.isoformat(),
        **values,
    }


def test_an_article_is_written_published_found_changed_and_retired(client, world):
    staff, reader = api_headers(world.agent), api_headers(world.end_user)
    written = client.post("/api/v1/articles", json=given(world, tags=["Beds"]), headers=staff)
    assert written.status_code == 201, written.text
    assert (written.json["state"], written.json["version"], written.json["tags"]) == ("draft", 1, ["beds"])
    url = f"/api/v1/articles/{written.json['id']}"
    assert client.get(url, headers=reader).status_code == 404
    assert client.post(f"{url}/publication", headers=staff).json["state"] == "published"
    assert client.get(url, headers=reader).json["body"] == "On the **second** tab."
    [found] = client.get("/api/v1/articles?q=second", headers=reader).json["items"]
    assert found["title"] == "Bed lists"
    assert "second" in found["headline"]
    answered = client.post("/api/v1/articles/suggestions", json={"text": "the bed list"}, headers=reader)
    [suggested] = answered.json["items"]
    assert suggested["id"] == written.json["id"]
    change = given(world, title="Bed lists today", version=2, why="Clearer.")
    assert client.put(url, json=change, headers=staff).json["version"] == 3
    versions = client.get(f"{url}/versions", headers=staff).json["items"]
    assert [(v["number"], v["why"]) for v in versions] == [(3, "Clearer."), (2, "Published."), (1, "First version.")]
    assert client.get(f"{url}/versions", headers=reader).status_code == 403
    retired = client.post(f"{url}/retirement", json={"because": "Old."}, headers=staff)
    assert retired.json["state"] == "retired"
    told = client.get(url, headers=reader).json
    assert (told["state"], told["retired_because"], told["body"]) == ("retired", "Old.", "")


def test_a_change_of_what_has_changed_meanwhile_is_refused_with_who_did_it(client, world):
    article = made(world)
    url, staff = f"/api/v1/articles/{article.id}", api_headers(world.agent)
    assert client.put(url, json=given(world, version=2, why="First."), headers=staff).status_code == 200
    late = client.put(url, json=given(world, version=2, why="Second.", body="Mine."), headers=api_headers(world.admin))
    assert late.status_code == 409
    assert late.json["detail"].startswith("Ana Petrov changed")


@pytest.mark.rule("MO-HD-7")
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "video"}, "kind"),
        ({"review_on": "2026-11-19"}, "review_on"),
        ({"owner_id": 424242}, "owner_id"),
        ({"coc_id": 424242}, "coc_id"),
        ({"coc_id": None}, "coc_id"),
        ({"body": "Client SSN 123-45-6789"}, "body"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(client, world, values, field):
    answer = client.post("/api/v1/articles", json=given(world, **values), headers=api_headers(world.manager))
    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_the_same_key_is_one_article(client, world):
    headers = {**api_headers(world.agent), "Idempotency-Key": "one-article-only"}
    first, second = (client.post("/api/v1/articles", json=given(world), headers=headers) for _ in range(2))
    assert first.json["id"] == second.json["id"]


def test_how_readers_voted_is_for_staff(client, world):
    article = made(world)
    url = f"/api/v1/articles/{article.id}"
    voted = client.post(f"{url}/vote", json={"helpful": False, "word": "Too long"}, headers=api_headers(world.end_user))
    assert (voted.status_code, voted.json["unhelpful"]) == (200, 0)
    assert client.get(url, headers=api_headers(world.agent)).json["unhelpful"] == 1


def test_lists_go_on_where_the_cursor_says(client, world):
    for n in range(27):
        made(world, title=f"Article {n}")
    headers = api_headers(world.end_user)
    first = client.get("/api/v1/articles", headers=headers).json
    second = client.get("/api/v1/articles", query_string={"after": first["next"]}, headers=headers).json
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert (len(ids), len(set(ids)), second["next"]) == (27, 27, None)
