"""A departure told by mail: the ticket is the notice, and the departure is on the ticket."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from core import clock
from core.authz import Principal
from core.db import db
from core.events import subscribe
from helpdesk.tickets import queries
from helpdesk.tickets.beside import Asked, asks
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rows import say
from helpdesk.tickets.rules import Channel, Kind
from licensing import api as licensing


@licensing.register_notice_source
def mailed_notice(ticket_id: int, principal: Principal) -> licensing.MailedNotice | None:
    """When the mail of this ticket came and from whom; None for what came otherwise, or may not be seen."""
    query = select(Ticket).where(Ticket.id == ticket_id, queries.visible(principal), Ticket.channel == Channel.EMAIL)
    ticket = db.session.scalar(query)
    if ticket is None:
        return None
    return licensing.MailedNotice(ticket.opened_at, ticket.requester_id, ticket.requester_address)


@subscribe(licensing.DepartureNoted)
def put_on_ticket(event: licensing.DepartureNoted) -> None:
    ticket = db.session.get(Ticket, event.ticket_id) if event.ticket_id else None
    if ticket is not None:
        say(ticket, Kind.SYSTEM, "A departure was recorded from this mail.", clock.now())


@asks("licenses")
def _licenses(asked: Asked) -> ColumnElement[bool]:
    return licensing.is_licensed(asked.requester_id)


@asks("leaving")
def _leaving(asked: Asked) -> ColumnElement[bool]:
    return licensing.is_leaving(asked.requester_id)


@asks("departure")
def _departure(asked: Asked) -> ColumnElement[bool]:
    return licensing.has_led_to_departure(asked.ticket_id)
