"""What practice cases decide about access: a refusal ends request and license, access for a time ends on its day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.audit import AuditEvent, verify
from core.db import db, unit_of_work
from core.deadlines import State, deadlines_of, fire_due
from core.people.models import StaffRole
from licensing.access.models import License, LicenseState
from licensing.access.practice import PROVISIONAL
from licensing.access.rules import RequestState
from licensing.seats.models import Seat, SeatOrder
from licensing.seats.services import settle
from tests.licensing.acting import (
    activate,
    confirm_all,
    decide,
    give_license,
    license_of,
    mails,
    read,
    request_again,
    request_made,
    words,
)
from tests.support.factories import make_staff, make_world
from tests.support.signing_in import sign_in
from tests.training.practice.acting import act, fails, give, make_case, teach
from tests.training.practice.acting import decide as rule_on
from tests.training.practice.test_ladder import START, provisional, to_committee
from training.practice.models import PracticeTrack
from training.practice.rules import TrackState

SECOND = timedelta(seconds=1)


@pytest.fixture
def bos(app, travel):
    travel(START)
    world = make_world("missouri-bos")
    for _ in range(4):
        make_case(world)
    world.member = make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc, name="Cora Mills")
    return world


def approved(client, world):
    row = request_made(client, world, email=world.end_user.email, name=world.end_user.name)
    decide(client, world.manager, row)
    confirm_all(client, world.admin, row)
    return request_again(row.id)


def ended_times(held):
    same = (
        AuditEvent.action == "license.ended",
        AuditEvent.subject_type == "license",
        AuditEvent.subject_id == held.id,
    )
    return db.session.scalar(select(func.count()).select_from(AuditEvent).where(*same))


@pytest.mark.rule("MO-TR-7")
def test_provisional_access_ends_the_license_on_its_day_once_and_it_comes_back_when_access_stays(client, bos, travel):
    held = give_license(bos.end_user, bos.agency)
    until = provisional(client, bos).until
    page = read(client, bos.manager, f"/access/licenses/{held.id}")
    assert "It ends by itself on Wed, Sep 30" in page
    assert "then the committee decides again (MO-TR-7)" in page
    travel(until - SECOND)
    fire_due()
    assert license_of(bos.end_user, bos.agency).state is LicenseState.ACTIVE
    assert {m.subject for m in mails("license-news")} == {"Provisional access ends soon"}
    for moment in (until, until + SECOND, until + timedelta(days=1)):
        travel(moment)
        fire_due()
        row = license_of(bos.end_user, bos.agency)
        assert (row.id, row.state, row.ended_at, ended_times(row)) == (held.id, LicenseState.ENDED, until, 1)
    told = [mail for mail in mails("license-news") if mail.subject == "An HMIS license has ended"]
    assert {m.person_id for m in told} == {bos.end_user.id, bos.administrator.id, bos.representative.id}
    assert len(told) == 3
    page = read(client, bos.representative, f"/access/licenses/{held.id}")
    assert "The provisional access ended on Wed, Sep 30, 2026 (MO-TR-7). The committee decides again." in page
    track = track_id(bos)
    assert rule_on(client, bos.member, track, "keep").status_code == 302
    again = license_of(bos.end_user, bos.agency)
    assert (again.id != held.id, again.state, deadlines_of(again, PROVISIONAL)) == (True, LicenseState.ACTIVE, [])


def track_id(world):
    return db.session.scalars(select(PracticeTrack.id).where(PracticeTrack.person_id == world.end_user.id)).one()


@pytest.mark.rule("MO-TR-7")
@pytest.mark.parametrize(("seconds", "status"), [(-1, 302), (0, 302), (1, 409)])
def test_a_license_given_on_provisional_access_ends_with_it_and_none_is_given_after_it(
    client, bos, travel, seconds, status
):
    row = approved(client, bos)
    until = provisional(client, bos).until
    travel(until + seconds * SECOND)
    answer = activate(client, bos.manager, row)
    assert answer.status_code == status
    held = license_of(bos.end_user, bos.agency)
    if status == 409:
        assert "the committee has not decided again" in words(answer)
        assert held is None
        return
    (clock,) = deadlines_of(held, PROVISIONAL)
    assert (clock.due_at, clock.rule, clock.state) == (until, "MO-TR-7", State.PENDING)
    travel(until)
    fire_due()
    assert license_of(bos.end_user, bos.agency).state is LicenseState.ENDED


@pytest.mark.rule("MO-TR-7")
def test_a_denial_ends_the_request_and_no_license_is_given_before_the_wait_is_over(client, bos, travel):
    row = approved(client, bos)
    track = to_committee(client, bos)
    assert rule_on(client, bos.member, track.id, "deny").status_code == 302
    denied = request_again(row.id)
    assert (denied.state, denied.decided_by_id) == (RequestState.DENIED, bos.member.id)
    page = read(client, bos.representative, f"/access/{row.id}")
    assert "(MO-TR-7): The report card says so. Another try is open after Sun, Feb 28, 2027." in page
    (mail,) = mails("access-denied")
    assert "MO-TR-7" in mail.body_text
    again = approved(client, bos)
    refused = activate(client, bos.manager, again)
    assert (refused.status_code, "may try again after Sunday, February 28, 2027" in words(refused)) == (409, True)
    travel(START + timedelta(days=200))
    assert activate(client, bos.manager, again).status_code == 302


@pytest.mark.rule("MO-TR-6")
def test_the_leads_refusal_ends_the_license_with_its_reason_and_rule(client, app, travel):
    travel(START)
    world = make_world("missouri")
    make_case(world)
    held, other = give_license(world.end_user, world.agency), give_license(world.administrator, world.agency)
    track = give(world)
    fails(client, world, track.id, 3)
    teach(client, world.trainer, track.id)
    assert act(client, world.manager, track.id, "refuse").status_code == 302
    row = license_of(world.end_user, world.agency)
    reason = "The practice cases ended in a refusal of access (MO-TR-6): It did not get better."
    assert (row.id, row.state, row.ended_reason) == (held.id, LicenseState.ENDED, reason)
    assert reason in read(client, world.representative, f"/access/licenses/{held.id}")
    assert db.session.get_one(License, other.id).state is LicenseState.ACTIVE
    assert reason in mails("license-news")[0].body_text


@pytest.mark.rule("MO-TR-7")
def test_a_seat_that_was_kept_for_a_request_goes_on_when_the_committee_denies_it(client, bos):
    form = {"coc": str(bos.coc.id), "name": "Standard", "there": "0", "cost": "1", "once": "t"}
    path = sign_in(client, bos.admin).post("/license-seats/new", data=form).location
    row = approved(client, bos)
    order = {"order-count": "1", "order-ordered_on": f"{START:%Y-%m-%d}", "order-cost": "1", "order-once": "o"}
    sign_in(client, bos.admin).post(f"{path}/orders", data=order)
    client.post(f"{path}/orders/{db.session.scalars(select(func.max(SeatOrder.id))).one()}/arrive")
    kept = select(Seat.request_id).where(Seat.freed_at.is_(None))
    assert db.session.scalars(kept).all() == [row.id]
    track = to_committee(client, bos)
    assert rule_on(client, bos.member, track.id, "deny").status_code == 302
    assert request_again(row.id).state is RequestState.DENIED
    assert db.session.scalars(kept).all() == []


@pytest.mark.rule("MO-TR-7")
@pytest.mark.parametrize("free", [0, 1])
def test_the_committee_keeps_access_also_where_no_seat_is_free_and_says_what_follows(client, bos, travel, free):
    held = give_license(bos.end_user, bos.agency)
    until = provisional(client, bos).until
    form = {"coc": str(bos.coc.id), "name": "Standard", "there": "1", "cost": "1", "once": "t"}
    assert sign_in(client, bos.admin).post("/license-seats/new", data=form).status_code == 302
    travel(until)
    fire_due()
    if not free:
        give_license(bos.administrator, bos.agency)
        with unit_of_work():
            settle(bos.coc.id, bos.administrator.id, until)
    travel(until + timedelta(days=1))
    track = track_id(bos)
    assert rule_on(client, bos.member, track, "keep").status_code == 302
    assert db.session.get_one(PracticeTrack, track).state is TrackState.KEPT
    row = license_of(bos.end_user, bos.agency)
    told = [mail for mail in mails("license-news") if mail.subject == "A license could not be given again"]
    if free:
        assert (row.state, told) == (LicenseState.ACTIVE, [])
        return
    assert (row.id, row.state) == (held.id, LicenseState.ENDED)
    assert {mail.person_id for mail in told} == {
        bos.end_user.id, bos.administrator.id, bos.representative.id, bos.manager.id,
    }  # fmt: skip
    assert "No seat of “Standard” is free: 1 of 1 are in use." in told[0].body_text
    assert "the practice cases need not be done again" in told[0].body_text
    with unit_of_work():
        verify()
