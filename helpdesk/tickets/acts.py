"""The forms of a ticket's page: which one each act takes, what it does, and what is said once it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.db import db
from core.errors import Conflict
from core.files.models import StoredFile
from core.files.services import store
from core.people.models import Person
from helpdesk.tickets import services
from helpdesk.tickets.forms import (
    AssignForm,
    CallForm,
    MessageForm,
    NoteForm,
    Once,
    PriorityForm,
    ReasonForm,
    ResolutionForm,
)
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.permissions import NEEDS, Permission
from helpdesk.tickets.rules import Action, Channel, Priority

Verb = Callable[[Ticket, Person, Any, datetime], TicketMessage]


@dataclass(frozen=True)
class Act:
    """`also` lets in those who get the rule that says no rather than a bare refusal."""

    form: type[Once]
    do: Verb
    done: str
    also: tuple[Permission, ...] = ()


def stored(form: Any) -> list[StoredFile]:
    return [store(upload.stream, upload.filename) for upload in form.uploads]


def _with(field: str, verb: Callable[..., TicketMessage]) -> Verb:
    """A verb that takes the words of one field and nothing else."""

    def do(ticket: Ticket, by: Person, form: Any, at: datetime) -> TicketMessage:
        return verb(ticket, by, form[field].data, at, nonce=form.nonce.data)

    return do


def _reply(ticket: Ticket, by: Person, form: Any, at: datetime) -> TicketMessage:
    words, key = form.text.data, form.nonce.data
    return services.add_reply(
        ticket, by, by.email, words, at=at, attachments=stored(form), channel=Channel.WEB, nonce=key
    )


def _answer(ticket: Ticket, by: Person, form: Any, at: datetime) -> TicketMessage:
    return services.answer(ticket, by, form.text.data, at, attachments=stored(form), nonce=form.nonce.data)


def _assign(ticket: Ticket, by: Person, form: Any, at: datetime) -> TicketMessage:
    to = db.session.get(Person, form.to.data) if form.to.data else None
    return services.assign(ticket, by, to, at, nonce=form.nonce.data)


def _prioritize(ticket: Ticket, by: Person, form: Any, at: datetime) -> TicketMessage:
    wanted = Priority(form.to.data)
    said = services.set_priority(ticket, by, wanted, form.reason.data or "", at, nonce=form.nonce.data)
    if said is None:
        raise Conflict(f"Its priority is {wanted} already.", field="to")
    return said


ACTS: dict[Action, Act] = {
    Action.REPLY: Act(MessageForm, _reply, "Your reply is with whoever has the request."),
    Action.ANSWER: Act(MessageForm, _answer, "Your answer is on its way."),
    Action.NOTE: Act(NoteForm, _with("text", services.add_note), "Noted, for the HMIS Lead only."),
    Action.FORWARD: Act(ReasonForm, _with("reason", services.forward_up), "The HMIS Lead has it now."),
    Action.HAND_BACK: Act(ReasonForm, _with("reason", services.hand_back), "Handed back."),
    Action.ASK_VENDOR: Act(
        NoteForm,
        _with("text", services.to_vendor),
        "The vendor has been asked, without who asked us.",
        also=(NEEDS[Action.FORWARD],),
    ),
    Action.ASSIGN: Act(AssignForm, _assign, "Assigned."),
    Action.CLOSE: Act(ResolutionForm, _with("reason", services.close), "Closed. A reply opens it again."),
    Action.DECLINE: Act(ReasonForm, _with("reason", services.decline), "Declined, with the reason kept and told."),
    Action.REOPEN: Act(ReasonForm, _with("reason", services.reopen), "Open again."),
    Action.CALL: Act(CallForm, _with("reason", services.log_call), "The call is on the request."),
    Action.PRIORITIZE: Act(PriorityForm, _prioritize, "The priority is changed."),
}
