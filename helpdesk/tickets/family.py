"""Requests that were merged: which one goes on, what is read in it, and who else is told.

Nothing moves in a merge. Each request keeps its messages and its changes, and points to the one that it is part of;
what is said later through an old number stays there too. So undoing a merge is taking the pointer away.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from core.db import db
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rules import Kind, Side

ANSWERS = (Kind.AGENCY, Kind.LEAD)


def survivor_of(ticket: Ticket) -> Ticket:
    """The one that goes on: itself, or what it was merged into, followed to the end."""
    while ticket.merged_into_id is not None:
        ticket = db.session.get_one(Ticket, ticket.merged_into_id)
    return ticket


def parts_of(ticket_id: int) -> Any:
    """A query of its own number and of those that were merged into it, directly or through others."""
    columns = (Ticket.id, Ticket.requester_id, Ticket.requester_address)
    parts = select(*columns).where(Ticket.id == ticket_id).cte("parts", recursive=True)
    return parts.union(select(*columns).join(parts, Ticket.merged_into_id == parts.c.id))


def steps_up(ticket: Ticket) -> list[tuple[int, datetime]]:
    """The requests that it is part of, the nearest first, and since when."""
    steps = []
    while ticket.merged_into_id is not None and ticket.merged_at is not None:
        since, ticket = ticket.merged_at, db.session.get_one(Ticket, ticket.merged_into_id)
        steps.append((ticket.id, since))
    return steps


def said_on(ticket: Ticket, side: Side, *, alone: bool = False) -> ColumnElement[bool]:
    """The messages that belong on its page, as far as that side reads the words of those who asked.

    Whoever works on it reads all of it. Who asked reads their own words and the answers; of somebody else, whose
    request was joined to theirs, they read nothing. `alone` says that nothing was merged into it.
    """
    if alone and side is not Side.REQUESTER:
        return TicketMessage.ticket_id == ticket.id
    parts = parts_of(ticket.id)
    if side is not Side.REQUESTER:
        return TicketMessage.ticket_id.in_(select(parts.c.id))
    theirs = TicketMessage.ticket_id.in_(select(parts.c.id).where(_same_requester(parts.c, ticket)))
    answers = [
        and_(TicketMessage.ticket_id == number, TicketMessage.kind.in_(ANSWERS), TicketMessage.at >= since)
        for number, since in steps_up(ticket)
    ]
    return or_(theirs, *answers) if answers else theirs


def _same_requester(one: Any, ticket: Ticket) -> ColumnElement[bool]:
    """One person, or whoever reads one mailbox."""
    same = [one.id == ticket.id]
    if ticket.requester_id is not None:
        same.append(one.requester_id.is_not_distinct_from(ticket.requester_id))
    if ticket.requester_address:
        same.append(func.lower(one.requester_address) == ticket.requester_address.lower())
    return or_(*same)


def others_told(ticket: Ticket) -> list[Ticket]:
    """One request of each other person whose request is part of this one: answers go to them by that number."""
    parts = parts_of(ticket.id)
    query = select(Ticket).where(Ticket.id.in_(select(parts.c.id)), ~_same_requester(Ticket, ticket))
    found: dict[Any, Ticket] = {}
    for other in db.session.scalars(query.order_by(Ticket.id)):
        found.setdefault(other.requester_id or other.requester_address.lower(), other)
    return list(found.values())
