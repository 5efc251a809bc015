"""The pages of incoming mail with rows on them, narrow and wide; and a form whose key was used before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from helpdesk.mail.services import receive
from tests.browser.looking import good
from tests.mail.acting import asked
from tests.support.factories import World, make_world
from tests.tickets.acting import opened

Enter = Callable[..., Page]
LONG = f"{'a-very-long-name.' * 3}somebody@{'a-long-host-' * 4}elsewhere.test"


@pytest.fixture
def world(app) -> World:
    return make_world("sonoma", tz="America/Los_Angeles")


@pytest.mark.parametrize("path", ["quarantine", "automatic-replies", "automatic-replies?shown=muted"])
def test_the_pages_of_incoming_mail(live: str, enter: Enter, world: World, path: str) -> None:
    for number in range(5):
        asked(world, LONG, text=f"Request {number}")
    receive(b"To: help@hearthdesk.test\r\nSubject: " + b"averylongword" * 20 + b"\r\n\r\nwho am I")
    for width in (320, 1280):
        view = enter(world.agent, width)
        view.goto(f"{live}/mail/{path}")
        expect(view.get_by_role("table")).to_be_visible()
        good(view)


def test_a_form_sent_from_two_tabs_with_other_words(live: str, enter: Enter, world: World) -> None:
    """The page that went back in the browser has a key that was used; what was typed there is not lost."""
    ticket = opened(world)
    view = enter(world.end_user, 320)
    for words in ("The first words.", "The second words."):
        view.goto(f"{live}/tickets/{ticket.id}")
        view.evaluate("document.querySelector('[name=reply-nonce]').value = 'one-and-the-same'")
        view.get_by_label("Message").fill(words)
        view.get_by_role("button", name="Send the reply").click()
    expect(view.get_by_role("alert")).to_contain_text("This form was sent before, with other words.")
    expect(view.get_by_label("Message")).to_have_value("The second words.")
    good(view)
    view.get_by_role("button", name="Send the reply").click()
    expect(view.get_by_text("The second words.")).to_be_visible()
