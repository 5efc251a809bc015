from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import NewTicket, ReasonGiven, TicketDetail, TicketList, TicketQuery, Words
from core import clock, ppi
from core.authz import Principal, current_principal, requires
from core.db import db, unit_of_work
from core.errors import Forbidden, Invalid
from core.paging import page_of
from core.people.models import Person
from core.people.services import agencies_of
from helpdesk.intake.services import Asked, named_fields, open_request
from helpdesk.tickets import queries, services, standing
from helpdesk.tickets.family import survivor_of
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.permissions import NEEDS
from helpdesk.tickets.permissions import Permission as P
from helpdesk.tickets.rules import Action, Channel, Side

TAG = "Tickets"


@bp.get("/tickets")
@requires(P.TICKET_VIEW)
@bp.input(TicketQuery, location="query")
@bp.output(TicketList)
@bp.doc(
    tags=[TAG],
    summary="List tickets, as the queue's page does",
    security="bearer",
    responses=failures(422),
)
def list_tickets(query_data: TicketQuery) -> Any:
    wanted = query_data.model_dump(exclude_none=True, mode="json")
    filters = MultiDict({k: "1" if v is True else str(v) for k, v in wanted.items() if k != "after" and v is not False})
    order, descending = queries.order_of(filters)
    query = queries.queue(current_principal(), filters)
    sought = queries.sought_in(filters)
    page = page_of(query, order, descending=descending, after=query_data.after or "", before="", sought=sought)
    return {"items": page.rows, "next": page.next}


@bp.post("/tickets")
@requires(P.TICKET_OPEN)
@bp.input(NewTicket, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Open a ticket for yourself", security="bearer", responses=failures(400, 409, 413, 422))
def open_ticket(given: NewTicket) -> Any:
    person, places = me(), agencies_of(current_principal().person_id, clock.now())
    agency = next((a for a in places if given.agency_id in (None, a.id)), None)
    if agency is None:
        raise Invalid(
            "You do not work at that agency.", "Leave `agency_id` out, or name one of yours.", field="agency_id"
        )
    with unit_of_work():
        asked = Asked(
            person,
            person.email,
            person.name,
            given.subject,
            given.text,
            agency.coc.lead,
            agency,
            Channel.API,
            given.category,
            given.fields,
            nonce=idempotency_key(),
        )
        with named_fields():
            ticket = open_request(asked, clock.now())
    return detail_of(ticket, current_principal())


@bp.get("/tickets/<int:ticket_id>")
@requires(P.TICKET_VIEW)
@bp.output(TicketDetail)
@bp.doc(tags=[TAG], summary="A ticket with its conversation and every hop", security="bearer", responses=failures(404))
def show_ticket(ticket_id: int) -> Any:
    return detail_of(queries.visible_ticket(current_principal(), ticket_id), current_principal())


@bp.post("/tickets/<int:ticket_id>/replies")
@requires(P.TICKET_REPLY, P.TICKET_ANSWER)
@bp.input(Words, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Add to your own ticket, or answer one that you hold",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def reply(ticket_id: int, given: Words) -> Any:
    ticket = queries.visible_ticket(current_principal(), ticket_id)
    if standing.side_of_principal(current_principal(), ticket) is Side.REQUESTER:
        return act(ticket, Action.REPLY, _add_reply, given.text)
    return act(ticket, Action.ANSWER, services.answer, given.text)


def _add_reply(ticket: Ticket, by: Person, text: str, at: datetime, *, nonce: str | None) -> TicketMessage:
    return services.add_reply(ticket, by, by.email, text, at=at, channel=Channel.API, nonce=nonce)


@bp.post("/tickets/<int:ticket_id>/forward")
@requires(P.TICKET_FORWARD)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Pass it to the next tier",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def forward(ticket_id: int, given: ReasonGiven) -> Any:
    ticket = queries.visible_ticket(current_principal(), ticket_id)
    return act(ticket, Action.FORWARD, services.forward_up, given.reason)


@bp.post("/tickets/<int:ticket_id>/close")
@requires(P.TICKET_CLOSE)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Close it, saying what solved it",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def close(ticket_id: int, given: ReasonGiven) -> Any:
    ticket = queries.visible_ticket(current_principal(), ticket_id)
    return act(ticket, Action.CLOSE, services.close, given.reason)


def act(ticket: Ticket, action: Action, verb: Callable[..., TicketMessage | None], *words: Any) -> Any:
    """The token must reach the act; whether it is possible now the verb says, which knows what was done before."""
    if not standing.may(current_principal(), NEEDS[action], ticket):
        raise Forbidden("That is not yours to do on this ticket now.", "Read it again to see who holds it.")
    with unit_of_work():
        verb(ticket, me(), *words, clock.now(), nonce=idempotency_key())
    db.session.expire(ticket)
    return detail_of(ticket, current_principal())


def detail_of(ticket: Ticket, principal: Principal) -> dict[str, Any]:
    """Text as the pages show it, personal data masked; notes and the vendor's thread for the Lead's staff only."""
    whole = survivor_of(ticket)
    seen = whole is not ticket and standing.may(principal, P.TICKET_VIEW, whole)
    messages, _ = queries.conversation(ticket, standing.side_of_principal(principal, ticket), everything=True)
    return {
        **{name: getattr(ticket, name) for name in _PLAIN},
        "fields": ticket.answers,
        "messages": [
            {
                "id": m.id,
                "ticket_id": m.ticket_id,
                "kind": m.kind,
                "author_id": m.author_id,
                "at": m.at,
                "text": ppi.mask(m.text),
                "split_to_id": m.split_to_id,
            }
            for m in messages
        ],
        "merged_into": whole.id if seen else None,
        "hops": queries.stays(ticket),
    }


_PLAIN = [
    "id",
    "subject",
    "category",
    "state",
    "priority",
    "tier",
    "agency_id",
    "requester_id",
    "requester_name",
    "opened_at",
    "last_activity_at",
    "closed_at",
    "holder_person_id",
    "next_due_at",
]
