"""The database: base class, column types, and the one place that commits."""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from flask import has_request_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Enum,
    Identity,
    Insert,
    MetaData,
    String,
    Text,
    TypeDecorator,
    any_,
    inspect,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session, joinedload, mapped_column, registry
from sqlalchemy.orm.util import identity_key
from werkzeug.routing import IntegerConverter

from core.errors import Collision, is_collision

log = logging.getLogger(__name__)

Hook = Callable[[], None]

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. A naive one is refused on the way in; it always comes back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; only aware times are stored")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None


BigId = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Line = Annotated[str, mapped_column(String(300))]
Code = Annotated[str, mapped_column(String(80))]


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={
            datetime: UtcDateTime,
            enum.Enum: Enum(
                enum.Enum,
                native_enum=False,
                create_constraint=False,
                length=40,
                values_callable=lambda kind: [member.value for member in kind],
            ),
            dict[str, Any]: JSONB,
            list[Any]: JSONB,
            list[str]: JSONB,
            list[int]: JSONB,
            int: BigInteger,
            str: Text,
        },
    )


db = SQLAlchemy(model_class=Base)
Row = TypeVar("Row", bound=Base)


class RowId(IntegerConverter):
    """`<int:...>` in an address is a row's number; one that no row can have is simply not there.

    The pattern says it, not a limit: Werkzeug looks at limits after it has chosen by method, and then answers 405.
    """

    regex = "[1-9][0-9]{0,17}"


def among(column: Any, numbers: Iterable[int]) -> ColumnElement[bool]:
    """As `in_`, for the rows of a page: one parameter whatever their count, so that it stays one statement."""
    condition: ColumnElement[bool] = column == any_(literal(list(numbers), ARRAY(BigInteger)))
    return condition


@dataclass
class Unit:
    """What one unit of work still has to do: before its commit, and after it. What was gathered comes first: it takes
    locks of its own, and the trail's is the last.

    `later` are rows that nobody needs before, written together. `memo` keeps answers for as long as it lasts; whoever
    changes what an answer rests on drops it there.
    """

    before_commit: list[Hook] = field(default_factory=list)
    gathered: list[Gathered] = field(default_factory=list)
    on_commit: list[Hook] = field(default_factory=list)
    later: list[tuple[Insert, dict[str, Any]]] = field(default_factory=list)
    memo: dict[Any, Any] = field(default_factory=dict)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Everything inside is one transaction; inside another unit of work it joins that one.

    The only place that commits. `on_commit` hooks run after it; a hook that fails is logged and
    counted, because the rows are the truth and a sweep will find them. Within a request, raises Collision where the
    database let somebody else's work go first; other programs get the database's own error and try again.
    """
    session = db.session()
    if "unit" in session.info:
        yield session
        return
    unit = session.info["unit"] = Unit()
    try:
        yield session
        settle()
        session.commit()
    except BaseException as error:
        session.rollback()
        if has_request_context() and is_collision(error):
            raise Collision from error
        raise
    finally:
        del session.info["unit"]
    _run_after(unit.on_commit)


@contextmanager
def savepoint() -> Iterator[Session]:
    """A part of a unit of work that may fail alone: its rows and its hooks are undone together."""
    session, unit = db.session(), current_unit()
    lists: tuple[list[Any], ...] = (unit.before_commit, unit.gathered, unit.on_commit, unit.later)
    lengths = [len(one) for one in lists]
    try:
        with session.begin_nested():
            yield session
    except BaseException:
        for one, length in zip(lists, lengths, strict=True):
            del one[length:]
        unit.memo.clear()
        raise


def settle() -> None:
    """Do what waits for the end of the unit of work under way. Its end does; before that only who does the deeds of
    many in one transaction, each at its own instant."""
    session, unit = db.session(), current_unit()
    session.flush()
    while unit.gathered:
        _end_gathering(unit, unit.gathered.pop(0))
    session.flush()
    for hook in unit.before_commit:
        hook()
    unit.before_commit.clear()
    _write(session, unit.later)
    unit.later.clear()


def unwritten(*models: type[Base]) -> list[Any]:
    """Rows of these models that were made or changed, and not sent to the database yet."""
    session = db.session()
    return [row for rows in (session.new, session.dirty) for row in rows if isinstance(row, models)] if models else []


@contextmanager
def reading(*models: type[Base], made: tuple[type[Base], ...] = ()) -> Iterator[Session]:
    """Questions whose answers hang on rows of these models alone (of `made`, only on new ones): whatever else the unit
    of work has changed waits, to be sent with its like in one exchange with the database."""
    session = db.session()
    if unwritten(*models) or any(isinstance(row, made) for row in session.new):
        session.flush()
    with session.no_autoflush:
        yield session


def locked(model: type[Row], number: int, *joined: InstrumentedAttribute[Any]) -> Row:
    """The row as it stands now, which nobody else changes before the commit. What the unit of work has changed of it is
    sent before; what else it has changed waits."""
    session = db.session()
    known = session.identity_map.get(identity_key(model, number))
    if (known is not None and inspect(known).modified) or unwritten(*(one.property.mapper.class_ for one in joined)):
        session.flush()
    query = select(model).where(inspect(model).primary_key[0] == number).options(*map(joinedload, joined))
    with session.no_autoflush:
        return session.scalars(query.with_for_update(of=model).execution_options(populate_existing=True)).one()


def before_commit(hook: Hook) -> None:
    """Run `hook` in the transaction, last, once everything else is flushed."""
    current_unit().before_commit.append(hook)


@dataclass
class Gathered:
    """What waits for the end of a unit of work, and what is then done with all of it."""

    key: tuple[Any, ...]
    then: Callable[[list[Any]], None]
    items: list[Any] = field(default_factory=list)

    def do(self) -> None:
        items, self.items = self.items, []
        if items:
            self.then(items)


def gather(key: tuple[Any, ...], item: Any, then: Callable[[list[Any]], None]) -> None:
    """At the end of the unit of work `then` gets all that was given under this key, once. It decides by how the rows
    stand then: an item may be of a savepoint that failed."""
    unit = current_unit()
    if key not in unit.memo:
        unit.memo[key] = Gathered(key, then)
        unit.gathered.append(unit.memo[key])
    unit.memo[key].items.append(item)


def _end_gathering(unit: Unit, gathered: Gathered) -> None:
    if unit.memo.get(gathered.key) is gathered:
        del unit.memo[gathered.key]
    gathered.do()


def do_gathered(key: tuple[Any, ...]) -> None:
    """Do already now what waits under this key, for who needs to see it done; nothing outside of a unit of work."""
    unit: Unit | None = db.session().info.get("unit")
    if unit is not None and key in unit.memo:
        unit.memo[key].do()


def on_commit(hook: Hook) -> None:
    """Run `hook` once after the surrounding unit of work has committed; never when it fails."""
    hooks = current_unit().on_commit
    if hook not in hooks:
        hooks.append(hook)


def write_later(new: Insert, values: dict[str, Any]) -> None:
    """A row of the unit of work under way that nothing in it reads: it goes with all others of the same statement, in
    one exchange with the database, just before the commit."""
    current_unit().later.append((new, values))


def _write(session: Session, later: Iterable[tuple[Insert, dict[str, Any]]]) -> None:
    by_statement: dict[Insert, list[dict[str, Any]]] = {}
    for new, values in later:
        by_statement.setdefault(new, []).append(values)
    for new, rows in by_statement.items():
        session.execute(new, rows)


def current_unit() -> Unit:
    """The unit of work under way; asking outside of one is a mistake in the code."""
    unit: Unit | None = db.session().info.get("unit")
    if unit is None:
        raise RuntimeError("this changes something, so it belongs inside a unit_of_work()")
    return unit


failed_hooks = 0


def _run_after(hooks: list[Hook]) -> None:
    global failed_hooks
    for hook in hooks:
        try:
            hook()
        except Exception as error:  # noqa: BLE001 - whatever a wake-up raises, the commit has happened
            failed_hooks += 1
            log.warning("a wake-up after commit failed (%s); the sweep will find the rows", type(error).__name__)
