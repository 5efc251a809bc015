"""What else shows an elevation: the ladder beside its ticket, and Today of whoever sits where it lies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists

from core.authz import Principal
from core.db import db
from core.home import WorkItem, provider
from helpdesk.elevation import queries
from helpdesk.elevation.models import Elevation
from helpdesk.elevation.permissions import Permission
from helpdesk.elevation.rules import LABELS, Body
from helpdesk.tickets.beside import Asked, Looking, Piece, Place, asks, piece
from helpdesk.tickets.rules import Side


@asks("elevations")
def _elevations(asked: Asked) -> ColumnElement[bool]:
    return exists().where(Elevation.ticket_id == asked.ticket_id)


@piece(Place.BESIDE, order=20)
def ladder(looking: Looking) -> Piece | None:
    """For the Lead's staff: who has been asked above the Lead, and what they said."""
    ticket = looking.ticket
    if looking.side is not Side.LEAD or ticket.coc is None:
        return None
    rows = queries.of_ticket(ticket) if "elevations" in looking.there else []
    there = {row.body for row in rows if row.ended_at is None}
    may_raise = looking.principal.can(Permission.RAISE, coc=ticket.coc)
    offers = may_raise and ticket.is_open and ticket.holder_agency_id is None and there != set(Body)
    if not rows and not offers:
        return None
    return Piece("helpdesk/elevation/_beside.html", {"rows": rows, "offers": offers, "labels": LABELS})


@provider
def before_them(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """Requests before the CoC's leadership or the data committee in which this person has a seat."""
    if not principal.can(Permission.ANSWER):
        return []
    query = queries.elevations(principal).where(queries.sits(principal)).order_by(Elevation.id).limit(limit)
    return [
        WorkItem(
            title=f"#{row.ticket_id} {row.ticket.subject}",
            url=f"/elevations/{row.id}",
            action="Advise or decide",
            area="Help desk",
            detail=f"Before: {LABELS[row.body].lower()}, from the HMIS Lead",
            since=row.elevated_at,
            explanation=row.explanation,
        )
        for row in db.session.scalars(query)
    ]
