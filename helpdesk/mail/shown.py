"""What the mail puts beside a ticket: who else was written to."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import joinedload

from core.db import db
from helpdesk.mail.models import CopyState, MailCopy
from helpdesk.tickets.beside import Asked, Looking, Piece, Place, asks, piece
from helpdesk.tickets.rules import Side

STATES = {
    CopyState.WATCHING: ("Watches", "ok"),
    CopyState.MAY_NOT_SEE: ("May not see this request", "off"),
    CopyState.UNKNOWN: ("Not known here; not written to", "off"),
    CopyState.VENDOR: ("The vendor; not written to", "warn"),
}


@asks("copies")
def _copies(asked: Asked) -> ColumnElement[bool]:
    return exists().where(MailCopy.ticket_id == asked.ticket_id)


@piece(Place.BESIDE, order=60)
def copies(looking: Looking) -> Piece | None:
    """For those who work on it. The requester knows whom they wrote to."""
    if looking.side is Side.REQUESTER or "copies" not in looking.there:
        return None
    query = select(MailCopy).where(MailCopy.ticket_id == looking.ticket.id).options(joinedload(MailCopy.person))
    rows = list(db.session.scalars(query.order_by(MailCopy.at, MailCopy.address).limit(50)))
    return Piece("helpdesk/mail/_copies.html", {"rows": rows, "states": STATES})
