"""Signing in and one's account, in a browser, also without scripts: every page on the way is held to the standard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from core import clock
from core.accounts import services
from core.accounts.guard import limiter
from core.db import unit_of_work
from tests.accounts.visitor import code_now, link_in, mails
from tests.browser.conftest import OpenPage
from tests.browser.looking import good, shot
from tests.support.factories import make_world

NEW = "granite teapot sails north"


@pytest.mark.parametrize(("width", "javascript"), [(320, True), (1280, True), (320, False)])
def test_from_the_invitation_to_the_first_page(
    app: Flask, live: str, page: OpenPage, width: int, javascript: bool
) -> None:
    limiter.reset()
    world = make_world()
    with unit_of_work():
        services.invite(world.agent, clock.now())
    view = page(width, javascript=javascript)
    look = good if javascript else _none

    view.goto(live + link_in(mails(world.agent, "account-invitation")[0]))
    look(view)
    view.get_by_label("New password", exact=False).first.fill("too short")
    view.get_by_role("button", name="Save the password").click()
    look(view)
    for box in view.locator("input[type=password]").all():
        box.fill(NEW)
    view.get_by_role("button", name="Save the password").click()

    view.get_by_label("Email address").fill(world.agent.email)
    view.get_by_label("Password").fill("wrong")
    view.get_by_role("button", name="Sign in").click()
    expect(view.get_by_text("do not match, or the account is locked")).to_have_count(1)
    look(view)
    view.get_by_label("Password").fill(NEW)
    view.get_by_role("button", name="Sign in").click()

    expect(view.get_by_role("heading", level=1)).to_have_text("Set up your second factor")
    look(view)
    shot(view, f"second-factor-{width}")
    secret = view.locator("#totp-key").inner_text().replace(" ", "")
    view.get_by_label("The six figures").fill(code_now(secret))
    view.get_by_role("button", name="Turn it on").click()
    expect(view.locator("#recovery-codes code")).to_have_count(10)
    look(view)
    recovery = view.locator("#recovery-codes code").first.inner_text()
    view.get_by_role("link", name="I have kept them").click()
    expect(view.get_by_role("heading", level=1)).to_have_count(1)

    view.goto(f"{live}/account")
    view.locator("summary").first.click()
    view.get_by_role("button", name="Sign out").click()
    view.get_by_label("Email address").fill(world.agent.email)
    view.get_by_label("Password").fill(NEW)
    view.get_by_role("button", name="Sign in").click()
    look(view)
    view.get_by_label("Code").fill(recovery)
    view.get_by_role("button", name="Go on").click()
    view.goto(f"{live}/account")
    expect(view.get_by_text("9 recovery codes")).to_have_count(1)


def _none(_: Page) -> None:
    """Without scripts there is nothing that could look."""


@pytest.mark.parametrize("width", [320, 1280])
def test_a_token_shown_once(live: str, enter: Callable[..., Page], width: int) -> None:
    limiter.reset()
    view = enter(make_world().representative, width)
    view.goto(f"{live}/account/tokens")
    view.get_by_role("button", name="Make the token").click()
    good(view)
    view.get_by_label("Name").fill("Nightly export")
    view.locator("input[type=checkbox] + label").first.click()
    view.get_by_label("Your password").fill("rowboat lantern forty maples")
    view.get_by_role("button", name="Make the token").click()
    expect(view.locator("#new-token")).to_have_text(re.compile("^hd_"))
    good(view)


@pytest.mark.parametrize("width", [320, 1280])
def test_looking_after_sign_ins(live: str, enter: Callable[..., Page], width: int) -> None:
    world = make_world()
    view = enter(world.admin, width)
    view.goto(f"{live}/sign-ins?q={world.end_user.email}")
    good(view)
    view.get_by_role("button", name="Invite Erin Doyle").click()
    expect(view.get_by_text("Erin Doyle is invited by mail.")).to_have_count(1)
    good(view)
