"""Support addresses, own questions and reviews of duplicates through the API, and in the search box."""

from __future__ import annotations

import pytest

from helpdesk.intake import reviews
from tests.licensing.acting import words
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in

LINE = {"address": "training@desk.test", "name": "Training desk", "category": "training"}
QUESTION = {"category": "problem", "kind": "choice", "label": "Your browser", "choices": ["Edge", "Firefox"]}


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", "America/Los_Angeles")


def call(client, person, method, path, **given):
    sent = {"json": given} if given else {}
    return client.open(f"/api/v1{path}", method=method, headers=api_headers(person), **sent)


def search(client, person, text):
    sign_in(client, person)
    return words(client.get("/search", query_string={"q": text}))


def test_an_address_is_added_once_changed_and_found(client, world):
    first, again = (call(client, world.admin, "POST", "/support-addresses", **LINE) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    number = first.json["id"]
    assert again.json["id"] == number
    changed = call(client, world.admin, "PUT", f"/support-addresses/{number}", **LINE | {"is_active": False})
    assert changed.json["is_active"] is False
    assert [row["address"] for row in call(client, world.admin, "GET", "/support-addresses").json["items"]] == [
        "training@desk.test"
    ]
    assert "training@desk.test" in search(client, world.admin, "training@")
    assert "training@desk.test" not in search(client, world.agent, "training@")


@pytest.mark.parametrize(
    ("wrong", "field"), [({"address": "no address"}, "address"), ({"coc_id": 999_999}, "coc"), ({"name": " "}, "name")]
)
def test_an_address_that_cannot_be_is_refused_at_its_field(client, world, wrong, field):
    answer = call(client, world.admin, "POST", "/support-addresses", **LINE | wrong)
    assert answer.status_code == 422
    assert field in answer.json.get("field", "") + str(answer.json.get("errors", ""))


def test_a_question_is_asked_reworded_moved_retired_and_asked_again(client, world):
    first, again = (call(client, world.admin, "POST", "/own-questions", **QUESTION) for _ in range(2))
    number = first.json["id"]
    assert (first.status_code, again.json["id"], first.json["key"]) == (201, number, "your_browser")
    second = call(
        client, world.admin, "POST", "/own-questions", category="problem", kind="text", label="Since which day"
    )
    assert call(client, world.admin, "POST", f"/own-questions/{second.json['id']}/up").json["position"] == 1
    reworded = call(client, world.admin, "PUT", f"/own-questions/{number}", label="Browser", choices=["Edge", "Other"])
    assert (reworded.json["label"], reworded.json["key"]) == ("Browser", "your_browser")
    assert "Browser" in search(client, world.admin, "brows")
    assert "Browser" not in search(client, world.agent, "brows")
    assert call(client, world.admin, "POST", f"/own-questions/{number}/retire").json["retired_at"]
    assert call(client, world.admin, "POST", f"/own-questions/{number}/retire").status_code == 409
    assert call(client, world.admin, "POST", f"/own-questions/{number}/bring-back").json["retired_at"] is None
    asked = {row["label"] for row in call(client, world.admin, "GET", "/own-questions").json["items"]}
    assert asked == {"Browser", "Since which day"}


@pytest.mark.rule("MO-HD-5")
def test_a_question_for_a_clients_data_is_refused(client, world):
    answer = call(client, world.admin, "POST", "/own-questions", category="problem", kind="text", label="Client's SSN")
    assert (answer.status_code, answer.json["rule"]) == (422, "MO-HD-5")


@pytest.mark.rule("SON-HD-6")
def test_a_review_of_duplicates_is_done_once_and_the_next_counts_from_then(client, world):
    reviews.start_missing()
    (owed,) = call(client, world.agent, "GET", "/duplicate-reviews").json["items"]
    assert "Look for possible duplicates" in search(client, world.agent, "duplicates")
    assert "Look for possible duplicates" not in search(client, world.end_user, "duplicates")
    done = call(client, world.agent, "POST", f"/duplicate-reviews/{owed['id']}/done")
    assert world.agent.name in done.json["outcome"]
    assert call(client, world.agent, "POST", f"/duplicate-reviews/{owed['id']}/done").status_code == 409
    (following,) = call(client, world.agent, "GET", "/duplicate-reviews").json["items"]
    assert following["id"] != owed["id"]
    (past,) = call(client, world.agent, "GET", "/duplicate-reviews?done=true").json["items"]
    assert past["id"] == owed["id"]
