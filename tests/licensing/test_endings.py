"""An agency leaves, is in default, or is suspended: at the boundaries, through the pages, the mails and the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.deadlines import Deadline, State, fire_due
from core.people.models import Agency, AgencyStatus, Closure
from core.policy import catalog
from licensing.access.holds import hold
from licensing.access.models import AccessRequest, HoldKind, License, LicenseState
from licensing.access.rules import RequestState
from licensing.departures.models import DepartureNotice
from licensing.endings import rules
from licensing.endings.models import DefaultNotice, Ending, Suspension
from licensing.endings.rules import Act, DefaultAct, DefaultState, EndingState, Stations, Transfer
from tests.licensing.acting import (
    activate,
    ask,
    asked,
    confirm_all,
    decide,
    give_license,
    leaving,
    mails,
    noted,
    read,
    request_made,
    words,
)
from tests.support.factories import make_world, member
from tests.support.signing_in import api_headers, sign_in

CHICAGO, PACIFIC = ZoneInfo("America/Chicago"), ZoneInfo("America/Los_Angeles")
SECOND = timedelta(seconds=1)
NOV20 = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def make(pack, travel, tz="America/Chicago", at=NOV20):
    travel(at)
    return make_world(pack, tz)


def post(client, person, agency, path, **fields):
    return sign_in(client, person).post(f"/agencies/{agency.id}/{path}", data=fields)


def notice(client, person, agency, last, once="once-1", **values):
    told = {"last_day": last, "reason": "The shelter closes.", "once": once, **values}
    return post(client, person, agency, "ending", **{f"notice-{name}": value for name, value in told.items()})


def the(model):
    db.session.expire_all()
    return db.session.scalars(select(model).order_by(model.id.desc()).limit(1)).one()


def status(agency):
    db.session.expire_all()
    return db.session.get_one(Agency, agency.id).status


def licenses(agency):
    db.session.expire_all()
    return list(db.session.scalars(select(License).where(License.agency_id == agency.id).order_by(License.id)))


def clock_of(kind):
    db.session.expire_all()
    return db.session.scalars(select(Deadline).where(Deadline.kind == kind).order_by(Deadline.id.desc()).limit(1)).one()


# ------------------------------------------------------------------ every pair of state and act


@pytest.mark.parametrize(("state", "act"), list(product(EndingState, Act)))
def test_every_pair_of_an_ending(state, act):
    assert ((state, act) in rules.TRANSITIONS) == (state is EndingState.NOTICE)


@pytest.mark.parametrize(("state", "act"), list(product(DefaultState, DefaultAct)))
def test_every_pair_of_a_default(state, act):
    assert ((state, act) in rules.DEFAULT_TRANSITIONS) == (state is DefaultState.OPEN)


# ------------------------------------------------------------------ notice


@pytest.mark.rule("MO-LI-6")
@pytest.mark.rule("SAC-LI-6")
@pytest.mark.parametrize(("pack", "rule"), [("missouri", "MO-LI-6"), ("sacramento", "SAC-LI-6")])
@pytest.mark.parametrize(("last", "fits"), [("2026-12-19", False), ("2026-12-20", True), ("2026-12-21", True)])
def test_thirty_days_notice(client, app, travel, pack, rule, last, fits):
    world = make(pack, travel)
    answer = notice(client, world.representative, world.agency, last)
    assert answer.status_code == (302 if fits else 422)
    if fits:
        row = the(Ending)
        day = date.fromisoformat(last) + timedelta(days=1)
        assert row.ends_at == datetime(day.year, day.month, day.day, tzinfo=CHICAGO)
        assert rule in read(client, world.manager, f"/agencies/{world.agency.id}/ending")
    else:
        told = words(answer)
        assert "the earliest last day is Sun, Dec 20, 2026" in told
        assert rule in told
        assert "The shelter closes." in told


@pytest.mark.rule("MO-LI-6")
@pytest.mark.parametrize(("seconds", "earliest"), [(-1, "2026-12-20"), (0, "2026-12-21")])
def test_the_day_of_the_notice_is_the_agencys_own(client, app, travel, seconds, earliest):
    """Midnight in Chicago is 6:00 in UTC."""
    world = make("missouri", travel, at=datetime(2026, 11, 21, 6, 0, tzinfo=UTC) + timedelta(seconds=seconds))
    before = (date.fromisoformat(earliest) - timedelta(days=1)).isoformat()
    assert notice(client, world.director, world.agency, before).status_code == 422
    assert notice(client, world.director, world.agency, earliest).status_code == 302


@pytest.mark.parametrize("pack", ["vermont", "sonoma"])
def test_a_manual_without_a_time_lets_it_end_today(client, app, travel, pack):
    world = make(pack, travel)
    past = notice(client, world.director, world.agency, "2026-11-19")
    assert "The last day cannot lie in the past." in words(past)
    assert notice(client, world.director, world.agency, "2026-11-20").status_code == 302
    travel(datetime(2026, 11, 21, 6, 0, tzinfo=UTC))
    fire_due()
    assert status(world.agency) is AgencyStatus.ENDED


def test_what_an_agency_may_not_say_is_said_and_the_same_form_twice_is_one(client, app, travel):
    world = make("missouri", travel)
    assert notice(client, world.security_officer, world.agency, "2026-12-30").status_code == 403
    far = sign_in(client, world.representative).post(f"/agencies/{world.other_agency.id}/ending")
    assert far.status_code == 404
    for _ in range(2):
        assert notice(client, world.representative, world.agency, "2026-12-30").status_code == 302
    assert db.session.scalar(select(func.count()).select_from(Ending)) == 1
    second = notice(client, world.representative, world.agency, "2027-01-15", once="once-2")
    assert second.status_code == 409
    assert "the last day is Wed, Dec 30, 2026" in words(second)


@pytest.mark.rule("SAC-LI-6")
def test_the_lead_gives_notice_too_and_enters_letters_of_earlier_days(client, app, travel):
    world = make("sacramento", travel)
    values = {"party": "lead", "noticed_on": "2026-11-10", "how": "letter"}
    early = notice(client, world.manager, world.agency, "2026-12-09", **values)
    assert "the earliest last day is Thu, Dec 10, 2026" in words(early)
    assert notice(client, world.manager, world.agency, "2026-12-10", **values).status_code == 302
    taken = post(client, world.director, world.agency, "ending/withdraw", **{"withdraw-reason": "We would stay."})
    assert taken.status_code == 403
    assert {m.address for m in mails("agency-ending")} == {
        world.director.email, world.representative.email, world.manager.email,
    }  # fmt: skip


# ------------------------------------------------------------------ the end, once


@pytest.mark.rule("MO-LI-6")
def test_on_the_day_every_license_ends_once_and_nobody_gets_in(client, app, travel):
    world = make("missouri", travel)
    people = [world.end_user, world.representative, world.administrator]
    for person in people:
        give_license(person, world.agency)
    request = request_made(client, world)
    notice(client, world.representative, world.agency, "2026-12-20")
    ends = datetime(2026, 12, 21, tzinfo=CHICAGO)
    assert {held.ended_at for held in licenses(world.agency)} == {ends}
    noted(client, world.representative, world.agency, leaving(world.administrator, "2026-12-01", "09:00"))
    travel(ends - SECOND)
    fire_due()
    assert status(world.agency) is AgencyStatus.ACTIVE
    assert sum(held.state is LicenseState.ACTIVE for held in licenses(world.agency)) == 2
    assert all(held.is_valid(ends - SECOND) for held in licenses(world.agency) if held.state is LicenseState.ACTIVE)
    assert not any(held.is_valid(ends) for held in licenses(world.agency))
    travel(ends + timedelta(hours=3))
    for _ in range(3):
        fire_due()
    assert status(world.agency) is AgencyStatus.ENDED
    assert {held.state for held in licenses(world.agency)} == {LicenseState.ENDED}
    assert sorted(held.ended_at for held in licenses(world.agency))[1:] == [ends, ends]
    ended = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "license.ended")
    assert db.session.scalar(ended) == 3
    assert db.session.get_one(AccessRequest, request.id).state is RequestState.WITHDRAWN
    assert the(Ending).effective_at == ends
    assert {m.address for m in mails("agency-ended")} == {
        world.director.email, world.representative.email, world.manager.email,
    }  # fmt: skip
    assert sign_in(client, world.director).get(f"/agencies/{world.agency.id}").status_code != 200
    assert "Harbor House" not in words(client.get("/partners"))


def test_a_withdrawn_notice_gives_everything_back(client, app, travel):
    world = make("missouri", travel)
    give_license(world.end_user, world.agency)
    notice(client, world.representative, world.agency, "2026-12-20")
    travel(datetime(2026, 12, 21, tzinfo=CHICAGO).astimezone(UTC) - SECOND)
    why = {"withdraw-reason": "The grant was renewed."}
    assert post(client, world.director, world.agency, "ending/withdraw", **why).status_code == 302
    assert clock_of("agency-end").state is State.CANCELLED
    travel(datetime(2026, 12, 22, tzinfo=CHICAGO).astimezone(UTC))
    fire_due()
    [held] = licenses(world.agency)
    assert (held.state, held.ended_at) == (LicenseState.ACTIVE, None)
    page = read(client, world.director, f"/agencies/{world.agency.id}/ending")
    assert "The grant was renewed." in page
    assert mails("agency-ending-withdrawn")
    assert notice(client, world.director, world.agency, "2027-01-21", once="again").status_code == 302


def test_of_two_ends_the_sooner_counts_and_the_other_is_left_when_it_goes(client, app, travel):
    world = make("missouri", travel)
    give_license(world.end_user, world.agency)
    notice(client, world.representative, world.agency, "2026-12-20")
    whole = datetime(2026, 12, 21, tzinfo=CHICAGO)
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-12-10", "09:00"))
    [held] = licenses(world.agency)
    assert held.ended_at < whole
    row = the(DepartureNotice)
    assert held.ended_at == row.ends_at
    assert sign_in(client, world.representative).post(f"/departures/{row.id}/undo").status_code == 302
    [held] = licenses(world.agency)
    assert held.ended_at == whole
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-12-30", "09:00"))
    [held] = licenses(world.agency)
    assert held.ended_at == whole
    why = {"withdraw-reason": "The grant was renewed."}
    assert post(client, world.director, world.agency, "ending/withdraw", **why).status_code == 302
    [held] = licenses(world.agency)
    assert held.ended_at > whole


def test_a_license_given_while_the_agency_leaves_ends_with_it(client, app, travel):
    world = make("missouri", travel)
    request = request_made(client, world)
    notice(client, world.representative, world.agency, "2026-12-20")
    assert decide(client, world.manager, request).status_code == 302
    confirm_all(client, world.admin, request)
    assert activate(client, world.manager, request).status_code == 302
    [held] = licenses(world.agency)
    assert held.ended_at == datetime(2026, 12, 21, tzinfo=CHICAGO)


def test_a_closed_day_of_the_lead_does_not_move_the_end(client, app, travel):
    world = make("missouri", travel)
    notice(client, world.representative, world.agency, "2026-12-20")
    before = clock_of("agency-end").due_at
    with unit_of_work() as session:
        session.add(Closure(lead_id=world.lead.id, day=date(2026, 12, 1), name="Office closed"))
    sign_in(client, world.admin).post("/closures", data={"day": "2026-12-02", "name": "Snow", "confirm": "1"})
    assert clock_of("agency-end").due_at == before


# ------------------------------------------------------------------ close-out


@pytest.mark.rule("MO-LI-6")
def test_the_close_out_is_a_checklist_with_evidence(client, app, travel):
    world = make("missouri", travel)
    notice(client, world.representative, world.agency, "2026-12-20")

    def done(person, item, day="2026-11-20"):
        form = {f"{item}-{name}": value for name, value in {"day": day, "how": "here", "note": "Looked at."}.items()}
        return post(client, person, world.agency, f"ending/items/{item}", **form)

    assert done(world.representative, "data-corrected").status_code == 302
    assert done(world.representative, "reports-run").status_code == 302
    assert done(world.representative, "data-quality-checked").status_code == 403
    assert done(world.manager, "data-quality-checked").status_code == 302
    assert done(world.manager, "project-closed-out").status_code == 302
    early = done(world.manager, "access-removed")
    assert early.status_code == 409
    assert "have access until the end of Sun, Dec 20, 2026" in words(early)
    assert done(world.manager, "anything").status_code == 422
    travel(datetime(2026, 12, 21, tzinfo=CHICAGO).astimezone(UTC))
    fire_due()
    assert done(world.manager, "access-removed", "2026-12-20").status_code == 302
    page = read(client, world.manager, f"/agencies/{world.agency.id}/ending")
    assert page.count("Looked at.") == 5


# ------------------------------------------------------------------ the agency's data


def move(client, person, agency, step, day, note="Letter."):
    form = {f"{step}-{name}": value for name, value in {"day": day, "how": "letter", "note": note}.items()}
    return post(client, person, agency, f"ending/data/{step}", **form)


@pytest.mark.rule("SON-LI-11")
@pytest.mark.parametrize(("day", "fits"), [("2027-01-18", True), ("2027-01-19", True), ("2027-01-20", False)])
def test_a_gone_agency_has_sixty_days_to_ask_for_its_data(client, app, travel, day, fits):
    """The last day is November 20; the sixtieth day after it is January 19, whenever the letter is entered."""
    world = make("sonoma", travel, "America/Los_Angeles")
    notice(client, world.director, world.agency, "2026-11-20")
    travel(datetime(2026, 11, 21, tzinfo=PACIFIC).astimezone(UTC))
    fire_due()
    window = clock_of("data-request-window")
    assert window.due_at == datetime(2027, 1, 19, 23, 59, 59, tzinfo=PACIFIC)
    travel(datetime(2027, 1, 21, 12, tzinfo=PACIFIC).astimezone(UTC))
    fire_due()
    answer = move(client, world.manager, world.agency, "asked", day)
    assert answer.status_code == (302 if fits else 422)
    window = clock_of("data-request-window")
    if fits:
        assert (window.state, window.was_late) == (State.MET, False)
    else:
        assert "could ask for its data until Tue, Jan 19, 2027" in words(answer)
        assert "SON-LI-11" in words(answer)
        assert window.is_missed


@pytest.mark.rule("SON-LI-11")
def test_the_data_is_delivered_after_somebody_confirmed_the_payment(client, app, travel):
    world = make("sonoma", travel, "America/Los_Angeles")
    notice(client, world.director, world.agency, "2026-11-20")
    assert move(client, world.director, world.agency, "asked", "2026-11-20").status_code == 302
    assert move(client, world.director, world.agency, "paid", "2026-11-20").status_code == 403
    travel(datetime(2026, 11, 23, 12, tzinfo=PACIFIC).astimezone(UTC))
    fire_due()
    assert not db.session.scalars(select(Deadline).where(Deadline.kind == "data-request-window")).all()
    unpaid = move(client, world.manager, world.agency, "delivered", "2026-11-23", "Disk sent.")
    assert unpaid.status_code == 409
    assert "has not been paid yet" in words(unpaid)
    assert "SON-LI-11" in words(unpaid)
    assert f"Data of {world.agency.name}" in read(client, world.manager, "/")
    assert move(client, world.manager, world.agency, "paid", "2026-11-23", "Receipt 12.").status_code == 302
    assert move(client, world.manager, world.agency, "delivered", "2026-11-23", "Disk sent.").status_code == 302
    page = read(client, world.manager, f"/agencies/{world.agency.id}/ending")
    assert "Receipt 12." in page
    assert f"Data of {world.agency.name}" not in read(client, world.manager, "/")


def test_the_states_of_a_transfer():
    policy = catalog.in_force("sonoma", date(2026, 11, 20))
    until = rules.window(policy, datetime(2026, 11, 21, tzinfo=PACIFIC), PACIFIC)
    last = date(2027, 1, 19)
    found = [rules.transfer(Stations(), until, last + timedelta(days=n)) for n in (-1, 0, 1)]
    assert found == [Transfer.OPEN, Transfer.OPEN, Transfer.LAPSED]
    day = date(2026, 12, 1)
    stations = [Stations(day), Stations(day, day), Stations(day, day, day)]
    assert [rules.transfer(one, until, last) for one in stations] == [Transfer.ASKED, Transfer.PAID, Transfer.DELIVERED]
    assert rules.transfer(Stations(), None, last) is Transfer.NONE


# ------------------------------------------------------------------ default


def default(client, person, agency, given="2026-11-20", once="default-1"):
    told = {"given_on": given, "reason": "No privacy notice is posted.", "once": once}
    return post(client, person, agency, "default", **{f"default-{name}": value for name, value in told.items()})


def close(client, person, agency, deed, row):
    form = {"close-reason": "As agreed.", "close-once": f"close-{row.id}"}
    return post(client, person, agency, f"default/{row.id}/{deed}", **form)


@pytest.mark.rule("SAC-LI-6")
@pytest.mark.parametrize(("seconds", "ends"), [(-1, False), (0, False), (1, True)], ids=["before", "at", "after"])
def test_a_default_has_ten_days_to_be_cured(client, app, travel, seconds, ends):
    world = make("sacramento", travel, "America/Los_Angeles")
    give_license(world.end_user, world.agency)
    assert default(client, world.manager, world.agency).status_code == 302
    row = the(DefaultNotice)
    assert row.cure_by == datetime(2026, 11, 30, 23, 59, 59, tzinfo=PACIFIC)
    assert clock_of("default-cure").rule == "SAC-LI-6"
    travel(row.cure_by + timedelta(seconds=seconds))
    fire_due()
    answer = close(client, world.manager, world.agency, "end", row)
    if not ends:
        assert answer.status_code == 409
        assert "can be cured until Mon, Nov 30, 2026, end of day" in words(answer)
        assert status(world.agency) is AgencyStatus.ACTIVE
        return
    assert answer.status_code == 302
    assert status(world.agency) is AgencyStatus.ENDED
    assert [held.state for held in licenses(world.agency)] == [LicenseState.ENDED]
    assert the(DefaultNotice).state is DefaultState.ENDED
    assert {m.message for m in mails("agency-default-missed")} == {"agency-default-missed"}
    page = read(client, world.manager, f"/agencies/{world.agency.id}/ending")
    assert "The default was to be cured by Mon, Nov 30, 2026" in page


@pytest.mark.rule("SAC-LI-6")
def test_a_cured_default_lets_the_agreement_go_on_and_the_agency_can_tell_the_lead_too(client, app, travel):
    world = make("sacramento", travel, "America/Los_Angeles")
    default(client, world.manager, world.agency)
    row = the(DefaultNotice)
    assert close(client, world.director, world.agency, "cure", row).status_code == 403
    assert close(client, world.manager, world.agency, "cure", row).status_code == 302
    assert clock_of("default-cure").state is State.MET
    again = close(client, world.manager, world.agency, "end", row)
    assert again.status_code == 409
    assert default(client, world.director, world.agency, once="default-2").status_code == 302
    theirs = the(DefaultNotice)
    assert (theirs.party, clock_of("default-cure").holder) == ("lead", "lead")
    assert close(client, world.manager, world.agency, "cure", theirs).status_code == 403
    assert close(client, world.director, world.agency, "withdraw", theirs).status_code == 302
    assert status(world.agency) is AgencyStatus.ACTIVE


def test_a_manual_without_default_says_so(client, app, travel):
    world = make("missouri", travel)
    answer = default(client, world.manager, world.agency)
    assert answer.status_code == 422
    assert "knows no notice of default" in words(answer)
    assert "No privacy notice is posted." in words(answer)


# ------------------------------------------------------------------ suspended at once


@pytest.mark.rule("SAC-LI-6")
def test_a_suspended_agency_has_no_access_at_once_and_gets_back_what_it_had(client, app, travel):
    world = make("sacramento", travel, "America/Los_Angeles")
    for person in (world.end_user, world.representative):
        give_license(person, world.agency)
    late = give_license(world.administrator, world.agency)
    with unit_of_work() as session:
        hold(session.get_one(License, late.id), HoldKind.TRAINING, "test", "The training is late.", NOV20)
    told = {"suspend-reason": "An account was shared, says the log."}
    assert post(client, world.director, world.agency, "suspension", **told).status_code == 403
    assert post(client, world.manager, world.agency, "suspension", **{"suspend-reason": ""}).status_code == 422
    assert post(client, world.manager, world.agency, "suspension", **told).status_code == 302
    assert post(client, world.manager, world.agency, "suspension", **told).status_code == 409
    assert status(world.agency) is AgencyStatus.SUSPENDED
    assert {held.state for held in licenses(world.agency)} == {LicenseState.SUSPENDED}
    assert len(mails("license-suspended")) == 2
    refused = ask(client, world.representative, asked(world.project))
    assert refused.status_code in (404, 409)
    page = read(client, world.director, f"/agencies/{world.agency.id}")
    assert "An account was shared, says the log." in page
    travel(NOV20 + timedelta(days=3))
    lifted = {"lift-reason": "The account is closed."}
    assert post(client, world.manager, world.agency, "suspension/lift", **lifted).status_code == 302
    assert post(client, world.manager, world.agency, "suspension/lift", **lifted).status_code == 404
    assert status(world.agency) is AgencyStatus.ACTIVE
    found = {held.person_id: held.state for held in licenses(world.agency)}
    assert found == {
        world.end_user.id: LicenseState.ACTIVE,
        world.representative.id: LicenseState.ACTIVE,
        world.administrator.id: LicenseState.SUSPENDED,
    }
    assert len(mails("license-unsuspended")) == 2
    assert the(Suspension).lifted_why == "The account is closed."
    assert "The account is closed." in read(client, world.director, f"/agencies/{world.agency.id}/ending")


def test_the_same_by_api(client, app, travel):
    world = make("sacramento", travel, "America/Los_Angeles")
    give_license(world.end_user, world.agency)
    path, manager = f"/api/v1/agencies/{world.agency.id}", api_headers(world.manager)
    director = api_headers(world.director)
    why = {"reason": "Found in the log."}
    assert client.post(f"{path}/suspension", json=why, headers=director).status_code == 403
    made = client.post(f"{path}/suspension", json=why, headers=manager)
    assert (made.status_code, made.get_json()["status"]) == (201, "suspended")
    assert client.post(f"{path}/suspension/lifting", json=why, headers=manager).get_json()["status"] == "active"
    body = {"last_day": "2026-12-19", "reason": "We close."}
    early = client.post(f"{path}/ending", json=body, headers=director)
    assert (early.status_code, early.get_json()["rule"]) == (422, "SAC-LI-6")
    key = {**director, "Idempotency-Key": "one-notice-1"}
    body["last_day"] = "2026-12-20"
    for _ in range(2):
        told = client.post(f"{path}/ending", json=body, headers=key).get_json()["ending"]
        assert (told["state"], told["last_day"], told["rule"]) == ("notice", "2026-12-20", "SAC-LI-6")
    back = client.post(f"{path}/ending/withdrawal", json=why, headers=director)
    assert back.get_json()["ending"] is None
    far = client.get(f"/api/v1/agencies/{world.other_agency.id}/ending", headers=director)
    assert far.status_code == 404


# ------------------------------------------------------------------ the mails


def test_every_mail_of_these_rooms_is_whole(client, app, travel):
    from pathlib import Path

    folder = Path(app.root_path) / "templates" / "email"
    ours = {one.name for one in folder.iterdir() if one.name.startswith(("agency-", "designation-"))}
    ours |= {"license-suspended", "license-unsuspended"}
    world = make("sacramento", travel, "America/Los_Angeles")
    give_license(world.end_user, world.agency)
    seen = {"how": "letter", "note": "Letter.", "day": "2026-11-20"}
    newcomer = member(world.agency, name="Ida Quill")
    named = {**seen, "kind": "authorized-representative", "person": str(newcomer.id), "since": "2026-11-20"}
    post(client, world.director, world.agency, "designations", **{f"name-{k}": v for k, v in named.items()})
    from core.people.models import Designation

    row = db.session.scalar(select(Designation).where(Designation.person_id == world.security_officer.id))
    gone = {**seen, "last": "2026-11-20"}
    post(client, world.director, world.agency, f"designations/{row.id}/end", **{f"end-{k}": v for k, v in gone.items()})
    fire_due()
    travel(NOV20 + SECOND * 2)
    fire_due()
    post(client, world.manager, world.agency, "suspension", **{"suspend-reason": "A log."})
    post(client, world.manager, world.agency, "suspension/lift", **{"lift-reason": "Resolved."})
    default(client, world.manager, world.agency)
    close(client, world.manager, world.agency, "cure", the(DefaultNotice))
    notice(client, world.director, world.agency, "2026-12-20")
    post(client, world.director, world.agency, "ending/withdraw", **{"withdraw-reason": "We stay."})
    default(client, world.manager, world.agency, once="default-2")
    notice(client, world.director, world.agency, "2026-12-25", once="again")
    travel(datetime(2026, 12, 1, 9, tzinfo=PACIFIC).astimezone(UTC))
    fire_due()
    travel(datetime(2026, 12, 19, 9, tzinfo=PACIFIC).astimezone(UTC))
    fire_due()
    travel(datetime(2026, 12, 26, 9, tzinfo=PACIFIC).astimezone(UTC))
    fire_due()
    sonoma = make_world("sonoma", "America/Los_Angeles")
    notice(client, sonoma.director, sonoma.agency, "2026-12-26", once="sonoma")
    travel(datetime(2027, 3, 26, 9, tzinfo=PACIFIC).astimezone(UTC))
    fire_due()
    fire_due()
    from core.outbox import OutboxMessage

    sent = list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))
    found = {mail.message for mail in sent}
    assert ours - found == {"agency-taken-in"}
    for mail in (mail for mail in sent if mail.message in ours):
        for body in (mail.subject, mail.body_text, mail.body_html):
            assert "None" not in body, mail.message
            assert "{" not in body, mail.message
        assert "http://hearthdesk.test/" in mail.body_text, mail.message
        assert "http://hearthdesk.test/" in mail.body_html, mail.message
