"""What other rooms put on a ticket's page. A room registers a piece; the tickets know none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, select

from core.authz import Principal
from core.connections import by_key
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


@dataclass(frozen=True)
class Asked:
    """Of which ticket, of which Lead, asked by whom, and who looks: as what a statement is given each time."""

    ticket_id: ColumnElement[int]
    lead_id: ColumnElement[int]
    requester_id: ColumnElement[int]
    person_id: ColumnElement[int]


ABOUT = tuple(field.name for field in fields(Asked))
Question = Callable[[Asked], ColumnElement[bool]]
_questions: dict[str, Question] = {}


def asks(name: str) -> Callable[[Question], Question]:
    """Decorator: whether there is any of something, for a ticket and the person who looks. Most tickets have none of
    most things, so all of them are asked for in one query, and only what is there is read."""

    def register(question: Question) -> Question:
        _questions[name] = question
        _all_questions.cache_clear()
        return question

    return register


def what_is_there(ticket: Ticket, person_id: int) -> frozenset[str]:
    """In one query."""
    about = (ticket.id, ticket.lead_id, ticket.requester_id, person_id)
    told = db.session.execute(_all_questions(), dict(zip(ABOUT, about, strict=True))).one()
    return frozenset(name for name, there in zip(_questions, told, strict=True) if there)


@cache
def _all_questions() -> Any:
    """Made once: there are many of them, and they are the same for each ticket."""
    asked = Asked(*(bindparam(name, type_=BigInteger) for name in ABOUT))
    return by_key(select(*(ask(asked) for ask in _questions.values())))


def pieces_for(looking: Looking) -> dict[str, list[Piece]]:
    """By place, each in its order."""
    return {
        place.value: [made for _, make in makers if (made := make(looking)) is not None]
        for place, makers in _makers.items()
    }
