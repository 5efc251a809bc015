"""A day of training of the agency's administrator and of the manager: who is late, what comes next, what to teach
better; narrow and wide, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from core import clock
from core.db import db, unit_of_work
from tests.browser.looking import good, shot
from tests.support.factories import World, make_world, member
from tests.training.acting import begin, did, enrollment_of, make_course, make_series
from tests.training.courses.acting import pass_it, with_test
from tests.training.recertification.acting import licensed, started
from training.recertification import jobs
from training.series import services
from training.series.services import Wish

Enter = Callable[..., Page]
EASTERN = ZoneInfo("America/New_York")
BEGAN = datetime(2026, 11, 2, 9, tzinfo=EASTERN)
LONG_AGO = datetime(2024, 6, 1, tzinfo=EASTERN)
HERE = "/training/requirements"
TEST = {"has_test": "y", "draw": "4", "pass_percent": "80", "attempts": "3"}


def people(world: World, client: FlaskClient) -> None:
    """Late, on the way, done, and with nothing to do."""
    general = make_course(world.lead, "Data quality in practice", counts=["general"])
    for agency in (world.agency, world.other_agency):
        for number in range(6):
            person = member(agency)
            licensed(person, agency, LONG_AGO)
            if number % 2:
                did(person.id, general, BEGAN - timedelta(days=20))
                did(person.id, general, BEGAN - timedelta(days=10))
    started(client, world, "general-training:holders")
    series = make_series(world, make_course(world.lead, "User agreement"), make_course(world.lead, "Data standards"))
    for person in (world.end_user, world.representative):
        with unit_of_work():
            services.enroll(db.session.merge(series), person, world.agency, Wish(), clock.now())
    begin(client, world.end_user, enrollment_of(world.end_user.id))


def test_the_day_of_an_administrator(app, live: str, enter: Enter, client: FlaskClient, travel) -> None:
    travel(BEGAN.astimezone(UTC))
    world = make_world("vermont", "America/New_York")
    people(world, client)
    travel((BEGAN + timedelta(days=16)).astimezone(UTC))
    jobs.lapse_due()
    for width in (320, 1280):
        view = enter(world.administrator, width, dark=width == 320)
        view.goto(live + HERE)
        good(view)
        shot(view, f"requirements-{width}")
        view.get_by_label("Show").select_option("late")
        expect(view.get_by_role("link", name="Erin Doyle", exact=True)).to_be_visible()
        expect(view.get_by_text("Rosa Lind")).to_have_count(0)
        good(view)
        view.goto(f"{live}{HERE}?q=zzz")
        expect(view.get_by_text("Nobody here")).to_be_visible()
        good(view)
        view.goto(f"{live}{HERE}?show=late")
        view.get_by_role("link", name="New users, Erin Doyle", exact=False).click()
        good(view)
        for page in ("training/enrollments", "training/recertification/people", "training/completions", "training"):
            view.goto(f"{live}/{page}")
            good(view)
        mine = enter(world.end_user, width)
        mine.goto(f"{live}/training")
        expect(mine.get_by_text("What is required of you")).to_be_visible()
        good(mine)
        shot(mine, f"my-requirements-{width}")
        director = enter(world.director, width)
        director.goto(live + HERE)
        good(director)


def test_the_day_of_a_manager(app, live: str, enter: Enter, client: FlaskClient, travel) -> None:
    travel(BEGAN.astimezone(UTC))
    world = make_world("vermont", "America/New_York")
    people(world, client)
    course = with_test(client, world, 4, TEST, title="Security awareness")
    for wrong in (0, 0, 0, 1, 1, 2, 4):
        pass_it(client, member(world.agency), course, wrong)
    for width in (320, 1280):
        view = enter(world.manager, width, dark=width == 320)
        view.goto(live + HERE)
        good(view)
        view.get_by_role("link", name="Casa Sol", exact=True).first.click()
        expect(view.get_by_role("heading", level=1)).to_have_text("Requirements")
        good(view)
        shot(view, f"requirements-of-an-agency-{width}")
        view.goto(f"{live}/training/courses/figures")
        good(view)
        shot(view, f"pass-rates-{width}")
        view.get_by_role("link", name="Security awareness", exact=True).click()
        expect(view.get_by_text("The hardest question was answered right by", exact=False).first).to_be_visible()
        good(view)
        shot(view, f"pass-rates-of-a-course-{width}")
        view.get_by_label("Period").select_option("90")
        good(view)
        for page in ("training/practice/figures", "training/recertification", f"training/courses/{course.id}"):
            view.goto(f"{live}/{page}")
            good(view)
