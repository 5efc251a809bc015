"""Every macro in a real browser: wide and narrow, light and dark, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Page, expect

from core import clock
from tests.browser.conftest import OpenPage
from tests.browser.live import served
from tests.browser.looking import axe, good, no_horizontal_scroll, settled
from tests.ui.gallery import NOW, lena, make_app, permission_to_look

FULL = ["today", "lists?sort=-due", "queue", "words", "forms"]
SLIGHT = ["empty", "account", "plain", "fail/404", "fail/422", "fail/500", "fail/503"]
LOOKS = [
    *product(FULL, (320, 1280), (False, True)),
    *((name, 320, True) for name in SLIGHT),
    *((name, 1280, False) for name in SLIGHT),
]
OPEN_ALL = "document.querySelectorAll('main details, aside details').forEach((d) => { d.open = true; })"


@pytest.fixture
def gallery() -> Iterator[str]:
    app = make_app()
    app.config["PRINCIPAL"] = lena()
    with permission_to_look(), clock.frozen(NOW), served(app) as url:
        yield url


@pytest.mark.parametrize(("name", "width", "dark"), LOOKS)
def test_every_macro(gallery: str, page: OpenPage, name: str, width: int, dark: bool) -> None:
    view = page(width, dark=dark)
    answer = view.goto(f"{gallery}/{name}")
    assert answer is not None
    assert answer.status == int(name.removeprefix("fail/") if name.startswith("fail/") else 200)
    no_horizontal_scroll(view)
    view.evaluate(OPEN_ALL)
    good(view)


@pytest.mark.parametrize("width", [320, 1280])
def test_errors_on_a_form(gallery: str, page: OpenPage, width: int) -> None:
    view = page(width)
    view.goto(f"{gallery}/forms")
    view.get_by_label("Licenses").fill("99")
    view.get_by_role("button", name="Send notice").click()
    expect(view.get_by_label("Licenses")).to_have_value("99")
    expect(view.locator("#error-summary")).to_be_focused()
    good(view)
    view.get_by_role("link", name="Employed as: Choose one.").click()
    assert view.evaluate("location.hash") == "#employment-0"
    expect(view.get_by_label("Who is leaving")).to_have_attribute("aria-describedby", "person-hint person-error")


def test_a_form_that_is_accepted_says_so(gallery: str, page: OpenPage) -> None:
    view = page()
    view.goto(f"{gallery}/forms")
    _fill(view)
    view.get_by_role("button", name="Send notice").click()
    expect(view.locator(".usa-alert[role=status]")).to_contain_text("Access ends today at 4:30 PM")
    axe(view)


def _fill(view: Page) -> None:
    view.get_by_label("Who is leaving").fill("Kendra Moss")
    view.get_by_label("When").fill("2026-11-20")
    view.get_by_text("Volunteer").click()
    view.get_by_label("Licenses").fill("3")
    view.get_by_text("They will not need access again").click()


@pytest.mark.parametrize("width", [320, 1280])
def test_menu_and_sheet(gallery: str, page: OpenPage, width: int) -> None:
    view = page(width)
    view.goto(f"{gallery}/lists")
    menu = view.locator("details.hd-account")
    menu.locator("summary").click()
    expect(view.get_by_role("button", name="Sign out")).to_be_visible()
    good(view)
    view.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    view.keyboard.press("?")
    expect(view.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    good(view)
    view.keyboard.press("Escape")
    expect(view.locator("#hd-keys")).not_to_be_visible()


def test_keys(gallery: str, page: OpenPage) -> None:
    view = page()
    view.goto(f"{gallery}/lists")
    view.keyboard.press("j")
    expect(view.get_by_role("link", name="Kendra Moss")).to_be_focused()
    view.keyboard.press("j")
    expect(view.get_by_role("link", name="Ana Diaz")).to_be_focused()
    view.keyboard.press("k")
    expect(view.get_by_role("link", name="Kendra Moss")).to_be_focused()
    axe(view)
    view.keyboard.press("Enter")
    view.wait_for_url("**/words")
    view.keyboard.press("/")
    expect(view.get_by_role("searchbox")).to_be_focused()
    view.keyboard.type("jk?/")
    expect(view.get_by_role("searchbox")).to_have_value("jk?/")


def test_a_pages_own_key_presses_its_button_and_stands_on_the_sheet(gallery: str, page: OpenPage) -> None:
    view = page()
    view.goto(f"{gallery}/today")
    view.keyboard.press("?")
    expect(view.get_by_role("dialog")).to_contain_text("Confirm off in HMIS K. Moss")
    view.keyboard.press("Escape")
    view.keyboard.press("c")
    expect(view.get_by_role("status")).to_contain_text("Done, and recorded.")


def test_skip_link_comes_first(gallery: str, page: OpenPage) -> None:
    view = page()
    view.goto(f"{gallery}/lists")
    view.keyboard.press("Tab")
    expect(view.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    view.keyboard.press("Enter")
    expect(view.locator("main")).to_be_focused()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_focus_is_always_visible(gallery: str, page: OpenPage, dark: bool) -> None:
    view = page(dark=dark)
    view.goto(f"{gallery}/forms")
    for _ in range(30):
        view.keyboard.press("Tab")
        name, shown = view.evaluate(
            """() => {
                const at = document.activeElement;
                const drawn = at.matches(".usa-checkbox__input, .usa-radio__input")
                    ? getComputedStyle(at.nextElementSibling, "::before") : getComputedStyle(at);
                const visible = drawn.outlineStyle !== "none" && parseFloat(drawn.outlineWidth) >= 2;
                return [at.outerHTML.slice(0, 90), visible];
            }"""
        )
        assert shown, f"no visible focus on {name}"


def test_a_finger_finds_its_target(gallery: str, page: OpenPage) -> None:
    view = page(320, touch=True)
    for name in ("today", "lists", "words", "forms"):
        view.goto(f"{gallery}/{name}")
        small = view.evaluate(
            """() => [...document.querySelectorAll("button, summary, nav a, .usa-button, select, .usa-input, th > a")]
                .filter((e) => e.checkVisibility() && e.tabIndex >= 0 && !e.closest(".usa-breadcrumb"))
                .filter((e) => e.getBoundingClientRect().height < 43.5)
                .map((e) => e.outerHTML.slice(0, 90))"""
        )
        assert not small, f"{name}: {small}"


def test_everything_works_without_javascript(gallery: str, page: OpenPage) -> None:
    view = page(javascript=False)
    view.goto(f"{gallery}/words")
    expect(view.get_by_text("Mon 23 (1), Tue 24 (2), Wed 25 (3).").first).not_to_be_visible()
    view.locator("details.hd-why summary").first.click()
    expect(view.get_by_text("Mon 23 (1), Tue 24 (2), Wed 25 (3).").first).to_be_visible()
    view.get_by_role("button", name="Show SSN; this is recorded").click()
    expect(view.get_by_role("status")).to_contain_text("Done, and recorded.")
    view.goto(f"{gallery}/forms")
    view.get_by_role("button", name="Send notice").click()
    expect(view.get_by_role("alert").first).to_contain_text("5 things need another look")
    view.locator("details.hd-account summary").click()
    expect(view.get_by_role("button", name="Sign out")).to_be_visible()
    expect(view.get_by_role("button", name="Keyboard shortcuts")).not_to_be_visible()


def test_a_draft_survives_a_reload_and_goes_when_sent(gallery: str, page: OpenPage) -> None:
    view = page()
    view.goto(f"{gallery}/forms")
    view.get_by_label("Anything we should know").fill("She starts at Casa Sol.")
    view.get_by_label("Your password").fill("not to be kept")
    view.get_by_text("Volunteer").click()
    view.reload()
    expect(view.get_by_label("Anything we should know")).to_have_value("She starts at Casa Sol.")
    expect(view.get_by_label("Volunteer")).to_be_checked()
    expect(view.get_by_label("Your password")).to_have_value("")
    assert "not to be kept" not in view.evaluate("JSON.stringify(sessionStorage)")
    _fill(view)
    view.get_by_role("button", name="Send notice").click()
    expect(view.get_by_label("Anything we should know")).to_have_value("")
    settled(view)
    assert "draft:" not in view.evaluate("Object.keys(sessionStorage).join()")


def test_print_leaves_the_frame_out(gallery: str, page: OpenPage) -> None:
    view = page()
    view.goto(f"{gallery}/lists")
    view.emulate_media(media="print")
    expect(view.locator("header.hd-header")).not_to_be_visible()
    expect(view.get_by_role("button", name="Filter")).not_to_be_visible()
    expect(view.get_by_role("table")).to_be_visible()
    expect(view.get_by_text("Mon 23 (1), Tue 24 (2), Wed 25 (3).")).to_be_visible()


def test_the_search_box_goes_to_search(gallery: str, page: OpenPage) -> None:
    view = page(320)
    view.goto(f"{gallery}/today")
    view.get_by_role("button", name="Search").click()
    view.wait_for_url("**/search?q=")


def test_a_list_follows_its_filter_as_one_types(gallery: str, page: OpenPage) -> None:
    view = page()
    view.goto(f"{gallery}/lists")
    view.get_by_label("Words").press_sequentially("kendra")
    expect(view.locator("#results tbody tr")).to_have_count(1)
    expect(view.get_by_label("Words")).to_be_focused()
    assert "q=kendra" in view.url
    good(view)
    view.get_by_label("Words").fill("nobody of this name")
    expect(view.locator("#results")).to_contain_text("Nothing here.")


def test_the_bar_for_many_appears_on_selection(gallery: str, page: OpenPage) -> None:
    view = page()
    view.goto(f"{gallery}/queue")
    act = view.get_by_role("button", name="Assign to me")
    expect(act).not_to_be_visible()
    view.get_by_label("Select Ana Diaz").check()
    expect(act).to_be_visible()
    good(view)
    act.click()
    expect(view.get_by_role("status")).to_contain_text("Done, and recorded.")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_long_choice_is_found_by_typing(gallery: str, page: OpenPage, dark: bool) -> None:
    view = page(320, dark=dark)
    view.goto(f"{gallery}/forms")
    box = view.get_by_role("combobox", name="Agency")
    box.fill("agency 3")
    expect(view.get_by_role("listbox").get_by_role("option")).to_have_count(11)
    good(view)
    view.get_by_role("option", name="Agency 31").click()
    assert view.evaluate("document.querySelector('select[name=agency]').value") == "31"
    good(view)
