"""Linking two requests, unlinking them, and making one from another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import principal_for
from core.db import db
from core.errors import Conflict, Forbidden
from core.people.models import Person
from helpdesk.bonds.models import TicketLink
from helpdesk.bonds.permissions import Permission
from helpdesk.bonds.rules import EITHER_WAY, LinkKind
from helpdesk.bonds.services import one_at_a_time, permit
from helpdesk.tickets import services as tickets
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as OfTickets
from helpdesk.tickets.rules import Category, Channel


def link(first: Ticket, other: Ticket, kind: LinkKind, by: Person, at: datetime) -> None:
    """The same link again is no second one. Raises Conflict for one with itself, and for two that block each other."""
    for one in (first, other):
        permit(by, Permission.LINK, one, at)
    if first.id == other.id:
        raise Conflict(f"Request #{first.id} cannot be linked to itself.", "Give the other number.", field="other")
    if first.lead_id != other.lead_id:
        raise Conflict("These belong to different HMIS Leads.", "Answer each for itself.", field="other")
    one_at_a_time(first.lead_id)
    if kind is LinkKind.BLOCKS and _is_linked(other, first, kind):
        raise Conflict(
            f"Request #{other.id} blocks #{first.id} already.", "Two cannot block each other.", field="other"
        )
    bind(first, other, kind, by, at)


def bind(first: Ticket, other: Ticket, kind: LinkKind, by: Person, at: datetime) -> None:
    ends = sorted((first.id, other.id)) if kind in EITHER_WAY else [first.id, other.id]
    values = {"from_id": ends[0], "to_id": ends[1], "kind": kind, "by_id": by.id, "at": at}
    made = db.session.execute(insert(TicketLink).values(values).on_conflict_do_nothing().returning(TicketLink.id))
    if made.first():
        record("ticket.linked", first, data={"other": other.id, "kind": kind})


def _is_linked(first: Ticket, other: Ticket, kind: LinkKind) -> bool:
    ends = TicketLink.from_id == first.id, TicketLink.to_id == other.id, TicketLink.kind == kind
    return db.session.scalar(select(TicketLink.id).where(*ends)) is not None


def unlink(ticket: Ticket, row: TicketLink, by: Person, at: datetime) -> None:
    """Raises Conflict for a trace: where a part went stays told."""
    permit(by, Permission.LINK, ticket, at)
    if row.kind is LinkKind.SPLIT:
        raise Conflict("This says where a part of the request went, so it stays.", "Load the page again.")
    gone = db.session.execute(delete(TicketLink).where(TicketLink.id == row.id).returning(TicketLink.id))
    if gone.first():
        other = row.to_id if row.from_id == ticket.id else row.from_id
        record("ticket.unlinked", ticket, data={"other": other, "kind": row.kind})


@dataclass(frozen=True)
class Wanted:
    """`for_asker`: in the name of whoever asked the first one, who is told; else the help desk's own."""

    subject: str
    text: str
    category: Category
    for_asker: bool
    nonce: str | None = None


def make_from(ticket: Ticket, wanted: Wanted, by: Person, at: datetime) -> Ticket:
    """A new request that came out of this one, such as an idea for improvement out of a problem."""
    permit(by, Permission.LINK, ticket, at)
    if not principal_for(by, at).can(OfTickets.TICKET_OPEN_FOR, coc=ticket.coc, lead_id=ticket.lead_id):
        raise Forbidden("Only the HMIS Lead's help desk does this.")
    theirs = wanted.for_asker
    made = tickets.open_ticket(
        ticket.requester if theirs else by,
        ticket.requester_address if theirs else by.email,
        ticket.requester_name if theirs else by.name,
        wanted.subject,
        wanted.text,
        lead=ticket.lead,
        agency=ticket.agency if theirs else None,
        channel=Channel.WEB,
        at=at,
        category=wanted.category,
        coc=ticket.coc,
        opened_by=by,
        nonce=wanted.nonce,
    )
    bind(ticket, made, LinkKind.MADE, by, at)
    return made
