"""Puts sheets into the database with COPY, on the connection of the transaction under way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from core.db import Base, db
from demo.bulk.lines import Batch

PARTS = 1 << 20


def copy(batches: Iterable[Batch], *, freeze: bool = False) -> int:
    """Copy the rows in; returns how many there were. Parents must come before children while foreign keys hold.

    `freeze`: for tables truncated in this transaction, as rows that no later vacuum has to visit.
    """
    options = " with (freeze)" if freeze else ""
    cursor = raw_connection().cursor()
    rows = 0
    for table, columns, count, lines in batches:
        with cursor.copy(f"copy {table} ({', '.join(columns.split())}) from stdin{options}") as into:
            for start in range(0, len(lines), PARTS):
                into.write(lines[start : start + PARTS])
        rows += count
    return rows


def raw_connection() -> Any:
    """psycopg's own connection below the session's transaction."""
    return db.session.connection().connection.dbapi_connection


def catch_up_identities(tables: Iterable[str]) -> None:
    """Rows were copied in with their ids: the next one that the database gives comes after them."""
    for table in tables:
        if "id" in Base.metadata.tables[table].columns:
            top = f"select coalesce(max(id), 0) + 1 from {table}"  # noqa: S608 - a table of our own
            db.session.execute(text(f"select setval(pg_get_serial_sequence('{table}', 'id'), ({top}), false)"))
