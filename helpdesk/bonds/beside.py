"""What a request's page says of others: what it is part of, what is part of it, and what it is linked to."""

from __future__ import annotations

from flask import request
from sqlalchemy import ColumnElement, exists, or_

from core.db import db
from helpdesk.bonds import queries
from helpdesk.bonds.forms import number_of
from helpdesk.bonds.models import TicketLink, TicketMerge
from helpdesk.bonds.permissions import Permission
from helpdesk.tickets.beside import Asked, Looking, Piece, Place, asks, piece
from helpdesk.tickets.family import others_told, survivor_of
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as OfTickets
from helpdesk.tickets.rules import Side
from helpdesk.tickets.standing import may


@piece(Place.ABOVE, order=10)
def part_of(looking: Looking) -> Piece | None:
    """On a merged one: where it goes on, for whoever may see that, and kindly without a number for whoever may not."""
    ticket = looking.ticket
    if ticket.merged_into_id is None:
        return _came_from(looking)
    whole = survivor_of(ticket)
    seen = may(looking.principal, OfTickets.TICKET_VIEW, whole)
    merge = queries.live_merge_of(ticket) if seen else None
    shows = {"whole": whole, "seen": seen, "merge": merge, "is_staff": looking.side is Side.LEAD}
    return Piece("helpdesk/bonds/_part_of.html", shows)


def _came_from(looking: Looking) -> Piece | None:
    """Whoever opened a merged one reads why they are here; of one that they could not open, nobody learns."""
    number = number_of(request.args.get("part"))
    part = db.session.get(Ticket, number) if number else None
    if part is None or part.merged_into_id is None or survivor_of(part).id != looking.ticket.id:
        return None
    if not may(looking.principal, OfTickets.TICKET_VIEW, part):
        return None
    return Piece("helpdesk/bonds/_came_from.html", {"number": part.id})


@piece(Place.ABOVE, order=20)
def answered_too(looking: Looking) -> Piece | None:
    """Who else reads what is answered here, for whoever answers it."""
    if looking.side is Side.REQUESTER or "merges" not in looking.there:
        return None
    others = others_told(looking.ticket)
    return Piece("helpdesk/bonds/_answered_too.html", {"others": others}) if others else None


@asks("links")
def _links(asked: Asked) -> ColumnElement[bool]:
    return exists().where(or_(TicketLink.from_id == asked.ticket_id, TicketLink.to_id == asked.ticket_id))


@asks("merges")
def _merges(asked: Asked) -> ColumnElement[bool]:
    return exists().where(TicketMerge.target_id == asked.ticket_id, TicketMerge.undone_at.is_(None))


@piece(Place.BESIDE, order=20)
def together(looking: Looking) -> Piece | None:
    """Its links and its parts; for the help desk also what can be done about them."""
    ticket = looking.ticket
    works_here = looking.principal.can(Permission.LINK, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id)
    links = queries.links_of(ticket, looking.principal) if "links" in looking.there else []
    is_whole = "merges" in looking.there and looking.side is not Side.REQUESTER
    merges = queries.merges_into(ticket) if is_whole else []
    if not (links or merges or works_here):
        return None
    shows = {"links": links, "merges": merges, "works_here": works_here}
    return Piece("helpdesk/bonds/_together.html", shows)
