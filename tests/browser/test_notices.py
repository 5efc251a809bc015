"""An outage from its discovery to its end, as the help desk, the people affected and strangers see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.authz import principal_for
from core.db import unit_of_work
from helpdesk.notices import links, services
from helpdesk.notices.rules import Audience, Kind
from tests.browser.looking import good, shot
from tests.support.factories import World, make_world

Enter = Callable[..., Page]
TEXT = """Nobody can **sign in** since this morning. The vendor works on it.

- Write down on paper what cannot wait
- Enter it once the HMIS is back

[What to do without the HMIS](https://hmis.example/paper)"""


@pytest.fixture
def world(app) -> World:
    return make_world("sacramento", tz="America/Los_Angeles")


def told(world: World, **values: object) -> int:
    """An outage that has been sent."""
    draft = services.Draft(
        **{
            "kind": Kind.OUTAGE,
            "title": "The HMIS cannot be reached",
            "text": TEXT,
            "audience": Audience(),
            "once": "browser",
            "discovered_at": clock.now(),
            "is_public": True,
            "asks_reading": True,
            **values,
        }
    )
    office = principal_for(world.agent, clock.now())
    with unit_of_work():
        row = services.make(world.lead, draft, office, clock.now())
        services.send(row, office, f"{draft.once}-sent", clock.now())
    return row.id


def test_the_help_desks_way_from_discovery_to_end(live: str, enter: Enter, world: World) -> None:
    narrow, wide = enter(world.agent, 320), enter(world.agent, 1280)
    for view in (narrow, wide):
        view.goto(f"{live}/notices/new")
        good(view)
        view.get_by_role("link", name="Outage").click()
        good(view)
    shot(wide, "notice-new")
    shot(narrow, "notice-new-320")
    wide.get_by_label("Title").fill("The HMIS cannot be reached")
    wide.get_by_label("Text").fill("The client's SSN is 219-09-9999.")
    wide.get_by_role("button", name="Save, and look who gets it").click()
    expect(wide.get_by_role("alert")).to_contain_text("Line 1 has what looks like a client's SSN")
    expect(wide.get_by_label("Title")).to_have_value("The HMIS cannot be reached")
    good(wide)
    wide.get_by_label("Text").fill(TEXT)
    wide.get_by_label("Show it on the public status page").press("Space")
    wide.get_by_label("Ask everybody to say that they have read it").press("Space")
    wide.get_by_role("button", name="Save, and look who gets it").click()
    expect(wide.locator("#audience + p")).to_contain_text("it goes to 7 people")
    narrow.goto(wide.url)
    for view in (narrow, wide):
        good(view)
    shot(wide, "notice-draft")
    shot(narrow, "notice-draft-320")
    wide.get_by_role("button", name="Send now").click()
    expect(wide.get_by_role("status").first).to_contain_text("Sent to 7 people.")
    narrow.goto(wide.url)
    for view in (narrow, wide):
        for fold in view.locator("main details").all():
            fold.evaluate("fold => fold.open = true")
        good(view)
    shot(wide, "notice-sent")
    shot(narrow, "notice-sent-320")
    wide.get_by_label("What it was, and what people should do now").fill("All is back. **Enter** what you wrote down.")
    wide.get_by_role("button", name="Send, and resolve").click()
    expect(wide.get_by_role("status").first).to_contain_text("Resolved.")
    good(wide)


def test_those_affected_read_it_and_say_so(live: str, enter: Enter, world: World) -> None:
    number = told(world)
    for width in (320, 1280):
        view = enter(world.end_user, width, dark=width == 320)
        view.goto(live)
        expect(view.get_by_label("Service notices")).to_contain_text("The HMIS cannot be reached")
        good(view)
        shot(view, f"today-outage-{width}")
        view.goto(f"{live}/notices/{number}")
        good(view)
    view.get_by_role("button", name="I have read this").click()
    expect(view.get_by_text("You said on")).to_be_visible()
    view.get_by_role("button", name="Put away").click()
    expect(view.get_by_label("Service notices")).to_have_count(0)


def test_who_has_read_it(live: str, enter: Enter, world: World) -> None:
    number = told(world)
    for person, name in ((world.agent, "agent"), (world.administrator, "administrator")):
        for width in (320, 1280):
            view = enter(person, width)
            for path in ("/notices", f"/notices/{number}/recipients", f"/notices/{number}"):
                view.goto(live + path)
                good(view)
            view.goto(f"{live}/notices/{number}/recipients")
            shot(view, f"notice-recipients-{name}-{width}")


def test_strangers_see_how_it_stands_and_the_link_in_a_mail(live: str, page: Callable[..., Page], world: World) -> None:
    told(world)
    now = clock.now()
    planned = {"kind": Kind.MAINTENANCE, "begins_at": now + timedelta(hours=1), "ends_at": now + timedelta(hours=2)}
    number = told(world, once="planned", title="A new version of the HMIS", **planned)
    token = links.token(number, world.end_user.id)
    for width in (320, 1280):
        view = page(width, dark=width == 320)
        for path, name in (
            ("/status", "status"),
            (f"/read/{token}", "notice-link"),
            ("/read/cut-off", "notice-link-gone"),
        ):
            view.goto(live + path)
            good(view)
            if name:
                shot(view, f"{name}-{width}")
    view.goto(f"{live}/read/{token}")
    view.get_by_role("button", name="I have read this").click()
    expect(view.get_by_role("status").first).to_contain_text("It is noted that you have read it.")
