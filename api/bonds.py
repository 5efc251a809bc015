"""Tickets that belong together: links, merges and their undoing, parts split off, and what was made from one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import Given, Id, Long, Model, ReasonGiven, Short, TicketDetail, TicketOut
from api.tickets import detail_of
from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import Invalid, NotFound
from helpdesk.bonds import links, queries, services, splitting
from helpdesk.bonds.links import Wanted
from helpdesk.bonds.permissions import Permission
from helpdesk.bonds.rules import EITHER_WAY, LinkKind
from helpdesk.bonds.splitting import Part
from helpdesk.tickets import queries as tickets
from helpdesk.tickets import standing
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as OfTickets
from helpdesk.tickets.rules import Category, Side

TAG = "Tickets that belong together"


class LinkOut(Model):
    """`said` is what the other one is to this one."""

    id: int
    kind: LinkKind
    said: str
    other: TicketOut


class PartOut(Model):
    """A ticket that is part of this one, and why."""

    source: TicketOut
    at: datetime
    by_id: int
    reason: str


class BondsOut(Model):
    """Only of tickets that the token's owner may see."""

    links: list[LinkOut]
    parts: list[PartOut]


class LinkGiven(Given):
    other: Id
    kind: LinkKind


class MergeGiven(Given):
    into: Id
    reason: Long


class SplitGiven(Given):
    message_ids: Annotated[list[Id], Field(min_length=1, max_length=100)]
    subject: Short
    category: Category


class MadeGiven(Given):
    """`for_asker`: in the name of whoever asked this one, who is told; else the help desk's own."""

    subject: Short
    text: Long
    category: Category = Category.ENHANCEMENT
    for_asker: bool = True


def _at_desk(ticket_id: int, permission: Permission) -> Ticket:
    ticket = tickets.visible_ticket(current_principal(), ticket_id)
    services.permit(me(), permission, ticket, clock.now())
    return ticket


def _other(number: int, field: str) -> Ticket:
    try:
        return tickets.visible_ticket(current_principal(), number)
    except NotFound:
        raise Invalid("There is no ticket of that number.", "Check the number.", field=field) from None


@bp.get("/tickets/<int:ticket_id>/bonds")
@requires(OfTickets.TICKET_VIEW)
@bp.output(BondsOut)
@bp.doc(tags=[TAG], summary="Its links, and what is part of it", security="bearer", responses=failures(404))
def bonds(ticket_id: int) -> Any:
    return _bonds(tickets.visible_ticket(current_principal(), ticket_id))


def _bonds(ticket: Ticket) -> dict[str, Any]:
    principal = current_principal()
    side = standing.side_of_principal(principal, ticket)
    rows = queries.links_of(ticket, principal)
    return {
        "links": [{"id": row.link_id, "kind": row.kind, "said": row.said, "other": row.other} for row in rows],
        "parts": queries.merges_into(ticket) if side is Side.LEAD else [],
    }


@bp.post("/tickets/<int:ticket_id>/links")
@requires(Permission.LINK)
@bp.input(LinkGiven, arg_name="given")
@bp.output(BondsOut, status_code=201)
@bp.doc(tags=[TAG], summary="Link two tickets", security="bearer", responses=failures(400, 404, 409, 413, 422))
def link(ticket_id: int, given: LinkGiven) -> Any:
    ticket = _at_desk(ticket_id, Permission.LINK)
    if given.kind not in EITHER_WAY | {LinkKind.BLOCKS}:
        raise Invalid("That link is made by splitting, or by making one from another.", field="kind")
    with unit_of_work():
        links.link(ticket, _other(given.other, "other"), given.kind, me(), clock.now())
    return _bonds(ticket)


@bp.post("/tickets/<int:ticket_id>/links/<int:link_id>/remove")
@requires(Permission.LINK)
@bp.output(BondsOut)
@bp.doc(tags=[TAG], summary="Unlink two tickets", security="bearer", responses=failures(404, 409))
def unlink(ticket_id: int, link_id: int) -> Any:
    ticket = _at_desk(ticket_id, Permission.LINK)
    with unit_of_work():
        links.unlink(ticket, queries.link_of(ticket, link_id, current_principal()), me(), clock.now())
    return _bonds(ticket)


@bp.post("/tickets/<int:ticket_id>/merge-into")
@requires(Permission.MERGE)
@bp.input(MergeGiven, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Merge it into another one, which is returned",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def merge(ticket_id: int, given: MergeGiven) -> Any:
    ticket, key = _at_desk(ticket_id, Permission.MERGE), idempotency_key()
    with unit_of_work():
        row = services.merge(ticket, _other(given.into, "into"), me(), given.reason, clock.now(), nonce=key)
    return _told(row.target)


@bp.post("/tickets/<int:ticket_id>/unmerge")
@requires(Permission.MERGE)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Undo its merge: it stands alone again",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def unmerge(ticket_id: int, given: ReasonGiven) -> Any:
    ticket = _at_desk(ticket_id, Permission.MERGE)
    with unit_of_work():
        services.undo(ticket, me(), given.reason, clock.now(), nonce=idempotency_key())
    return _told(ticket)


@bp.post("/tickets/<int:ticket_id>/split")
@requires(Permission.SPLIT)
@bp.input(SplitGiven, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Make some of its messages a ticket of their own, which is returned",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def split(ticket_id: int, given: SplitGiven) -> Any:
    ticket = _at_desk(ticket_id, Permission.SPLIT)
    part = Part(given.message_ids, given.subject, given.category, idempotency_key())
    with unit_of_work():
        made = splitting.split(ticket, part, me(), clock.now())
    return _told(made)


@bp.post("/tickets/<int:ticket_id>/made")
@requires(Permission.LINK)
@bp.input(MadeGiven, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Make a new ticket out of it, linked to it",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def make(ticket_id: int, given: MadeGiven) -> Any:
    ticket = _at_desk(ticket_id, Permission.LINK)
    wanted = Wanted(given.subject, given.text, given.category, given.for_asker, idempotency_key())
    with unit_of_work():
        made = links.make_from(ticket, wanted, me(), clock.now())
    return _told(made)


def _told(ticket: Ticket) -> Any:
    db.session.expire(ticket)
    return detail_of(ticket, current_principal())
