"""The help desk on a day of those who are seldom there: director, representative, security officer, trainer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.db import unit_of_work
from core.people.models import DesignationKind
from helpdesk.tickets import services
from tests.browser.looking import good
from tests.support.factories import World, make_world, member
from tests.tickets.acting import fresh, messages_of

Enter = Callable[..., Page]
ROLES = ("director", "representative", "security officer")


@pytest.fixture
def world(app) -> World:
    return make_world("missouri", tz="America/Chicago")


@pytest.mark.parametrize("role", ROLES)
def test_they_ask_read_the_answer_and_say_more(live: str, enter: Enter, world: World, role: str) -> None:
    officer = member(world.agency, DesignationKind.SECURITY_OFFICER, name="Otis Reed")
    person = officer if role == "security officer" else getattr(world, role)
    view = enter(person, 320)
    for path in ("/", "/tickets", "/tickets/new"):
        view.goto(f"{live}{path}")
        good(view)
    view.goto(f"{live}/tickets/new?category=problem")
    view.get_by_label("Subject").fill("The roster shows who has left")
    view.get_by_label("What happened").fill("Two names of last year are still there.")
    view.get_by_role("button", name="Send the request").click()
    expect(view.get_by_role("heading", level=1)).to_have_text("The roster shows who has left")
    good(view)
    number = int(view.url.rpartition("/")[2].partition("?")[0])
    with unit_of_work():
        services.answer(fresh(number), world.agent, "They are off now. Is it right?", clock.now())
    wide = enter(person, 1280)
    wide.goto(f"{live}/tickets/{number}")
    expect(wide.get_by_text("They are off now. Is it right?")).to_be_visible()
    good(wide)
    wide.get_by_role("region", name="Add a reply").get_by_role("textbox").first.fill("One is still there.")
    wide.get_by_role("button", name="Send the reply").click()
    expect(wide.get_by_text("One is still there.")).to_be_visible()
    assert messages_of(fresh(number))[-1].text == "One is still there."


def test_the_trainers_pages(live: str, enter: Enter, world: World) -> None:
    """They have no tickets to work on; what the desk finds needs teaching comes to them as a proposed session."""
    for width in (320, 1280):
        view = enter(world.trainer, width)
        for path in ("/", "/training/courses", "/training/sessions", "/training/practice/reviews"):
            answer = view.goto(f"{live}{path}")
            assert answer is not None
            assert answer.ok, (path, answer.status)
            good(view)
