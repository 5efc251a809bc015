from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import Fields, Given, Long, Model, Short, TicketDetail, Words
from api.tickets import TAG, detail_of
from core import clock
from core.authz import Principal, current_principal, requires
from core.db import db, unit_of_work
from core.people.addresses import usable
from core.people.services import agencies_of
from helpdesk.intake import queries, services, steps
from helpdesk.intake.services import Asked, named_fields
from helpdesk.intake.views import caller_of, lead_of
from helpdesk.tickets.forms import CATEGORIES
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as P
from helpdesk.tickets.queries import visible_ticket
from helpdesk.tickets.rules import Category, Channel


class QuestionOut(Model):
    key: str
    label: str
    kind: str
    is_required: bool
    choices: list[str]
    hint: str


class CategoryOut(Model):
    category: Category
    label: str
    fields: list[QuestionOut]


class CategoryList(Model):
    items: list[CategoryOut]


class CallerTicket(Given):
    """For somebody who called or came by; their agency follows from their address."""

    subject: Short
    text: Long
    address: Short
    name: Short
    channel: Literal["phone", "walk-in"]
    category: Category = Category.OTHER
    fields: Fields = {}


class FieldsGiven(Given):
    """All answers as they are to be; what is left out is no answer any more."""

    category: Category
    fields: Fields = {}


@bp.get("/ticket-categories")
@requires(P.TICKET_OPEN)
@bp.output(CategoryList)
@bp.doc(
    tags=[TAG],
    summary="What a ticket can be about, and what each category asks",
    security="bearer",
    responses=failures(),
)
def list_categories() -> Any:
    asked = queries.questions_by_category(_lead_id(current_principal()))
    return {"items": [{"category": c, "label": CATEGORIES[c], "fields": asked[c]} for c in Category]}


def _lead_id(principal: Principal) -> int | None:
    if principal.can(P.TICKET_OPEN_FOR):
        return lead_of(principal).id
    places = agencies_of(principal.person_id, clock.now())
    return places[0].lead_id if places else None


@bp.post("/tickets/for-caller")
@requires(P.TICKET_OPEN_FOR)
@bp.input(CallerTicket, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Write down what somebody asked by phone or in person",
    security="bearer",
    responses=failures(400, 409, 413, 422),
)
def open_for_caller(given: CallerTicket) -> Any:
    address = usable(given.address, "address")
    known, agency = caller_of(current_principal(), address, clock.now())
    asked = Asked(
        known,
        address,
        known.name if known else given.name,
        given.subject,
        given.text,
        agency.coc.lead if agency else lead_of(current_principal()),
        agency,
        Channel(given.channel),
        given.category,
        given.fields,
        opened_by=me(),
        nonce=idempotency_key(),
    )
    with unit_of_work(), named_fields():
        ticket = services.open_request(asked, clock.now())
    return detail_of(ticket, current_principal())


def _act(ticket_id: int, verb: Callable[[Ticket], object]) -> Any:
    ticket = visible_ticket(current_principal(), ticket_id)
    with unit_of_work(), named_fields():
        verb(ticket)
    db.session.expire(ticket)
    return detail_of(ticket, current_principal())


@bp.post("/tickets/<int:ticket_id>/fields")
@requires(P.TICKET_ASSIGN)
@bp.input(FieldsGiven, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Put right what it is about and what was answered",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def change_fields(ticket_id: int, given: FieldsGiven) -> Any:
    return _act(
        ticket_id,
        lambda ticket: services.change(
            ticket, me(), given.category, given.fields, clock.now(), nonce=idempotency_key()
        ),
    )


@bp.post("/tickets/<int:ticket_id>/merge-confirmation")
@requires(P.TICKET_NOTE)
@bp.input(Words, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="The agency confirmed that two records are one client's",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def confirm_merge(ticket_id: int, given: Words) -> Any:
    return _act(ticket_id, lambda ticket: steps.confirm(ticket, me(), given.text, clock.now(), nonce=idempotency_key()))


@bp.post("/tickets/<int:ticket_id>/client-merge")
@requires(P.TICKET_ANSWER)
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="The two client records are merged in the HMIS; closes the ticket",
    security="bearer",
    responses=failures(404, 409, 422),
)
def merge_clients(ticket_id: int) -> Any:
    return _act(ticket_id, lambda ticket: steps.merge(ticket, me(), clock.now(), nonce=idempotency_key()))


@bp.post("/tickets/<int:ticket_id>/instruction")
@requires(P.TICKET_NOTE)
@bp.input(Words, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Say how to enter what waited for it",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def instruct(ticket_id: int, given: Words) -> Any:
    return _act(
        ticket_id, lambda ticket: steps.instruct(ticket, me(), given.text, clock.now(), nonce=idempotency_key())
    )
