"""The checks themselves are checked: each must fail where it should."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.outcomes import Failed, Skipped
from flask import Flask

from tests.browser import conftest, looking
from tests.browser.conftest import OpenPage
from tests.browser.live import served


def test_without_chromium_the_tests_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("HEARTHDESK_CHROMIUM", raising=False)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(Skipped, match="apt-get install chromium"):
        conftest.chromium()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Failed, match="apt-get install chromium"):
        conftest.chromium()


def test_axe_finds_what_is_wrong(page: OpenPage) -> None:
    view = page()
    view.set_content('<html lang="en"><title>x</title><main><h1>x</h1><img src="data:," /></main>')
    with pytest.raises(AssertionError, match="image-alt"):
        looking.axe(view)


def test_a_page_that_is_still_coming_is_waited_for(page: OpenPage) -> None:
    """A click returns with its first bytes; what is wrong further down must be found all the same."""
    slow = Flask(__name__)

    @slow.get("/")
    def first() -> str:
        return '<html lang="en"><title>x</title><main><h1>x</h1><a href="/next">Next</a></main></html>'

    @slow.get("/next")
    def following() -> Iterator[str]:
        yield '<html lang="en"><title>x</title><main><h1>x</h1>'
        time.sleep(0.5)
        yield '<img src="data:," /><p style="width: 3000px" id="wide">x</p></main></html>'

    view = page()
    for check, finding in ((looking.axe, "image-alt"), (looking.no_horizontal_scroll, 'id="wide"')):
        with served(slow) as url:
            view.goto(url)
            view.get_by_role("link", name="Next").click()
            with pytest.raises(AssertionError, match=finding):
                check(view)


def test_a_wide_page_is_found(page: OpenPage) -> None:
    view = page(320)
    view.set_content('<p style="width: 400px; overflow: hidden" id="wide">x</p>')
    with pytest.raises(AssertionError, match='id="wide"'):
        looking.no_horizontal_scroll(view)


def test_pictures_only_when_asked(page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(looking, "TOUR", tmp_path)
    view = page()
    monkeypatch.delenv("HEARTHDESK_PICTURES", raising=False)
    looking.shot(view, "today")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("HEARTHDESK_PICTURES", "1")
    looking.shot(view, "today")
    assert (tmp_path / "today.png").read_bytes().startswith(b"\x89PNG")
