"""Tickets and the desk by program: the acts of the pages with the refusals of the pages."""

from __future__ import annotations

import pytest

from core.db import db, unit_of_work
from core.people.models import StaffRole
from helpdesk.desk.models import TimeSpent
from helpdesk.tickets import services as verbs
from tests.desk.acting import posted
from tests.support.factories import make_staff, make_world
from tests.support.signing_in import api_headers
from tests.tickets.acting import fresh, mails, messages_of, opened

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


@pytest.fixture
def call(client, world):
    """Send to the API as somebody; an act is a POST, looking is a GET."""
    headers = {}

    def to(person, path, sent=None, key="", method="post"):
        mine = headers.setdefault(person.id, api_headers(person))
        with_key = {**mine, "Idempotency-Key": key} if key else mine
        answer = client.open(f"/api/v1{path}", method=method, json=sent, headers=with_key)
        db.session.expire_all()
        return answer

    return to


def at_lead(world, at_noon):
    ticket = opened(world)
    with unit_of_work():
        verbs.forward_up(ticket, world.administrator, "Up", at_noon)
    return ticket


def test_each_act_of_a_tickets_page_is_one_of_the_api(call, world, at_noon):
    ticket = at_lead(world, at_noon)
    here, agent = f"/tickets/{ticket.id}", world.agent
    acts = [
        ("/notes", {"text": "Third one."}, 201, "open"),
        ("/assign", {"person_id": agent.id}, 201, "open"),
        ("/priority", {"priority": "high"}, 201, "open"),
        ("/priority", {"priority": "high"}, 409, "open"),
        ("/ask-vendor", {"text": "Saving fails with error 500."}, 201, "with-vendor"),
        ("/hand-back", {"reason": "It is ours."}, 201, "open"),
        ("/calls", {"reason": "No answer."}, 409, "open"),
        ("/replies", {"text": "Clear the cache."}, 201, "answered"),
        ("/calls", {"reason": "No answer."}, 201, "answered"),
        ("/decline", {"reason": "It is the copier."}, 201, "declined"),
        ("/assign", {"person_id": None}, 409, "declined"),
        ("/reopen", {"reason": "It is back."}, 201, "open"),
    ]
    for path, sent, status, state in acts:
        answer = call(agent, here + path, sent)
        now = "open" if (row := fresh(ticket.id)).state == "new" else row.state
        assert (answer.status_code, now) == (status, state), (path, answer.json)
    assert (fresh(ticket.id).priority, fresh(ticket.id).holder_person_id) == ("high", agent.id)


def test_the_same_key_is_one_act_and_a_page_that_refuses_has_an_api_that_refuses(call, world, at_noon):
    ticket = at_lead(world, at_noon)
    here = f"/tickets/{ticket.id}"
    for _ in range(2):
        assert call(world.agent, f"{here}/notes", {"text": "Once."}, "once-only-1").status_code == 201
    assert [said.text for said in messages_of(ticket)].count("Once.") == 1
    other = {"text": "Another."}
    assert call(world.agent, f"{here}/notes", other, "once-only-1").status_code == 409
    with_name = call(world.agent, f"{here}/notes", {"text": "SSN 123-45-6789"})
    assert with_name.status_code == 422
    assert call(world.administrator, f"{here}/notes", other).status_code == 403
    assert call(world.administrator, f"{here}/priority", {"priority": "low"}).status_code == 403
    assert call(world.administrator, f"{here}/ask-vendor", other).status_code == 403
    assert call(world.other_end_user, f"{here}/reopen", {"reason": "Mine."}).status_code == 404
    assert call(world.agent, f"{here}/assign", {"person_id": world.end_user.id}).status_code == 422
    assert call(world.agent, f"{here}/assign", {"person_id": 9999}).status_code == 404
    assert call(world.agent, f"{here}/priority", {"priority": "soon"}).status_code == 422


def test_tags_time_and_watchers(call, world, at_noon):
    ticket = at_lead(world, at_noon)
    here = f"/tickets/{ticket.id}"
    assert call(world.agent, f"{here}/tags", {"tag": "Cache Trouble"}).json["tags"] == ["cache-trouble"]
    for _ in range(2):
        assert call(world.agent, f"{here}/time", {"minutes": 15}, "minutes-15").json["minutes"] == 15
    assert len(db.session.query(TimeSpent).all()) == 1
    for minutes, status in ((0, 422), (1, 201), (1440, 201), (1441, 422)):
        assert call(world.agent, f"{here}/time", {"minutes": minutes}).status_code == status, minutes
    assert call(world.end_user, f"{here}/watchers", {}).status_code == 204
    assert call(world.end_user, f"{here}/watchers", {"person_id": world.director.id}).status_code == 403
    assert call(world.agent, f"{here}/watchers", {"person_id": world.other_end_user.id}).status_code == 422
    assert call(world.agent, f"{here}/watchers", {"person_id": world.director.id}).status_code == 204
    kept = call(world.agent, f"{here}/desk", method="get").json
    assert set(kept["watcher_ids"]) == {world.end_user.id, world.director.id}
    assert call(world.director, f"{here}/watchers/remove", {}).status_code == 204
    assert call(world.agent, f"{here}/tags/remove", {"tag": "Cache Trouble"}).json["tags"] == []
    assert call(world.end_user, f"{here}/desk", method="get").status_code == 403


def test_a_list_narrows_and_sorts_as_the_page_does(call, world, at_noon):
    first, second = at_lead(world, at_noon), opened(world)
    call(world.agent, f"/tickets/{first.id}/assign", {"person_id": world.agent.id})
    call(world.agent, f"/tickets/{first.id}/priority", {"priority": "high"})
    call(world.agent, f"/tickets/{first.id}/tags", {"tag": "cache"})

    def numbers(query):
        answer = call(world.agent, f"/tickets?{query}", method="get")
        assert answer.status_code == 200, answer.json
        return [one["id"] for one in answer.json["items"]]

    for narrow in ("assignee=me", "priority=high", "tag=cache", f"q={first.id}", "tier=hmis-lead"):
        assert numbers(narrow) == [first.id], narrow
    assert numbers("assignee=nobody") == [second.id]
    assert set(numbers("view=needs-action&agency=Harbor")) == {first.id, second.id}
    assert numbers("view=closed") == numbers("mine=true") == numbers("agency=Casa") == []
    assert sorted(numbers("sort=age")) == [first.id, second.id]
    assert numbers("sort=due") == [], "nothing is promised here, so nothing is due"
    for wrong in ("view=most", "sort=size", "state=odd"):
        assert call(world.agent, f"/tickets?{wrong}", method="get").status_code == 422


def test_lists_under_a_name_and_macros_with_their_preview(call, world, at_noon, client):
    ticket = at_lead(world, at_noon)
    kept = call(world.agent, "/views", {"name": "Hot", "filters": {"priority": "urgent"}, "shared": True})
    assert kept.status_code == 201, kept.json
    assert kept.json["owner_id"] is None
    assert call(world.manager, "/views", method="get").json["items"] == [kept.json]
    assert call(world.agent, "/views", {"name": "Odd", "filters": {"color": "red"}}).status_code == 422
    assert call(world.manager, f"/views/{kept.json['id']}/remove").status_code == 403
    assert call(world.agent, f"/views/{kept.json['id']}/remove").status_code == 204
    steps = {"name": "Cache", "whose": "shared", "priority": "high", "assign": "me", "reply": 0, "close": "Old cache."}
    posted(client, world.agent, "/desk/macros/new", **steps)
    (macro,) = call(world.agent, "/macros", method="get").json["items"]
    path = f"/tickets/{ticket.id}/macros/{macro['id']}"
    plan = call(world.agent, path, method="get").json
    assert plan["lines"] == ["Sets the priority to high.", "Assigns it to Ana Petrov.", "Closes it: Old cache."]
    for _ in range(2):
        done = call(world.agent, path, key="macro-once")
        assert (done.status_code, done.json["state"]) == (201, "closed")
    assert len(mails("ticket-closed")) == 1
    elsewhere = make_staff(make_world("missouri").lead, StaffRole.AGENT)
    assert call(elsewhere, path).status_code == 404
