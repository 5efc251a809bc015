"""The pages of the real application that anybody can reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.looking import good, shot


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_sign_in(live: str, page: OpenPage, width: int, dark: bool) -> None:
    view = page(width, dark=dark)
    view.goto(live)
    expect(view.get_by_role("heading", level=1)).to_have_count(1)
    expect(view.get_by_role("button", name="Sign in")).to_have_count(1)
    good(view)
    shot(view, f"sign-in-{width}{'-dark' if dark else ''}")


def test_nothing_here(live: str, page: OpenPage) -> None:
    view = page(320)
    answer = view.goto(f"{live}/there-is-no-such-page")
    assert answer is not None
    assert answer.status == 404
    good(view)
