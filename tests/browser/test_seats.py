"""Seats, passwords, the roster, contracts and the calendar of reports, as the Lead sees them; narrow and wide."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from tests.browser.looking import good, shot
from tests.licensing.acting import confirm_all, decide, give_license, request_again, request_made
from tests.licensing.test_filing import plan, put
from tests.licensing.test_seats import SEAT, begin
from tests.support.factories import World, make_world


@pytest.fixture
def world(app, at_noon) -> World:
    return make_world("sonoma", "America/Los_Angeles")


def test_the_rooms_of_the_inventory_and_of_what_is_on_file(
    live: str, enter: Callable[..., Page], world: World, client: FlaskClient
) -> None:
    held = give_license(world.end_user, world.agency)
    number = begin(client, world, 1)
    row = request_made(client, world, level="agency-staff")
    decide(client, world.manager, row)
    confirm_all(client, world.manager, request_again(row.id), but=SEAT)
    put(client, world)
    plan(client, world)
    pages = (
        "license-seats", "license-seats/new", f"license-seats/{number}", f"access/{row.id}",
        f"access/licenses/{held.id}/credentials", "roster", "roster/sign-offs/new", "contracts", "contracts/new",
        "report-calendar", "report-calendar/new", "report-calendar/1",
    )  # fmt: skip
    for width in (320, 1280):
        view = enter(world.manager, width, dark=width == 320)
        for page in pages:
            view.goto(f"{live}/{page}")
            good(view)
            shot(view, f"{page.replace('/', '-')}-{width}")
        view.goto(f"{live}/access/licenses/{held.id}/credentials")
        view.get_by_label("User name in the HMIS").fill(f"edoyle{width}")
        view.get_by_role("button", name="Make a password and show it").click()
        expect(view.get_by_text("This page is the only place where it stands.")).to_be_visible()
        good(view)
    own = enter(world.end_user, 320)
    own.goto(f"{live}/hmis-password")
    good(own)
