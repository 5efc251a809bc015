"""A started cycle that the Lead lets go on no longer."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.audit import AuditEvent, verify
from core.db import db, unit_of_work
from licensing.access.models import LicenseState
from tests.licensing.acting import read, words
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in
from tests.training.acting import did, make_course
from tests.training.recertification.acting import PATH, license_of, licensed, owes, start, started, states, sweep
from training.courses.completions import revoke
from training.courses.models import Completion
from training.recertification import jobs
from training.recertification.models import Campaign
from training.recertification.rules import CampaignState, Owes

CENTRAL = ZoneInfo("America/Chicago")
BEGAN = datetime(2026, 10, 1, 9, tzinfo=CENTRAL)
OVER = datetime(2026, 11, 1, tzinfo=CENTRAL)
LONG_AGO = datetime(2025, 6, 1, tzinfo=CENTRAL)
RECERT, REFRESH = "recertification:holders", "refresher-training:holders"
REASON = "It was started with the wrong day."


@pytest.fixture
def world(app, travel):
    travel(BEGAN.astimezone(UTC))
    return make_world("missouri")


def stop(client, by, row, reason=REASON):
    return sign_in(client, by).post(f"{PATH}/{row.id}/stop", data={"once": "s", "reason": reason})


def again(row):
    db.session.expire_all()
    return db.session.get_one(Campaign, row.id)


@pytest.mark.rule("MO-TR-8")
def test_a_stopped_cycle_is_owed_by_nobody_and_gives_the_license_back(client, world, travel):
    held = licensed(world.end_user, world.agency, LONG_AGO)
    row = started(client, world, RECERT)
    course = make_course(world.lead, counts=["security-and-privacy"])
    did(world.end_user.id, course)
    travel(OVER.astimezone(UTC))
    jobs.lapse_due()
    assert license_of(held).state is LicenseState.SUSPENDED
    assert stop(client, world.trainer, row).status_code == 403
    for reason in ("", "SSN 123-45-6789 is hers"):
        refused = stop(client, world.manager, row, reason)
        assert (refused.status_code, "Stop it" in words(refused)) == (422, True)
    assert again(row).state is CampaignState.OPEN
    for _ in range(2):
        assert stop(client, world.manager, row).status_code == 302
    assert stop(client, world.manager, row, "Another reason.").status_code == 409
    assert (again(row).state, again(row).stop_reason, again(row).stopped_by_id) == (
        CampaignState.OVER, REASON, world.manager.id,
    )  # fmt: skip
    assert license_of(held).state is LicenseState.ACTIVE
    before = states(world.end_user)
    assert set(before.values()) == {Owes.MET, Owes.ENDED}
    proof = db.session.scalars(select(Completion).where(Completion.course_id == course.id)).one()
    with unit_of_work():
        revoke(db.session.get_one(Completion, proof.id), world.admin.id, "It was another person.", OVER)
    sweep()
    assert states(world.end_user) == before, "what was done is not asked again either"
    assert license_of(held).state is LicenseState.ACTIVE
    page = read(client, world.trainer, f"{PATH}/{row.id}")
    assert "Mina Cole stopped it" in page
    assert f"{REASON} Nobody owes anything of it since then." in page
    assert "No longer owed" in read(client, world.end_user, f"{PATH}/obligations/{owes(world.end_user)[0].id}")
    told = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "campaign.stopped")).all()
    assert [(one.subject_id, one.data["reason"]) for one in told] == [(row.id, REASON)]
    with unit_of_work():
        assert list(verify()) == []


def test_who_is_late_with_something_else_too_stays_locked_out_and_the_cycle_can_be_started_again(client, world, travel):
    held = licensed(world.end_user, world.agency, LONG_AGO)
    row, other = started(client, world, RECERT), started(client, world, REFRESH, grace_on="2026-10-31")
    travel(OVER.astimezone(UTC))
    jobs.lapse_due()
    assert stop(client, world.manager, row).status_code == 302
    assert license_of(held).state is LicenseState.SUSPENDED
    assert stop(client, world.manager, other).status_code == 302
    assert license_of(held).state is LicenseState.ACTIVE
    answer = start(client, world.admin, world, RECERT, once="anew", grace_on="2026-11-20")
    assert answer.status_code == 302
    assert set(states(world.end_user).values()) == {Owes.OWED, Owes.ENDED} or len(owes(world.end_user)) > 3
    anew = again(db.session.get_one(Campaign, int(answer.location.rsplit("/", 1)[1])))
    assert (anew.id != row.id, anew.state, anew.period_from) == (True, CampaignState.OPEN, again(row).period_from)


@pytest.mark.rule("MO-TR-8")
def test_a_cycle_is_stopped_by_api_once(client, world):
    licensed(world.end_user, world.agency, LONG_AGO)
    row = started(client, world, RECERT)
    path = f"/api/v1/training/campaigns/{row.id}/stop"
    assert client.post(path, json={"reason": REASON}, headers=api_headers(world.trainer)).status_code == 403
    for _ in "ab":
        told = client.post(path, json={"reason": REASON}, headers=api_headers(world.manager))
        assert (told.status_code, told.json["state"], told.json["stop_reason"]) == (200, "over", REASON)
    other = client.post(path, json={"reason": "Another reason."}, headers=api_headers(world.manager))
    assert other.status_code == 409
    assert client.post(path, json={"reason": ""}, headers=api_headers(world.manager)).status_code == 422
    assert set(states(world.end_user).values()) == {Owes.ENDED}


def test_what_is_left_day_by_day_by_api(client, world, travel):
    licensed(world.end_user, world.agency, LONG_AGO)
    row = started(client, world, RECERT)
    travel(BEGAN.replace(day=3).astimezone(UTC))
    did(world.end_user.id, make_course(world.lead, counts=["data-standards"]))
    path = f"/api/v1/training/campaigns/{row.id}/burn-down"
    told = client.get(path, headers=api_headers(world.agent)).json["items"]
    assert [(one["day"], one["left"]) for one in told] == [("2026-10-01", 3), ("2026-10-02", 3), ("2026-10-03", 2)]
    assert client.get(path, headers=api_headers(world.administrator)).status_code == 403
