"""Access requests and departures as people see them: every state, narrow and wide, without a fault axe can find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.deadlines import fire_due
from tests.browser.looking import good, shot
from tests.licensing.acting import activate, confirm, confirm_all, decide, leaving, noted, request_made
from tests.support.factories import make_project, make_world


@pytest.fixture
def world(app):
    return make_world("missouri")


def look(enter: Callable[..., Page], person: object, address: str, name: str) -> None:
    """The page at both widths, light and dark."""
    for width, dark in ((320, True), (1280, False)):
        view = enter(person, width, dark=dark)
        answer = view.goto(address)
        assert answer is not None
        assert answer.ok, answer.status
        good(view)
    shot(view, name)


def test_a_request_in_every_state(client, world, live, enter):
    make_project(world.agency)
    row = request_made(client, world)
    confirm(client, world.trainer, row, "training-complete")
    look(enter, world.manager, f"{live}/access/{row.id}", "access-open")
    look(enter, world.representative, f"{live}/access", "access-list")
    look(enter, world.representative, f"{live}/access/new", "access-new")
    decide(client, world.manager, row)
    confirm_all(client, world.admin, row)
    look(enter, world.manager, f"{live}/access/{row.id}", "access-ready")
    activate(client, world.manager, row)
    look(enter, world.manager, f"{live}/access/{row.id}", "access-active")
    look(enter, world.manager, f"{live}/access/licenses/1", "license")
    look(enter, world.manager, f"{live}/access/licenses", "licenses")
    denied = request_made(client, world, email="o.hale@agency.test", name="Ola Hale")
    decide(client, world.manager, denied, "deny", "She starts in January.")
    look(enter, world.representative, f"{live}/access/{denied.id}", "access-denied")


def test_what_is_refused_stays_on_the_form_with_the_reason(world, live, enter):
    view = enter(world.administrator, 320)
    view.goto(f"{live}/access/new")
    view.get_by_label("Full name").fill("Lena Chen")
    view.get_by_label("Work e-mail").fill("l.chen@agency.test")
    view.get_by_text("Contractor").click()
    view.get_by_role("button", name="Send the request").click()
    expect(view.get_by_label("Full name")).to_have_value("Lena Chen")
    expect(view.locator("#error-summary")).to_contain_text("MO-LI-2")
    good(view)


def test_a_departure_in_every_state(client, world, live, enter):
    soon = (clock.now() + timedelta(days=2)).astimezone(world.agency.zone)
    gone = (clock.now() - timedelta(days=20)).astimezone(world.agency.zone)
    row = noted(client, world.representative, world.agency, leaving(world.end_user, f"{soon:%Y-%m-%d}", "16:30"))
    look(enter, world.representative, f"{live}/departures/{row.id}", "departure-scheduled")
    form = leaving(world.security_officer, f"{gone:%Y-%m-%d}", "16:30")
    found_out = noted(client, world.agent, world.agency, form)
    fire_due()
    look(enter, world.agent, f"{live}/departures/{found_out.id}", "departure-late")
    look(enter, world.representative, f"{live}/departures/{found_out.id}", "departure-to-answer")
    look(enter, world.agent, f"{live}/departures", "departures")
    look(enter, world.agent, f"{live}/departures/new", "departure-agency")
    look(enter, world.agent, f"{live}/departures/new?agency={world.agency.id}", "departure-new-lead")


def test_the_sentence_changes_as_one_types(world, live, enter):
    view = enter(world.representative, 1280)
    view.goto(f"{live}/departures/new")
    view.get_by_label("Who is leaving").select_option(label="Erin Doyle")
    gone = (clock.now() - timedelta(days=20)).astimezone(world.agency.zone)
    view.get_by_label("Last day").fill(f"{gone:%Y-%m-%d}")
    view.get_by_label("Time they stop").fill("16:30")
    view.get_by_label("Time they stop").press("Tab")
    expect(view.get_by_role("status")).to_contain_text("Access ends at once.")
    view.get_by_label("Last day").fill("2019-01-01")
    view.get_by_label("Last day").press("Tab")
    expect(view.get_by_role("status")).to_contain_text("Erin Doyle started at Harbor House")
    good(view)
