"""Connections that rest in the pool: what is known of them without asking."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import NullPool, create_engine, insert, select, text
from sqlalchemy.exc import OperationalError

from core import connections
from core.connections import by_key
from core.db import db
from core.people.models import Lead

pytestmark = pytest.mark.usefixtures("app")
PATIENCE = 5.0


@pytest.fixture(autouse=True)
def _new_ones(app):
    """Connections that nobody has asked anything."""
    db.engine.dispose()


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


def kept():
    """The statements that the server has planned for this connection."""
    return set(db.session.scalars(text("select name || ': ' || statement from pg_prepared_statements")))


def lead_named(name):
    return db.session.scalar(by_key(select(Lead.id).where(Lead.name == name)))


def test_a_question_by_key_stays_planned_after_a_request_that_only_read(the_app):
    with the_app.test_request_context():
        lead_named("Nobody")
        before = kept()
        db.session.remove()
        lead_named("Nobody")
        assert kept() == before
        assert len(before) == 1
        db.session.remove()


def zones_asked_often():
    for name in ("Nobody", "Somebody", "Everybody") * 5:
        db.session.scalar(select(Lead.tz).where(Lead.name == name))
    return [statement for statement in kept() if "lead.tz" in statement]


def test_a_pages_other_questions_are_planned_for_their_values_each_time(the_app):
    with the_app.test_request_context():
        assert zones_asked_often() == []


def test_what_a_worker_asks_again_and_again_is_planned_once():
    assert len(zones_asked_often()) == 1


@pytest.mark.parametrize("reads_first", [True, False])
def test_what_a_request_wrote_outside_of_a_unit_of_work_is_undone(the_app, reads_first):
    with the_app.test_request_context():
        if reads_first:
            lead_named("Nobody")
        db.session.execute(insert(Lead).values(name="Lost", tz="America/Chicago", support_address=""))
        assert lead_named("Lost") is not None
        db.session.remove()
        assert lead_named("Lost") is None
        db.session.remove()


def test_what_a_request_only_put_into_its_session_is_not_written(the_app):
    with the_app.test_request_context():
        lead_named("Nobody")
        db.session.add(Lead(name="Lost", tz="America/Chicago"))
        db.session.remove()
        assert lead_named("Lost") is None
        db.session.remove()


def test_one_that_ends_in_the_middle_of_a_request_costs_that_request_alone(beside, the_app):
    with the_app.test_request_context():
        end(beside, db.session.scalar(text("select pg_backend_pid()")))
        with pytest.raises(OperationalError):
            lead_named("Nobody")
        db.session.remove()
        assert lead_named("Nobody") is None
        db.session.remove()
