from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import text

from core import clock, sweep
from core.db import db
from core.running import schema


def at_head() -> None:
    db.session.execute(text("create table alembic_version (version_num varchar(32) primary key)"))
    db.session.execute(text("insert into alembic_version values (:head)"), {"head": schema.head()})
    db.session.commit()


def test_alive_whatever_else_is_wrong(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_not_ready_without_migrations_or_sweeper(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    told = answer.get_json()
    assert (told["ready"], told["database"], told["sweeper"]) == (False, "ok", "no sweeper has run yet")
    assert told["migrations"] == f"schema is at nothing, not {schema.head()}"


def test_ready_until_the_sweeper_is_gone_for_more_than_60_seconds(client: FlaskClient) -> None:
    at_head()
    now = clock.now()
    try:
        with clock.frozen(now):
            sweep.beat()
        for seconds, status in [(59, 200), (60, 200), (61, 503)]:
            with clock.frozen(now + timedelta(seconds=seconds)):
                assert client.get("/readyz").status_code == status
    finally:
        db.session.execute(text("drop table alembic_version"))
        db.session.commit()


def test_what_keeps_the_sweeper_from_working_is_said(client: FlaskClient) -> None:
    sweep.beat("the clock is +45 s off the database's; limit 30 s")
    assert client.get("/readyz").get_json()["sweeper"] == "the clock is +45 s off the database's; limit 30 s"
