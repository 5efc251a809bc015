"""The menu of an area with many pages: by groups, for keys and for a narrow window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.looking import good
from tests.support.factories import make_world

GROUPS = ["Work", "Knowledge", "Requests and letters", "Reports", "Staff and cover"]


@pytest.mark.parametrize("width", [320, 1280])
def test_the_help_desks_many_pages_stand_by_groups(live: str, enter: Callable[..., Page], width: int) -> None:
    view = enter(make_world().admin, width)
    view.goto(f"{live}/surveys")
    more = view.get_by_role("navigation", name="Help desk").locator("summary")
    more.focus()
    view.keyboard.press("Enter")
    menu = view.locator(".hd-subnav__groups")
    assert menu.locator(".hd-subnav__group").all_inner_texts() == GROUPS
    assert menu.locator("a").count() > 20
    assert menu.locator("a[aria-current]").inner_text() == "Yearly survey"
    good(view)
    view.keyboard.press("Tab")
    assert view.evaluate("document.activeElement.textContent") == menu.locator("a").first.inner_text()
    menu.get_by_role("list", name="Requests and letters").get_by_role("link", name="Complaints").click()
    view.wait_for_url(f"{live}/complaints")


def test_who_has_few_pages_has_no_groups(live: str, enter: Callable[..., Page]) -> None:
    view = enter(make_world().end_user, 320)
    view.goto(f"{live}/tickets")
    assert view.locator(".hd-subnav__group").count() == 0
