"""What each kind of deadline does when its time comes; packages register theirs at import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.deadlines.models import Deadline

Effect = Callable[["Deadline", datetime], None]


class Fires(Enum):
    """When the effect runs: at the due instant (the deed itself), or once it has passed (a miss)."""

    AT_DUE = timedelta(0)
    AFTER_DUE = timedelta(seconds=1)


@dataclass(frozen=True)
class Kind:
    """A kind of deadline. `on_fire` and `on_warn` run in the sweep's transaction with the current time;
    they change rows and enqueue messages only. `link` gives the page of a deadline's subject. Where `on_today`
    is false, the room itself puts it on Today, for whom and when it matters."""

    name: str
    label: str
    fires: Fires
    on_fire: Effect
    on_warn: Effect | None = None
    link: Callable[[Deadline], str] | None = None
    action: str = "Open"
    on_today: bool = True


_kinds: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    _kinds[kind.name] = kind
    return kind


def kind_named(name: str) -> Kind | None:
    """None for a kind this version of the code does not know; its rows stay pending."""
    return _kinds.get(name)


def known_kinds() -> list[str]:
    return sorted(_kinds)


def kinds_off_today() -> list[str]:
    return sorted(kind.name for kind in _kinds.values() if not kind.on_today)
