"""Things whose very existence is not everybody's to know of, such as a complaint.

The general pages (audit trail, deadlines, outgoing mail) list what was done about anything. About a
private kind of thing they list it only to those who may see that very thing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, true

from core.authz import Principal

Seen = Callable[[Principal], Select[int]]
_private: dict[str, Seen] = {}


def private(subject_type: str, seen: Seen) -> None:
    """Declare a kind of thing private; `seen` gives the numbers of those that a person may see."""
    _private[subject_type] = seen


def unveiled(principal: Principal, model: Any) -> ColumnElement[bool]:
    """The rows of `model` (with `subject_type` and `subject_id`) that give nothing private away to this person."""
    parts = [or_(model.subject_type != kind, model.subject_id.in_(seen(principal))) for kind, seen in _private.items()]
    return and_(true(), *parts)
