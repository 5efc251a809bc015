from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import create_app
from core import clock, sweep
from core.db import db
from core.running import schema
from tests.conftest import NOON
from tests.licensing.acting import leaving, tell
from tests.support.factories import make_world
from tests.support.signing_in import sign_in


@pytest.fixture
def unmigrated(app: Flask) -> Iterator[None]:
    """As if nobody had brought the database up to date."""
    kept = schema.current(db.session.connection())
    db.session.execute(text("delete from alembic_version"))
    db.session.commit()
    yield
    db.session.execute(text("insert into alembic_version values (:head)"), {"head": kept})
    db.session.commit()


def test_alive_whatever_else_is_wrong(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}


@pytest.mark.usefixtures("unmigrated")
def test_not_ready_without_migrations_or_sweeper(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    told = answer.get_json()
    assert (told["ready"], told["database"], told["sweeper"]) == (False, "ok", "no sweeper has run yet")
    assert told["migrations"] == f"schema is at nothing, not {schema.head()}"


def test_ready_until_the_sweeper_is_gone_for_more_than_60_seconds(client: FlaskClient) -> None:
    """Catalogue 13."""
    now = clock.now()
    with clock.frozen(now):
        sweep.beat()
    for seconds, status in [(59, 200), (60, 200), (61, 503)]:
        with clock.frozen(now + timedelta(seconds=seconds)):
            assert client.get("/readyz").status_code == status


def test_without_a_sweeper_ended_access_is_still_denied_at_the_next_request(app: Flask, client: FlaskClient) -> None:
    """Catalogue 13: red, and yet nobody has to come by to deny it."""
    with clock.frozen(NOON):
        world = make_world("missouri")
        sweep.beat()
        leaves = leaving(world.administrator, "2026-11-20", "12:05")
        assert tell(app.test_client(), world.representative, world.agency, leaves).status_code == 302
        sign_in(client, world.administrator)
        assert (client.get("/readyz").status_code, client.get("/tickets").status_code) == (200, 200)
    with clock.frozen(NOON + timedelta(minutes=5)):
        assert (client.get("/readyz").status_code, client.get("/tickets").status_code) == (503, 403)


def test_what_keeps_the_sweeper_from_working_is_said(client: FlaskClient) -> None:
    sweep.beat("the clock is +45 s off the database's; limit 30 s")
    assert client.get("/readyz").get_json()["sweeper"] == "the clock is +45 s off the database's; limit 30 s"


@pytest.mark.usefixtures("one_limiter")
def test_while_the_database_is_away_people_are_told_to_wait(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """Not that something is broken; and each request is one line in the log."""
    away = replace(app.config["HEARTHDESK"], database_url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    visitor = create_app(away).test_client()
    told = visitor.get("/api/v1/me", headers={"Authorization": "Bearer hd_anything_at_all"})
    assert (told.status_code, told.get_json()["code"]) == (503, "unavailable")
    page = visitor.get("/set-password/anything", follow_redirects=True)
    assert (page.status_code, "Try again in a minute" in page.get_data(as_text=True)) == (503, True)
    lines = [record for record in caplog.records if record.name == "core.errors"]
    assert [(line.levelname, line.exc_info) for line in lines] == [("WARNING", None)] * 2
