"""Where requests begin, narrow and wide: the start, its forms and their errors, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpdesk.intake.reviews import start_missing
from helpdesk.tickets.rules import Category
from tests.browser.looking import good, shot
from tests.support.factories import World, make_world
from tests.tickets.acting import opened

Enter = Callable[..., Page]
MERGE = [
    {"key": "first_case", "label": "One case number", "kind": "case-number", "value": "104877"},
    {"key": "second_case", "label": "The other case number", "kind": "case-number", "value": "98012"},
    {"key": "enrollments_here", "label": "Are both here?", "kind": "yes-no", "value": False},
]


@pytest.fixture
def world(app) -> World:
    return make_world("sonoma", tz="America/Los_Angeles")


def test_from_the_start_to_the_questions_and_back(live: str, enter: Enter, world: World) -> None:
    for width in (320, 1280):
        view = enter(world.administrator, width)
        view.goto(f"{live}/tickets/new")
        good(view)
        shot(view, f"intake-start-{width}")
        view.get_by_role("link", name="Something does not work").click()
        view.get_by_label("What happened").fill("Some plain words.")
        view.get_by_label("What do you need").select_option("duplicate-merge")
        view.get_by_label("One case number").fill("104877")
        view.get_by_label("The other case number").fill("104877")
        view.get_by_role("button", name="Send the request").click()
        expect(view.locator("#error-summary")).to_be_visible()
        expect(view.get_by_label("What happened")).to_have_value("Some plain words.")
        good(view)
        shot(view, f"intake-merge-{width}")


def test_the_ticket_with_its_steps(live: str, enter: Enter, world: World) -> None:
    ticket = opened(world, category=Category.DUPLICATE_MERGE, answers=MERGE, enrollments_here=False)
    for width in (320, 1280):
        view = enter(world.agent, width)
        view.goto(f"{live}/tickets/{ticket.id}")
        good(view)
        shot(view, f"intake-ticket-{width}")
        for page in ("answers", "confirm-merge"):
            view.goto(f"{live}/tickets/{ticket.id}/{page}")
            good(view)


def test_the_pages_of_the_lead(live: str, enter: Enter, world: World) -> None:
    start_missing()
    for width in (320, 1280):
        view = enter(world.admin, width)
        view.goto(f"{live}/duplicate-reviews")
        good(view)
        shot(view, f"intake-reviews-{width}")
        view.goto(f"{live}/request-fields/new")
        view.get_by_label("Question", exact=False).first.fill(f"Which printer at {width}")
        view.get_by_role("button", name="Keep it").click()
        expect(view.get_by_role("heading", name="Questions of the form")).to_be_visible()
        good(view)
        shot(view, f"intake-fields-{width}")
