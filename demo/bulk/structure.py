"""Takes the indexes and foreign keys off tables while they are filled, and puts them back as they were."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.schema import CreateIndex

from core.db import Base, db, unit_of_work

Tell = Callable[[str], object]

FOREIGN_KEYS = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where contype = 'f' and (conrelid::regclass::text = any(:tables) or confrelid::regclass::text = any(:tables))
order by 1, 2
"""
UNIQUE = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where contype = 'u' and conrelid::regclass::text = any(:tables) order by 1, 2
"""
INDEXES = """
select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
where indrelid::regclass::text = any(:tables) and not exists (select from pg_constraint where conindid = indexrelid)
order by 1
"""
SETTINGS = {"maintenance_work_mem": "256MB", "max_parallel_maintenance_workers": "2", "synchronous_commit": "off"}


@contextmanager
def laid_bare(tables: Sequence[str], tell: Tell) -> Iterator[None]:
    """Inside, the tables are empty and have nothing but their primary keys. All in the transaction under way.

    Truncating what is empty matters: rows copied into a table made new in the same transaction need no log and
    are visible to everybody at once.
    """
    told = {"tables": list(tables)}
    foreign, unique, indexes = (
        list(db.session.execute(text(query), told)) for query in (FOREIGN_KEYS, UNIQUE, INDEXES)
    )
    for name, value in SETTINGS.items():
        _run(f"set local {name} = '{value}'")
    for table, name, _ in (*foreign, *unique):
        _run(f'alter table {table} drop constraint "{name}"')
    for name, _ in indexes:
        _run(f"drop index {name}")
    _run(f"truncate {', '.join(tables)}")
    yield
    again = [f'alter table {table} add constraint "{name}" {told}' for table, name, told in unique]
    again += [_as_modelled(name) or definition for name, definition in indexes]
    again += [f'alter table {table} add constraint "{name}" {told}' for table, name, told in foreign]
    began = time.monotonic()
    for number, statement in enumerate(again, 1):
        before = time.monotonic()
        _run(statement)
        if time.monotonic() - before > 1:
            tell(f"{number:>4} of {len(again)} indexes and keys, {time.monotonic() - began:,.0f} s: {statement[:90]}")


def _as_modelled(name: str) -> str | None:
    """The model's own words, because PostgreSQL tells a condition back in others than it was given."""
    for table in Base.metadata.tables.values():
        for index in table.indexes:
            if index.name == name:
                return str(CreateIndex(index).compile(dialect=db.engine.dialect))
    return None


def analyzed(tables: Sequence[str], tell: Tell) -> None:
    """Give the planner its numbers."""
    began = time.monotonic()
    with unit_of_work():
        _run(f"analyze {', '.join(tables)}")
    tell(f"analyzed in {time.monotonic() - began:,.0f} s")


def _run(statement: str) -> None:
    db.session.execute(text(statement.replace(":", r"\:")))
