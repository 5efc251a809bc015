"""The database's schema: bring it up to date, and see whether models and migrations agree."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import flask_migrate
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, text

import models
from core.db import Base, db

MIGRATIONS = Path(models.__file__).resolve().parent / "migrations"
ONE_AT_A_TIME = 4_127_001


def upgrade(app: Flask) -> None:
    """To the newest migration; two that start at once take turns, under a lock of the database's."""
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": ONE_AT_A_TIME})
        flask_migrate.upgrade(directory=str(MIGRATIONS))


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
