"""Licenses in a browser: the day of an authorized representative and that of the Lead's manager, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from core import clock
from core.db import unit_of_work
from core.people.models import Person
from licensing.access.models import License
from licensing.reviews.jobs import open_all
from tests.browser.looking import good, picture
from tests.licensing.acting import confirm_all, decide, give_license, request_again, request_made
from tests.licensing.reconciliation.test_reconciliation import compared, line
from tests.licensing.test_filing import plan, put
from tests.licensing.test_seats import SEAT, begin
from tests.support.factories import World, make_project, make_world, member
from tests.support.signing_in import sign_in

Enter = Callable[..., Page]


@pytest.fixture
def world(app) -> World:
    """Of Sonoma, where a long leave locks and levels follow from the job; two users have a license."""
    found = make_world("sonoma", "America/Los_Angeles")
    make_project(found.agency, "Nights")
    for person in (found.end_user, member(found.agency, name="Bea Bird")):
        _licensed(person, found)
    return found


def _licensed(person: Person, world: World) -> License:
    held = give_license(person, world.agency)
    with unit_of_work() as session:
        session.get_one(License, held.id).level = "agency-staff"
    return held


def _look(enter: Enter, person: Person, live: str, *paths: str) -> Page:
    """Each page narrow and wide; returns the wide window, on the last one."""
    for width in (320, 1280):
        view = enter(person, width, dark=width == 320)
        for path in paths:
            answer = view.goto(f"{live}{path}")
            assert answer is not None
            assert answer.ok, f"{path}: {answer.status}"
            good(view)
    return view


def test_the_representatives_day(client: FlaskClient, world: World, live: str, enter: Enter) -> None:
    begin(client, world, 2)
    sign_in(client, world.admin).post("/reviews/begin")
    open_all()
    paths = ("/", "/access/new", "/license-changes/new/1", "/leaves/new/1", "/reviews/1", "/roster")
    view = _look(enter, world.representative, live, *paths)
    _asks_for_access(client, world, view, live, enter)
    _asks_for_a_change(view, live)
    _tells_of_a_leave(view, live)
    _confirms_the_users(view, live, enter, world)


def _asks_for_access(client: FlaskClient, world: World, view: Page, live: str, enter: Enter) -> None:
    """Once approved it waits for a seat, and the page says in which place."""
    view.goto(f"{live}/access/new")
    view.get_by_label("Full name").fill("Lena Chen")
    view.get_by_label("Work e-mail").fill("l.chen@agency.test")
    view.get_by_label("Job title").fill("Caseworker")
    view.get_by_text("Paid staff").click()
    view.get_by_label("Access level").select_option(index=1)
    view.get_by_text("Nights").click()
    good(view)
    view.get_by_role("button", name="Send the request").click()
    expect(view.get_by_role("heading", level=1)).to_have_text("Access for Lena Chen")
    good(view)
    number = int(view.url.rpartition("/")[2].partition("?")[0])
    decide(client, world.manager, request_again(number))
    _look(enter, world.representative, live, f"/access/{number}")
    view.goto(f"{live}/access/{number}")
    seat = view.locator("li.hd-gate", has_text="Seat")
    expect(seat).to_contain_text("number 1")
    picture(seat, "license-seat-line")


def _asks_for_a_change(view: Page, live: str) -> None:
    view.goto(f"{live}/license-changes/new/1")
    view.get_by_text("More projects", exact=True).click()
    view.get_by_text("Nights").click()
    view.get_by_label("Why their work needs it").fill("She stands in at night from now on.")
    picture(view.locator("main form"), "license-change-asked")
    view.get_by_role("button", name="Send the request").click()
    expect(view.get_by_text("More projects: Nights").first).to_be_visible()
    good(view)


def _tells_of_a_leave(view: Page, live: str) -> None:
    today = clock.now().date()
    view.goto(f"{live}/leaves/new/2")
    view.get_by_label("First day of the leave").fill(f"{today + timedelta(days=1):%Y-%m-%d}")
    view.get_by_label("Last day of the leave").fill(f"{today + timedelta(days=90):%Y-%m-%d}")
    view.get_by_role("button", name="Send it").click()
    expect(view.get_by_role("heading", level=1)).to_have_text("Leave of Bea Bird")
    expect(view.get_by_text("90 days, more than 45").first).to_be_visible()
    good(view)
    picture(view, "license-leave")


def _confirms_the_users(view: Page, live: str, enter: Enter, world: World) -> None:
    view.goto(f"{live}/reviews/1")
    view.get_by_text("All is as it should be for Erin Doyle").click()
    expect(view.get_by_role("row", name="Erin Doyle")).not_to_contain_text("agency-staff")
    view.set_viewport_size({"width": 1280, "height": 760})
    picture(view, "user-review")
    view.get_by_role("button", name="Confirm those that are ticked").click()
    expect(view.get_by_role("row", name="Erin Doyle")).to_contain_text("Rosa Lind")
    _look(enter, world.representative, live, "/reviews/1", "/reviews")


def test_the_managers_day(client: FlaskClient, world: World, live: str, enter: Enter) -> None:
    begin(client, world, 4)
    row = request_made(client, world, level="agency-staff")
    put(client, world)
    plan(client, world, due_on=f"{clock.now() + timedelta(days=40):%Y-%m-%d}")
    compared(
        client, world, line(world.end_user, level="", login="2026-01-05"),
        "front@agency.test,front2,Front desk,Harbor House,,Active,",
        line(world.other_end_user, agency="Casa Sol"),
    )  # fmt: skip
    view = _look(
        enter, world.manager, live, "/", f"/access/{row.id}", "/license-seats", "/reconciliation/findings",
        "/reconciliation/findings/1", "/roster", "/contracts", "/report-calendar",
    )  # fmt: skip
    _decides(client, world, view, live, row.id)
    _gives_a_password(view, live)
    _looks(view, live)


def _decides(client: FlaskClient, world: World, view: Page, live: str, number: int) -> None:
    view.goto(f"{live}/access/{number}")
    decision = view.get_by_role("region", name="Decide")
    decision.get_by_label("Reason").fill("The new program needs her.")
    picture(decision, "license-decide")
    decision.get_by_role("button", name="Approve").click()
    expect(view.get_by_text("Approved").first).to_be_visible()
    good(view)
    confirm_all(client, world.manager, request_again(number), but=SEAT)


def _gives_a_password(view: Page, live: str) -> None:
    view.goto(f"{live}/access/licenses/1/credentials")
    view.get_by_label("User name in the HMIS").fill("edoyle")
    view.get_by_role("button", name="Make a password and show it").click()
    expect(view.get_by_text("This page is the only place where it stands.")).to_be_visible()
    good(view)


def _looks(view: Page, live: str) -> None:
    for path, name in (
        ("/license-seats", "license-seats"),
        ("/roster", "license-roster"),
        ("/report-calendar", "report-calendar"),
        ("/reconciliation/findings", "hmis-findings"),
    ):
        view.goto(f"{live}{path}")
        view.set_viewport_size({"width": 1280, "height": 600})
        picture(view, name)
    view.get_by_role("link", name="Front desk").click()
    view.get_by_label("What did you see in the HMIS?").fill("The account shows as inactive now.")
    view.get_by_role("button", name="Settled").click()
    good(view)


def test_a_request_is_kept_and_taken_up_on_another_device(world: World, live: str, enter: Enter) -> None:
    phone = enter(world.representative, 320)
    phone.goto(f"{live}/access/new")
    phone.get_by_label("Full name").fill("Lena Chen")
    good(phone)
    phone.get_by_role("button", name="Keep as a draft").click()
    expect(phone.get_by_text("Kept as a draft.")).to_be_visible()
    good(phone)
    view = enter(world.representative)
    view.goto(f"{live}/access")
    good(view)
    view.get_by_role("link", name="Lena Chen").click()
    expect(view.get_by_label("Full name")).to_have_value("Lena Chen")
    view.goto(f"{live}/access")
    view.get_by_role("button", name="Discard the draft for Lena Chen").click()
    expect(view.get_by_text("The draft is discarded.")).to_be_visible()
    expect(view.get_by_text("Your drafts")).to_have_count(0)
