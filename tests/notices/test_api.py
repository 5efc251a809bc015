from __future__ import annotations

import pytest

from core.db import db
from helpdesk.notices.models import Notice, NoticeUpdate, ReadBy
from tests.notices.acting import notice, people_told, sent
from tests.notices.test_reading import mine
from tests.support.factories import make_coc, make_lead, make_world
from tests.support.signing_in import api_headers

pytestmark = pytest.mark.usefixtures("app", "at_noon")

OUTAGE = {
    "kind": "outage",
    "title": "Away",
    "text": "The HMIS is **away**.",
    "discovered_at": "2026-11-20T18:00:00Z",
    "asks_reading": True,
}


@pytest.fixture
def world():
    return make_world("sacramento")


def call(client, person, method, path, json=None, key=""):
    headers = api_headers(person) | ({"Idempotency-Key": key} if key else {})
    return client.open(f"/api/v1{path}", method=method, json=json, headers=headers)


def test_written_sent_updated_and_read(client, world):
    """Each act twice under its own key is one act."""
    made = [call(client, world.agent, "POST", "/notices", OUTAGE, key="first-key").json for _ in range(2)]
    assert made[0] == made[1]
    assert (made[0]["state"], made[0]["recipients"]) == ("draft", 0)
    path = f"/notices/{made[0]['id']}"
    sendings = [call(client, world.agent, "POST", f"{path}/sending", key="second-key") for _ in range(2)]
    assert [answer.status_code for answer in sendings] == [201, 201]
    assert sendings[0].json["sent_at"] == "2026-11-20T18:00:00Z"
    told = people_told(notice(made[0]["id"]))
    assert len(told) == sendings[1].json["recipients"]
    more = {"text": "Half is back."}
    for _ in range(2):
        assert call(client, world.agent, "POST", f"{path}/updates", more, key="third-key").status_code == 201
    seen = call(client, world.end_user, "GET", path).json
    assert [update["text"] for update in seen["updates"]] == [OUTAGE["text"], "Half is back."]
    assert seen["acknowledged_at"] is None
    read = call(client, world.end_user, "POST", f"{path}/acknowledgement")
    assert read.json["acknowledged_at"] == "2026-11-20T18:00:00Z"
    assert mine(notice(made[0]["id"]), world.end_user).read_by is ReadBy.API
    over = call(client, world.agent, "POST", f"{path}/updates", {"text": "All is back.", "is_resolved": True})
    assert over.json["state"] == "resolved"


def test_a_second_sending_and_a_change_too_late(client, world):
    row = sent(client, world.agent)
    answer = call(client, world.agent, "POST", f"/notices/{row.id}/sending")
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert "nobody gets it twice" in answer.json["detail"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"discovered_at": None}, "discovered"),
        ({"discovered_at": "2026-11-20T18:00:01Z"}, "discovered"),
        ({"text": "SSN 219-09-9999"}, "text"),
        ({"kind": "maintenance"}, "ends"),
        ({"kind": "gossip"}, "kind"),
        ({"audience": {"groups": []}}, "audience.groups"),
        ({"remind_days": 0}, "remind_days"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_used_is_said(client, world, values, field):
    answer = call(client, world.agent, "POST", "/notices", {**OUTAGE, **values})
    assert (answer.status_code, answer.json["field"]) == (422, field)
    assert db.session.query(Notice).count() == db.session.query(NoticeUpdate).count() == 0


def test_a_time_without_an_offset_is_the_leads_own(client, world):
    made = call(client, world.agent, "POST", "/notices", {**OUTAGE, "discovered_at": "2026-11-20T11:30:00"}).json
    assert made["discovered_at"] == "2026-11-20T17:30:00Z"


def test_another_leads_places_and_offices_are_not_there(client, world):
    far = make_lead()
    answer = call(client, world.agent, "POST", "/notices", {**OUTAGE, "lead_id": far.id})
    assert answer.status_code == 404
    places = {"coc_ids": [make_coc(far).id]}
    answer = call(client, world.agent, "POST", "/notices", {**OUTAGE, "audience": places})
    assert (answer.status_code, answer.json["field"]) == (422, "coc_ids")


def test_the_lists(client, world):
    row = sent(client, world.agent, "newsletter", title="News", agency_ids=[world.agency.id])
    draft = call(client, world.agent, "POST", "/notices", OUTAGE).json["id"]

    def listed(person, query=""):
        return [item["id"] for item in call(client, person, "GET", f"/notices{query}").json["items"]]

    assert listed(world.agent) == [draft, row.id]
    assert listed(world.agent, "?kind=newsletter") == listed(world.agent, "?state=sent") == [row.id]
    assert listed(world.agent, "?shown=received") == []
    assert listed(world.end_user) == [row.id]
    assert listed(world.other_end_user) == []
