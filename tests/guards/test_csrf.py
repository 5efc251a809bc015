"""Every writer in the application, whoever wrote it: no write without a token of our own page, no write by reading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.routing import Rule
from werkzeug.routing.converters import NumberConverter

from core.accounts import sessions
from core.accounts.guard import limiter
from core.db import db
from tests.support.factories import World, make_world
from tests.support.signing_in import sign_in

WRITES = ("POST", "PUT", "PATCH", "DELETE")
WRITING_WORDS = ("insert", "update", "delete", "truncate", "merge")
OWN_BOOKKEEPING = ("login_session", "api_token")  # when somebody was last seen is no deed of theirs


@pytest.fixture
def world(app) -> Iterator[World]:
    limiter.reset()
    yield make_world()
    limiter.reset()


def address(app: Flask, rule: Rule) -> str:
    """Some address that the rule answers to."""
    values = {name: 1 if isinstance(rule._converters[name], NumberConverter) else "x" for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, values, method=min(rule.methods or {"GET"}))


def routes(app: Flask, *methods: str) -> list[tuple[str, str]]:
    return [
        (method, address(app, rule))
        for rule in app.url_map.iter_rules()
        for method in sorted(set(methods) & (rule.methods or set()))
    ]


def test_no_write_without_a_token(app, client, world: World):
    """Signed in as the person who may do the most, with the cookie that the browser sends along unasked."""
    sign_in(client, world.admin)
    del client.environ_base["HTTP_X_CSRFTOKEN"]
    let_through = []
    for method, path in routes(app, *WRITES):
        status = client.open(path, method=method).status_code
        if status != (401 if path.startswith("/api/") else 400):
            let_through.append((method, path, status))
    assert not let_through
    assert len(routes(app, *WRITES)) > 10


def test_a_token_of_another_session_is_refused(app, client, world: World):
    """Also when the thief can plant the signed cookie that belongs to it."""
    thief = app.test_client()
    sign_in(thief, world.end_user)
    thief.get("/account")
    sign_in(client, world.admin)
    client.environ_base["HTTP_X_CSRFTOKEN"] = thief.environ_base["HTTP_X_CSRFTOKEN"]
    name = app.config["SESSION_COOKIE_NAME"]
    client.set_cookie(name, thief.get_cookie(name).value)
    assert client.post("/sign-out").status_code == 400
    assert client.get("/account").status_code == 200


def test_the_token_of_ones_own_page_is_taken(app, client, world: World):
    sign_in(client, world.admin)
    assert client.post("/sign-out").status_code == 302


def test_signing_in_needs_one_too(client, world: World):
    assert client.post("/sign-in", data={"email": "a@b.test", "password": "x"}).status_code == 400
    assert not client.get_cookie(sessions.cookie_name())


@pytest.fixture
def written(app) -> Iterator[list[str]]:
    """The statements that change something, as they reach the database."""
    found: list[str] = []

    def note(conn, cursor, statement: str, *_: object) -> None:
        words = statement.lower().split()
        if words[0] in WRITING_WORDS and not any(table in words[:4] for table in OWN_BOOKKEEPING):
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def test_reading_writes_nothing(app, client, world: World, written: list[str]):
    sign_in(client, world.admin)
    written.clear()
    for _, path in routes(app, "GET"):
        client.get(path)
        assert not written, (path, written)
    assert db.session.is_active
