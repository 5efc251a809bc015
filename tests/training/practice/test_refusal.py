"""When the Lead may refuse access for practice cases, and what else it may order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from core import clock, events
from core.db import db, unit_of_work
from core.people.models import Person
from tests.licensing.acting import mails, read
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.training.acting import begin, enrollment_of, make_course, make_series
from tests.training.practice.acting import act, fails, give, key, make_case, said, teach, track_of
from training.courses.vocabulary import CourseKind
from training.events import AccessRefused
from training.practice.models import PracticeSession, PracticeTrack
from training.practice.rules import TrackState
from training.series import services as series
from training.series.rules import EnrollmentState

START = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)
HOMEWORK = (("homework", "Homework"),)


@pytest.fixture
def missouri(app, travel):
    travel(START)
    world = make_world("missouri")
    make_case(world)
    return world


@pytest.fixture
def vermont(app, travel):
    travel(START)
    world = make_world("vermont", tz="America/New_York")
    make_case(world, steps=HOMEWORK)
    return world


@pytest.fixture
def refusals():
    heard: list[AccessRefused] = []
    events._subscribers[AccessRefused].append(heard.append)
    yield heard
    events._subscribers[AccessRefused].remove(heard.append)


@pytest.mark.rule("MO-TR-6")
@pytest.mark.parametrize(
    ("failed", "taught", "status"),
    [(2, True, 409), (3, True, 302), (4, True, 302), (3, False, 409), (0, True, 409), (4, False, 409)],
)
def test_missouri_refuses_after_three_failed_attempts_and_one_on_one_training_and_not_after_either_alone(
    client, missouri, refusals, failed, taught, status
):
    track = give(missouri)
    fails(client, missouri, track.id, failed)
    if taught:
        assert teach(client, missouri.trainer, track.id).status_code == 302
    page = read(client, missouri.manager, f"/training/practice/{track.id}")
    assert ("Refuse access" in page) == (status == 302)
    assert act(client, missouri.manager, track.id, "refuse").status_code == status
    assert len(refusals) == (status == 302)
    assert track_of(track.id).state is (TrackState.REFUSED if status == 302 else TrackState.WORKING)


@pytest.mark.rule("MO-TR-6")
def test_the_decision_is_the_leads_with_a_reason_and_everybody_concerned_is_told(client, missouri, refusals):
    track = give(missouri)
    fails(client, missouri, track.id, 3)
    teach(client, missouri.trainer, track.id)
    assert act(client, missouri.trainer, track.id, "refuse").status_code == 403
    assert act(client, missouri.manager, track.id, "refuse", reason="").status_code == 422
    once = key()
    for _ in range(2):
        assert act(client, missouri.manager, track.id, "refuse", once=once).status_code == 302
    assert [(one.person_id, one.until) for one in refusals] == [(missouri.end_user.id, None)]
    told = {mail.person_id for mail in mails("practice-news") if "was refused" in mail.body_text}
    assert told == {missouri.end_user.id, missouri.administrator.id, missouri.representative.id}


@pytest.mark.rule("MO-TR-6")
def test_attempts_count_for_each_part_by_itself(client, missouri):
    from tests.training.practice.acting import passes

    track = give(missouri)
    fails(client, missouri, track.id, 2)
    passes(client, missouri, track.id)
    fails(client, missouri, track.id)
    teach(client, missouri.trainer, track.id)
    refused = act(client, missouri.manager, track.id, "refuse")
    assert (refused.status_code, "2 of at least 3 failed attempts" in said(refused)) == (409, True)


@pytest.mark.rule("VT-TR-4")
@pytest.mark.parametrize(("failed", "status"), [(1, 409), (2, 302), (3, 302)])
def test_vermont_refuses_after_repeated_attempts_without_one_on_one_training(client, vermont, failed, status):
    track = give(vermont)
    fails(client, vermont, track.id, failed)
    assert act(client, vermont.manager, track.id, "refuse").status_code == status


@pytest.mark.rule("VT-TR-4")
def test_a_refusal_ends_the_series_it_belongs_to(client, vermont):
    row = enrolled(client, vermont)
    track = give(vermont, enrollment_id=row.id)
    fails(client, vermont, track.id, 2)
    act(client, vermont.manager, track.id, "refuse")
    assert enrollment_of(vermont.end_user.id).state is EnrollmentState.REFUSED


def enrolled(client, world):
    made = make_series(world, make_course(world.lead, "Homework", kind=CourseKind.PRACTICE))
    with unit_of_work() as session:
        person = session.get_one(Person, world.end_user.id)
        row = series.enroll(session.merge(made), person, session.merge(world.agency), series.Wish((1,)), clock.now())
    begin(client, world.end_user, row)
    return enrollment_of(world.end_user.id)


@pytest.mark.rule("VT-TR-4")
def test_the_lead_may_have_the_series_taken_again(client, vermont):
    before = enrolled(client, vermont)
    track = give(vermont, enrollment_id=before.id)
    assert act(client, vermont.manager, track.id, "repeat").status_code == 302
    again = enrollment_of(vermont.end_user.id)
    assert again.id != before.id
    assert (again.previous_id, again.state) == (before.id, EnrollmentState.ASSIGNED)
    assert track_of(track.id).state is TrackState.WITHDRAWN


# ------------------------------------------------------------------ one-on-one training


def test_a_session_says_who_when_how_long_and_what_about(client, missouri):
    track = give(missouri)
    told = {"day": "11/2/2026", "time": "09:30", "minutes": "40", "about": "Living situations."}
    assert teach(client, missouri.trainer, track.id, **told).status_code == 302
    row = db.session.scalars(select(PracticeSession)).one()
    assert (row.trainer_id, row.minutes, row.about) == (missouri.trainer.id, 40, "Living situations.")
    assert row.held_at == datetime(2026, 11, 2, 15, 30, tzinfo=UTC)
    page = read(client, missouri.end_user, f"/training/practice/{track.id}")
    assert "40 minutes, with Theo Marsh: Living situations." in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("minutes", "0"), ("minutes", "601"), ("day", "2026-11-03"), ("day", "yesterday"), ("about", "")],
)
def test_a_session_that_cannot_be_is_refused(client, missouri, field, value):
    track = give(missouri)
    assert teach(client, missouri.trainer, track.id, **{field: value}).status_code == 422
    assert db.session.scalars(select(PracticeSession)).all() == []


def test_an_agency_sees_its_own_peoples_progress_and_nobody_elses(client, missouri):
    track = give(missouri)
    fails(client, missouri, track.id)
    page = read(client, missouri.administrator, f"/training/practice/{track.id}")
    assert "Returned to correct" in page
    assert "Juniper" not in page
    assert "Slept in her car" not in page
    assert sign_in(client, missouri.other_representative).get(f"/training/practice/{track.id}").status_code == 404
    assert sign_in(client, missouri.other_end_user).get(f"/training/practice/{track.id}").status_code == 404
    assert db.session.scalars(select(PracticeTrack)).one().id == track.id
