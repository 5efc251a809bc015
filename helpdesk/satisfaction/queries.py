"""What is read of how requests were: each only what the person may see, in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.people.models import Lead
from helpdesk.satisfaction.models import Satisfaction, SatisfactionPractice
from helpdesk.satisfaction.permissions import Permission
from helpdesk.satisfaction.rules import Practice
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rules import Kind

VIEWS = {"look": "To look at", "low": "All low marks", "all": "All"}


def practice_of(lead_id: int) -> Practice:
    row = newest_practice(lead_id)
    return Practice(row.ask_days, row.answer_days, row.reason) if row else Practice()


def newest_practice(lead_id: int) -> SatisfactionPractice | None:
    query = select(SatisfactionPractice).where(SatisfactionPractice.lead_id == lead_id)
    newest = query.order_by(SatisfactionPractice.set_at.desc(), SatisfactionPractice.id.desc())
    return db.session.scalar(newest.options(joinedload(SatisfactionPractice.set_by)).limit(1))


def lead_to_set(principal: Principal) -> Lead:
    """The Lead whose practice this person sets. Raises NotFound for who works for one CoC only."""
    leads = principal.scope(Permission.SET).lead_ids
    lead: Lead = found(db.session.scalar(select(Lead).where(Lead.id.in_(leads)).order_by(Lead.id).limit(1)))
    return lead


def last_asked(who: str) -> datetime | None:
    return db.session.scalar(select(func.max(Satisfaction.asked_at)).where(Satisfaction.who == who))


def closings_of(ticket_id: int) -> list[Satisfaction]:
    """Every closing of a request, the first first."""
    query = select(Satisfaction).where(Satisfaction.ticket_id == ticket_id).order_by(Satisfaction.closing)
    return list(db.session.scalars(query))


def newest_of(ticket_id: int) -> Satisfaction | None:
    query = select(Satisfaction).where(Satisfaction.ticket_id == ticket_id)
    eager = (joinedload(Satisfaction.looked_by),)
    return db.session.scalar(query.options(*eager).order_by(Satisfaction.closing.desc()).limit(1))


def closed_by(ticket_id: int) -> TicketMessage | None:
    """The line that the closing wrote: its author closed the request, and without one it closed by itself."""
    query = select(TicketMessage).where(TicketMessage.ticket_id == ticket_id, TicketMessage.kind == Kind.SYSTEM)
    return db.session.scalar(query.order_by(TicketMessage.id.desc()).limit(1))


def last_answerer(ticket_id: int) -> int | None:
    """Who of the agency's administrators or the Lead's staff answered last."""
    query = select(TicketMessage.author_id).where(
        TicketMessage.ticket_id == ticket_id, TicketMessage.kind.in_([Kind.AGENCY, Kind.LEAD])
    )
    return db.session.scalar(query.order_by(TicketMessage.id.desc()).limit(1))


def with_ticket(number: int, *, lock: bool = False) -> Satisfaction | None:
    query = select(Satisfaction).where(Satisfaction.id == number)
    query = query.options(joinedload(Satisfaction.ticket).joinedload(Ticket.lead))
    if lock:
        query = query.with_for_update(of=Satisfaction).execution_options(populate_existing=True)
    return db.session.scalar(query)


# --- for the Lead's people


def visible(principal: Principal) -> ColumnElement[bool]:
    return principal.scope(Permission.SEE).where(Satisfaction)


def said(principal: Principal, filters: Mapping[str, str]) -> Select[Any]:
    """What requesters said; what an address says wrongly narrows nothing."""
    query = select(Satisfaction).where(visible(principal), Satisfaction.said_at.is_not(None), *_narrowed(filters))
    eager = (joinedload(Satisfaction.ticket), joinedload(Satisfaction.agency), joinedload(Satisfaction.staff))
    return query.options(*eager)


def _narrowed(filters: Mapping[str, str]) -> list[ColumnElement[bool]]:
    if filters.get("view") == "look":
        return [Satisfaction.needs_look.is_(True)]
    if filters.get("view") == "low":
        return [Satisfaction.mark.in_([1, 2])]
    mark = filters.get("mark", "")
    return [Satisfaction.mark == int(mark)] if mark in {"1", "2", "3", "4", "5"} else []


def visible_one(principal: Principal, number: int, *, lock: bool = False) -> Satisfaction:
    """Raises NotFound for another Lead's as for none, and while nothing was said."""
    query = select(Satisfaction).where(Satisfaction.id == number, visible(principal), Satisfaction.said_at.is_not(None))
    eager = (
        joinedload(Satisfaction.ticket),
        joinedload(Satisfaction.agency),
        joinedload(Satisfaction.staff),
        joinedload(Satisfaction.looked_by),
    )
    query = query.options(*eager)
    if lock:
        query = query.with_for_update(of=Satisfaction).execution_options(populate_existing=True)
    row: Satisfaction = found(db.session.scalar(query))
    return row


def to_look_at(principal: Principal, limit: int) -> list[Satisfaction]:
    """The low marks that nobody has looked at, the longest waiting first."""
    reach = principal.scope(Permission.FOLLOW).where(Satisfaction)
    query = select(Satisfaction).where(reach, Satisfaction.needs_look)
    eager = (joinedload(Satisfaction.ticket), joinedload(Satisfaction.agency))
    return list(db.session.scalars(query.options(*eager).order_by(Satisfaction.said_at, Satisfaction.id).limit(limit)))
