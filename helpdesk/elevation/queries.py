from __future__ import annotations

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from core.authz import Principal, Role, Scope, found
from core.db import db
from core.people.models import StaffRole
from core.search import Hit, like
from core.search import provider as search_provider
from helpdesk.elevation.models import Elevation, ElevationWord
from helpdesk.elevation.permissions import Permission
from helpdesk.elevation.rules import LABELS, Body
from helpdesk.matters.seats.services import cocs_of_seats
from helpdesk.tickets.models import Ticket


def sits(principal: Principal) -> ColumnElement[bool]:
    """Those before a body in which this person has a seat."""
    parts: list[ColumnElement[bool]] = []
    if principal.can(Permission.ANSWER):
        for body in Body:
            leads, cocs = cocs_of_seats(principal, {StaffRole(body)})
            if leads or cocs:
                parts.append((Elevation.body == body) & Scope(frozenset(leads), frozenset(cocs)).where(Elevation))
    return or_(*parts) if parts else false()


def visible(principal: Principal) -> ColumnElement[bool]:
    """The Lead's staff see those of their place; others those before a body they sit in."""
    scope = principal.scope(Permission.RAISE)
    staff = Scope(scope.lead_ids, scope.coc_ids).where(Elevation)
    return or_(staff, sits(principal)) if principal.can(Permission.VIEW) else false()


def elevations(principal: Principal, *, over: bool = False) -> Select[Elevation]:
    ended = Elevation.ended_at.is_not(None) if over else Elevation.ended_at.is_(None)
    query = select(Elevation).where(visible(principal), ended)
    return query.options(joinedload(Elevation.ticket).joinedload(Ticket.agency), joinedload(Elevation.coc))


def visible_elevation(principal: Principal, elevation_id: int) -> Elevation:
    eager = (
        joinedload(Elevation.ticket).joinedload(Ticket.agency),
        joinedload(Elevation.coc),
        joinedload(Elevation.elevated_by),
        joinedload(Elevation.ended_by),
        selectinload(Elevation.words).joinedload(ElevationWord.person),
    )
    query = select(Elevation).where(Elevation.id == elevation_id, visible(principal)).options(*eager)
    row: Elevation = found(db.session.scalar(query))
    return row


def may_answer(principal: Principal, row: Elevation) -> bool:
    """Whether this person has a seat in the body that it is before."""
    return principal.can(Permission.ANSWER) and any(
        g.role is Role.OFFICER
        and g.seat == StaffRole(row.body)
        and g.lead_id == row.lead_id
        and g.coc_id in (None, row.coc_id)
        for g in principal.grants
    )


def of_ticket(ticket: Ticket) -> list[Elevation]:
    eager = (joinedload(Elevation.elevated_by), selectinload(Elevation.words).joinedload(ElevationWord.person))
    query = select(Elevation).where(Elevation.ticket_id == ticket.id).options(*eager).order_by(Elevation.id)
    return list(db.session.scalars(query))


def is_before(ticket: Ticket, body: Body) -> bool:
    mine = (Elevation.ticket_id == ticket.id, Elevation.body == body, Elevation.ended_at.is_(None))
    return db.session.scalar(select(Elevation.id).where(*mine)) is not None


@search_provider("Taken to the CoC")
def find_elevations(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the number of the request, or by the beginning of its subject."""
    if not principal.can(Permission.VIEW):
        return []
    named: ColumnElement[bool] = func.lower(Ticket.subject).like(like(text))
    if text.isascii() and text.isdecimal():
        named = or_(named, Ticket.id == int(text[:18]))
    query = select(Elevation).join(Ticket, Ticket.id == Elevation.ticket_id).where(visible(principal), named)
    rows = db.session.scalars(
        query.options(contains_eager(Elevation.ticket)).order_by(Elevation.id.desc()).limit(limit)
    )
    return [
        Hit(f"#{row.ticket_id} {row.ticket.subject}", f"/elevations/{row.id}", "Taken to the CoC", _stands(row))
        for row in rows
    ]


def _stands(row: Elevation) -> str:
    return f"{LABELS[row.body]}, {row.state}"
