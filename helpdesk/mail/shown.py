"""What the mail puts beside a ticket: who else was written to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.db import db
from helpdesk.mail.models import CopyState, MailCopy
from helpdesk.tickets.beside import Looking, Piece, Place, piece
from helpdesk.tickets.rules import Side

STATES = {
    CopyState.WATCHING: ("Watches", "ok"),
    CopyState.MAY_NOT_SEE: ("May not see this request", "off"),
    CopyState.UNKNOWN: ("Not known here; not written to", "off"),
    CopyState.VENDOR: ("The vendor; not written to", "warn"),
}


@piece(Place.BESIDE, order=60)
def copies(looking: Looking) -> Piece | None:
    """For those who work on it. The requester knows whom they wrote to."""
    if looking.side is Side.REQUESTER:
        return None
    query = select(MailCopy).where(MailCopy.ticket_id == looking.ticket.id).options(joinedload(MailCopy.person))
    rows = list(db.session.scalars(query.order_by(MailCopy.at, MailCopy.address).limit(50)))
    return Piece("helpdesk/mail/_copies.html", {"rows": rows, "states": STATES}) if rows else None
