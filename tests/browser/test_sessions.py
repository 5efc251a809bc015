"""Live training in a real browser: planned, changed, signed in on the spot, a report brought; every page looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page

from core.deadlines import fire_due
from tests.browser.looking import good
from tests.conftest import NOON
from tests.support.factories import World, make_world, member
from tests.training.sessions.acting import (
    attendance,
    comes,
    committed,
    do,
    fresh,
    make_course,
    planned,
    previewed,
    zoom,
)
from training.courses.vocabulary import CourseKind
from training.sessions.attendance import services as attending
from training.sessions.meetings.services import begin_meetings

Enter = Callable[..., Page]
WHOLE = ("2026-12-02 18:00:00", "2026-12-02 20:00:00")


@pytest.fixture
def world(app: Flask, travel: Callable) -> World:
    travel(NOON)
    return make_world("sonoma")


def test_what_was_chosen_stays_when_a_session_is_changed(app, live, enter: Enter, world):
    """The boxes that one types in to find keep what they had."""
    row = planned(app.test_client(), world, make_course(world, title="Reading reports"))
    view = enter(world.trainer)
    view.goto(f"{live}/training/sessions/{row.id}/edit")
    view.get_by_label("Title").fill("Reading your reports")
    view.get_by_role("button", name="Save").click()
    view.wait_for_url(f"{live}/training/sessions/{row.id}")
    changed = fresh(row.id)
    assert (changed.title, changed.trainer_id, changed.course_id) == (
        "Reading your reports", world.trainer.id, row.course_id,
    )  # fmt: skip


def test_a_code_on_the_wall_is_typed_by_who_is_there(app, live, enter: Enter, world, travel):
    client = app.test_client()
    row = planned(client, world)
    travel(row.starts_at)
    wall, phone = enter(world.trainer), enter(world.end_user, 320)
    wall.goto(f"{live}/training/sessions/{row.id}/code")
    wall.get_by_role("button", name="Show the code").click()
    code = attending.code_at(fresh(row.id), row.starts_at)
    wall.get_by_text(f"{code[:3]} {code[3:]}").wait_for()
    phone.goto(f"{live}/training/sessions/{row.id}")
    phone.get_by_label("Code").fill(code)
    phone.get_by_role("button", name="Sign in").click()
    phone.get_by_text("You are signed in", exact=True).wait_for()
    good(phone)
    good(wall)


def test_a_report_is_brought_looked_at_and_committed(app, live, enter: Enter, world, travel, tmp_path):
    row = planned(app.test_client(), world)
    travel(row.ends_at)
    fire_due()
    file = tmp_path / "participants.csv"
    file.write_bytes(zoom((world.end_user.name, "", *WHOLE), ("Lena's iPad", "", *WHOLE)))
    view = enter(world.trainer)
    view.goto(f"{live}/training/sessions/{row.id}/imports/new")
    view.get_by_label("Report").set_input_files(file)
    view.get_by_label("Time zone of its times").select_option("America/Chicago")
    view.get_by_role("button", name="Look at it").click()
    view.get_by_text("1 recognized, 0 may be several people, 1 not known, 0 none of ours.").wait_for()
    good(view)
    view.get_by_role("row", name="Lena's iPad").get_by_role("button", name="Set").click()
    view.get_by_text("Lena's iPad: none of ours.").wait_for()
    view.get_by_role("button", name="Commit: these people were there").click()
    view.get_by_text("Committed: 1 person was there.").wait_for()
    found = attendance(row, world.end_user)
    assert found is not None
    assert found.is_credited


def test_every_page_of_sessions(app, live, enter: Enter, page: Enter, world, travel):
    client = app.test_client()
    begin_meetings()
    course = make_course(world, CourseKind.MEETING, title="User group")
    held = planned(client, world, course, title="User group", meeting="user-group", agenda="Coverage")
    coming = planned(
        client, world, course, starts="2026-12-09T18:00", ends="2026-12-09T20:00", capacity="2", audience="review",
        about="Bring a report of your own.", needs_approval="y",
    )  # fmt: skip
    off = planned(client, world, course, title="Off", starts="2026-12-10T10:00", ends="2026-12-10T11:00")
    for person in (world.end_user, world.other_end_user):
        comes(client, person, coming)
        comes(client, person, held)
    do(client, world.trainer, off, "cancel", **{"cancel-reason": "The trainer is ill."})
    travel(held.ends_at + timedelta(minutes=5))
    fire_due()
    member(world.other_agency, name=world.end_user.name)
    committed(client, world, held, zoom((world.director.name, "", *WHOLE), (world.other_end_user.name, "", *WHOLE)))
    made = previewed(client, world, held, zoom((world.end_user.name, "", *WHOLE), ("Lena's iPad", "", *WHOLE)))
    found = attendance(held, world.other_end_user)
    assert found is not None
    of_staff = (
        f"/training/sessions/{coming.id}", f"/training/sessions/{coming.id}/edit", f"/training/sessions/{off.id}",
        f"/training/sessions/{held.id}", f"/training/sessions/{held.id}/attendance", "/training/sessions?shown=past",
        f"/training/sessions/{held.id}/imports/new", f"/training/sessions/imports/{made.id}",
        f"/training/attendance/{found.id}", "/training/attendance", "/training/meetings",
    )  # fmt: skip
    of_all = (f"/training/calendar/{coming.id}", "/training/calendar?view=month&month=2026-12", "/training/calendar")
    of_one = (f"/training/sessions/{coming.id}", "/training/sessions?shown=mine", "/training")
    for width in (320, 1280):
        for view, paths in (
            (enter(world.trainer, width, dark=width == 1280), of_staff),
            (enter(world.other_end_user, width), of_one),
            (page(width), of_all),
        ):
            for path in paths:
                answer = view.goto(live + path)
                assert answer is not None
                assert answer.status == 200, path
                good(view)
