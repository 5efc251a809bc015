"""Every page that needs nothing in its address, as each kind of person: new pages are held to this by existing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.looking import good
from tests.support.factories import make_world

ROLES = ["end_user", "representative", "manager", "admin"]
PARTS = 4  # each with a time limit of its own


def pages(app: Flask) -> list[str]:
    """The addresses of all views for people that take no arguments; a table to download is no page."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    paths = {rule.rule for rule in rules if not rule.rule.startswith(("/api/", "/static", "/healthz", "/readyz"))}
    return sorted(path for path in paths if not path.endswith((".csv", ".ics", ".iif")))


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("role", ROLES)
def test_every_page(app: Flask, live: str, enter: Callable[..., Page], role: str, part: int) -> None:
    person = make_world().by_role()[role]
    narrow, wide = enter(person, 320), enter(person, 1280, dark=True)
    faults = [
        fault for path in pages(app)[part::PARTS] for view in (narrow, wide) for fault in _faults(view, live + path)
    ]
    assert faults == []


def _faults(view: Page, address: str) -> list[str]:
    """What is wrong with the page; nothing where this person may not go, which is proved elsewhere."""
    answer = view.goto(address)
    assert answer is not None
    if answer.status in (403, 404):
        return []
    if answer.status >= 500:
        return [f"{address}: {answer.status}"]
    try:
        good(view)
    except AssertionError as wrong:
        return [str(wrong)]
    return []
