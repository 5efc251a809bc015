"""The database: base class, column types, and the one place that commits."""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Enum,
    Identity,
    MetaData,
    String,
    Text,
    TypeDecorator,
    any_,
    literal,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, registry
from werkzeug.routing import IntegerConverter

log = logging.getLogger(__name__)

Hook = Callable[[], None]
Answer = TypeVar("Answer")

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


class RowId(IntegerConverter):
    """`<int:...>` in an address is a row's number; one that no row can have is simply not there.

    The pattern says it, not a limit: Werkzeug looks at limits after it has chosen by method, and then answers 405.
    """

    regex = "[1-9][0-9]{0,17}"


def among(column: Any, numbers: Iterable[int]) -> ColumnElement[bool]:
    """As `in_`, for the rows of a page: one parameter whatever their count, so that it stays one statement."""
    condition: ColumnElement[bool] = column == any_(literal(list(numbers), ARRAY(BigInteger)))
    return condition


@dataclass(frozen=True)
class PutOff:
    """Something that a unit of work writes at its end, together with what goes the same way; `rank` says in which
    order."""

    rank: int
    write: Callable[[list[Any]], None]
    item: Any


@dataclass
class Unit:
    """What one unit of work still has to do: before its commit, and after it.

    `memo` keeps answers for as long as it lasts; whoever changes what an answer rests on drops it there.
    """

    put_off: list[PutOff] = field(default_factory=list)
    on_commit: list[Hook] = field(default_factory=list)
    memo: dict[Any, Any] = field(default_factory=dict)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Everything inside is one transaction; inside another unit of work it joins that one.

    The only place that commits. `on_commit` hooks run after it; a hook that fails is logged and
    counted, because the rows are the truth and a sweep will find them.
    """
    session = db.session()
    if "unit" in session.info:
        yield session
        return
    unit = session.info["unit"] = Unit()
    try:
        yield session
        session.flush()
        _write(unit.put_off)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info["unit"]
    _run_after(unit.on_commit)


@contextmanager
def savepoint() -> Iterator[Session]:
    """A part of a unit of work that may fail alone: its rows and its hooks are undone together."""
    session, unit = db.session(), current_unit()
    before, after = len(unit.put_off), len(unit.on_commit)
    try:
        with session.begin_nested():
            yield session
    except BaseException:
        del unit.put_off[before:]
        del unit.on_commit[after:]
        unit.memo.clear()
        raise


def at_end(write: Callable[[list[Any]], None], item: Any, *, rank: int = 0) -> None:
    """In the transaction, once everything else is flushed, `write` gets all items of it at once, in their order."""
    current_unit().put_off.append(PutOff(rank, write, item))


def _write(put_off: list[PutOff]) -> None:
    ways = dict.fromkeys(row.write for row in sorted(put_off, key=attrgetter("rank")))
    for write in ways:
        write([row.item for row in put_off if row.write is write])


def on_commit(hook: Hook) -> None:
    """Run `hook` after the surrounding unit of work has committed, once however often it is given; never when it
    fails."""
    hooks = current_unit().on_commit
    if hook not in hooks:
        hooks.append(hook)


def remembered(key: tuple[Any, ...], ask: Callable[[], Answer]) -> Answer:
    """What `ask` says, asked once in a unit of work; whoever changes what that rests on calls `forget`.

    Outside of a unit of work it is asked each time.
    """
    unit: Unit | None = db.session().info.get("unit")
    if unit is None:
        return ask()
    if key not in unit.memo:
        unit.memo[key] = ask()
    answer: Answer = unit.memo[key]
    return answer


def know(key: tuple[Any, ...], answer: Any) -> None:
    """What `remembered` says from now on, unasked."""
    current_unit().memo[key] = answer


def forget(*begins: Any) -> None:
    """Drop what is remembered under keys that begin so."""
    unit: Unit | None = db.session().info.get("unit")
    memo = unit.memo if unit else {}
    for key in [key for key in memo if key[: len(begins)] == begins]:
        del memo[key]


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
