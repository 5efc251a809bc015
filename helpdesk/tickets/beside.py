"""What other rooms put on a ticket's page. A room registers a piece; the tickets know none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.authz import Principal
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Side


class Place(StrEnum):
    """Under the title, before the conversation; after the acts; in the column beside."""

    ABOVE = "above"
    BELOW = "below"
    BESIDE = "beside"


@dataclass(frozen=True)
class Piece:
    """A template that finds itself as `piece`, and what it shows as `piece.shows`."""

    template: str
    shows: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Looking:
    """Who looks at which ticket, from which side and when."""

    ticket: Ticket
    principal: Principal
    side: Side
    at: datetime


Maker = Callable[[Looking], Piece | None]
_makers: dict[Place, list[tuple[int, Maker]]] = {place: [] for place in Place}


def piece(place: Place, order: int = 50) -> Callable[[Maker], Maker]:
    """Decorator: the function makes a piece there, or None for whoever has nothing to see of it."""

    def register(make: Maker) -> Maker:
        if make not in [known for _, known in _makers[place]]:
            _makers[place].append((order, make))
            _makers[place].sort(key=lambda entry: entry[0])
        return make

    return register


def pieces_for(looking: Looking) -> dict[str, list[Piece]]:
    """By place, each in its order."""
    return {
        place.value: [made for _, make in makers if (made := make(looking)) is not None]
        for place, makers in _makers.items()
    }
