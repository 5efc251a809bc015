"""The pages of one data request, one client's request and one outside demand: good at both widths, without a fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.looking import good
from tests.requests.acting import asked, client_asked, demanded
from tests.support.factories import make_world


@pytest.mark.parametrize("role", ["representative", "manager"])
def test_the_pages_of_requests(app: Flask, live: str, enter: Callable[..., Page], role: str) -> None:
    world = make_world("vermont", "America/New_York")
    browser, who = app.test_client(), world.representative
    data = asked(browser, who, world.agency, need_by="2028-03-01", title="Exits " * 30)
    client = client_asked(browser, who, world.agency, kind="inspection")
    demand = demanded(browser, who, world.agency, what="Nights at the shelter. " * 40)
    named = f"agency={world.agency.id}"
    paths = [
        f"/data-requests/{data.id}",
        f"/data-requests/new?{named}",
        f"/client-requests/{client.id}",
        f"/client-requests/new?{named}",
        f"/demands/{demand.id}",
        f"/demands/new?{named}",
        "/data-requests",
        "/client-requests",
        "/demands",
        "/demands/disclosures",
    ]
    for view in (enter(world.by_role()[role], 320), enter(world.by_role()[role], 1280, dark=True)):
        for path in paths:
            answer = view.goto(live + path)
            assert answer is not None
            assert answer.status == 200, path
            good(view)
