"""The queue and the desk beside a ticket, narrow and wide, and a morning's work by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import StaffRole
from helpdesk.desk.keeping import keep_named
from helpdesk.desk.macros import Steps
from helpdesk.desk.models import Macro
from helpdesk.elevation import services as elevation
from helpdesk.elevation.rules import Body
from helpdesk.routing import services as routing
from helpdesk.tickets import services
from helpdesk.tickets.models import Ticket
from tests.browser.looking import good, shot
from tests.support.factories import World, make_staff, make_world
from tests.tickets.acting import opened

Enter = Callable[..., Page]


@pytest.fixture
def world(app) -> World:
    return make_world("sonoma", tz="America/Los_Angeles")


@pytest.fixture
def tickets(world: World) -> list[int]:
    made = [opened(world, subject=f"Request number {n}") for n in range(3)]
    with unit_of_work():
        for ticket in made:
            services.forward_up(ticket, world.administrator, "Not a setting of ours", clock.now())
    return [ticket.id for ticket in made]


@pytest.mark.parametrize("width", [320, 1280])
def test_many_are_tagged_by_keyboard_alone(
    live: str, enter: Enter, world: World, tickets: list[int], width: int
) -> None:
    view = enter(world.agent, width)
    view.goto(f"{live}/tickets?view=needs-action&columns=tags,state")
    good(view)
    expect(view.get_by_role("form", name="Selected")).to_be_hidden()
    for key in "jxjx":
        view.keyboard.press(key)
    expect(view.get_by_role("form", name="Selected")).to_be_visible()
    good(view)
    shot(view, f"queue-{width}")
    view.keyboard.press("b")
    view.keyboard.type("Add the tag")
    view.keyboard.press("Tab")
    view.keyboard.type("Printer jam")
    view.keyboard.press("Enter")
    expect(view.get_by_text("2 requests done, 0 refused.")).to_be_visible()
    good(view)


def test_the_pane_shows_the_request_one_is_on(live: str, enter: Enter, world: World, tickets: list[int]) -> None:
    view = enter(world.agent, 1280)
    view.goto(f"{live}/tickets?view=needs-action")
    view.keyboard.press("j")
    expect(view.locator("#preview").get_by_role("heading")).to_have_text(f"#{tickets[0]} Request number 0")
    good(view)
    view.keyboard.press("o")
    expect(view).to_have_url(f"{live}/tickets/{tickets[0]}")


def test_a_draft_is_kept_while_one_types_and_there_again(
    live: str, enter: Enter, world: World, tickets: list[int]
) -> None:
    view = enter(world.agent)
    view.goto(f"{live}/tickets/{tickets[0]}")
    view.keyboard.press("r")
    view.keyboard.type("Half an answer")
    expect(view.locator("#draft-answer")).to_have_text("Draft kept.")
    other = enter(world.agent, 320)
    other.goto(f"{live}/tickets/{tickets[0]}")
    expect(other.get_by_label("Message")).to_have_value("Half an answer")
    good(other)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_desks_pages_are_looked_at(live: str, enter: Enter, world: World, tickets: list[int], width: int) -> None:
    with unit_of_work():
        by = principal_for(world.agent, clock.now())
        steps = {"steps": asdict(Steps(tag="printer-jam", assign="me", close="The cache was cleared."))}
        macro = keep_named(Macro, world.lead.id, "Clear it", steps, shared=True, by=by, now=clock.now())
        for ticket_id in tickets[:2]:
            services.assign(db.session.get_one(Ticket, ticket_id), world.agent, world.agent, clock.now())
        cover = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
        day = clock.now().date()
        absence = routing.be_away(world.lead, world.agent, day, day + timedelta(days=3), cover)
        make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc)
        told = "Two agencies need dates opened that the CoC asked us to lock. " * 9
        raised = elevation.elevate(db.session.get_one(Ticket, tickets[0]), Body.COMMITTEE, told, by, clock.now())
    view = enter(world.agent, width, dark=width == 1280)
    for page in (
        "desk/macros",
        "desk/macros/new",
        f"desk/macros/{macro.id}",
        f"desk/tickets/{tickets[0]}/macro?macro={macro.id}",
        "desk/views/new?view=closed",
        "desk/time",
        f"agencies/{world.agency.id}/timeline",
        f"people/{world.end_user.id}/timeline",
        f"tickets/{tickets[0]}",
        f"absences/{absence.id}",
        f"elevations/{raised.id}",
    ):
        answer = view.goto(f"{live}/{page}")
        assert answer is not None
        assert answer.ok, page
        good(view)
        if page.startswith(("absences", "elevations")):
            shot(view, f"{page.split('/')[0]}-{width}")
