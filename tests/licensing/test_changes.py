"""A license is changed on request: who may ask, what it waits for, who decides, and what the license says then."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, product

import pytest
from sqlalchemy import select, update

from core import clock
from core.audit import AuditEvent, verify
from core.db import db, unit_of_work
from core.people.models import Designation, DesignationKind, Membership, Project
from licensing.access.models import License
from licensing.changes.models import LicenseChange
from licensing.changes.rules import TRANSITIONS, Act, ChangeState
from licensing.changes.services import _move
from tests.licensing.acting import give_license, leaving, mails, noted, read, words
from tests.support.counting import queries
from tests.support.factories import designate, make_project, make_world
from tests.support.signing_in import api_headers, sign_in
from tests.training.practice.acting import make_case, passes
from training.practice.models import PracticeTrack

_once = count(1)
pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


@pytest.fixture
def vermont(app, at_noon):
    return make_world("vermont", tz="America/New_York")


@pytest.fixture
def sonoma(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


def held_by(world, level="", person=None):
    held = give_license(person or world.end_user, world.agency)
    with unit_of_work() as session:
        row = session.get_one(License, held.id)
        row.level = level
        row.projects = [session.get_one(Project, world.project.id)]
    return held


def ask(client, person, held, kind, **values):
    form = {"once": f"change-{next(_once)}", "kind": kind, "reason": "Her work has grown.", **values}
    return sign_in(client, person).post(f"/license-changes/new/{held.id}", data=form)


def asked(client, person, held, kind, **values):
    answer = ask(client, person, held, kind, **values)
    assert answer.status_code == 302, words(answer)
    return int(answer.location.rsplit("/", 1)[1])


def decide(client, person, number, act="approve", reason="The work asks for it."):
    return sign_in(client, person).post(f"/license-changes/{number}/{act}", data={"decision-reason": reason})


def change(number):
    return fresh(LicenseChange, number)


def again(held):
    return fresh(License, held.id)


def fresh(model, number):
    row = db.session.get_one(model, number)
    db.session.refresh(row)
    return row


def test_a_change_goes_through_its_states_and_no_others():
    for state, act in product(ChangeState, Act):
        row = LicenseChange(state=state, agency=None, decided_by=None, closed_at=None)
        if (state, act) in TRANSITIONS:
            _move(row, act)
            assert row.state is TRANSITIONS[state, act]
        else:
            with pytest.raises(AttributeError):  # says who was first, of which this row knows nothing
                _move(row, act)


@pytest.mark.rule("VT-LI-6")
@pytest.mark.parametrize(("level", "status"), [("case-manager-iii", 302), ("agency-administrator", 403)])
def test_an_agencys_administrator_grants_up_to_the_ceiling_and_no_further(client, vermont, level, status):
    held = held_by(vermont, "case-manager-i")
    number = asked(client, vermont.representative, held, "level", level=level)
    answer = decide(client, vermont.administrator, number)
    assert answer.status_code == status
    if status == 403:
        assert "VT-LI-6" in words(answer)
        assert again(held).level == "case-manager-i"
        assert decide(client, vermont.manager, number).status_code == 302
    row = again(held)
    assert (row.level, change(number).state) == (level, ChangeState.DONE)
    event = db.session.scalar(select(AuditEvent).where(AuditEvent.action == "license.changed"))
    assert (event.subject_id, event.data["from"], event.data["to"]) == (held.id, "case-manager-i", level)
    assert vermont.manager.id in {mail.person_id for mail in mails("licensing-news")}
    assert list(verify()) == []


@pytest.mark.rule("VT-LI-6")
def test_a_level_that_the_manual_has_not_is_refused_with_what_was_typed_kept(client, vermont):
    held = held_by(vermont, "case-manager-i")
    answer = ask(client, vermont.representative, held, "level", level="emperor")
    assert answer.status_code == 422
    assert "The manual has no such access level." in words(answer)
    assert "VT-LI-6" in words(answer)
    assert "Her work has grown." in answer.get_data(as_text=True)
    assert db.session.scalar(select(LicenseChange)) is None


@pytest.mark.rule("SON-LI-3")
def test_sonoma_gives_a_level_by_the_job_and_the_lead_is_told_of_each_change(client, sonoma):
    held = held_by(sonoma, "agency-staff")
    refused = ask(client, sonoma.representative, held, "level", level="site-manager")
    assert refused.status_code == 422
    assert "Say what the person's job is now. The level follows from the job. (SON-LI-3)" in words(refused)
    number = asked(client, sonoma.representative, held, "level", level="site-manager", job_title="Site lead")
    assert {mail.person_id for mail in mails("licensing-news")} == {sonoma.manager.id}
    assert decide(client, sonoma.administrator, number).status_code == 403
    assert decide(client, sonoma.manager, number).status_code == 302
    assert again(held).level == "site-manager"
    membership = db.session.scalar(select(Membership).where(Membership.person_id == sonoma.end_user.id))
    assert membership.job_title == "Site lead"
    page = read(client, sonoma.representative, f"/access/licenses/{held.id}")
    assert "Level: Agency Staff to Site Manager: done" in page


@pytest.mark.rule("MO-LI-2")
@pytest.mark.parametrize(("days", "status"), [(0, 302), (1, 403)])
def test_whose_designation_ended_yesterday_is_refused_with_the_day_and_the_rule(client, world, travel, days, status):
    held, now = held_by(world), clock.now()
    with unit_of_work() as session:
        ended = update(Designation).where(Designation.person_id == world.representative.id)
        session.execute(ended.values(ended_at=now + timedelta(seconds=1)))
    travel(now + timedelta(days=days))
    sign = sign_in(client, world.representative)
    answer = sign.post(f"/license-changes/new/{held.id}", data={"once": "a", "kind": "reporting", "reason": "Why not."})
    assert answer.status_code == status
    if status == 403:
        assert "You were an authorized representative of Harbor House until Fri, Nov 20, 2026." in words(answer)
        assert "MO-LI-2" in words(answer)
        assert "until Fri, Nov 20, 2026" in words(sign.get("/access/new"))


@pytest.mark.rule("MO-LI-2")
def test_who_has_another_duty_reads_until_when_they_were_a_representative(client, world):
    held = held_by(world)
    row = designate(world.administrator, world.agency, DesignationKind.REPRESENTATIVE)
    with unit_of_work() as session:
        session.get_one(Designation, row.id).ended_at = clock.now() - timedelta(days=1)
    more = make_project(world.agency, hud_type=1)
    answer = ask(client, world.administrator, held, "projects", projects=[str(more.id)])
    assert answer.status_code == 422
    assert "You were one until Thu, Nov 19, 2026." in words(answer)
    assert "MO-LI-2" in words(answer)


@pytest.mark.rule("MO-TR-9")
def test_a_project_of_a_kind_nobody_practised_waits_for_the_case_and_comes_by_itself(client, world):
    held = held_by(world)
    with unit_of_work() as session:
        session.get_one(License, held.id).enters_data = True
    for _ in range(4):
        make_case(world, hud_type=13)
    same, other = make_project(world.agency, hud_type=1), make_project(world.agency, "Rapid Home", hud_type=13)
    number = asked(client, world.representative, held, "projects", projects=[str(same.id)])
    assert decide(client, world.manager, number).status_code == 302
    assert change(number).state is ChangeState.DONE, "the kind is the one they work in already"

    number = asked(client, world.representative, held, "projects", projects=[str(other.id)])
    page = read(client, world.representative, f"/license-changes/{number}")
    assert "comes first." in page
    assert "MO-TR-9" in page
    assert decide(client, world.manager, number).status_code == 302
    assert change(number).state is ChangeState.APPROVED
    assert other.id not in {one.id for one in again(held).projects}
    track = db.session.scalars(select(PracticeTrack).where(PracticeTrack.hud_type == 13)).one()
    passes(client, world, track.id, times=3)
    assert change(number).state is ChangeState.DONE
    assert {one.id for one in again(held).projects} == {world.project.id, same.id, other.id}
    done = [mail for mail in mails("licensing-news") if mail.subject.startswith("A license has changed")]
    assert {mail.person_id for mail in done} >= {world.end_user.id, world.representative.id, world.manager.id}


@pytest.mark.rule("VT-LI-9")
def test_the_reporting_add_on_is_the_leads_to_approve_and_comes_with_the_license(client, vermont):
    held = held_by(vermont, "case-manager-i")
    number = asked(client, vermont.representative, held, "reporting")
    assert decide(client, vermont.administrator, number).status_code == 403
    assert not again(held).has_reporting
    assert decide(client, vermont.manager, number).status_code == 302
    assert again(held).has_reporting
    refused = ask(client, vermont.representative, held, "reporting")
    assert refused.status_code == 422
    assert "The license has the reporting add-on already." in words(refused)


def test_a_protected_project_waits_for_who_is_named_for_it(client, world):
    held, project = held_by(world), make_project(world.agency, "Safe House", hud_type=1)
    with unit_of_work() as session:
        row = session.get_one(Project, project.id)
        row.is_protected, row.approver = True, "security-officer"
    number = asked(client, world.representative, held, "projects", projects=[str(project.id)])
    assert decide(client, world.manager, number).status_code == 302
    assert change(number).state is ChangeState.APPROVED
    path, why = f"/license-changes/{number}/protected/{project.id}", {f"protected-{project.id}-reason": "Night shift."}
    assert sign_in(client, world.director).post(path, data=why).status_code == 403
    assert sign_in(client, world.security_officer).post(path, data=why).status_code == 302
    assert change(number).state is ChangeState.DONE
    assert project.id in {one.id for one in again(held).projects}


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(client, world):
    held = held_by(world)
    foreign = make_project(world.other_agency)
    for values, sentence in (
        ({"kind": "level", "level": "x"}, "This community's manual has no access levels."),
        ({"kind": "projects"}, "Choose at least one project that the license does not have yet."),
        ({"kind": "projects", "projects": [str(foreign.id)]}, "One of these projects is not your agency's."),
        ({"kind": "nonsense"}, "Choose what is to change."),
        ({"kind": "reporting", "reason": ""}, "Say why their work needs it"),
    ):
        kind = values.pop("kind")
        answer = ask(client, world.representative, held, kind, **values)
        assert answer.status_code == 422, sentence
        assert sentence in words(answer)
    assert db.session.scalar(select(LicenseChange)) is None
    assert ask(client, world.other_representative, held, "reporting").status_code == 404


def test_the_same_form_twice_is_one_request_and_a_second_one_of_the_kind_is_refused(client, world):
    held = held_by(world)
    first = asked(client, world.representative, held, "reporting", once="the-same")
    assert asked(client, world.representative, held, "reporting", once="the-same") == first
    answer = ask(client, world.representative, held, "reporting")
    assert answer.status_code == 409
    assert f"This was asked for already, in number {first}." in words(answer)
    assert sign_in(client, world.representative).post(f"/license-changes/{first}/withdraw").status_code == 302
    assert ask(client, world.representative, held, "reporting").status_code == 302


def test_of_two_who_decide_the_second_is_told_of_the_first(client, world):
    number = asked(client, world.representative, held_by(world), "reporting")
    assert decide(client, world.manager, number, "deny").status_code == 302
    late = decide(client, world.manager, number)
    assert late.status_code == 409
    assert "Mina Cole denied this on" in words(late)


def test_nobody_decides_about_their_own_license(client, vermont):
    held = held_by(vermont, "case-manager-i", vermont.administrator)
    number = asked(client, vermont.representative, held, "level", level="case-manager-ii")
    answer = decide(client, vermont.administrator, number)
    assert answer.status_code == 403
    assert "This is your own license, so somebody else decides." in words(answer)


def test_a_license_that_ends_takes_its_open_requests_with_it(client, world):
    held = held_by(world)
    number = asked(client, world.representative, held, "reporting")
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "11:00"))
    assert change(number).state is ChangeState.WITHDRAWN
    refused = ask(client, world.representative, held, "reporting")
    assert refused.status_code == 409
    assert "This license has ended" in words(refused)


def test_a_license_that_is_held_waits_until_it_is_in_force(client, world):
    from licensing.access.holds import hold
    from licensing.access.models import HoldKind

    held = held_by(world)
    number = asked(client, world.representative, held, "reporting")
    with unit_of_work() as session:
        hold(session.get_one(License, held.id), HoldKind.TRAINING, "test", "A training is late.", clock.now())
    assert decide(client, world.manager, number).status_code == 302
    assert change(number).state is ChangeState.APPROVED
    assert "A training is late." in read(client, world.representative, f"/license-changes/{number}")


def test_the_api_asks_decides_and_lists(client, world):
    held = held_by(world)
    headers = api_headers(world.representative) | {"Idempotency-Key": "change-key-1"}
    body = {"kind": "reporting", "reason": "She writes the reports."}
    made = client.post(f"/api/v1/licenses/{held.id}/changes", json=body, headers=headers)
    assert made.status_code == 201, made.json
    assert client.post(f"/api/v1/licenses/{held.id}/changes", json=body, headers=headers).json["id"] == made.json["id"]
    assert {line["key"]: line["state"] for line in made.json["lines"]}["decision"] == "missing"
    path, given = f"/api/v1/license-changes/{made.json['id']}", {"decision": "approve", "reason": "Yes."}
    assert client.post(f"{path}/decision", json=given, headers=api_headers(world.manager)).json["state"] == "done"
    listed = client.get("/api/v1/license-changes?kind=reporting", headers=api_headers(world.manager)).json
    assert [one["id"] for one in listed["items"]] == [made.json["id"]]
    assert client.get(path, headers=api_headers(world.other_representative)).status_code == 404


def test_the_list_asks_as_much_for_five_as_for_twenty(client, world):
    asked_questions = {}
    for n in range(1, 21):
        from tests.support.factories import member

        held = held_by(world, person=member(world.agency, name=f"Person {n}"))
        asked(client, world.representative, held, "reporting")
        if n in (5, 20):
            sign_in(client, world.manager)
            with queries() as seen:
                assert client.get("/license-changes").status_code == 200
            asked_questions[n] = len(seen)
    assert asked_questions[20] == asked_questions[5] <= 12
