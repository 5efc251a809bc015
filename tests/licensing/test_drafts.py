"""Requests that are kept before they are sent: one's own alone, taken up on any device, gone once sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.db import db
from licensing.access.drafts import KEPT, MOST
from licensing.access.models import AccessDraft, AccessRequest
from tests.licensing.acting import ask, asked, read, words
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def keep(client, world, **values):
    return ask(client, world.representative, asked(None, keep="1", is_of_age=None, **values))


def drafts():
    db.session.expire_all()
    return list(db.session.scalars(select(AccessDraft).order_by(AccessDraft.id)))


def test_a_draft_is_kept_taken_up_and_gone_once_it_is_sent(client, world):
    answer = keep(client, world, once="k1", email="", employment="", job_title="Caseworker")
    assert (answer.status_code, answer.location) == (302, "/access")
    [row] = drafts()
    assert (row.values["name"], row.values["job_title"], row.once) == ("Lena Chen", "Caseworker", "k1")
    assert db.session.scalar(select(func.count()).select_from(AccessRequest)) == 0
    page = read(client, world.representative, "/access")
    assert "Your drafts" in page
    assert "Lena Chen" in page
    form = client.get(f"/access/new?draft={row.id}").get_data(as_text=True)
    assert 'value="Lena Chen"' in form
    assert 'value="k1"' in form
    assert keep(client, world, once="k1", name="Lena A. Chen").status_code == 302
    assert [one.values["name"] for one in drafts()] == ["Lena A. Chen"], "the same form replaces what was kept"
    assert ask(client, world.representative, asked(world.project, once="k1")).status_code == 302
    assert drafts() == []
    assert "Your drafts" not in read(client, world.representative, "/access")


def test_what_was_sent_is_not_kept_again(client, world):
    assert ask(client, world.representative, asked(world.project, once="k1")).status_code == 302
    answer = keep(client, world, once="k1")
    assert answer.status_code == 409
    assert "This form was sent before" in words(answer)
    assert drafts() == []


@pytest.mark.parametrize("who", ["other_representative", "administrator", "manager", "director"])
def test_nobody_else_sees_it_or_discards_it(client, world, who):
    keep(client, world)
    [row] = drafts()
    person = getattr(world, who)
    if who != "manager":
        assert "Your drafts" not in read(client, person, "/access")
    assert sign_in(client, person).get(f"/access/new?draft={row.id}").status_code in (403, 404)
    assert client.post(f"/access/drafts/{row.id}/discard").status_code in (403, 404)
    assert sign_in(client, world.representative).post(f"/access/drafts/{row.id}/discard").status_code == 302
    assert drafts() == []


@pytest.mark.rule("MO-HD-5")
def test_what_looks_like_a_clients_data_is_not_kept_and_nothing_typed_is_lost(client, world):
    answer = keep(client, world, name="Lena Chen", job_title="SSN 512-60-9981")
    assert answer.status_code == 422
    assert "looks like a client's SSN" in words(answer)
    assert 'value="Lena Chen"' in answer.get_data(as_text=True)
    assert drafts() == []


def test_an_empty_form_is_no_draft(client, world):
    answer = keep(client, world, name="", email="", job_title="")
    assert (answer.status_code, "Nothing is typed yet." in words(answer)) == (422, True)


@pytest.mark.parametrize(("more", "is_there"), [(timedelta(seconds=-1), True), (timedelta(), False)])
def test_it_is_kept_for_ninety_days(client, world, travel, at_noon, more, is_there):
    keep(client, world)
    travel(at_noon + KEPT + more)
    assert ("Your drafts" in read(client, world.representative, "/access")) == is_there
    keep(client, world, name="Somebody else")
    assert len(drafts()) == 1 + is_there


def test_there_is_an_end_to_how_many(client, world):
    for number in range(MOST):
        assert keep(client, world, once=f"d{number}").status_code == 302
    answer = keep(client, world, once="one-more")
    assert (answer.status_code, f"You have {MOST} drafts already." in words(answer)) == (409, True)
    assert keep(client, world, once="d0").status_code == 302


def test_by_api_a_draft_is_kept_listed_sent_and_discarded(client, world):
    headers = api_headers(world.representative)
    given = {"agency_id": world.agency.id, "name": "Lena Chen", "project_ids": [world.project.id]}
    kept = client.post("/api/v1/access-drafts", json=given, headers={**headers, "Idempotency-Key": "draft-key-1"})
    assert kept.status_code == 201, kept.json
    assert kept.json["values"]["projects"] == [str(world.project.id)]
    assert [one["id"] for one in client.get("/api/v1/access-drafts", headers=headers).json["items"]] == [
        kept.json["id"]
    ]
    other = api_headers(world.other_representative)
    assert client.get("/api/v1/access-drafts", headers=other).json["items"] == []
    path = f"/api/v1/access-drafts/{kept.json['id']}/discarding"
    assert client.post(path, headers=other).status_code == 404
    assert client.post(path, headers=headers).status_code == 204
    assert drafts() == []
    refused = client.post("/api/v1/access-drafts", json=given | {"name": "SSN 512-60-9981"}, headers=headers)
    assert (refused.status_code, refused.json["field"], refused.json["rule"]) == (422, "name", "MO-HD-5")
