"""Worlds that are loaded once for all tests of a file, because loading takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from core.db import Base, db

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def empty() -> None:
    """An empty database; the audit trail's trigger allows truncation to its owner only."""
    db.session.rollback()
    db.session.remove()
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with db.engine.begin() as connection:
        connection.execute(text(f"truncate {tables} restart identity cascade"))


@contextmanager
def emptied(app: APIFlask) -> Iterator[None]:
    """The application in demo mode, with an empty database before and after."""
    before = app.config["HEARTHDESK"]
    app.config["HEARTHDESK"] = replace(before, mode="demo")
    with app.app_context():
        empty()
    yield
    with app.app_context():
        empty()
    app.config["HEARTHDESK"] = before


@pytest.fixture
def nothing(the_app: APIFlask) -> Iterator[APIFlask]:
    with emptied(the_app), the_app.app_context():
        yield the_app


def fingerprints() -> dict[str, str]:
    """A hash over all rows of each table. Left out is what is sealed: each sealing looks different."""
    row = "(to_jsonb(t) - 'totp_secret')::text"
    hashes = {}
    for table in Base.metadata.sorted_tables:
        query = text(f"select md5(string_agg({row}, '|' order by {row})) from \"{table.name}\" t")
        hashes[table.name] = db.session.execute(query).scalar() or ""
    db.session.rollback()
    return hashes


def counts(query: str) -> dict[str, int]:
    return {str(name): number for name, number in db.session.execute(text(query))}
