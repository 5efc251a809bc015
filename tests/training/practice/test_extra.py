"""A practice case for access that grows, and cases that end because what they were for fell away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from core import clock, events
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.people.models import Agency, Person
from tests.licensing.acting import decide, mails, read, request_made
from tests.support.factories import make_agency, make_project, make_world
from tests.support.signing_in import sign_in
from tests.training.acting import begin, enrollment_of, make_course, make_series
from tests.training.practice.acting import fails, give, hand_in, key, make_case, passes, review, said, track_of
from training import api as training
from training.courses.vocabulary import CourseKind
from training.practice.models import PracticeTrack
from training.practice.rules import TrackState

START = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)
WHY = "Works at the rapid re-housing project too."


@pytest.fixture
def world(app, travel):
    travel(START)
    return make_world("missouri")


@pytest.fixture
def told(monkeypatch):
    """What is published of kinds of project that were practiced for."""
    heard = []
    there = events._subscribers[training.KindPracticed]
    monkeypatch.setitem(events._subscribers, training.KindPracticed, [*there, heard.append])
    return heard


def missing(world, *hud_types, at=START):
    with unit_of_work() as session:
        return training.extension(world.end_user.id, session.merge(world.agency), hud_types, at)


def extra(world, hud_type=13, reason=WHY):
    with unit_of_work() as session:
        person, agency = session.get_one(Person, world.end_user.id), session.get_one(Agency, world.agency.id)
        return training.begin_extra_case(
            person, agency, hud_type, reason=reason, at=clock.now(), by_id=world.manager.id
        )


# ------------------------------------------------------------------ access that grows


@pytest.mark.rule("MO-TR-9")
def test_a_kind_of_project_is_missing_until_the_last_part_of_its_case_is_accepted(client, world, told):
    make_case(world)
    make_case(world, hud_type=13)
    passes(client, world, give(world).id, 3)
    told.clear()
    asked = missing(world, 1, 13)
    assert (asked.missing, asked.under_way, asked.rule, asked.is_met) == ((13,), {}, "MO-TR-9", False)
    assert asked.section == "Modifications to HMIS Access"
    case = extra(world)
    assert missing(world, 1, 13).under_way == {13: case.track_id}
    assert WHY in read(client, world.trainer, case.path)
    passes(client, world, case.track_id, 2)
    fails(client, world, case.track_id)
    assert (missing(world, 1, 13).missing, told) == ((13,), [])
    passes(client, world, case.track_id)
    assert missing(world, 1, 13).is_met
    assert [(one.person_id, one.agency_id, one.hud_type) for one in told] == [(world.end_user.id, world.agency.id, 13)]
    assert extra(world) is None, "who has practiced for it needs no case"


@pytest.mark.rule("MO-TR-9")
def test_where_the_manual_asks_for_none_nothing_is_missing(client, app, travel):
    travel(START)
    world = make_world("vermont")
    assert missing(world, 1, 13).is_met
    assert missing(world, 13).rule == ""


@pytest.mark.rule("MO-TR-9")
def test_asking_twice_is_once_and_what_was_practiced_elsewhere_at_the_lead_counts(client, world):
    make_case(world, hud_type=13)
    first, second = extra(world), extra(world)
    assert (first.track_id, first.waits) == (second.track_id, False)
    passes(client, world, first.track_id, 3)
    other = make_agency(world.coc)
    with unit_of_work() as session:
        assert training.extension(world.end_user.id, session.merge(other), [13], START).is_met


def test_without_a_case_in_the_library_it_waits_and_the_lead_sees_that(client, world):
    case = extra(world)
    assert case.waits
    assert f"No practice case for {world.end_user.name}" in read(client, world.trainer, "/")
    with pytest.raises(Invalid):
        extra(world, hud_type=99)
    with pytest.raises(Invalid):
        extra(world, reason="")


@pytest.mark.rule("MO-TR-7")
def test_while_a_denial_lasts_there_is_no_extra_case(client, app, travel):
    from core.people.models import StaffRole
    from tests.support.factories import make_staff
    from tests.training.practice.acting import decide as rule_on
    from tests.training.practice.test_ladder import START as BEGAN
    from tests.training.practice.test_ladder import to_committee

    travel(BEGAN)
    world = make_world("missouri-bos")
    for _ in range(4):
        make_case(world)
    member = make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc, name="Cora Mills")
    track = to_committee(client, world)
    rule_on(client, member, track.id, "deny")
    with pytest.raises(Conflict, match="was denied access"):
        extra(world)


def test_a_case_that_is_no_longer_needed_ends_with_its_reason(client, world):
    make_case(world, hud_type=13)
    case = extra(world)
    with unit_of_work():
        ends = (world.end_user.id, world.agency.id, 13, "The request for the project was withdrawn.", clock.now())
        assert training.end_extra_case(*ends)
        assert not training.end_extra_case(*ends)
    assert track_of(case.track_id).state is TrackState.WITHDRAWN
    assert "The request for the project was withdrawn." in read(client, world.end_user, case.path)
    assert hand_in(client, world.end_user, case.track_id).status_code == 409
    assert missing(world, 13).missing == (13,)
    assert extra(world).track_id != case.track_id


# ------------------------------------------------------------------ what ends with its series


def on_the_way(client, world):
    """A request that was approved, and the person in the middle of their practice case."""
    make_case(world)
    make_series(world, make_course(world.lead, "Cases", kind=CourseKind.PRACTICE))
    project = make_project(world.agency)
    row = request_made(client, world, email=world.end_user.email, name=world.end_user.name, projects=[str(project.id)])
    assert decide(client, world.manager, row).status_code == 302
    begin(client, world.end_user, enrollment_of(world.end_user.id))
    track = db.session.scalars(select(PracticeTrack)).one()
    assert track.enrollment_id == enrollment_of(world.end_user.id).id
    return row, track


@pytest.mark.rule("MO-TR-1")
def test_an_approval_taken_back_ends_the_practice_case_with_an_explanation(client, world):
    row, track = on_the_way(client, world)
    hand_in(client, world.end_user, track.id)
    answer = decide(client, world.manager, row, "deny", reason="It was for somebody else.")
    assert answer.status_code == 302
    assert track_of(track.id).state is TrackState.WITHDRAWN
    page = read(client, world.trainer, f"/training/practice/{track.id}")
    assert "The series it belonged to is no longer needed: The request for access was denied." in page
    assert [m.person_id for m in mails("practice-news") if "no longer needed" in m.subject] == [world.end_user.id]
    refused = review(client, world.trainer, accept=True)
    assert refused.status_code == 409, said(refused)
    assert f"Review: {world.end_user.name}" not in read(client, world.trainer, "/")


def test_a_series_that_is_withdrawn_on_its_page_takes_its_case_along_and_no_other(client, world):
    _, track = on_the_way(client, world)
    make_case(world, hud_type=13)
    other = give(world, 13)
    path = f"/training/enrollments/{track.enrollment_id}/withdraw"
    answer = sign_in(client, world.trainer).post(path, data={"once": key(), "reason": "They changed jobs."})
    assert answer.status_code == 302
    assert (track_of(track.id).state, track_of(other.id).state) == (TrackState.WITHDRAWN, TrackState.WORKING)
