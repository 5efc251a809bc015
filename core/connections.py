"""Whether a connection that comes out of the pool still stands, without asking the server each time.

A server that goes away closes its end, which shows here as something to read on a connection that waits for nothing;
only then, or after a rest in which a network may have lost it silently, is it worth a question.
"""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

REST = 30.0  # seconds


def watch(engine: Engine) -> None:
    event.listen(engine, "checkin", _returned)
    event.listen(engine, "checkout", _taken)


def _returned(_connection: Any, record: Any) -> None:
    record.info["since"] = time.monotonic()


def _taken(connection: psycopg.Connection[Any], record: Any, _proxy: Any) -> None:
    """One that is gone takes all of its age with it, and the pool makes new ones."""
    has_rested = time.monotonic() - record.info.get("since", float("inf")) > REST
    if has_rested or _has_something_to_read(connection):
        try:
            connection.execute("select 1")
            connection.rollback()
        except psycopg.OperationalError as gone:
            raise InvalidatePoolError from gone


def _has_something_to_read(connection: psycopg.Connection[Any]) -> bool:
    poll = select.poll()
    try:
        poll.register(connection.fileno(), select.POLLIN)
    except psycopg.OperationalError:  # closed on our side
        return True
    return bool(poll.poll(0))
