"""Keyset pages: as fast at the millionth row as at the first, and nothing is counted.

The cursor is the last row's sort values, so a row that arrives meanwhile neither shifts a page nor
shows twice. A cursor that was tampered with gives the first page.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from core.db import db

Row = TypeVar("Row")
SIZE = 25


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


def page_of(
    query: Select[Row],
    order: Sequence[InstrumentedAttribute[Any]],
    *,
    descending: bool = False,
    size: int = SIZE,
    after: str | None = None,
    before: str | None = None,
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
    query = query.order_by(*(c.desc() if towards_less else c.asc() for c in order)).limit(size + 1)
    rows = list(db.session.scalars(query).unique())
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    return Page(
        rows,
        next=_encode(rows[-1], order) if rows and (more or back) else None,
        prev=_encode(rows[0], order) if rows and (bool(values) if not back else more) else None,
    )


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
    except (ValueError, TypeError, UnicodeDecodeError):
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
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("a cursor's number is out of range")
    return value
