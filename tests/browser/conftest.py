"""Debian's Chromium through Playwright. Without one these tests say so, and under CI=true they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from core.accounts import sessions
from core.people.models import Person
from tests.browser.live import served
from tests.support.signing_in import sign_in

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",  # the tests may run as root, where Chromium's own sandbox refuses to start
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = "no Chromium on this machine: apt-get install chromium, or set HEARTHDESK_CHROMIUM to its path"

OpenPage = Callable[..., Page]


def chromium() -> str:
    """Its path; without one the test is skipped with the reason, or failed where a browser is promised."""
    found = os.environ.get("HEARTHDESK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(MISSING)
    pytest.skip(MISSING)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


# One for the package and not for the whole run: while it is open, its event loop counts as running in
# this thread, and asyncio.run() in any later test would be refused.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def live(app: Flask) -> Iterator[str]:
    """The address of the whole application over this test's database."""
    with served(app) as url:
        yield url


@pytest.fixture
def enter(app: Flask, live: str, page: OpenPage) -> Callable[..., Page]:
    """Opens a window already signed in as a person: enter(person, 320, dark=True)."""

    def enter_as(person: Person, width: int = 1280, **how: bool) -> Page:
        client = sign_in(app.test_client(), person)
        cookie = client.get_cookie(sessions.cookie_name())
        assert cookie is not None
        view = page(width, **how)
        view.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
        return view

    return enter_as


@pytest.fixture
def page(browser: Browser) -> Iterator[OpenPage]:
    """Opens a window: page(), page(320), page(dark=True), page(javascript=False), page(touch=True).

    Each is a person of its own (cookies are not shared). A script error or anything that the content
    security policy blocked fails the test at its end.
    """
    complaints: list[str] = []
    contexts = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of" not in message.text:
            complaints.append(message.text)

    def open_page(width: int = 1280, *, dark: bool = False, javascript: bool = True, touch: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            has_touch=touch,
            is_mobile=touch,
            locale="en-US",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        opened = context.new_page()
        opened.on("console", heard)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        return opened

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "the browser complained: " + "; ".join(complaints)
