"""How it was, by program: one's own answer, what requesters said, and the figures."""

from __future__ import annotations

import pytest

from tests.satisfaction.acting import closed
from tests.support.factories import World, make_world
from tests.support.signing_in import api_headers
from tests.tickets.acting import opened

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world() -> World:
    return make_world("missouri")


@pytest.mark.rule("HUD-HD-5")
def test_whoever_asked_says_how_it_was_and_the_desk_reads_and_counts_it(client, world):
    ticket = closed(client, world)
    mine, manager = api_headers(world.end_user), api_headers(world.manager)
    own = f"/api/v1/tickets/{ticket.id}/satisfaction"
    assert client.get(own, headers=mine).json["mark"] is None
    assert client.put(own, json={"mark": 6}, headers=mine).status_code == 422
    assert client.put(own, json={"mark": 2, "comment": "SSN 123-45-6789"}, headers=mine).status_code == 422
    assert client.put(own, json={"mark": 2, "comment": "It took long."}, headers=manager).status_code == 403
    for _ in range(2):
        said = client.put(own, json={"mark": 2, "comment": "It took long."}, headers=mine)
        assert (said.status_code, said.json["mark"], said.json["comment"]) == (200, 2, "It took long.")
    (row,) = client.get("/api/v1/satisfaction?view=look", headers=manager).json["items"]
    assert (row["ticket_id"], row["needs_look"]) == (ticket.id, True)
    look = f"/api/v1/satisfaction/{row['id']}/look"
    assert client.post(look, json={"text": "Spoke."}, headers=api_headers(world.agent)).status_code == 403
    for _ in range(2):
        assert client.post(look, json={"text": "Spoke."}, headers=manager).json["follow_up"] == "Spoke."
    assert client.post(look, json={"text": "Again."}, headers=manager).status_code == 409
    figures = client.get("/api/v1/satisfaction/figures?by=agency&until=2027-01-01T00:00:00Z", headers=manager).json
    assert figures["whole"]["said"] == figures["whole"]["low"] == 1
    assert [(one["label"], one["mean"]) for one in figures["items"]] == [(world.agency.name, 2.0)]
    odd = "/api/v1/satisfaction/figures?since=2027-01-02T00:00:00Z&until=2027-01-01T00:00:00Z"
    assert client.get(odd, headers=manager).status_code == 422
    assert (
        client.get(f"/api/v1/satisfaction/{row['id']}", headers=api_headers(make_world("sonoma").admin)).status_code
        == 404
    )


def test_what_was_never_closed_has_no_answer(client, world):
    ticket = opened(world)
    assert (
        client.get(f"/api/v1/tickets/{ticket.id}/satisfaction", headers=api_headers(world.end_user)).status_code == 404
    )
