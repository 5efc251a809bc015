"""The page of one's own training: each room adds its piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.authz import Principal


@dataclass(frozen=True)
class Piece:
    """A part of the page: a template and what it shows; the lower `order` stands first."""

    template: str
    context: dict[str, Any]
    order: int = 50


Maker = Callable[[Principal, datetime], Piece | None]
_makers: list[Maker] = []


def piece(maker: Maker) -> Maker:
    """Decorator: this function makes a piece for a person, or None where there is nothing to show."""
    if maker not in _makers:
        _makers.append(maker)
    return maker


def pieces(principal: Principal, at: datetime) -> list[Piece]:
    made = [found for maker in _makers if (found := maker(principal, at)) is not None]
    return sorted(made, key=lambda one: one.order)
