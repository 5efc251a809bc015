"""All that happened between the Lead and an agency, or a person, in one place (SON-HD-7).

The trail of deeds is the spine: each row of it names its agency, its actor and its thing, and each of
these has an index. What was said is shown beside it, as far as whoever looks may see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, union_all

from core import ppi
from core.audit import AuditEvent
from core.authz import Principal
from core.db import db
from core.people.models import Agency, Person
from core.veil import unveiled
from helpdesk.desk.permissions import Permission
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.queries import visible

SIZE = 25
EXCERPT = 300
LINKS = {
    "ticket": "/tickets/{}",
    "departure_notice": "/departures/{}",
    "access_request": "/access/{}",
    "notice": "/notices/{}",
    "data_request": "/data-requests/{}",
    "client_request": "/client-requests/{}",
    "outside_demand": "/demands/{}",
    "conflict": "/conflicts/{}",
    "agency": "/agencies/{}",
    "person": "/people/{}",
}
OFF_THE_RECORD = ("ticket.revealed", "ticket.watched", "ticket.unwatched")


@dataclass(frozen=True)
class Line:
    at: datetime
    who: str
    what: str
    about: str
    url: str
    said: str


@dataclass(frozen=True)
class Timeline:
    """`older` is where the next page begins, none at the end."""

    lines: list[Line]
    older: int | None


def of_agency(principal: Principal, agency: Agency, before: int | None) -> Timeline:
    """Whatever went to and fro with it, the newest first. Rules: SON-HD-7."""
    return _page(principal, [AuditEvent.agency_id == agency.id], before)


def of_person(principal: Principal, person: Person, before: int | None) -> Timeline:
    """What they did, what was done about them, and all about what they asked."""
    asked = select(Ticket.id).where(Ticket.requester_id == person.id)
    about = (AuditEvent.subject_type == "person") & (AuditEvent.subject_id == person.id)
    theirs = (AuditEvent.subject_type == "ticket") & AuditEvent.subject_id.in_(asked)
    return _page(principal, [AuditEvent.actor_id == person.id, about, theirs], before)


def _page(principal: Principal, branches: Sequence[ColumnElement[bool]], before: int | None) -> Timeline:
    """The newest of each branch by its own index, then the newest of these."""
    shared = [_in_reach(principal), unveiled(principal, AuditEvent), AuditEvent.action.not_in(OFF_THE_RECORD)]
    shared.append(AuditEvent.subject_type != "deadline")
    if before is not None:
        shared.append(AuditEvent.id < before)
    newest = [
        select(AuditEvent.id).where(branch, *shared).order_by(AuditEvent.id.desc()).limit(SIZE + 1).subquery()
        for branch in branches
    ]
    ids = union_all(*(select(part.c.id) for part in newest)).subquery()
    query = select(AuditEvent).where(AuditEvent.id.in_(select(ids.c.id))).order_by(AuditEvent.id.desc())
    rows = list(db.session.scalars(query.limit(SIZE + 1)))
    shown = rows[:SIZE]
    return Timeline(_lines(principal, shown), shown[-1].id if len(rows) > SIZE else None)


def _in_reach(principal: Principal) -> ColumnElement[bool]:
    scope = principal.scope(Permission.USE)
    in_cocs = select(Agency.id).where(Agency.coc_id.in_(scope.coc_ids))
    return or_(AuditEvent.chain.in_(scope.lead_ids), AuditEvent.agency_id.in_(in_cocs))


def _lines(principal: Principal, rows: Sequence[AuditEvent]) -> list[Line]:
    tickets = _subjects(principal, {row.subject_id for row in rows if row.subject_type == "ticket"})
    said = _said(set(tickets), {row.data["message"] for row in rows if isinstance(row.data.get("message"), int)})
    return [
        Line(
            at=row.at,
            who=row.actor,
            what=row.action.partition(".")[2].replace("_", " ").replace("-", " ") or row.action,
            about=_about(row, tickets),
            url=LINKS.get(row.subject_type, "").format(row.subject_id),
            said=said.get(row.data.get("message", 0), ""),
        )
        for row in rows
        if row.subject_type != "ticket" or row.subject_id in tickets
    ]


def _about(row: AuditEvent, tickets: dict[int, str]) -> str:
    if row.subject_type == "ticket":
        return f"#{row.subject_id} {tickets[row.subject_id]}"
    return f"{row.subject_type.replace('_', ' ')} {row.subject_id}"


def _subjects(principal: Principal, ids: set[int]) -> dict[int, str]:
    query = select(Ticket.id, Ticket.subject).where(Ticket.id.in_(ids), visible(principal))
    return {row.id: row.subject for row in db.session.execute(query)}


def _said(tickets: set[int], ids: set[int]) -> dict[int, str]:
    """The beginning of each message, with what looks like a client's data masked."""
    query = select(TicketMessage.id, TicketMessage.text)
    rows = db.session.execute(query.where(TicketMessage.id.in_(ids), TicketMessage.ticket_id.in_(tickets)))
    masked = {number: ppi.mask(text) for number, text in rows}
    return {n: f"{text[:EXCERPT]}…" if len(text) > EXCERPT else text for n, text in masked.items()}
