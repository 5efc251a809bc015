"""What other packages may ask of the tickets, and what the tickets contribute to Today and to the search box."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from core import home
from core.authz import Principal, Scope
from core.db import db
from core.home import Turn, WorkItem
from core.paging import page_of
from core.policy.vocabulary import Tier
from core.search import Hit, provider
from helpdesk.tickets import queries
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission
from helpdesk.tickets.rules import Priority, State

AREA = "Help desk"
OURS = Ticket.state.in_([State.NEW, State.OPEN])
THEIRS = Ticket.state.in_([State.ANSWERED, State.WITH_VENDOR])
WAITING_FOR = {State.ANSWERED: "Answered; waiting for the requester", State.WITH_VENDOR: "Waiting for the vendor"}


@home.provider
def waiting_for(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """Requests whose next move is this person's, the urgent ones and the soonest due first, and those they wait for."""
    if not principal.can(Permission.TICKET_VIEW):
        return []
    held, asked = _held_by(principal), Ticket.requester_id == principal.person_id
    rows = [
        *_rows(and_(held, OURS, Ticket.priority == Priority.URGENT), limit),
        *_rows(and_(held, OURS, Ticket.next_due_at.is_not(None)), limit, Ticket.next_due_at),
        *_rows(and_(held, OURS), limit),
        *_rows(and_(held, THEIRS, Ticket.holder_person_id == principal.person_id), limit),
        *_rows(asked, limit),
    ]
    return [_item(ticket, principal) for ticket in dict.fromkeys(rows)]


def _held_by(principal: Principal) -> ColumnElement[bool]:
    """On a tier where this person works, and not in somebody else's hands."""
    scope = principal.scope(Permission.TICKET_ANSWER)
    unclaimed = or_(Ticket.holder_person_id.is_(None), Ticket.holder_person_id == principal.person_id)
    at_agency = and_(Ticket.tier == Tier.AGENCY_ADMINISTRATOR, Ticket.holder_agency_id.in_(scope.agency_ids))
    at_lead = and_(Ticket.tier != Tier.AGENCY_ADMINISTRATOR, Scope(scope.lead_ids, scope.coc_ids).where(Ticket))
    places = [part for part, reaches in ((at_agency, scope.agency_ids), (at_lead, scope.is_staff)) if reaches]
    return and_(or_(*places), unclaimed) if places else Ticket.id.is_(None)


def _rows(condition: ColumnElement[bool], limit: int, first: Any = Ticket.last_activity_at) -> list[Ticket]:
    query = select(Ticket).where(queries.OPEN, condition).options(joinedload(Ticket.agency))
    return list(db.session.scalars(query.order_by(first, Ticket.id).limit(limit)))


def _item(ticket: Ticket, principal: Principal) -> WorkItem:
    asked_here = ticket.requester_id == principal.person_id
    where = ticket.agency.name if ticket.agency else ticket.requester_name
    urgent = "Urgent: " if ticket.priority is Priority.URGENT else ""
    return WorkItem(
        title=f"{urgent}#{ticket.id} {ticket.subject}",
        url=f"/tickets/{ticket.id}",
        action="Open",
        area=AREA,
        detail=_told_to_requester(ticket)
        if asked_here
        else f"{WAITING_FOR.get(ticket.state, 'Needs an answer')}, {where}",
        due_at=None if asked_here else ticket.next_due_at,
        since=ticket.last_activity_at,
        group=Turn.MINE if _is_mine(ticket, asked_here) else Turn.WAITING,
        is_urgent=ticket.priority is Priority.URGENT,
    )


def _is_mine(ticket: Ticket, asked_here: bool) -> bool:
    return ticket.state is State.ANSWERED if asked_here else ticket.state in (State.NEW, State.OPEN)


def _told_to_requester(ticket: Ticket) -> str:
    return "You have an answer; close it if that solved it" if ticket.state is State.ANSWERED else "You asked this"


def _stands(ticket: Ticket, principal: Principal) -> str:
    """Its state; of a merged one, for staff, also where its page leads."""
    if ticket.merged_into_id is not None and principal.scope(Permission.TICKET_VIEW).is_staff:
        return f"merged into #{ticket.merged_into_id}"
    return ticket.state.replace("-", " ")


@provider(AREA)
def search(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By number or by words, the newest first."""
    if not principal.can(Permission.TICKET_VIEW):
        return []
    told = {"view": "all", "q": text}
    order, _ = queries.order_of(told)
    query, sought = queries.queue(principal, told), queries.sought_in(told)
    rows = page_of(query, order, descending=True, size=limit, after="", before="", sought=sought)
    return [
        Hit(
            f"#{t.id} {t.subject}",
            f"/tickets/{t.id}",
            AREA,
            f"{_stands(t, principal)}, {t.agency.name if t.agency else t.requester_name}",
        )
        for t in rows
    ]
