"""Documents are written and signed: by the Lead, the executive director and an end user, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from licensing.agreements.rules import Kind
from tests.browser.looking import good, picture
from tests.licensing.acting import give_license
from tests.licensing.agreements.acting import newest, published
from tests.support.factories import make_world

Enter = Callable[..., Page]


def sign(page: Page, name: str) -> None:
    for box in page.locator("input[name=ticked]").all():
        page.locator(f"label[for={box.get_attribute('id')}]").click()
    page.get_by_label("Type your full name").fill(name)


def test_the_director_and_an_end_user_sign_and_the_lead_countersigns(app, live: str, enter: Enter, at_noon) -> None:
    world = make_world("sonoma")
    give_license(world.end_user, world.agency)
    published(world.coc, world.admin)
    published(world.coc, world.admin, Kind.ETHICS)
    for person, width, kind in ((world.director, 1280, Kind.AGENCY), (world.end_user, 320, Kind.ETHICS)):
        page = enter(person, width)
        page.goto(live)
        page.get_by_role("link", name=f"Sign: The {kind}").first.click()
        good(page)
        page.get_by_role("button", name="Sign", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("Type your name to sign.")
        good(page)
        sign(page, person.name)
        if width == 320:
            page.locator("#sign").scroll_into_view_if_needed()
            picture(page, "sign-320")
        page.get_by_role("button", name="Sign", exact=True).click()
        expect(page.get_by_text("SHA-256 of the text")).to_be_visible()
        good(page)
        page.goto(f"{live}/agreements/to-sign")
        expect(page.get_by_text("Nothing to sign.")).to_be_visible()
        good(page)
    view, narrow = enter(world.manager, 1280), enter(world.manager, 320)
    row = newest(agency_id=world.agency.id, kind=Kind.AGENCY)
    for page in (narrow, view):
        page.goto(f"{live}/agreements/{row.id}")
        good(page)
    view.get_by_label("Type your full name").fill(world.manager.name)
    view.get_by_role("button", name="Countersign").click()
    expect(view.get_by_text("It is in force since")).to_be_visible()
    for path in (
        "/agreements",
        "/documents",
        "/documents/new",
        f"/documents/{row.document_id}",
        "/agreements/coordinated/new",
    ):
        for page in (narrow, view):
            page.goto(live + path)
            good(page)
    view.goto(f"{live}/agreements")
    picture(view, "who-has-not-signed")
