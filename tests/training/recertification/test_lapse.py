"""Time that runs out: once, at the last second; the license that is locked, and what gives it back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from core import clock
from core.audit import AuditEvent, verify
from core.authz import principal_for
from core.db import db, unit_of_work
from core.events import subscribe
from core.people.models import CoC, Lead, Person
from licensing.access.models import LicenseHold, LicenseState
from tests.licensing.acting import read
from tests.support.factories import make_agency, make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.training.acting import did, make_course
from tests.training.recertification.acting import (
    PATH,
    SECOND,
    license_of,
    licensed,
    mails,
    owed,
    owes,
    started,
    sweep,
)
from training.courses.completions import revoke
from training.courses.models import Completion, Course
from training.events import TrainingLapsed
from training.recertification import jobs, locks, opening
from training.recertification.models import Obligation
from training.recertification.rules import Owes

EASTERN = ZoneInfo("America/New_York")
BEGAN = datetime(2026, 3, 2, 9, tzinfo=EASTERN)
SECURITY, GENERAL = "security-training:holders", "general-training:holders"
LAST = datetime(2026, 6, 1, 23, 59, 59, tzinfo=EASTERN)


@pytest.fixture
def world(app, travel):
    travel(BEGAN.astimezone(UTC))
    return make_world("vermont", tz="America/New_York")


@pytest.fixture
def held(world):
    """Due on June 1, 2026, at the end of the day."""
    return licensed(world.end_user, world.agency, datetime(2025, 6, 1, 10, tzinfo=EASTERN))


def at(travel, when: datetime) -> None:
    travel(when.astimezone(UTC))


@pytest.mark.rule("VT-TR-7")
@pytest.mark.parametrize(
    ("after", "state", "license_state"),
    [
        (-SECOND, Owes.OWED, LicenseState.ACTIVE),
        (timedelta(0), Owes.OWED, LicenseState.ACTIVE),
        (SECOND, Owes.LAPSED, LicenseState.SUSPENDED),
    ],
)
def test_the_license_is_locked_a_second_after_the_last_on_time(
    client, world, held, travel, after, state, license_state
):
    started(client, world, SECURITY)
    assert owed(world.end_user).due_at == LAST.astimezone(UTC)
    at(travel, LAST + after)
    jobs.lapse_due()
    assert (owed(world.end_user).state, license_of(held).state) == (state, license_state)


@pytest.mark.rule("VT-TR-7")
def test_a_locked_license_says_why_and_what_to_do_and_the_training_gives_it_back_at_once(client, world, held, travel):
    started(client, world, SECURITY)
    at(travel, LAST + SECOND)
    sweep()
    page = read(client, world.representative, f"/access/licenses/{held.id}")
    assert "Security training was due Mon, Jun 1, 2026, end of day and has not been done." in page
    assert "VT-TR-7" in page
    assert "active again at once" in page
    told = sign_in(client, world.admin).get(f"/api/v1/licenses/{held.id}", headers=api_headers(world.admin)).json
    assert (told["state"], "VT-TR-7" in told["holds"][0]["words"]) == ("suspended", True)
    assert "Your access to the HMIS is locked" in read(client, world.end_user, "/training")
    assert "locked until it is done" in read(client, world.end_user, "/")
    assert [m.person_id for m in mails("license-held")] == [world.end_user.id]
    [to_agency] = mails("training-lapsed")
    assert to_agency.person_id == world.administrator.id
    assert "Erin Doyle: Security training was due Mon, Jun 1, 2026" in to_agency.body_text
    did(world.end_user.id, make_course(world.lead, counts=["security"]))
    assert license_of(held).state is LicenseState.ACTIVE
    assert owed(world.end_user).was_late
    assert [m.person_id for m in mails("license-restored")] == [world.end_user.id]
    assert all(hold.lifted_at is not None for hold in license_of(held).holds)
    with unit_of_work():
        assert list(verify()) == []


@pytest.mark.rule("MO-TR-8")
def test_missouris_recertification_locks_until_the_last_of_the_parts_is_done(client, app, travel):
    central = ZoneInfo("America/Chicago")
    at(travel, datetime(2026, 10, 1, 9, tzinfo=central))
    world = make_world("missouri")
    held = licensed(world.end_user, world.agency, datetime(2025, 6, 1, tzinfo=central))
    started(client, world, "recertification:holders", days="30")
    courses = [make_course(world.lead, counts=[c]) for c in ("user-agreement", "security-and-privacy")]
    did(world.end_user.id, courses[0])
    at(travel, datetime(2026, 10, 31, 23, 59, 59, tzinfo=central))
    sweep()
    assert license_of(held).state is LicenseState.ACTIVE
    at(travel, datetime(2026, 11, 1, 0, 0, 0, tzinfo=central))
    sweep()
    assert license_of(held).state is LicenseState.SUSPENDED
    assert len(mails("license-held")) == 1
    did(world.end_user.id, courses[1])
    assert license_of(held).state is LicenseState.SUSPENDED
    did(world.end_user.id, make_course(world.lead, counts=["data-standards"]))
    assert license_of(held).state is LicenseState.ACTIVE


def test_only_the_license_of_that_agency_is_locked(client, world, held, travel):
    other = make_agency(world.coc, "Second House")
    newer = licensed(world.end_user, other, datetime(2026, 2, 1, tzinfo=EASTERN))
    started(client, world, SECURITY)
    at(travel, LAST + SECOND)
    sweep()
    assert (license_of(held).state, license_of(newer).state) == (LicenseState.SUSPENDED, LicenseState.ACTIVE)


def test_who_is_locked_out_still_owes_what_comes_next(client, world, held, travel):
    started(client, world, SECURITY)
    started(client, world, GENERAL)
    at(travel, LAST + SECOND)
    sweep()
    sweep()
    assert {o.credit: o.state for o in owes(world.end_user)} == {"security": Owes.LAPSED, "general": Owes.OWED}
    at(travel, datetime(2027, 1, 1, tzinfo=EASTERN))
    sweep()
    assert [o.state for o in owes(world.end_user, "general")] == [Owes.LAPSED, Owes.OWED]


def test_a_license_that_ended_meanwhile_is_left_alone(client, world, held, travel):
    started(client, world, SECURITY)
    at(travel, LAST)
    with unit_of_work():
        row = license_of(held)
        row.state, row.ended_at = LicenseState.ENDED, LAST.astimezone(UTC)
    at(travel, LAST + SECOND)
    jobs.lapse_due()
    assert (owed(world.end_user).state, license_of(held).state) == (Owes.ENDED, LicenseState.ENDED)
    assert mails("license-held") == mails("training-lapsed") == []


def test_one_that_ends_while_it_is_locked_stays_ended_when_the_training_is_done(client, world, held, travel):
    started(client, world, SECURITY)
    at(travel, LAST + SECOND)
    jobs.lapse_due()
    with unit_of_work():
        row = license_of(held)
        row.state, row.ended_at = LicenseState.ENDED, LAST.astimezone(UTC)
    did(world.end_user.id, make_course(world.lead, counts=["security"]))
    assert license_of(held).state is LicenseState.ENDED
    assert mails("license-restored") == []


def test_two_processes_lapse_each_once(client, world, app, travel):
    for _ in range(30):
        licensed(member(world.agency), world.agency, datetime(2025, 6, 1, 10, tzinfo=EASTERN))
    started(client, world, SECURITY)
    at(travel, LAST + SECOND)

    def look(_: int) -> int:
        with app.app_context():
            try:
                return jobs.lapse_due()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look, range(4))) == 30
    lapsed = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "obligation.lapsed")
    assert db.session.scalar(lapsed) == 30
    assert db.session.scalar(select(func.count()).select_from(LicenseHold)) == 30
    assert len(mails("license-held")) == 30


def test_one_whose_consequence_fails_does_not_hold_up_the_others(client, world, held, travel):
    other = licensed(world.administrator, world.agency, datetime(2025, 6, 1, 11, tzinfo=EASTERN))
    started(client, world, SECURITY)
    broken = {"person": world.end_user.id}

    @subscribe(TrainingLapsed)
    def stumble(event: TrainingLapsed) -> None:
        if event.person_id == broken["person"]:
            raise RuntimeError("it stumbles")

    at(travel, LAST + SECOND)
    jobs.lapse_due()
    assert (license_of(held).state, license_of(other).state) == (LicenseState.ACTIVE, LicenseState.SUSPENDED)
    broken["person"] = 0
    jobs.lapse_due()
    assert license_of(held).state is LicenseState.SUSPENDED


# ------------------------------------------------------------------ what was given is taken back


def test_a_revoked_completion_is_owed_again_and_late_where_the_time_is_over(client, world, held, travel):
    started(client, world, SECURITY)
    at(travel, LAST - timedelta(days=5))
    did(world.end_user.id, make_course(world.lead, counts=["security"]))
    at(travel, LAST + timedelta(days=1))
    sweep()
    assert [o.state for o in owes(world.end_user)] == [Owes.MET, Owes.OWED]
    with unit_of_work():
        row = db.session.scalars(select(Completion).where(Completion.person_id == world.end_user.id)).one()
        revoke(row, world.admin.id, "The report was of another meeting.", LAST + timedelta(days=1))
    assert [o.state for o in owes(world.end_user)] == [Owes.OWED, Owes.ENDED]
    sweep()
    assert [o.state for o in owes(world.end_user)] == [Owes.LAPSED, Owes.ENDED]
    assert license_of(held).state is LicenseState.SUSPENDED


def test_one_training_counts_once_for_each_thing_that_is_owed(client, world, held):
    started(client, world, GENERAL)
    started(client, world, SECURITY)
    did(world.end_user.id, make_course(world.lead, counts=["general", "security"]))
    assert {o.credit: (o.state, o.done) for o in owes(world.end_user)} == {
        "general": (Owes.OWED, 1), "security": (Owes.MET, 1),
    }  # fmt: skip


def test_a_training_that_is_being_recorded_while_a_campaign_opens_is_not_missed(client, world, held, app):
    """Each waits for the other, so that the one that comes second sees what the first has written."""
    course_id = make_course(world.lead, counts=["security"]).id
    lead_id, coc_id, admin_id, person_id = world.lead.id, world.coc.id, world.admin.id, world.end_user.id
    ready = Barrier(2)

    def in_its_own(work) -> None:
        with app.app_context():
            try:
                work()
            finally:
                db.session.remove()

    def open_it() -> None:
        lead, coc = db.session.get_one(Lead, lead_id), db.session.get_one(CoC, coc_id)
        by = principal_for(db.session.get_one(Person, admin_id), BEGAN)
        asked = next(one for _, one in opening.plans(lead, BEGAN) if one.key == SECURITY)
        with unit_of_work():
            locks.while_opening(lead_id)
            ready.wait()
            opening.start(lead, coc, asked, opening.Choice(), by, "at-once", BEGAN)

    def record_it() -> None:
        course = db.session.get_one(Course, course_id)
        ready.wait()
        did(person_id, course)

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(in_its_own, open_it), pool.submit(in_its_own, record_it)]:
            one.result(timeout=30)
    assert [o.state for o in owes(world.end_user)] == [Owes.MET]


# ------------------------------------------------------------------ reminders


def test_reminders_come_thirty_seven_and_one_day_before_and_after_an_outage_only_once(client, world, held, travel):
    started(client, world, SECURITY)
    for days, before, after in ((30, 0, 1), (7, 1, 2), (1, 2, 3)):
        at(travel, LAST - timedelta(days=days) - SECOND)
        jobs.remind_due()
        assert len(mails("training-due")) == before
        at(travel, LAST - timedelta(days=days))
        jobs.remind_due()
        jobs.remind_due()
        assert len(mails("training-due")) == after


def test_reminders_missed_in_an_outage_become_one(client, world, held, travel):
    started(client, world, SECURITY)
    at(travel, LAST - timedelta(hours=30))
    jobs.remind_due()
    assert len(mails("training-due")) == 1
    at(travel, LAST - timedelta(days=1))
    jobs.remind_due()
    assert len(mails("training-due")) == 2


def test_who_has_done_it_meanwhile_is_not_reminded(client, world, held, travel, sink):
    from core.outbox import drain

    started(client, world, SECURITY)
    at(travel, LAST - timedelta(days=30))
    jobs.remind_due()
    did(world.end_user.id, make_course(world.lead, counts=["security"]))
    drain()
    assert [m.state for m in mails("training-due")] == ["dropped"]


def test_the_lead_reminds_everybody_once_a_day(client, world, held, travel):
    row = started(client, world, SECURITY)
    press = f"{PATH}/{row.id}/remind"
    sign_in(client, world.trainer).post(press)
    sign_in(client, world.trainer).post(press)
    assert len(mails("training-due")) == 1
    at(travel, BEGAN + timedelta(days=1))
    sign_in(client, world.trainer).post(press)
    assert len(mails("training-due")) == 2
    assert sign_in(client, world.administrator).post(press).status_code == 403


def test_a_row_is_counted_once_by_the_sweep_however_often_it_looks(client, world, held, travel):
    started(client, world, SECURITY)
    at(travel, LAST + SECOND)
    assert [jobs.lapse_due(), jobs.lapse_due()] == [1, 0]
    assert db.session.scalar(select(func.count()).select_from(Obligation)) == 1


def test_what_somebody_owes_is_one_mail_however_it_is_cut_into_batches(client, app, travel, monkeypatch):
    central = ZoneInfo("America/Chicago")
    at(travel, datetime(2026, 10, 1, 9, tzinfo=central))
    missouri = make_world("missouri")
    people = [missouri.end_user, missouri.administrator, missouri.representative]
    for person in people:
        licensed(person, missouri.agency, datetime(2025, 6, 1, tzinfo=central))
    started(client, missouri, "recertification:holders")
    monkeypatch.setattr(jobs, "MAILS", 2)
    moments = count()
    travel_on = datetime(2026, 10, 1, 9, 30, tzinfo=central).astimezone(UTC)
    clock.set_source(lambda: travel_on + timedelta(milliseconds=next(moments)))
    jobs.remind_due()
    told = mails("training-due")
    assert sorted(m.person_id for m in told) == sorted(person.id for person in people)
    assert all(m.body_text.count("by Sat, Oct 31, 2026") == 3 for m in told)
