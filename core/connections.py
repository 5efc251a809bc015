"""What the connections to the database cost beside the questions: to see that one stands, and to plan what is asked.

A server that goes away closes its end, which shows here as something to read on a connection that waits for nothing;
only then, or after a rest in which a network may have lost it silently, is it worth a question.
"""

from __future__ import annotations

import select
import time
from typing import Any, TypeVar

import psycopg
from flask import has_request_context
from psycopg._preparing import PrepareManager
from sqlalchemy import Engine, Executable, event
from sqlalchemy.exc import InvalidatePoolError

REST = 30.0  # seconds
AGAIN_AND_AGAIN = 5  # as psycopg has it
BY_KEY = "by_key"
Query = TypeVar("Query", bound=Executable)


def watch(engine: Engine) -> None:
    event.listen(engine, "connect", _made)
    event.listen(engine, "checkin", _returned)
    event.listen(engine, "checkout", _taken)
    event.listen(engine, "before_cursor_execute", _asked)


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


class _Kept(PrepareManager):
    """What the server has prepared outlives a rollback, with which every page that only reads ends.

    The driver forgets it then, for programs that change the schema in transactions; ours does so in another process.
    """

    def clear(self) -> bool:
        return False


def _made(connection: psycopg.Connection[Any], _record: Any) -> None:
    connection._prepared = _Kept()  # noqa: SLF001 - psycopg has no other way to say so


def _asked(_: Any, cursor: psycopg.Cursor[Any], _statement: str, _values: Any, context: Any, _many: bool) -> None:
    """At once by keys and for new rows; of a page's other questions never, and of a worker's those that it asks again
    and again."""
    is_kept = context is not None and (context.isinsert or context.execution_options.get(BY_KEY))
    cursor.connection.prepare_threshold = 0 if is_kept else None if has_request_context() else AGAIN_AND_AGAIN


def by_key(query: Query) -> Query:
    """The same, as a question whose best plan does not hang on what it is asked about: rows by their keys.

    It is planned once for each connection, which for a page's small questions is most of their time. Others, such as
    lists with filters and searches for words, are planned for their values each time.
    """
    return query.execution_options(**{BY_KEY: True})


def _has_something_to_read(connection: psycopg.Connection[Any]) -> bool:
    poll = select.poll()
    try:
        poll.register(connection.fileno(), select.POLLIN)
    except psycopg.OperationalError:  # closed on our side
        return True
    return bool(poll.poll(0))
