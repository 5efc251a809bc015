"""The series as people see it: the trainee's own page, who is on the way, and making one; narrow and wide."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from core.people.models import Person
from tests.browser.looking import good, shot
from tests.licensing.acting import decide, request_made
from tests.support.factories import World, make_world
from tests.training.acting import did, enrollment_of, make_course, make_series
from training.courses.vocabulary import CourseKind

TITLES = ("User agreement", "Security and privacy", "Data standards", "Software basics")


@pytest.fixture
def world(app) -> World:
    return make_world("vermont", tz="America/New_York")


def test_a_trainee_begins_and_everybody_follows(
    live: str, enter: Callable[..., Page], world: World, client: FlaskClient
) -> None:
    courses = [make_course(world.lead, title) for title in TITLES]
    cases = make_course(world.lead, "Practice cases", kind=CourseKind.PRACTICE)
    make_series(world, *courses, cases)
    row = request_made(client, world, level="case-manager-iii", name=world.end_user.name, email=world.end_user.email)
    decide(client, world.manager, row)
    trainee: Person = world.end_user
    view = enter(trainee, 320)
    view.goto(f"{live}/training")
    good(view)
    view.get_by_role("button", name="Begin New users").click()
    expect(view.get_by_text("You have begun.")).to_be_visible()
    good(view)
    did(trainee.id, courses[0])
    did(trainee.id, courses[1])
    view.reload()
    good(view)
    shot(view, "my-training-320")
    wide = enter(trainee, 1280)
    wide.goto(f"{live}/training")
    good(wide)
    shot(wide, "my-training-1280")
    way = f"training/enrollments/{enrollment_of(trainee.id).id}"
    making = ("training/series", "training/series/1", "training/series/1/edit")
    for width in (320, 1280):
        staff = enter(world.trainer, width, dark=width == 320)
        for page in ("training/enrollments", way, "training/enrollments/new?q=erin", *making):
            staff.goto(f"{live}/{page}")
            good(staff)


def test_a_transcript_and_its_certificate(live: str, enter: Callable[..., Page], world: World) -> None:
    did(world.end_user.id, make_course(world.lead, "Security and ethics", counts=["security"]))
    for width in (320, 1280):
        view = enter(world.end_user, width)
        view.goto(f"{live}/training/transcript")
        good(view)
        view.get_by_role("button", name="Certificate of Security and ethics").click()
        expect(view.get_by_text("confirms this certificate")).to_be_visible()
        good(view)
        shot(view, f"certificate-{width}")
        staff = enter(world.trainer, width, dark=width == 320)
        for page in ("training/completions", f"training/people/{world.end_user.id}", "certificates?code=AAAA"):
            staff.goto(f"{live}/{page}")
            good(staff)
            shot(staff, f"{page.replace('/', '-').split('?')[0]}-{width}")
