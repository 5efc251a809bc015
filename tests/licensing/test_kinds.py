"""Kinds of requests beside the new one, the person's own history, and one license suspended on suspicion."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from core import clock
from core.audit import AuditEvent
from core.db import db, unit_of_work
from licensing.access.holds import hold
from licensing.access.models import AccessRequest, HoldKind, License, LicenseState
from licensing.access.rules import RequestKind
from tests.licensing.acting import (
    activate,
    ask,
    asked,
    confirm,
    confirm_all,
    decide,
    give_license,
    leaving,
    lines_of,
    mails,
    noted,
    read,
    request_again,
    request_made,
    words,
)
from tests.support.factories import make_project, make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.training.acting import begin, did, enrollment_of, make_course, make_series
from training.series.models import Enrollment

_once = count(1)
pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


@pytest.fixture
def sonoma(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


def fresh(model, number):
    row = db.session.get_one(model, number)
    db.session.refresh(row)
    return row


def moves_here(client, world, person, **values):
    return request_made(client, world, name=person.name, email=person.email, kind="transfer", **values)


@pytest.mark.rule("SON-LI-2")
def test_a_license_is_never_moved_one_ends_and_then_another_begins(client, sonoma):
    person = member(sonoma.other_agency, name="Otis Gray", email="otis@agency.test")
    before = give_license(person, sonoma.other_agency)
    row = moves_here(client, sonoma, person, level="agency-staff")
    assert row.kind is RequestKind.TRANSFER
    decide(client, sonoma.manager, row)
    confirm_all(client, sonoma.admin, row)
    assert lines_of(row)["former-license"] == "missing"
    page = read(client, sonoma.representative, f"/access/{row.id}")
    assert "Comes from another agency" in page
    assert "The license at the former agency is still in force." in page
    refused = activate(client, sonoma.manager, row)
    assert refused.status_code == 409
    assert "former license" in words(refused)

    noted(client, sonoma.other_representative, sonoma.other_agency, leaving(person, "2026-11-20", "09:00"))
    assert lines_of(row)["former-license"] == "met"
    assert activate(client, sonoma.manager, row).status_code == 302
    rows = db.session.scalars(select(License).where(License.person_id == person.id).order_by(License.id)).all()
    assert [(one.agency_id, one.state) for one in rows] == [
        (sonoma.other_agency.id, LicenseState.ENDED),
        (sonoma.agency.id, LicenseState.ACTIVE),
    ]
    assert rows[0].id == before.id


def test_a_transfer_of_somebody_without_a_license_elsewhere_is_refused_at_its_field(client, world):
    answer = ask(client, world.representative, asked(world.project, kind="transfer"))
    assert answer.status_code == 422
    assert "No license of this person at another agency is known here." in words(answer)
    assert 'value="Lena Chen"' in answer.get_data(as_text=True)
    assert db.session.scalar(select(AccessRequest)) is None


@pytest.mark.rule("MO-TR-10")
@pytest.mark.parametrize(("kind", "learns"), [("new", True), ("transfer", False)])
def test_who_comes_back_takes_the_series_again_and_who_only_moves_does_not(client, world, kind, learns):
    course = make_course(world.lead)
    make_series(world, course)
    asking = asked(make_project(world.other_agency), name="Otis Gray", email="otis@agency.test")
    first = request_again(int(ask(client, world.other_representative, asking).location.rsplit("/", 1)[1]))
    decide(client, world.manager, first)
    person = request_again(first.id).person
    begin(client, person, enrollment_of(person.id))
    did(person.id, course)
    confirm_all(client, world.admin, first, but="training-complete")
    assert activate(client, world.manager, first).status_code == 302
    noted(client, world.other_representative, world.other_agency, leaving(person, "2026-11-20", "11:00"))
    row = request_made(client, world, name=person.name, email=person.email, kind=kind)
    assert row.kind is (RequestKind.RETURN if learns else RequestKind.TRANSFER)
    assert decide(client, world.manager, row).status_code == 302
    mine = db.session.scalars(select(Enrollment).where(Enrollment.ground_id == row.id)).all()
    assert bool(mine) is learns
    assert all(one.is_returning for one in mine)
    assert lines_of(row)["training-complete"] == ("missing" if learns else "met")


@pytest.mark.rule("MO-CO-4")
def test_who_left_after_a_violation_anywhere_waits_for_the_leads_word(client, world):
    person = member(world.other_agency, name="Otis Gray", email="otis@agency.test")
    give_license(person, world.other_agency)
    noted(client, world.agent, world.other_agency, leaving(person, "2026-11-20", "11:00", reason="violation"))
    row = request_made(client, world, name=person.name, email=person.email)
    assert lines_of(row)["history"] == "missing"
    page = read(client, world.representative, f"/access/{row.id}")
    assert "Earlier access of this person ended after a violation." in page
    assert world.other_agency.name not in page
    decide(client, world.manager, row)
    confirm_all(client, world.admin, row)
    assert activate(client, world.manager, row).status_code == 409
    assert confirm(client, world.manager, row, "history").status_code == 302
    assert lines_of(row)["history"] == "met"
    assert activate(client, world.manager, row).status_code == 302


@pytest.mark.rule("MO-CO-4")
def test_what_arises_after_the_leads_word_is_not_covered_by_it(client, world, travel, at_noon):
    person = member(world.other_agency, name="Otis Gray", email="otis@agency.test")
    held = give_license(person, world.other_agency)

    def suspected(kind, source):
        with unit_of_work() as session:
            hold(session.get_one(License, held.id), kind, source, "Seen at a stranger's desk.", clock.now())

    suspected(HoldKind.SUSPICION, "one")
    row = request_made(client, world, name=person.name, email=person.email, kind="transfer")
    travel(at_noon + timedelta(hours=1))
    decide(client, world.manager, row)
    assert confirm(client, world.manager, row, "history").status_code == 302
    assert lines_of(request_again(row.id))["history"] == "met"
    travel(at_noon + timedelta(hours=1, seconds=1))
    suspected(HoldKind.BREACH, "another")
    assert lines_of(request_again(row.id))["history"] == "missing"
    page = read(client, world.representative, f"/access/{row.id}")
    assert "A license of this person is suspended over a suspected breach." in page
    assert confirm(client, world.manager, row, "history").status_code == 302
    assert lines_of(request_again(row.id))["history"] == "met"


def test_where_violations_do_not_follow_only_those_at_this_agency_count(client, app, at_noon):
    vermont = make_world("vermont", tz="America/New_York")
    person = member(vermont.other_agency, name="Otis Gray", email="otis@agency.test")
    give_license(person, vermont.other_agency)
    noted(client, vermont.agent, vermont.other_agency, leaving(person, "2026-11-20", "11:00", reason="violation"))
    row = request_made(client, vermont, name=person.name, email=person.email, level="case-manager-i")
    assert "history" not in lines_of(row)


# ------------------------------------------------------------------ suspicion


def suspect(client, person, held, deed="", reason="A shared password."):
    return sign_in(client, person).post(
        f"/access/licenses/{held.id}/suspicion{deed}", data={"suspicion-reason": reason}
    )


@pytest.mark.rule("SON-LI-4")
def test_one_license_is_suspended_at_once_on_suspicion_and_the_lead_lifts_it(client, sonoma):
    held = give_license(sonoma.end_user, sonoma.agency)
    assert suspect(client, sonoma.representative, held).status_code == 403
    assert suspect(client, sonoma.administrator, held, reason="").status_code == 422
    assert suspect(client, sonoma.administrator, held).status_code == 302
    row = fresh(License, held.id)
    assert (row.state, [one.kind for one in row.open_holds]) == (LicenseState.SUSPENDED, [HoldKind.SUSPICION])
    assert not row.is_valid(clock.now())
    page = read(client, sonoma.manager, f"/access/licenses/{held.id}")
    assert "Suspended while a suspected breach or violation is looked into (SON-LI-4)." in page
    assert "A shared password." not in page
    assert not any("A shared password" in mail.body_text for mail in mails("license-news"))
    event = db.session.scalar(select(AuditEvent).where(AuditEvent.action == "license.suspected"))
    assert event.data["reason"] == "A shared password."
    assert suspect(client, sonoma.administrator, held, "/lift").status_code == 403
    again = suspect(client, sonoma.manager, held)
    assert again.status_code == 409
    assert suspect(client, sonoma.manager, held, "/lift", "It was none.").status_code == 302
    assert fresh(License, held.id).state is LicenseState.ACTIVE


def test_nobody_suspends_themselves_and_the_api_does_the_same(client, sonoma):
    own = give_license(sonoma.administrator, sonoma.agency)
    assert suspect(client, sonoma.administrator, own).status_code == 403
    held = give_license(sonoma.end_user, sonoma.agency)
    path, body = f"/api/v1/licenses/{held.id}/suspicion", {"reason": "A lost laptop."}
    made = client.post(path, json=body, headers=api_headers(sonoma.administrator))
    assert (made.status_code, made.json["state"]) == (201, "suspended")
    lifted = client.post(f"{path}/lifting", json=body, headers=api_headers(sonoma.manager))
    assert lifted.json["state"] == "active"
