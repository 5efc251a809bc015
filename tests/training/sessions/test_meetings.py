"""The meetings that a manual wants: when the next is due, what is on record, who attends (SON-TR-2)."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.deadlines import Deadline, State, fire_due
from core.people.models import DesignationKind, StaffRole
from licensing.access.models import License
from tests.conftest import NOON
from tests.support.counting import queries
from tests.support.factories import World, make_staff, make_world, member
from tests.support.signing_in import sign_in
from tests.tickets.acting import read, words
from tests.training.sessions.acting import committed, do, fresh, make_course, planned, typed, zoom
from training.courses.vocabulary import CourseKind
from training.sessions.meetings import rules, services
from training.sessions.meetings.queries import by_agency
from training.sessions.meetings.rules import Level, Presence

pytestmark = pytest.mark.usefixtures("app", "at_noon")
WHOLE = ("2026-12-02 18:00:00", "2026-12-02 20:00:00")


@pytest.fixture
def world() -> World:
    return make_world("sonoma")


def clocks(kind: str) -> list[Deadline]:
    query = select(Deadline).where(Deadline.kind == kind).order_by(Deadline.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def licensed(world: World, *people) -> None:
    for person in people:
        agency = world.other_agency if person is world.other_end_user else world.agency
        values = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id, "person_id": person.id}
        with unit_of_work() as session:
            session.add(License(**values, since=NOON - timedelta(days=100)))


def meeting(client, world, kind: str = "user-group", **values):
    course = make_course(world, CourseKind.MEETING, title="User group", credits=["meeting"])
    values = {"title": "User group, fourth quarter", "meeting": kind, "agenda": "Coverage", **values}
    return planned(client, world, course, **values)


@pytest.mark.rule("SON-TR-2")
@pytest.mark.parametrize(
    ("kind", "day", "title"),
    [("meeting-user-group", "2027-02-20", "user group"), ("meeting-data-committee", "2026-12-20", "data committee")],
)
def test_the_next_is_due_a_quarter_or_a_month_after_the_last(client, world, travel, kind, day, title):
    assert services.begin_meetings() == 2
    assert services.begin_meetings() == 0
    (clock,) = clocks(kind)
    assert (clock.rule, clock.coc_id) == ("SON-TR-2", world.coc.id)
    assert clock.due_at.astimezone(ZoneInfo(world.coc.tz)).isoformat()[:19] == f"{day}T23:59:59"
    assert f"Hold the {title}" in read(client, world.manager, "/deadlines")
    for moment, state in ((clock.due_at, State.PENDING), (clock.due_at + timedelta(seconds=1), State.FIRED)):
        travel(moment)
        fire_due()
        assert clocks(kind)[0].state is state
    assert clocks(kind)[0].is_missed, "it stays owed"


@pytest.mark.rule("SON-TR-2")
def test_a_meeting_that_is_held_meets_the_clock_and_begins_the_next(client, world, travel):
    services.begin_meetings()
    row = meeting(client, world)
    travel(row.ends_at - timedelta(seconds=1))
    fire_due()
    assert [c.state for c in clocks("meeting-user-group")] == [State.PENDING]
    travel(row.ends_at)
    fire_due()
    met, following = clocks("meeting-user-group")
    assert (met.state, met.was_late, met.closed_at) == (State.MET, False, row.ends_at)
    assert following.state is State.PENDING
    assert following.due_at - row.ends_at > timedelta(days=89)
    assert following.due_at - row.ends_at < timedelta(days=93)
    assert len(clocks("meeting-data-committee")) == 1, "the other is another's"
    page = words(read(client, world.manager, "/training/meetings"))
    assert "1 meeting in the last year; the manual wants 4." in page
    assert "The last meeting was held on Wed, Dec 2, 2026" in page


def test_one_that_is_called_off_meets_nothing(client, world, travel):
    services.begin_meetings()
    row = meeting(client, world)
    do(client, world.trainer, row, "cancel", **{"cancel-reason": "Snow."})
    travel(row.ends_at)
    fire_due()
    assert [c.state for c in clocks("meeting-user-group")] == [State.PENDING]


@pytest.mark.rule("SON-TR-2")
def test_each_agency_against_the_minimum_of_license_holders_and_leadership(client, world, travel):
    licensed(world, world.end_user, world.administrator, world.other_end_user)
    leader = member(world.other_agency, DesignationKind.EXECUTIVE_DIRECTOR, name="Otto Lang")
    row = meeting(client, world)
    travel(row.ends_at)
    fire_due()
    people = [world.end_user, world.administrator, world.other_end_user]
    committed(client, world, row, zoom(*((p.name, p.email, *WHOLE) for p in people)))
    page = words(read(client, world.manager, "/training/meetings"))
    assert "Harbor House 1 of 1 0 of 1 Some 2 of 2 Not there" in page, "without leadership it is not the minimum"
    committed(client, world, row, zoom(*((p.name, p.email, *WHOLE) for p in (*people, world.director, leader))))
    page = words(read(client, world.manager, "/training/meetings"))
    assert "Harbor House 1 of 1 1 of 1 Everybody 2 of 2 There" in page
    assert "Casa Sol 1 of 1 1 of 1 Everybody 1 of 1 There" in page
    assert _asked(world, row.id, times=1) == _asked(world, row.id, times=12) == 3
    own = words(read(client, world.director, "/training/meetings"))
    assert "Harbor House" in own
    assert "Casa Sol" not in own, "an agency sees itself"


def _asked(world: World, session_id: int, times: int) -> int:
    """How many queries the table of so many meetings takes."""
    held, principal = [fresh(session_id)] * times, principal_for(world.manager, clock.now())
    coc = held[0].coc
    with queries() as told:
        assert [len(one.at) for one in by_agency(principal, coc, held)] == [times] * 2
    return len(told)


@pytest.mark.parametrize(
    ("holders", "there", "leaders", "leading", "level"),
    [
        (3, 3, 2, 1, Level.FULL),
        (3, 3, 2, 0, Level.PART),
        (3, 2, 2, 2, Level.PART),
        (3, 0, 2, 0, Level.ABSENT),
        (0, 0, 1, 1, Level.FULL),
        (2, 2, 0, 0, Level.FULL),
        (0, 0, 0, 0, Level.ABSENT),
    ],
)
def test_the_minimum(holders, there, leaders, leading, level):
    assert Presence(holders, there, leaders, leading).level is level


def test_what_a_meeting_lacks():
    wanted = ("agenda", "minutes", "attendance")
    assert rules.missing(wanted, agenda="A", minutes="", is_settled=True) == ["minutes"]
    assert rules.missing(wanted, agenda="", minutes="M", is_settled=False) == ["agenda", "attendance"]


@pytest.mark.rule("SON-TR-2")
def test_agenda_minutes_and_attendance_are_asked_for_until_they_are_there(client, world, travel):
    row = meeting(client, world)
    travel(row.ends_at)
    fire_due()
    assert f"Minutes of {row.title}" in read(client, world.trainer, "/")
    assert "Missing minutes, who attended" in words(read(client, world.manager, "/training/meetings"))
    refused = do(client, world.trainer, row, "records", **{"records-minutes": "SSN 123-45-6789"})
    assert refused.status_code == 422
    said = {"records-agenda": "Coverage", "records-minutes": "All is well."}
    assert do(client, world.trainer, row, "records", **said).status_code == 302
    committed(client, world, row, zoom((world.end_user.name, "", *WHOLE)))
    assert "Minutes of" not in read(client, world.trainer, "/")
    assert "Missing" not in words(read(client, world.manager, "/training/meetings"))
    assert "All is well." in read(client, world.end_user, f"/training/sessions/{row.id}")


def test_the_committee_by_its_members(client, world, travel):
    member_of = make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc, name="Cora Bly")
    make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc, name="Paul Rye")
    row = meeting(client, world, "data-committee", title="Data committee")
    travel(row.ends_at)
    fire_due()
    committed(client, world, row, zoom((member_of.name, "", *WHOLE)))
    page = words(read(client, member_of, "/training/meetings"))
    assert "Cora Bly 1 of 1" in page
    assert "Paul Rye 0 of 1" in page


def test_a_manual_that_wants_no_meetings(client):
    world = make_world("vermont")
    assert services.begin_meetings() == 0
    assert "asks for no regular meetings" in read(client, world.manager, "/training/meetings")
    assert "Regular meeting" not in read(client, world.trainer, "/training/sessions/new")


def test_a_regular_meeting_is_one_communitys(client, world):
    course = make_course(world, CourseKind.MEETING)
    form = typed(course, world, meeting="user-group", coc="0")
    answer = sign_in(client, world.trainer).post("/training/sessions/new", data=form)
    assert (answer.status_code, "one community" in answer.get_data(as_text=True)) == (422, True)
