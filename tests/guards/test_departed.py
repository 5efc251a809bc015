"""Catalogue 38: whoever leaves is refused at the next request, on every page and by token, though no job has run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from core import clock
from core.accounts.guard import limiter
from tests.conftest import NOON
from tests.guards.table import ROWS, Door
from tests.guards.test_csrf import address
from tests.licensing.acting import leaving, tell
from tests.support.factories import World, make_world
from tests.support.signing_in import api_headers, sign_in

OPEN = {(row.method, row.rule) for row in ROWS if row.door in (Door.OPEN, Door.DEMO)}
LEAVES = NOON + timedelta(minutes=5)


def closed(app: Flask, *methods: str) -> list[tuple[str, str]]:
    """Some address of each route that the table of permissions does not open to everybody."""
    return [
        (method, address(app, rule))
        for rule in app.url_map.iter_rules()
        for method in sorted(set(methods) & (rule.methods or set()))
        if rule.endpoint != "static" and (method, rule.rule) not in OPEN
    ]


@pytest.fixture
def world(app) -> Iterator[World]:
    limiter.reset()
    with clock.frozen(NOON):
        yield make_world("missouri")


@pytest.fixture
def told(app, world: World) -> World:
    """The representative has said that the administrator leaves at five past noon."""
    response = tell(
        app.test_client(), world.representative, world.agency, leaving(world.administrator, "2026-11-20", "12:05")
    )
    assert response.status_code == 302
    return world


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 403), (1, 403)])
def test_at_the_very_second(app, client, told: World, seconds: int, status: int):
    sign_in(client, told.administrator)
    assert client.get("/tickets").status_code == 200
    with clock.frozen(LEAVES + timedelta(seconds=seconds)):
        response = client.get("/tickets")
        assert response.status_code == status


def test_on_every_page_and_every_form(app, told: World):
    """Each with a browser that was signed in until that moment."""
    let_through = []
    tried = [(method, path) for method, path in closed(app, "GET", "POST") if path not in ("/", "/sign-out")]
    client = sign_in(app.test_client(), told.administrator)
    with clock.frozen(LEAVES):
        for method, path in tried:
            limiter.reset()
            response = client.open(path, method=method)
            if response.status_code != (401 if path.startswith("/api/") else 403):
                let_through.append((method, path, response.status_code))
        assert client.get("/").location.startswith("/sign-in")
    assert not let_through
    assert len(tried) > 60


def test_by_token_too(app, client, told: World):
    headers = api_headers(told.administrator)
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    with clock.frozen(LEAVES):
        for method, path in closed(app, "GET", "POST"):
            if path.startswith("/api/"):
                assert client.open(path, method=method, headers=headers).status_code == 401, path


def test_a_form_open_on_the_screen_does_nothing_any_more(client, told: World):
    """The page was loaded in time, the button pressed too late."""
    sign_in(client, told.administrator)
    form = leaving(told.end_user, "2026-11-20", "11:00")
    with clock.frozen(LEAVES):
        response = client.post(f"/departures/new?agency={told.agency.id}", data=form)
    assert response.status_code == 403
    sign_in(client, told.admin)
    assert told.end_user.name not in client.get("/departures").get_data(as_text=True)


def test_others_at_the_agency_go_on(client, told: World):
    sign_in(client, told.director)
    with clock.frozen(LEAVES):
        assert client.get("/departures").status_code == 200
