"""What rooms beside this one say of agencies: fees and violations. Until one does, it is "not kept here"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement

from core.people.models import Agency
from licensing.roster.rules import Cell, Column

Say = Callable[[Sequence[int], datetime], dict[int, Cell]]
Condition = Callable[[datetime], ColumnElement[bool]]
_says: dict[Column, tuple[Say, Condition]] = {}


def register_column(column: Column, says: Say, is_out: Condition) -> None:
    """`says` answers for many agencies at once as of an instant; `is_out` is the same for the database, on Agency."""
    _says[column] = says, is_out


def told(agencies: Sequence[Agency], at: datetime) -> dict[int, dict[Column, Cell]]:
    ids = [agency.id for agency in agencies]
    found: dict[int, dict[Column, Cell]] = {number: {} for number in ids}
    for column, (says, _) in _says.items():
        for number, cell in says(ids, at).items():
            found[number][column] = cell
    return found


def conditions(at: datetime) -> dict[Column, ColumnElement[bool]]:
    return {column: is_out(at) for column, (_, is_out) in _says.items()}
