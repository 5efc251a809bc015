"""What other rooms put on a ticket's page. A room registers a piece; the tickets know none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select

from core.authz import Principal
from core.db import db
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
    """Who looks at which ticket, from which side and when; `there` names what the ticket has any of."""

    ticket: Ticket
    principal: Principal
    side: Side
    at: datetime
    there: frozenset[str]


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


Question = Callable[[Ticket, int], ColumnElement[bool]]
_questions: dict[str, Question] = {}


def asks(name: str) -> Callable[[Question], Question]:
    """Decorator: whether there is any of something, for a ticket and the person who looks. Most tickets have none of
    most things, so all of them are asked for in one query, and only what is there is read."""

    def register(question: Question) -> Question:
        _questions[name] = question
        return question

    return register


def what_is_there(ticket: Ticket, person_id: int) -> frozenset[str]:
    """In one query."""
    told = db.session.execute(select(*(ask(ticket, person_id) for ask in _questions.values()))).one()
    return frozenset(name for name, there in zip(_questions, told, strict=True) if there)


def pieces_for(looking: Looking) -> dict[str, list[Piece]]:
    """By place, each in its order."""
    return {
        place.value: [made for _, make in makers if (made := make(looking)) is not None]
        for place, makers in _makers.items()
    }
