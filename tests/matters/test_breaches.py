"""A breach is reported within a day of being known, or it is on record that it was not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.db import db
from core.deadlines import Deadline, State, fire_due
from helpdesk.matters.breaches import services
from helpdesk.matters.breaches.models import BreachReport
from tests.licensing.acting import read, words
from tests.matters.acting import once, send, status, told
from tests.support.factories import make_world
from tests.support.signing_in import api_headers

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def go(travel):
    def to(*parts: int, plus: int = 0) -> datetime:
        at = datetime(*parts, tzinfo=CHICAGO).astimezone(UTC) + timedelta(seconds=plus)
        travel(at)
        return at

    return to


@pytest.fixture
def world(app, go):
    go(2026, 11, 20, 12, 0)
    return make_world("missouri")


def note(client, by, **values):
    form = {
        "once": once(),
        "agency": "Harbor House",
        "known_on": "2026-11-20",
        "known_time": "09:00",
        "text": "A laptop with an open session was left in the hall.",
    }
    return send(client, by, "/breaches/new", form | values)


def noted(client, by, **values) -> BreachReport:
    answer = note(client, by, **values)
    assert answer.status_code == 302, words(answer)
    return again(int(answer.location.rsplit("/", 1)[1]))


def again(number: int) -> BreachReport:
    db.session.expire_all()
    return db.session.get_one(BreachReport, number)


def clock_of(row) -> Deadline:
    db.session.expire_all()
    return db.session.scalars(select(Deadline).where(Deadline.kind == services.NOTICE)).one()


@pytest.mark.rule("MO-HD-6")
@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, False), (1, True)])
def test_an_agency_reports_within_24_hours_of_knowing(client, world, go, seconds, late):
    go(2026, 11, 21, 9, 0, plus=seconds)
    row = noted(client, world.end_user)
    clock = clock_of(row)
    assert clock.due_at == datetime(2026, 11, 21, 9, 0, tzinfo=CHICAGO)
    assert clock.state is State.MET
    assert clock.was_late is late
    page = read(client, world.manager, f"/breaches/{row.id}")
    assert ("On time" in page) is not late
    assert "Data Breach" in page


@pytest.mark.rule("MO-HD-6")
def test_24_hours_are_elapsed_hours_when_the_clocks_change(client, world, go):
    go(2027, 3, 14, 12, 0)
    row = noted(client, world.director, known_on="2027-03-13", known_time="16:30")
    assert clock_of(row).due_at == datetime(2027, 3, 13, 22, 30, tzinfo=UTC) + timedelta(hours=24)


@pytest.mark.rule("MO-HD-6")
@pytest.mark.parametrize(("seconds", "missed"), [(0, False), (1, True)])
def test_what_the_lead_found_out_is_still_the_agencys_to_report(client, world, go, seconds, missed):
    row = noted(client, world.agent)
    assert row.reported_at is None
    assert "Report it" in read(client, world.director, "/")
    go(2026, 11, 21, 9, 0, plus=seconds)
    fire_due()
    assert clock_of(row).state is (State.FIRED if missed else State.PENDING)
    assert send(client, world.agent, f"/breaches/{row.id}/report", {}).status_code == 403
    assert send(client, world.director, f"/breaches/{row.id}/report", {}).status_code == 302
    assert send(client, world.director, f"/breaches/{row.id}/report", {}).status_code == 409
    assert clock_of(row).was_late is missed
    assert again(row.id).reported_by_id == world.director.id


def test_it_is_urgent_for_the_lead_until_somebody_has_seen_to_it(client, world):
    row = noted(client, world.end_user)
    assert {world.manager.email, world.admin.email, world.director.email} <= set(told())
    assert "Urgent: breach at Harbor House" in read(client, world.agent, "/")
    assert send(client, world.director, f"/breaches/{row.id}/close", {"outcome": "Done."}).status_code == 403
    assert send(client, world.agent, f"/breaches/{row.id}/close", {"outcome": ""}).status_code == 422
    assert send(client, world.agent, f"/breaches/{row.id}/close", {"outcome": "Session ended."}).status_code == 302
    second = send(client, world.admin, f"/breaches/{row.id}/close", {"outcome": "Another word."})
    assert second.status_code == 409
    assert "Another word." in second.text
    assert "Urgent: breach" not in read(client, world.agent, "/")
    assert "Session ended." in read(client, world.end_user, f"/breaches/{row.id}")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"known_on": "0001-01-02"}, "That is years ago. Check the year."),
        ({"known_on": "2026-11-21"}, "has not come yet"),
        ({"known_on": "soon"}, "This is not a date"),
        ({"text": ""}, "Say what happened"),
        ({"text": "It showed client Jane Miller."}, "Jane Miller"),
        ({"agency": "Casa Sol"}, "You do not work at an agency of that name. Name Harbor House."),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_lost(client, world, values, said):
    answer = note(client, world.end_user, **values)
    assert answer.status_code == 422
    assert said in words(answer)
    assert "laptop" in answer.text or "text" in values
    assert db.session.scalars(select(BreachReport)).all() == []


def test_another_agency_sees_nothing_of_it(client, world):
    row = noted(client, world.end_user)
    assert status(client, world.other_representative, f"/breaches/{row.id}") == 404
    assert status(client, world.other_end_user, f"/breaches/{row.id}") == 404
    assert "Harbor House" not in read(client, world.other_representative, "/breaches")


def test_the_same_form_twice_is_one_report(client, world):
    key = once()
    assert noted(client, world.end_user, once=key).id == noted(client, world.end_user, once=key).id


def test_without_a_limit_in_the_manual_no_clock_runs(client, app, go):
    go(2026, 11, 20, 12, 0)
    world = make_world("vermont", "America/New_York")
    row = noted(client, world.end_user)
    assert db.session.scalars(select(Deadline)).all() == []
    assert "sets no time limit" in read(client, world.end_user, f"/breaches/{row.id}")


def test_the_api_does_what_the_pages_do(client, world):
    user, agent = api_headers(world.end_user), api_headers(world.agent)
    sent = {"known_at": "2026-11-20T09:00:00-06:00", "text": "A lost key."}
    made = client.post("/api/v1/breaches", json=sent, headers=user)
    assert made.status_code == 201, made.text
    assert made.json["deadlines"][0]["was_late"] is False
    path = f"/api/v1/breaches/{made.json['id']}"
    assert client.post(f"{path}/report", headers=agent).status_code == 403
    assert client.post(f"{path}/close", json={"outcome": "Changed."}, headers=agent).json["closed_at"]
    assert [item["id"] for item in client.get("/api/v1/breaches", headers=user).json["items"]] == [made.json["id"]]
    later = {"known_at": "2026-11-21T09:00:00-06:00", "text": "Not yet."}
    assert client.post("/api/v1/breaches", json=later, headers=user).status_code == 422


def test_a_year_that_cannot_be_meant_is_refused_by_the_api_too(client, world):
    body = {"agency": "Harbor House", "known_at": "0001-01-01T00:00:00Z", "text": "A laptop was left in the hall."}
    answer = client.post("/api/v1/breaches", json=body, headers=api_headers(world.representative))
    assert (answer.status_code, answer.json["field"]) == (422, "known_at")
    assert answer.json["advice"] == "Check the year."
