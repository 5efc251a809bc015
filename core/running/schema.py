"""The database's schema: bring it up to date, and see whether models and migrations agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import flask_migrate
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

import models
from core.db import Base, db
from core.running.problem import Problem

MIGRATIONS = Path(models.__file__).resolve().parent / "migrations"
ONE_AT_A_TIME = 4_127_001


def upgrade(app: Flask) -> None:
    """To the newest migration; two that start at once take turns, under a lock of the database's. Raises Problem."""
    with app.app_context(), _connected() as connection:
        _refuse_unknown(current(connection))
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": ONE_AT_A_TIME})
        flask_migrate.upgrade(directory=str(MIGRATIONS))


def refuse_other(app: Flask) -> None:
    """Raises Problem unless the database answers and is at the newest migration."""
    with app.app_context(), _connected() as connection:
        found = current(connection)
    _refuse_unknown(found)
    if found != head():
        told = f"is at {found}, older than this program" if found else "is not there yet"
        raise Problem(f"The database's schema {told}; run: hearthdesk db upgrade")


def _refuse_unknown(found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if found and found not in known:
        raise Problem(f"The database's schema is at {found}, newer than this program; install the newer hearthdesk.")


@contextmanager
def _connected() -> Iterator[Connection]:
    try:
        connection = db.engine.connect()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0].rstrip(".")
        raise Problem(f"The database does not answer ({reason}); start it, or correct DATABASE_URL.") from error
    with connection:
        yield connection


@lru_cache(maxsize=1)
def head() -> str | None:
    """The newest migration this code has; None while there is none. Read once: it cannot change under us."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def current(connection: Connection) -> str | None:
    """The migration the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def drift(app: Flask) -> list[str]:
    """What a new migration would have to do to a database at head for the models; one line each."""
    models.import_all()
    with app.app_context(), db.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        return [_described(step) for step in compare_metadata(context, Base.metadata)]


def _described(step: Any) -> str:
    """Alembic gives a tuple, or a list of them where a column changes in several ways."""
    parts = step[0] if isinstance(step, list) else step
    return " ".join(str(getattr(part, "name", None) or part) for part in parts if part is not None)
