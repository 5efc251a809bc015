"""A case at the vendor from a request's page to the update that everybody gets, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from core import clock
from core.db import unit_of_work
from helpdesk.vendor import services
from tests.browser.looking import good, shot
from tests.support.factories import make_world
from tests.vendor.acting import again, agreed, at_lead, case_with, named

Enter = Callable[..., Page]


def test_a_case_from_a_request_to_the_update_for_everybody(app, live: str, enter: Enter) -> None:
    world = make_world("sonoma", tz="America/Los_Angeles")
    vera = named(world, "Vera Lang", "Support desk", 1)
    named(world, "Otto Beck", "Director of support", 2)
    agreed(world)
    ticket = at_lead(world, subject="Cannot save the move-in date")
    view = enter(world.agent, 1280)
    view.goto(f"{live}/tickets/{ticket.id}")
    good(view)
    view.get_by_role("link", name="Make a case from it").click()
    good(view)
    view.get_by_role("button", name="Open the case").click()
    expect(view.get_by_text("is open. Write to the vendor next.")).to_be_visible()
    expect(view.get_by_label("What to write")).to_have_value("It says the date is out of range.")
    good(view)
    view.get_by_label("What to write").fill(f"{world.end_user.name} of Harbor House gets error 500.\n\nSince Monday.")
    view.get_by_role("button", name="See what would leave").click()
    expect(view.get_by_text("[the user] of [the agency] gets error 500.")).to_be_visible()
    good(view)
    shot(view, "vendor-preview-1280")
    view.get_by_role("button", name="Send this to the vendor").click()
    expect(view.get_by_text("It is on its way to the vendor.")).to_be_visible()
    case = again(int(view.url.partition("/vendor-cases/")[2].partition("?")[0]))
    assert case.contact_id == vera.id
    with unit_of_work():
        words = "We can see it. A fix comes with the next release."
        services.received(case, "support@vendor.test", words, "", "", "", clock.now())
    narrow = enter(world.agent, 320)
    for page, width in ((view, 1280), (narrow, 320)):
        page.goto(f"{live}/vendor-cases/{case.id}")
        good(page)
        shot(page, f"vendor-case-{width}")
        page.goto(f"{live}/tickets/{ticket.id}")
        good(page)
        shot(page, f"vendor-beside-{width}")
        page.goto(f"{live}/vendor-cases")
        good(page)
        shot(page, f"vendor-cases-{width}")
        page.goto(f"{live}/vendor-contacts")
        good(page)
        shot(page, f"vendor-contacts-{width}")
    narrow.goto(f"{live}/vendor-cases/{case.id}")
    narrow.get_by_label("What is new").fill("It is fixed with the next release.")
    narrow.get_by_role("button", name="See to whom it would go").click()
    good(narrow)
    shot(narrow, "vendor-update-320")
    narrow.get_by_role("button", name="Send it to 1 requester").click()
    expect(narrow.get_by_text("1 requester has it.")).to_be_visible()
    good(narrow)
    theirs = enter(world.end_user, 320)
    theirs.goto(f"{live}/tickets/{ticket.id}")
    expect(theirs.get_by_text("The vendor is working on it")).to_be_visible()
    expect(theirs.get_by_text("It is fixed with the next release.")).to_be_visible()
    good(theirs)


def test_an_empty_office_is_told_what_comes_next(app, live: str, enter: Enter) -> None:
    world = make_world("sonoma", tz="America/Los_Angeles")
    view = enter(world.agent, 320)
    for path in ("/vendor-cases", "/vendor-contacts", "/vendor-cases/new"):
        view.goto(live + path)
        good(view)
    view.goto(f"{live}/vendor-cases/{case_with(world).id}")
    good(view)
    view.get_by_role("button", name="See what would leave").click()
    expect(view.get_by_text("Write something first.").first).to_be_visible()
    good(view)
