"""The pages of requests that belong together, narrow and wide, and a merge by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.db import unit_of_work
from helpdesk.bonds import links, services
from helpdesk.bonds.rules import LinkKind
from tests.browser.looking import good
from tests.support.factories import make_world, member
from tests.tickets.acting import opened

Enter = Callable[..., Page]


@pytest.mark.parametrize("width", [320, 1280])
def test_one_request_is_merged_into_another_and_taken_out_again(app, live: str, enter: Enter, width: int) -> None:
    world = make_world("missouri")
    paula = member(world.agency, name="Paula Quist")
    asked, again = opened(world, subject="Exit date is locked"), opened(world, paula, subject="Dates are locked here")
    other = opened(world, world.other_end_user, agency=world.other_agency, subject="Locked since this morning")
    with unit_of_work():
        links.link(asked, other, LinkKind.SAME_CAUSE, world.agent, clock.now())
    view = enter(world.agent, width, dark=width == 320)
    for page in ("link", "split", "make"):
        view.goto(f"{live}/tickets/{asked.id}/{page}")
        good(view)
    view.goto(f"{live}/tickets/{again.id}")
    view.keyboard.press("g")
    expect(view.get_by_role("heading", name="Merge into another request")).to_be_visible()
    good(view)
    view.get_by_role("link", name=f"#{asked.id} Exit date is locked").click()
    view.get_by_label("Why").fill("The same locked date.")
    view.get_by_role("button", name="Merge").click()
    expect(view.get_by_text(f"#{again.id} is part of this request now.")).to_be_visible()
    good(view)
    theirs = enter(paula, width)
    theirs.goto(f"{live}/tickets/{again.id}")
    expect(theirs.get_by_text("Somebody at your agency asked about the same matter")).to_be_visible()
    good(theirs)
    view.goto(f"{live}/tickets/{again.id}?alone=1")
    good(view)
    view.get_by_role("link", name="Take it out again").click()
    good(view)
    view.get_by_label("Why").fill("Another project.")
    view.get_by_role("button", name="Take it out").click()
    expect(view.get_by_text("This request stands alone again.")).to_be_visible()
    good(view)
    with unit_of_work():
        services.merge(again, asked, world.agent, "After all.", clock.now())
    view.reload()
    expect(view.get_by_text(f"Request #{again.id} was merged; it goes on here")).to_be_visible()
