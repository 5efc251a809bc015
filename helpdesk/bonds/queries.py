"""What the pages and the API read of requests that belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from helpdesk.bonds.models import TicketLink, TicketMerge
from helpdesk.bonds.rules import SAID, Facts, LinkKind
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.family import parts_of
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rules import LIVE, Kind, Side

MOST_SHOWN = 50
MOST_OFFERED = 10


@dataclass(frozen=True)
class Beside:
    """A link as it is read from one of its two requests; `other` is one that the reader may see."""

    link_id: int
    kind: LinkKind
    said: str
    other: Ticket


def links_of(ticket: Ticket, principal: Principal) -> list[Beside]:
    """The newest of a request, of those whose other end this person may see: another agency's is not told."""
    mine = or_(TicketLink.from_id == ticket.id, TicketLink.to_id == ticket.id)
    other_end = or_(TicketLink.from_id == Ticket.id, TicketLink.to_id == Ticket.id)
    query = select(TicketLink, Ticket).join(Ticket, other_end).where(mine, Ticket.id != ticket.id)
    query = query.where(tickets.visible(principal)).order_by(TicketLink.id.desc()).limit(MOST_SHOWN)
    return [
        Beside(link.id, link.kind, SAID[link.kind][0 if link.from_id == ticket.id else 1], other)
        for link, other in db.session.execute(query)
    ]


def link_of(ticket: Ticket, link_id: int, principal: Principal) -> TicketLink:
    """Raises NotFound also where its other end is not this person's to see."""
    one = found(db.session.get(TicketLink, link_id))
    found(one if ticket.id in (one.from_id, one.to_id) else None)
    tickets.visible_ticket(principal, one.to_id if one.from_id == ticket.id else one.from_id)
    link: TicketLink = one
    return link


def merges_into(ticket: Ticket) -> list[TicketMerge]:
    """What is part of it now, directly, the oldest first."""
    query = select(TicketMerge).where(TicketMerge.target_id == ticket.id, TicketMerge.undone_at.is_(None))
    query = query.options(joinedload(TicketMerge.source), joinedload(TicketMerge.by))
    return list(db.session.scalars(query.order_by(TicketMerge.id).limit(MOST_SHOWN)))


def merges_after(row: TicketMerge) -> list[TicketMerge]:
    """What the whole of a merge was merged into since, step by step; nothing while it goes on itself."""
    found: list[TicketMerge] = []
    target = row.target
    while (merge := live_merge_of(target)) is not None:
        found.append(merge)
        target = merge.target
    return found


def live_merge_of(ticket: Ticket) -> TicketMerge | None:
    query = select(TicketMerge).where(TicketMerge.source_id == ticket.id, TicketMerge.undone_at.is_(None))
    return db.session.scalar(query.options(joinedload(TicketMerge.target), joinedload(TicketMerge.by)))


def facts_of(ticket: Ticket) -> Facts:
    parts = parts_of(ticket.id)
    columns = (Ticket.agency_id, Ticket.requester_id, Ticket.requester_address)
    rows = db.session.execute(select(*columns).where(Ticket.id.in_(select(parts.c.id)))).all()
    return Facts(
        number=ticket.id,
        lead_id=ticket.lead_id,
        agencies=frozenset(row.agency_id for row in rows),
        requesters=_requesters([(row.requester_id, row.requester_address) for row in rows]),
        state=ticket.state,
        category=ticket.category,
    )


def _requesters(rows: Sequence[tuple[int | None, str]]) -> frozenset[str]:
    """By address, since one person may have asked before they were known; nobody's address is nobody else's."""
    return frozenset(address.lower() or f"person {number}" for number, address in rows)


def alike(ticket: Ticket, principal: Principal) -> list[Ticket]:
    """Open requests that this one may well be the same as: of the same person, then of the same agency."""
    theirs = []
    if ticket.requester_id is not None:
        theirs.append(Ticket.requester_id == ticket.requester_id)
    if ticket.agency_id is not None:
        theirs.append(Ticket.agency_id == ticket.agency_id)
    if not theirs:
        return []
    query = select(Ticket).where(or_(*theirs), Ticket.state.in_(LIVE), Ticket.id != ticket.id)
    query = query.where(Ticket.lead_id == ticket.lead_id, tickets.visible(principal))
    same_first = (Ticket.requester_id == ticket.requester_id).desc().nulls_last()
    return list(db.session.scalars(query.order_by(same_first, Ticket.last_activity_at.desc()).limit(MOST_OFFERED)))


def splittable(ticket: Ticket) -> list[TicketMessage]:
    """What was said on it, of which a part may become a request of its own."""
    messages, _ = tickets.conversation(ticket, Side.LEAD)
    return [message for message in messages if message.kind is not Kind.SYSTEM]
