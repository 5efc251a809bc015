"""Where the rooms of licensing meet: a change, a leave, a hold and an end in another order than one thinks."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from itertools import count

import pytest
from sqlalchemy import func, select, text

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.errors import Conflict
from core.events import publish
from core.people.models import EmploymentKind, Membership, Person, Project
from licensing.access.holds import hold, lift
from licensing.access.licenses import end_license
from licensing.access.models import AccessRequest, HoldKind, License, LicenseState
from licensing.api import seen
from licensing.bulk.models import Batch
from licensing.changes import services as changes
from licensing.changes.models import LicenseChange
from licensing.changes.rules import ChangeKind, ChangeState
from licensing.disclosures.models import Disclosed
from licensing.events import AgreementInForce
from licensing.inactivity.services import lock_unused
from licensing.leaves import services as leaves
from licensing.leaves.models import Leave
from tests.licensing.acting import ask as ask_access
from tests.licensing.acting import asked as access_form
from tests.licensing.acting import decide as decide_access
from tests.licensing.acting import give_license, leaving, mails, noted, read, request_made, words
from tests.support.factories import make_project, make_world
from tests.support.signing_in import api_headers, sign_in
from tests.training.practice.acting import make_case
from training.practice.models import PracticeTrack
from training.practice.rules import TrackState

_once = count(1)
pytestmark = pytest.mark.usefixtures("app", "at_noon")
HEAD = "name,email,job_title,employment,level,projects,enters_data,is_of_age,kind"


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


@pytest.fixture
def vermont(app, at_noon):
    return make_world("vermont", tz="America/New_York")


def fresh(model, number):
    row = db.session.get_one(model, number)
    db.session.refresh(row)
    return row


def held_by(world, person=None, level=""):
    held = give_license(person or world.end_user, world.agency)
    with unit_of_work() as session:
        row = session.get_one(License, held.id)
        row.projects, row.enters_data, row.level = [session.get_one(Project, world.project.id)], True, level
    return held


def ask(client, person, held, kind, **values):
    form = {"once": f"meet-{next(_once)}", "kind": kind, "reason": "Her work has grown.", **values}
    return sign_in(client, person).post(f"/license-changes/new/{held.id}", data=form)


def asked(client, person, held, kind, **values):
    answer = ask(client, person, held, kind, **values)
    assert answer.status_code == 302, words(answer)
    return int(answer.location.rsplit("/", 1)[1])


def decide(client, person, number, act="approve", **values):
    form = {"decision-reason": "The work asks for it.", **values}
    return sign_in(client, person).post(f"/license-changes/{number}/{act}", data=form)


# ------------------------------------------------------------------ an approved change that waits


def test_an_approved_change_comes_by_itself_when_what_held_the_license_is_lifted(client, world):
    held = held_by(world)
    number = asked(client, world.representative, held, "reporting")
    with unit_of_work() as session:
        hold(session.get_one(License, held.id), HoldKind.TRAINING, "test", "A training is late.", clock.now())
    assert decide(client, world.manager, number).status_code == 302
    assert fresh(LicenseChange, number).state is ChangeState.APPROVED
    with unit_of_work() as session:
        lift(session.get_one(License, held.id), HoldKind.TRAINING, clock.now())
    assert fresh(LicenseChange, number).state is ChangeState.DONE
    assert fresh(License, held.id).has_reporting


def test_a_license_that_is_held_for_something_else_still_does_not_let_the_change_come(client, world):
    held = held_by(world)
    number = asked(client, world.representative, held, "reporting")
    with unit_of_work() as session:
        for kind in (HoldKind.TRAINING, HoldKind.SUSPICION):
            hold(session.get_one(License, held.id), kind, "test", "Held.", clock.now())
    decide(client, world.manager, number)
    with unit_of_work() as session:
        lift(session.get_one(License, held.id), HoldKind.TRAINING, clock.now())
    assert fresh(LicenseChange, number).state is ChangeState.APPROVED
    assert not fresh(License, held.id).has_reporting


def test_a_signature_that_was_missing_brings_the_approved_change(client, world, monkeypatch):
    held = held_by(world)
    number = asked(client, world.representative, held, "reporting")
    with monkeypatch.context() as patch:
        patch.setattr(changes, "settle", lambda row, at: False)
        decide(client, world.manager, number)
    assert fresh(LicenseChange, number).state is ChangeState.APPROVED
    with unit_of_work():
        publish(AgreementInForce(1, "user-agreement", world.agency.id, world.end_user.id, clock.now()))
    assert fresh(LicenseChange, number).state is ChangeState.DONE


@pytest.mark.rule("MO-TR-9")
@pytest.mark.parametrize("how", ["withdraw", "deny", "end"])
def test_a_change_that_falls_away_takes_its_practice_case_with_it(client, world, how):
    for _ in range(4):
        make_case(world, hud_type=13)
    held, other = held_by(world), make_project(world.agency, "Rapid Home", hud_type=13)
    number = asked(client, world.representative, held, "projects", projects=[str(other.id)])
    assert decide(client, world.manager, number).status_code == 302
    track = db.session.scalars(select(PracticeTrack).where(PracticeTrack.hud_type == 13)).one()
    assert track.state is TrackState.WORKING
    if how == "withdraw":
        assert sign_in(client, world.representative).post(f"/license-changes/{number}/withdraw").status_code == 302
    elif how == "deny":
        assert decide(client, world.manager, number, "deny", **{"decision-seen": "approved"}).status_code == 302
    else:
        noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "11:00"))
    assert not fresh(LicenseChange, number).is_open
    assert fresh(PracticeTrack, track.id).state is TrackState.WITHDRAWN


# ------------------------------------------------------------------ two at once, and the same form again


def test_the_same_key_with_other_projects_or_another_job_is_not_taken_for_the_same(client, world):
    held = held_by(world)
    one, two = make_project(world.agency, "One", hud_type=1), make_project(world.agency, "Two", hud_type=1)
    number = asked(client, world.representative, held, "projects", projects=[str(one.id)], once="same-key")
    assert asked(client, world.representative, held, "projects", projects=[str(one.id)], once="same-key") == number
    other = ask(client, world.representative, held, "projects", projects=[str(two.id)], once="same-key")
    assert other.status_code == 409
    assert "This form was sent before, for something else." in words(other)
    decide(client, world.manager, number)
    again = ask(client, world.representative, held, "projects", projects=[str(one.id)], once="same-key")
    assert again.location.endswith(f"/license-changes/{number}"), "what is done is still the same form"


def test_who_denies_on_a_page_that_is_stale_does_not_take_back_what_somebody_approved(client, world):
    held = held_by(world)
    number = asked(client, world.representative, held, "reporting")
    with unit_of_work() as session:
        hold(session.get_one(License, held.id), HoldKind.TRAINING, "test", "A training is late.", clock.now())
    assert decide(client, world.manager, number, **{"decision-seen": "requested"}).status_code == 302
    late = decide(client, world.manager, number, "deny", **{"decision-seen": "requested"})
    assert late.status_code == 409
    assert "Mina Cole approved this on" in words(late)
    page = sign_in(client, world.manager).get(f"/license-changes/{number}").get_data(as_text=True)
    assert 'value="approved"' in page
    assert decide(client, world.manager, number, "deny", **{"decision-seen": "approved"}).status_code == 302


def elsewhere(app, deed):
    """On a connection of its own, as another process would."""
    with app.app_context(), unit_of_work() as session:
        deed(session)


def test_a_license_that_ends_while_the_form_is_sent_gets_no_change_and_no_leave(app, world):
    held = held_by(world)
    row, by = db.session.get_one(License, held.id), principal_for(world.representative, clock.now())
    assert row.state is LicenseState.ACTIVE, "read before it ends"
    elsewhere(app, lambda session: end_license(session.get_one(License, held.id), clock.now(), "Left."))
    asking = changes.Asked(ChangeKind.REPORTING, "Why.", "late-key")
    person = db.session.get_one(Person, world.representative.id)
    with pytest.raises(Conflict, match="ended"), unit_of_work():
        changes.ask(row, asking, person, clock.now())
    day = clock.now().date()
    row = db.session.get_one(License, held.id)
    db.session.expire_all()
    told = leaves.Told(day, day + timedelta(days=60), "late-leave")
    with pytest.raises(Conflict, match="ended"), unit_of_work():
        leaves.tell(row, told, by, clock.now())
    assert (db.session.scalar(select(LicenseChange)), db.session.scalar(select(Leave))) == (None, None)


def test_a_license_that_was_read_before_it_ended_gets_no_leave(app, world):
    held = held_by(world)
    row, by = db.session.get_one(License, held.id), principal_for(world.representative, clock.now())
    assert row.state is LicenseState.ACTIVE, "read before it ends"
    elsewhere(app, lambda session: end_license(session.get_one(License, held.id), clock.now(), "Left."))
    day = clock.now().date()
    with pytest.raises(Conflict, match="ended"), unit_of_work():
        leaves.tell(row, leaves.Told(day, day + timedelta(days=60), "late-leave"), by, clock.now())


# ------------------------------------------------------------------ who decides


@pytest.mark.rule("VT-LI-6")
def test_the_ceiling_is_that_of_the_level_which_the_license_has_now(client, vermont):
    held = held_by(vermont, level="case-manager-i")
    more = make_project(vermont.agency, "More", hud_type=1)
    number = asked(client, vermont.representative, held, "projects", projects=[str(more.id)])
    with unit_of_work() as session:
        session.get_one(License, held.id).level = "agency-administrator"
    assert decide(client, vermont.administrator, number).status_code == 403
    assert decide(client, vermont.manager, number).status_code == 302


@pytest.mark.rule("VT-LI-6")
def test_a_level_above_the_ceiling_is_not_the_agencys_to_lower_either(client, vermont):
    held = held_by(vermont, level="agency-administrator")
    number = asked(client, vermont.representative, held, "level", level="case-manager-i")
    assert decide(client, vermont.administrator, number).status_code == 403
    assert decide(client, vermont.manager, number).status_code == 302


def test_nobody_approves_a_protected_project_for_their_own_license_and_who_is_named_is_told(client, world):
    project = make_project(world.agency, "Safe House", hud_type=1)
    with unit_of_work() as session:
        row = session.get_one(Project, project.id)
        row.is_protected, row.approver = True, "security-officer"
    own, other = held_by(world, world.security_officer), held_by(world)
    number = asked(client, world.representative, own, "projects", projects=[str(project.id)])
    path, why = "/license-changes/{}/protected/{}", {f"protected-{project.id}-reason": "Night shift."}
    answer = sign_in(client, world.security_officer).post(path.format(number, project.id), data=why)
    assert answer.status_code == 403
    assert "This is your own license, so somebody else decides." in words(answer)
    assert fresh(LicenseChange, number).approvals == {}
    theirs = asked(client, world.representative, other, "projects", projects=[str(project.id)])
    told = [mail for mail in mails("licensing-news") if mail.person_id == world.security_officer.id]
    assert [mail.subject for mail in told] == [f"Your approval is wanted: {world.end_user.name}"]
    assert sign_in(client, world.security_officer).post(path.format(theirs, project.id), data=why).status_code == 302


# ------------------------------------------------------------------ disuse


@pytest.mark.rule("SAC-LI-2")
@pytest.mark.parametrize(("days", "is_locked"), [(0, False), (89, False), (90, True)])
def test_who_comes_back_is_not_locked_for_the_time_before_their_license(client, app, at_noon, days, is_locked):
    """The account in the HMIS is the old one, and its list tells when that was last used."""
    world = make_world("sacramento", tz="America/Los_Angeles")
    held, request = give_license(world.end_user, world.agency), request_made(client, world)
    with unit_of_work() as session:
        row = session.get_one(License, held.id)
        row.since, row.request_id = clock.now() - timedelta(days=days), request.id
        seen({held.id: clock.now() - timedelta(days=400)})
    lock_unused()
    assert (fresh(License, held.id).state is LicenseState.SUSPENDED) is is_locked


# ------------------------------------------------------------------ lists


def bring(client, person, raw, name="people.csv", **values):
    data = {"once": f"meet-list-{next(_once)}", "file": (BytesIO(raw), name), **values}
    return sign_in(client, person).post("/access/lists/new", data=data, content_type="multipart/form-data")


@pytest.mark.rule("MO-HD-5")
def test_what_looks_like_a_clients_data_is_in_no_column_kept(client, world):
    ssn, rows = "123-45-6789", [HEAD]
    for n, column in enumerate(HEAD.split(",")):
        values = {
            "name": "Lena Chen", "email": f"l{n}@agency.test", "job_title": "", "employment": "paid-staff", "level": "",
            "projects": world.project.name, "enters_data": "", "is_of_age": "", "kind": "",
        }  # fmt: skip
        rows.append(",".join((values | {column: f"SSN {ssn}"}).values()))
    assert bring(client, world.representative, "\n".join(rows).encode()).status_code == 302
    assert db.session.scalar(text("select count(*) from access_batch b where b::text like '%123-45-6789%'")) == 0
    row = db.session.scalars(select(Batch)).one()
    assert [[one["column"] for one in told["problems"]] for told in row.rows] == [[one] for one in HEAD.split(",")]
    assert all(told["problems"][0]["rule"] == "MO-HD-5" for told in row.rows)
    left = sign_in(client, world.representative).get(f"/access/lists/{row.id}/left.csv").get_data(as_text=True)
    assert ssn not in left


@pytest.mark.parametrize(
    ("name", "values"), [("a\x00b\x07.csv", {}), ("people.csv", {"once": "x" * 300}), ("=cmd|' '!A0.csv", {})]
)
def test_a_hostile_name_or_key_is_no_failure_of_ours(client, world, name, values):
    line = f"Lena Chen,l.chen@agency.test,,paid-staff,,{world.project.name},,,"
    answer = bring(client, world.representative, f"{HEAD}\n{line}".encode(), name, **values)
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        assert not set("\x00\x07") & set(db.session.scalars(select(Batch)).one().name)


def test_a_bell_in_a_name_does_not_reach_the_request(client, world):
    line = f"Lena\x07 Chen\x1b[31m,l.chen@agency.test,,paid-staff,,{world.project.name},,,"
    bring(client, world.representative, f"{HEAD}\n{line}".encode())
    row = db.session.scalars(select(Batch)).one()
    sign_in(client, world.representative).post(f"/access/lists/{row.id}/send")
    request = db.session.scalars(select(AccessRequest)).one()
    assert request.name.isprintable()


def test_a_column_that_is_there_twice_or_a_cell_too_many_is_not_guessed_at(client, world):
    line = f"Lena Chen,l.chen@agency.test,,paid-staff,,{world.project.name},,,"
    twice = bring(client, world.representative, f"{HEAD},email\n{line},x@agency.test".encode())
    assert twice.status_code == 422
    assert "The first line has the column email twice." in words(twice)
    more = bring(client, world.representative, f"{HEAD}\n{line}\nChen, {line}yes,new".encode())
    assert more.status_code == 422
    assert "Line 3 has more cells than the first line." in words(more)
    assert db.session.scalar(select(func.count()).select_from(Batch)) == 0


# ------------------------------------------------------------------ disclosures


@pytest.mark.rule("VT-LI-4")
def test_a_key_that_was_used_for_one_agency_says_nothing_for_another(client, vermont):
    values = {"employment": EmploymentKind.PAID_STAFF, "started_on": clock.now().date() - timedelta(days=9)}
    with unit_of_work() as session:
        session.add(Membership(person_id=vermont.end_user.id, agency_id=vermont.other_agency.id, **values))
    form = {"once": "the-key", "is_client": "no", "has_family": "no", "agrees": "y"}
    sign = sign_in(client, vermont.end_user)
    assert sign.post(f"/disclosure?agency={vermont.agency.id}", data=form).status_code == 302
    assert sign.post(f"/disclosure?agency={vermont.agency.id}", data=form).status_code == 302
    assert sign.post(f"/disclosure?agency={vermont.other_agency.id}", data=form).status_code == 409
    assert [row.agency_id for row in db.session.scalars(select(Disclosed))] == [vermont.agency.id]
    assert read(client, vermont.end_user, f"/disclosure?agency={vermont.other_agency.id}").count("You said it on") == 0


@pytest.mark.rule("VT-LI-4")
def test_who_waits_for_two_licenses_is_asked_for_the_second_too(client, vermont):
    """The first may wait for its training long after it was said there."""
    person, sites = vermont.end_user, (vermont.agency, vermont.other_agency)
    who = {"name": person.name, "email": person.email, "level": "case-manager-i"}
    for agency, by in zip(sites, (vermont.representative, vermont.other_representative), strict=True):
        project = make_project(agency, f"For {agency.name}", hud_type=1)
        answer = ask_access(client, by, access_form(project, **who))
        assert answer.status_code == 302, words(answer)
        request = db.session.get_one(AccessRequest, int(answer.location.rsplit("/", 1)[1]))
        assert decide_access(client, vermont.manager, request).status_code == 302
    form = {"once": "first", "is_client": "no", "has_family": "no", "agrees": "y"}
    answer = sign_in(client, person).post(f"/disclosure?agency={sites[0].id}", data=form)
    assert answer.status_code == 302, words(answer)
    page = sign_in(client, person).get("/").get_data(as_text=True)
    assert f"/disclosure?agency={sites[1].id}" in page
    answer = sign_in(client, person).post(f"/disclosure?agency={sites[1].id}", data=form | {"once": "second"})
    assert answer.status_code == 302, words(answer)
    assert "Say whether you, or close family, are clients" not in read(client, person, "/")


# ------------------------------------------------------------------ for oneself


def test_nobody_lifts_what_holds_their_own_license(client, app, at_noon):
    world = make_world("sacramento", tz="America/Los_Angeles")
    own = give_license(world.manager, world.agency)
    with unit_of_work() as session:
        row = session.get_one(License, own.id)
        hold(row, HoldKind.SUSPICION, "suspicion", "Suspected.", clock.now())
        hold(row, HoldKind.INACTIVITY, "unused", "Not used.", clock.now())
    sign = sign_in(client, world.manager)
    for path, data in (
        ("suspicion/lift", {"suspicion-reason": "It was none."}),
        ("unused/unlock", {"unlock-reason": "Took the refresher."}),
    ):
        answer = sign.post(f"/access/licenses/{own.id}/{path}", data=data)
        assert answer.status_code == 403
        assert "This is your own license, so somebody else decides." in words(answer)
    page = words(sign.get(f"/access/licenses/{own.id}"))
    assert "Lift the suspension" not in page
    for path in ("suspicion/lifting", "unused/unlocking"):
        body, headers = {"reason": "It was none."}, api_headers(world.manager)
        answer = client.post(f"/api/v1/licenses/{own.id}/{path}", json=body, headers=headers)
        assert answer.status_code == 403
    assert len(fresh(License, own.id).open_holds) == 2


@pytest.mark.rule("VT-LI-6")
def test_nobody_grants_themselves_a_license(client, vermont):
    person = vermont.administrator
    who = {"name": person.name, "email": person.email, "level": "case-manager-i"}
    request = request_made(client, vermont, **who)
    answer = decide_access(client, person, request)
    assert answer.status_code == 403
    assert "This would be your own license, so somebody else decides." in words(answer)
    assert decide_access(client, vermont.manager, request).status_code == 302


def test_who_is_named_for_a_protected_project_finds_it_on_today_until_they_have_approved(client, world):
    project = make_project(world.agency, "Safe House", hud_type=1)
    with unit_of_work() as session:
        row = session.get_one(Project, project.id)
        row.is_protected, row.approver = True, "security-officer"
    held = held_by(world)
    number = asked(client, world.representative, held, "projects", projects=[str(project.id)])
    assert decide(client, world.manager, number).status_code == 302
    assert f"/license-changes/{number}" in sign_in(client, world.security_officer).get("/").get_data(as_text=True)
    why = {f"protected-{project.id}-reason": "Night shift."}
    sign_in(client, world.security_officer).post(f"/license-changes/{number}/protected/{project.id}", data=why)
    assert f"/license-changes/{number}" not in sign_in(client, world.security_officer).get("/").get_data(as_text=True)
