"""What else may be done to a ticket, act by act, as the forms of its page do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from api.blueprint import bp, failures
from api.schemas import Given, Id, Long, ReasonGiven, TicketDetail, Words
from api.tickets import TAG, act
from core.authz import current_principal, found, requires
from core.db import db
from core.errors import Conflict
from core.people.models import Person
from helpdesk.tickets import queries, services
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.permissions import NEEDS
from helpdesk.tickets.rules import Action, Priority


class AssignGiven(Given):
    """`person_id` null: to nobody in particular."""

    person_id: Id | None


class PriorityGiven(Given):
    """The reason may be left out."""

    priority: Priority
    reason: Long | None = None


def _ticket(ticket_id: int) -> Ticket:
    return queries.visible_ticket(current_principal(), ticket_id)


def _words(path: str, action: Action, verb: Callable[..., TicketMessage], schema: type[Given], summary: str) -> None:
    """An act that takes the words of one field and nothing else."""
    (field,) = schema.model_fields

    @requires(NEEDS[action])
    @bp.input(schema, arg_name="given")
    @bp.output(TicketDetail, status_code=201)
    @bp.doc(tags=[TAG], summary=summary, security="bearer", responses=failures(400, 404, 409, 413, 422))
    def view(ticket_id: int, given: Any) -> Any:
        return act(_ticket(ticket_id), action, verb, getattr(given, field))

    bp.add_url_rule(f"/tickets/<int:ticket_id>/{path}", f"ticket_{action.replace('-', '_')}", view, methods=["POST"])


_words("notes", Action.NOTE, services.add_note, Words, "Keep a note among the Lead's staff")
_words("hand-back", Action.HAND_BACK, services.hand_back, ReasonGiven, "Hand it one tier down")
_words("ask-vendor", Action.ASK_VENDOR, services.to_vendor, Words, "Ask the vendor, without who asked")
_words("decline", Action.DECLINE, services.decline, ReasonGiven, "Decline it as out of scope")
_words("reopen", Action.REOPEN, services.reopen, ReasonGiven, "Open it again")
_words("calls", Action.CALL, services.log_call, ReasonGiven, "Log a call to the requester")


@bp.post("/tickets/<int:ticket_id>/assign")
@requires(NEEDS[Action.ASSIGN])
@bp.input(AssignGiven, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Assign it to somebody who could take it where it stands",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def assign_ticket(ticket_id: int, given: AssignGiven) -> Any:
    ticket = _ticket(ticket_id)
    to = found(db.session.get(Person, given.person_id)) if given.person_id else None
    return act(ticket, Action.ASSIGN, services.assign, to)


@bp.post("/tickets/<int:ticket_id>/priority")
@requires(NEEDS[Action.PRIORITIZE])
@bp.input(PriorityGiven, arg_name="given")
@bp.output(TicketDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Change its priority", security="bearer", responses=failures(400, 404, 409, 413, 422))
def prioritize_ticket(ticket_id: int, given: PriorityGiven) -> Any:
    return act(_ticket(ticket_id), Action.PRIORITIZE, _changed_priority, given.priority, given.reason or "")


def _changed_priority(
    ticket: Ticket, by: Person, priority: Priority, reason: str, at: datetime, *, nonce: str | None
) -> TicketMessage:
    said = services.set_priority(ticket, by, priority, reason, at, nonce=nonce)
    if said is None:
        raise Conflict(f"Its priority is {priority} already.", field="priority")
    return said
