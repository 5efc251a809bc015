"""What the pages of licensing do, done by API: the same answers, and no client's data in what is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.people.models import Project
from licensing.access.models import AccessRequest
from licensing.access.rules import RequestState
from licensing.bulk.models import Batch, BatchState
from licensing.changes.models import LicenseChange
from licensing.disclosures.models import Disclosed
from tests.licensing.acting import give_license, lines_of, request_again, request_made
from tests.support.factories import make_project, make_world
from tests.support.signing_in import api_headers

SSN = "She is 512-60-9981."


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def send(client, person, path, key="", **given):
    headers = api_headers(person) | ({"Idempotency-Key": key} if key else {})
    return client.post(f"/api/v1{path}", json=given, headers=headers)


# ------------------------------------------------------------------ a disclosure


@pytest.mark.rule("VT-LI-4")
def test_a_disclosure_is_made_by_the_person_once_and_the_answer_says_nothing_of_it(client, app, at_noon):
    world = make_world("vermont", "America/New_York")
    said = {"agency_id": world.agency.id, "is_client": True, "has_family": False, "agrees": True}
    for _ in range(2):
        made = send(client, world.end_user, "/my-disclosures", "said-it-once", **said)
        assert made.status_code == 201, made.json
        assert set(made.json) == {"id", "agency_id", "at"}
    [row] = db.session.scalars(select(Disclosed)).all()
    assert (row.person_id, row.is_client, row.has_family) == (world.end_user.id, True, False)
    refused = send(client, world.end_user, "/my-disclosures", **said | {"agrees": False})
    assert (refused.status_code, refused.json["field"], refused.json["rule"]) == (422, "agrees", "VT-LI-4")
    elsewhere = send(client, world.end_user, "/my-disclosures", **said | {"agency_id": world.other_agency.id})
    assert (elsewhere.status_code, elsewhere.json["field"]) == (422, "agency_id")


def test_where_the_manual_does_not_ask_there_is_nothing_to_disclose(client, world):
    said = {"agency_id": world.agency.id, "is_client": False, "has_family": False, "agrees": True}
    assert send(client, world.end_user, "/my-disclosures", **said).status_code == 422


# ------------------------------------------------------------------ a list


def test_a_list_is_discarded_once_and_by_nobody_elses_agency(client, world):
    row = {"name": "Lena Chen", "email": "l.chen@agency.test", "employment": "paid-staff", "is_of_age": "yes"}
    made = send(client, world.representative, "/access-lists", agency_id=world.agency.id, rows=[row])
    assert made.status_code == 201, made.json
    path = f"/access-lists/{made.json['id']}/discarding"
    assert send(client, world.other_representative, path).status_code == 404
    assert send(client, world.manager, path).status_code == 403
    done = send(client, world.representative, path)
    assert (done.status_code, done.json["state"]) == (200, "discarded")
    assert send(client, world.representative, path).status_code == 409
    db.session.expire_all()
    assert db.session.get_one(Batch, made.json["id"]).state is BatchState.DISCARDED
    assert db.session.scalars(select(AccessRequest)).all() == []


# ------------------------------------------------------------------ protected projects, lines, withdrawing


def protect(project):
    with unit_of_work() as session:
        session.get_one(Project, project.id).is_protected = True


def test_a_protected_project_of_a_change_is_approved_by_who_is_named_for_it(client, world):
    nights = make_project(world.agency, "Nights")
    protect(nights)
    held = give_license(world.end_user, world.agency)
    asked = send(
        client, world.representative, f"/licenses/{held.id}/changes", kind="projects", reason="More work.",
        project_ids=[nights.id],
    )  # fmt: skip
    assert asked.status_code == 201, asked.json
    path = f"/license-changes/{asked.json['id']}/protected/{nights.id}"
    assert send(client, world.representative, path, reason="We want it.").status_code == 403
    refused = send(client, world.manager, path, reason=SSN)
    assert (refused.status_code, refused.json["field"], refused.json["rule"]) == (422, "reason", "MO-HD-5")
    done = send(client, world.manager, path, reason="She works there now.")
    assert done.status_code == 200, done.json
    db.session.expire_all()
    kept = db.session.get_one(LicenseChange, asked.json["id"]).approvals[str(nights.id)]
    assert (kept["by"], kept["reason"]) == (world.manager.name, "She works there now.")
    assert send(client, world.manager, path, reason="Again.").status_code == 409


def test_a_request_is_answered_for_line_by_line_approved_for_a_protected_project_and_withdrawn(client, world):
    nights = make_project(world.agency, "Nights")
    protect(nights)
    row = request_made(client, world, projects=[str(nights.id)])
    path = f"/access-requests/{row.id}"
    assert lines_of(row)[f"protected-{nights.id}"] == "missing"
    assert send(client, world.representative, f"{path}/protected/{nights.id}", reason="Please.").status_code == 403
    assert send(client, world.manager, f"{path}/protected/{nights.id}", reason="She works there.").status_code == 200
    assert lines_of(row)[f"protected-{nights.id}"] == "met"
    line = next(key for key, state in lines_of(row).items() if key == "training-complete")
    assert send(client, world.representative, f"{path}/confirmations/{line}", reason="Seen.").status_code == 403
    told = send(client, world.admin, f"{path}/confirmations/{line}", reason="Certificate of November 2.")
    assert told.status_code == 200, told.json
    assert lines_of(row)[line] == "met"
    assert send(client, world.admin, f"{path}/confirmations/manager-approval", reason="Yes.").status_code == 422
    assert send(client, world.manager, f"{path}/withdrawal").status_code == 403
    assert send(client, world.representative, f"{path}/withdrawal").status_code == 200
    assert request_again(row.id).state is RequestState.WITHDRAWN


# ------------------------------------------------------------------ no client's data


@pytest.mark.rule("MO-HD-5")
def test_a_clients_data_in_the_words_is_refused_as_on_the_page(client, world):
    held, agency = give_license(world.end_user, world.agency), world.agency
    row = request_made(client, world)
    day = f"{(clock.now() + timedelta(days=40)):%Y-%m-%d}"
    for person, path, given in (
        (world.representative, f"/licenses/{held.id}/changes", {"kind": "reporting", "reason": SSN}),
        (world.manager, f"/access-requests/{row.id}/decision", {"decision": "approve", "reason": SSN}),
        (world.admin, f"/access-requests/{row.id}/confirmations/training-complete", {"reason": SSN}),
        (world.admin, f"/licenses/{held.id}/suspicion", {"reason": SSN}),
        (world.admin, f"/licenses/{held.id}/unused/unlocking", {"reason": SSN}),
        (world.admin, f"/agencies/{agency.id}/ending", {"party": "agency", "last_day": day, "reason": SSN}),
        (world.admin, f"/agencies/{agency.id}/suspension", {"reason": SSN}),
    ):
        answer = send(client, person, path, **given)
        assert (answer.status_code, answer.json.get("rule")) == (422, "MO-HD-5"), (path, answer.json)
        assert answer.json["field"] == "reason"
        assert "512-60" not in answer.get_data(as_text=True)
    assert request_again(row.id).state is RequestState.REQUESTED
