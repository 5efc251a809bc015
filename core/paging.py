"""Keyset pages: as fast at the millionth row as at the first, and nothing is counted.

The cursor is the last row's sort values, so a row that arrives meanwhile neither shifts a page nor
shows twice. A cursor that was tampered with gives the first page.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import BigInteger, ColumnElement, Select, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from core.db import db

Row = TypeVar("Row")
SIZE = 25
NEAR = 10_000


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`next` and `prev` are cursors for `?after=` and `?before=`, None where there is nothing more."""

    rows: list[Row]
    next: str | None = None
    prev: str | None = None

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class _By:
    """Columns, the last of them unique, and the way in which they are read."""

    columns: Sequence[InstrumentedAttribute[Any]]
    towards_less: bool

    def of(self, columns: Sequence[Any]) -> list[Any]:
        return [column.desc() if self.towards_less else column.asc() for column in columns]


@dataclass(frozen=True)
class Sought:
    """Words looked for among the rows: `condition` says it of the column, `column` is what they are looked for in."""

    column: InstrumentedAttribute[Any]
    condition: Callable[[Any], ColumnElement[bool]]


def page_of(
    query: Select[Row],
    order: Sequence[InstrumentedAttribute[Any]],
    *,
    descending: bool = False,
    size: int = SIZE,
    after: str | None = None,
    before: str | None = None,
    sought: Sought | None = None,
) -> Page[Row]:
    """One page of a query of whole rows, by columns of which the last is unique.

    The cursors come from the request's address when none are given.
    """
    after = after if after is not None else request.args.get("after")
    before = before if before is not None else request.args.get("before")
    back = bool(before)
    values = _decode(before or after, order)
    towards_less = descending != back
    columns = tuple_(*order)
    if values:
        last = tuple_(*(literal(value, column.type) for value, column in zip(values, order, strict=True)))
        query = query.where(columns < last if towards_less else columns > last)
    rows = _rows(query, _By(order, towards_less), size + 1, sought)
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    return Page(
        rows,
        next=_encode(rows[-1], order) if rows and (more or back) else None,
        prev=_encode(rows[0], order) if rows and (bool(values) if not back else more) else None,
    )


def _rows(query: Select[Row], by: _By, most: int, sought: Sought | None) -> list[Row]:
    """Looked for among the nearest rows first: what is common is found there without gathering and sorting all that
    has it, and what is not found there is rare enough for its own index."""
    if sought is None:
        return _read(query, by, most)
    found = _read(_near(query, by, most, sought), by, most)
    return found if len(found) == most else _read(query.where(sought.condition(sought.column)), by, most)


def _read(query: Select[Row], by: _By, most: int) -> list[Row]:
    return list(db.session.scalars(query.order_by(*by.of(by.columns)).limit(most)).unique())


def _near(query: Select[Row], by: _By, most: int, sought: Sought) -> Select[Row]:
    """A limit inside keeps the database from starting at the words' index instead."""
    key = by.columns[-1]
    nearest = select(*by.columns, sought.column).order_by(*by.of(by.columns)).limit(NEAR)
    if query.whereclause is not None:
        nearest = nearest.where(query.whereclause)
    inside = nearest.subquery().c
    hits = select(inside[key.key]).where(sought.condition(inside[sought.column.key]))
    return query.where(key.in_(hits.order_by(*by.of([inside[column.key] for column in by.columns])).limit(most)))


def _encode(row: Any, order: Sequence[InstrumentedAttribute[Any]]) -> str:
    values = [getattr(row, column.key) for column in order]
    told = [v.isoformat() if isinstance(v, date) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


def _decode(cursor: str | None, order: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    if not cursor:
        return []
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_typed(value, column) for value, column in zip(told, order, strict=True)]
    except (ValueError, TypeError, RecursionError):
        return []


def _typed(value: Any, column: InstrumentedAttribute[Any]) -> Any:
    kind = column.type.python_type
    if kind is datetime:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("a cursor's time carries its offset")
        return at
    if kind is date:
        return date.fromisoformat(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"a cursor holds {value!r} where {kind.__name__} belongs")
    if isinstance(value, int) and abs(value) >= 2 ** (63 if isinstance(column.type, BigInteger) else 31):
        raise ValueError("a cursor's number is out of range")
    if isinstance(value, str) and b"\0" in value.encode():
        raise ValueError("a cursor's words are none that the database keeps")
    return value
