"""Every page and state of a ticket, narrow and wide, light and dark; and the list by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.db import unit_of_work
from helpdesk.tickets import services
from helpdesk.tickets.rules import Channel
from tests.browser.looking import good, shot
from tests.support.factories import World, make_world
from tests.tickets.acting import opened

Enter = Callable[..., Page]


@pytest.fixture
def world(app) -> World:
    return make_world("sonoma", tz="America/Los_Angeles")


@pytest.fixture
def story(world: World) -> int:
    """A conversation with everything that one can hold."""
    with unit_of_work():
        ticket = opened(
            world, text="client DOB 01/02/1980\nsecond line", quoted="> earlier words", channel=Channel.EMAIL
        )
        at = clock.now()
        services.answer(ticket, world.administrator, "Please try again.", at)
        services.add_reply(ticket, world.end_user, world.end_user.email, "", "<p>Still <b>broken</b></p>", at=at)
        services.forward_up(ticket, world.administrator, "Not a setting of ours", at)
        services.add_note(ticket, world.agent, "Third one this week", at)
        services.to_vendor(ticket, world.agent, "Error 500 on saving", at)
        services.add_reply(ticket, None, "v@vendor.test", "Looking into it", at=at, from_vendor=True)
    return ticket.id


@pytest.mark.parametrize("role", ["end_user", "administrator", "director", "agent"])
def test_the_ticket_for_each_who_reads_it(live: str, enter: Enter, world: World, story: int, role: str) -> None:
    for view in (enter(world.by_role()[role], 320), enter(world.by_role()[role], 1280, dark=True)):
        view.goto(f"{live}/tickets/{story}")
        good(view)
        for fold in view.locator("details:not([data-menu])").all():
            fold.evaluate("fold => fold.open = true")
        good(view)
    wide = enter(world.by_role()[role])
    wide.goto(f"{live}/tickets/{story}")
    shot(wide, f"ticket-{role.replace('_', '-')}")


def test_a_refused_answer_keeps_what_was_typed_and_marks_it(live: str, enter: Enter, world: World, story: int) -> None:
    view = enter(world.agent, 320)
    view.goto(f"{live}/tickets/{story}")
    view.get_by_label("Message").fill("The client DOB 01/02/1980 is wrong there.")
    view.get_by_role("button", name="Send the answer").click()
    expect(view.get_by_label("Message")).to_have_value("The client DOB 01/02/1980 is wrong there.")
    expect(view.locator("mark")).to_have_text("01/02/1980")
    good(view)
    shot(view, "ticket-refused")


def test_revealing_shows_it_once(live: str, enter: Enter, world: World, story: int) -> None:
    view = enter(world.agent)
    view.goto(f"{live}/tickets/{story}")
    view.locator(".hd-reveal").first.click()
    expect(view.get_by_text("01/02/1980")).to_be_visible()
    good(view)


def test_the_list_by_keyboard_alone(live: str, enter: Enter, world: World) -> None:
    tickets = [opened(world, subject=f"Request number {n}") for n in range(3)]
    for width in (320, 1280):
        view = enter(world.agent, width)
        view.goto(f"{live}/tickets?view=needs-action")
        good(view)
        shot(view, f"tickets-{width}")
        view.keyboard.press("j")
        view.keyboard.press("j")
        view.keyboard.press("k")
        view.keyboard.press("Enter")
        expect(view).to_have_url(f"{live}/tickets/{tickets[0].id}")
        view.keyboard.press("r")
        view.keyboard.press("ControlOrMeta+a")  # over the draft of the round before
        view.keyboard.type("Typed after r")
        expect(view.get_by_label("Message")).to_have_value("Typed after r")


@pytest.mark.parametrize("role", ["end_user", "agent"])
def test_a_new_request_without_javascript(live: str, enter: Enter, world: World, role: str) -> None:
    view = enter(world.by_role()[role], 320, javascript=False)
    view.goto(f"{live}/tickets/new")
    view.get_by_role("link", name="Something does not work").click()
    view.get_by_label("Subject").fill("Cannot print")
    view.get_by_role("button", name="Send the request").click()
    expect(view.locator("#error-summary")).to_be_visible()
    expect(view.get_by_label("Subject")).to_have_value("Cannot print")
    view.get_by_label("What happened").fill("Nothing comes out.")
    if role == "agent":
        view.get_by_label("Their email address").fill(world.end_user.email)
        view.get_by_label("Their name").fill("Erin")
    view.get_by_role("button", name="Send the request").click()
    expect(view.get_by_role("heading", name="Cannot print")).to_be_visible()
