"""What every page is held to, and the pictures for the tour and the guide."""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page

DOCS = Path(__file__).resolve().parents[2] / "docs"
TOUR = DOCS / "tour"
GUIDE = DOCS / "guide" / "pictures"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What passes is not told, which is most of the work of telling; style sheets are not fetched a second time for the one
# rule that would (a page that is locked to portrait or landscape, which no style sheet here says).
OPTIONS = {"runOnly": STANDARDS, "resultTypes": ["violations"], "preload": False}


def settled(page: Page) -> None:
    """A click returns when the next page begins to come, its document still empty: wait until it is there."""
    page.wait_for_load_state("load")


def axe(page: Page) -> None:
    """No violation of WCAG 2.2 AA or of axe's best practices on the page as it stands."""
    settled(page)
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(document, options).then(told => told.violations)", OPTIONS)
    assert not found, f"{page.url}\n" + "\n".join(_line(violation) for violation in found)


def _line(violation: dict) -> str:
    places = "; ".join(f"{' '.join(node['target'])}: {node['failureSummary']}" for node in violation["nodes"][:5])
    return f"{violation['id']} ({violation['help']}): {places}"


def no_horizontal_scroll(page: Page) -> None:
    """Nothing reaches past the right edge of the window."""
    settled(page)
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, f"{page.url} is {wide} px wide in a window of {window} px: {_widest(page)}"


def _widest(page: Page) -> str:
    return page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1)
            .slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" | ")"""
    )


def good(page: Page) -> None:
    """Both of the above, for the page as it stands."""
    axe(page)
    no_horizontal_scroll(page)


def shot(page: Page, name: str) -> None:
    """Keep a picture for docs/tour when HEARTHDESK_PICTURES=1; otherwise nothing is written."""
    if os.environ.get("HEARTHDESK_PICTURES") == "1":
        TOUR.mkdir(parents=True, exist_ok=True)
        settled(page)
        page.screenshot(path=TOUR / f"{name}.png", full_page=True)


def picture(shown: Page | Locator, name: str) -> None:
    """The same for docs/guide, where a picture shows one step: what the window shows, or one part of the page."""
    if os.environ.get("HEARTHDESK_PICTURES") == "1":
        GUIDE.mkdir(parents=True, exist_ok=True)
        settled(shown if isinstance(shown, Page) else shown.page)
        shown.screenshot(path=GUIDE / f"{name}.png")
