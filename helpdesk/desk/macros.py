"""Macros: what each step will do to this ticket, in words, and doing it: all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.authz import Principal, principal_for
from core.db import db
from core.errors import Conflict, Invalid
from core.people.models import Person
from helpdesk.desk import rules, services
from helpdesk.desk.models import Macro
from helpdesk.replies import queries as replies
from helpdesk.replies import rules as filling
from helpdesk.replies.models import CannedReply
from helpdesk.replies.services import facts_of
from helpdesk.tickets import services as verbs
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Priority
from helpdesk.tickets.screening import refuse_ppi

ASSIGN = {"me": "whoever runs it", "nobody": "nobody in particular"}


@dataclass(frozen=True)
class Steps:
    """In the order in which they are done; what is empty is left out."""

    tag: str = ""
    priority: str = ""
    assign: str = ""
    reply: int = 0
    close: str = ""

    @classmethod
    def of(cls, macro: Macro) -> Steps:
        return cls(**macro.steps)


@dataclass(frozen=True)
class Plan:
    """What a macro will do to one ticket: sentences, and the answer as it will be sent."""

    lines: tuple[str, ...]
    answer: str
    refused: str = ""


def check(steps: Steps, by: Principal, *, shared: bool) -> None:
    """Raises Invalid for a macro that does nothing or that some who use it could not run."""
    if not any((steps.tag, steps.priority, steps.assign, steps.reply, steps.close)):
        raise Invalid("A macro does at least one thing.", "Choose a step.", field="reply")
    if steps.tag and not rules.tag_named(steps.tag):
        raise Invalid("A tag is a word or a few.", "Use letters and digits.", field="tag")
    refuse_ppi(steps.tag, "tag")
    refuse_ppi(steps.close, "close")
    if steps.reply:
        reply = _reply(steps, by)
        if reply is None:
            raise Invalid("That canned reply is not there any more.", "Choose another.", field="reply")
        if shared and reply.owner_id is not None:
            raise Invalid(
                "A shared macro needs a shared reply.", "Share the reply first, or keep the macro as your own.", "reply"
            )


def plan_of(macro: Macro, ticket: Ticket, by: Principal) -> Plan:
    steps = Steps.of(macro)
    reply = _reply(steps, by)
    lines = [
        f"Adds the tag {rules.tag_named(steps.tag)}." if steps.tag else "",
        f"Sets the priority to {steps.priority}." if steps.priority else "",
        f"Assigns it to {by.name if steps.assign == 'me' else ASSIGN['nobody']}." if steps.assign else "",
        f"Sends the answer below to {ticket.requester_name}." if reply else "",
        f"Closes it: {steps.close}" if steps.close else "",
    ]
    told = tuple(line for line in lines if line)
    if reply is None:
        return Plan(told, "", "The canned reply that it sends is not there any more." if steps.reply else "")
    facts = facts_of(ticket, by)
    empty = [name for name in filling.PLACE.findall(reply.text) if not facts.get(name)]
    refused = f"Nothing is known to fill {{{empty[0]}}} here." if empty else ""
    return Plan(told, filling.fill(reply.text, facts), refused)


def run(macro: Macro, ticket: Ticket, by: Person, at: datetime, *, nonce: str) -> None:
    """Every step by the service that its button uses. Raises what they raise, and then nothing was done."""
    principal, steps = principal_for(by, at), Steps.of(macro)
    plan = plan_of(macro, ticket, principal)
    if plan.refused:
        raise Conflict(plan.refused, "Change the macro, or answer by hand.")
    services.permit(principal, ticket)

    def key(step: str) -> str:
        return rules.part_key(nonce, step)

    if steps.tag:
        services.add_tag(ticket, principal, steps.tag, at)
    if steps.priority:
        verbs.set_priority(ticket, by, Priority(steps.priority), "", at, nonce=key("priority"))
    if steps.assign:
        verbs.assign(ticket, by, by if steps.assign == "me" else None, at, nonce=key("assign"))
    if steps.reply:
        verbs.answer(ticket, by, plan.answer, at, nonce=key("answer"))
    if steps.close:
        verbs.close(ticket, by, steps.close, at, nonce=key("close"))


def _reply(steps: Steps, by: Principal) -> CannedReply | None:
    if not steps.reply:
        return None
    query = db.select(CannedReply).where(CannedReply.id == steps.reply, replies.usable(by))
    row: CannedReply | None = db.session.scalar(query)
    return row
