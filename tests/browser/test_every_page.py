"""Every page that needs nothing in its address, as each kind of person: new pages are held to this by existing.

In the suite two roles open each once, narrow in the light or wide in the dark, each the other way than the other; with
`make prove` every role opens each both ways. The rooms' own tests look at their pages in both.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.looking import good
from tests.support.factories import make_world

ROLES = ["representative", "admin", "end_user", "manager"]
PARTS = 3  # each with a time limit of its own


def pages(app: Flask) -> list[str]:
    """The addresses of all views for people that take no arguments; a table to download is no page."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    paths = {rule.rule for rule in rules if not rule.rule.startswith(("/api/", "/static", "/healthz", "/readyz"))}
    return sorted(path for path in paths if not path.endswith((".csv", ".ics", ".iif")))


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("role", ROLES[:2])
def test_every_page(app: Flask, live: str, enter: Callable[..., Page], role: str, part: int) -> None:
    views = _views(enter, role)
    there = list(enumerate(pages(app), ROLES.index(role)))[part::PARTS]
    assert [fault for number, path in there for fault in _faults(views[number % 2], live + path)] == []


@pytest.mark.prove
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("role", ROLES)
def test_every_page_both_ways(app: Flask, live: str, enter: Callable[..., Page], role: str, part: int) -> None:
    views = _views(enter, role)
    there = pages(app)[part::PARTS]
    assert [fault for path in there for view in views for fault in _faults(view, live + path)] == []


def _views(enter: Callable[..., Page], role: str) -> tuple[Page, Page]:
    person = make_world().by_role()[role]
    return enter(person, 320), enter(person, 1280, dark=True)


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
