"""What the service does with a ticket by itself. Each is called with the ticket held, and leaves one line behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.audit import record
from core.policy.vocabulary import Tier
from helpdesk.elevation.services import elevate_by_itself
from helpdesk.flow.queries import practice_of
from helpdesk.tickets import mails, rules
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rows import changed, move_on, put, say
from helpdesk.tickets.rules import Action, Kind, Side, State
from helpdesk.tickets.standing import policy_of


def climb(ticket: Ticket, reason: str, at: datetime) -> str:
    """To the next tier because its time is up (SON-HD-2); returns what was done."""
    placement = rules.next_tier(policy_of(ticket, at), ticket.tier, Side.AGENCY)
    if ticket.tier is not Tier.AGENCY_ADMINISTRATOR or placement is None or not ticket.is_open:
        return "It was not with the agency any more."
    why = {**placement.explanation, "because": [reason]}
    move_on(ticket, Action.FORWARD, at)
    put(ticket, replace(placement, explanation=why), at, by=None, reason=reason)
    said = say(ticket, Kind.SYSTEM, f"Went to the HMIS Lead by itself. {reason}", at)
    record("ticket.escalated", ticket, data={"tier": ticket.tier, "rule": placement.rule, "reason": reason})
    changed(ticket, Action.FORWARD, at)
    mails.tell_holders(ticket, said, "Came up to you by itself", at)
    return "It went to the HMIS Lead by itself."


def above_the_lead(ticket: Ticket, reason: str, at: datetime) -> str:
    """To the CoC or its data committee, as the practice says, because its time is up (HUD-HD-2)."""
    in_force = practice_of(ticket)
    if in_force is None:
        return "No practice holds for it."
    return elevate_by_itself(ticket, in_force.practice.elevates_to, reason, at)


def close_for_silence(ticket: Ticket, reason: str, at: datetime) -> str:
    """Nobody said a word for so long; returns what was done. A reply opens it again."""
    if ticket.state is not State.ANSWERED:
        return "The requester had answered."
    move_on(ticket, Action.CLOSE, at)
    ticket.closed_at, ticket.resolution = at, reason
    said = say(ticket, Kind.SYSTEM, f"Closed by itself. {reason} A reply opens it again.", at)
    record("ticket.closed", ticket, data={"reason": reason, "by_itself": True})
    changed(ticket, Action.CLOSE, at)
    mails.tell_requester("ticket-closed", ticket, said)
    return "It closed by itself."
