"""Connections that rest in the pool: what is known of them without asking."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import NullPool, create_engine, text

from core import connections
from core.db import db

pytestmark = pytest.mark.usefixtures("app")
PATIENCE = 5.0


@pytest.fixture
def beside(database_url):
    """Somebody else's connection to the same server."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection
    engine.dispose()


def rest_one():
    """The number of a connection that was just given back."""
    with db.engine.connect() as connection:
        return connection.scalar(text("select pg_backend_pid()"))


def last_asked(beside, pid):
    return beside.scalar(text("select query_start from pg_stat_activity where pid = :pid"), {"pid": pid})


def end(beside, pid):
    beside.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
    until = time.monotonic() + PATIENCE
    while last_asked(beside, pid) is not None:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_one_that_the_server_ended_is_replaced_before_anybody_notices(beside):
    pid = rest_one()
    end(beside, pid)
    assert rest_one() != pid


def test_one_that_stands_is_taken_without_a_question(beside):
    pid = rest_one()
    before = last_asked(beside, pid)
    with db.engine.connect():
        assert last_asked(beside, pid) == before


def test_one_that_rested_long_is_asked_first(beside, monkeypatch):
    pid = rest_one()
    before = last_asked(beside, pid)
    monkeypatch.setattr(connections, "REST", 0.0)
    with db.engine.connect():
        assert last_asked(beside, pid) > before


def test_one_that_was_closed_here_is_replaced(beside):
    with db.engine.connect() as connection:
        pid = connection.scalar(text("select pg_backend_pid()"))
        closed = connection.connection.dbapi_connection
    closed.close()
    assert rest_one() != pid
