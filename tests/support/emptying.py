"""A clean database after each test, quickly.

TRUNCATE of all tables gives every table and index a new file: with two hundred of them that costs more than most tests
do. A table without a file's first page has no rows, so only the others are touched, with DELETE while foreign keys and
the audit trail's trigger look away. That takes a superuser, hence a function of one. What DELETE leaves behind is
shed by a TRUNCATE now and then.
"""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, text

from core.db import Base

ENOUGH = 24 * 2**20  # bytes in use, most of them empty, from which on a TRUNCATE is worth its time

EMPTY = """
create or replace function empty_what_has_rows() returns bigint language plpgsql
security definer set session_replication_role = replica as $$
declare
    one record;
    used bigint := 0;
begin
    for one in
        select c.oid::regclass as name, pg_relation_size(c.oid) as size, s.objid::regclass as numbers
        from pg_class c
        left join pg_depend s on s.refobjid = c.oid and s.classid = 'pg_class'::regclass and s.deptype in ('i', 'a')
            and exists (select from pg_class where oid = s.objid and relkind = 'S')
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'alembic_version'
            and pg_relation_size(c.oid) > 0
    loop
        execute format('delete from %s', one.name);
        if one.numbers is not null then
            perform setval(one.numbers, 1, false);
        end if;
        used := used + one.size;
    end loop;
    return used;
end $$
"""


def prepare(admin_url: str) -> None:
    engine = create_engine(admin_url)
    with engine.begin() as connection:
        connection.execute(text(EMPTY))
    engine.dispose()


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        used = connection.execute(text("select empty_what_has_rows()")).scalar_one()
    if used > ENOUGH:
        shed(engine)


def shed(engine: Engine) -> None:
    """The audit trail's trigger allows this to the table's owner only."""
    tables = ", ".join(f'"{t.name}"' for t in Base.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"truncate {tables} restart identity cascade"))
