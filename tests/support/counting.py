"""How many questions a page asks the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from core.db import db


@contextmanager
def queries() -> Iterator[list[str]]:
    """The statements run inside, in order."""
    told: list[str] = []

    def listen(connection, cursor, statement, parameters, context, executemany):
        told.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    yield told
    event.remove(db.engine, "before_cursor_execute", listen)
