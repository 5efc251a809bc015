"""The verbs of a ticket. Each writes its rows, its audit event and its mails in the unit of work under way.

A verb takes the form's `nonce`: sent twice, it happened once; sent again with anything else, it is a
Conflict. Text from a form that holds what looks like a client's personal data is refused with the words
marked; text that came by mail is kept and masked on every page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.audit import record
from core.authz import principal_for
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.files.models import StoredFile
from core.people.models import Agency, CoC, Lead, Person
from core.policy.vocabulary import Tier
from core.text import one_line
from helpdesk.mail.models import SupportAddress
from helpdesk.tickets import mails, rules
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.permissions import NEEDS
from helpdesk.tickets.rows import (
    Once,
    attach,
    begin_stay,
    changed,
    hold,
    hold_last,
    hold_once,
    move_on,
    put,
    said_before,
    say,
    searchable,
    system,
)
from helpdesk.tickets.rules import Action, Category, Channel, Kind, Priority, Side, State
from helpdesk.tickets.screening import has_client_data, refuse_files, refuse_ppi, safe_name, safe_subject
from helpdesk.tickets.standing import (
    administrators_of,
    could_hold,
    lower_tier,
    may,
    policy_of,
    side_of,
    side_of_principal,
)
from helpdesk.vendor import queries as vendor


def open_ticket(
    requester: Person | None,
    address: str,
    name: str,
    subject: str,
    text: str,
    html: str = "",
    quoted: str = "",
    *,
    lead: Lead,
    agency: Agency | None,
    channel: Channel,
    at: datetime,
    category: Category = Category.OTHER,
    coc: CoC | None = None,
    attachments: Sequence[StoredFile] = (),
    message_id: str = "",
    opened_by: Person | None = None,
    answers: Sequence[Any] = (),
    enrollments_here: bool | None = None,
    written_to: SupportAddress | None = None,
    nonce: str | None = None,
) -> Ticket:
    """A new request, put on its first tier. `requester` is none for somebody the service does not know.

    `answers` are what the category asks, read and found good by whoever asked (`helpdesk.intake`).

    Raises Invalid when a form's text holds a client's personal data (MO-HD-5).
    """
    asked = (opened_by, requester, address, name, subject, text, agency, category, channel, *answers)
    once = Once.of(nonce, "open", *asked, files=attachments)
    if known := said_before(once):
        return known.ticket
    if channel is not Channel.EMAIL:
        refuse_ppi(one_line(subject), "subject")
        refuse_ppi(text, "text")
        refuse_files(attachments)
    ticket = Ticket(
        lead_id=lead.id,
        lead=lead,
        coc=agency.coc if agency else coc,
        agency=agency,
        requester=requester,
        requester_address=address,
        requester_name=safe_name(name or address),
        subject=safe_subject(subject),
        category=category,
        answers=list(answers),
        state=State.NEW,
        priority=rules.priority_of(category),
        channel=channel,
        tier=Tier.HMIS_LEAD,
        opened_by_id=opened_by.id if opened_by else None,
        support_address=written_to,
        search_text=searchable(text),
        opened_at=at,
        last_activity_at=at,
    )
    placement = first_place(ticket, at, enrollments_here=enrollments_here)
    db.session.add(ticket)
    put(ticket, placement, at, by=opened_by or requester, first=True)
    said = say(
        ticket,
        Kind.REQUESTER,
        text,
        at,
        author=None if channel is Channel.PUBLIC else requester,
        address=address,
        html=html,
        quoted=quoted,
        message_id=message_id,
        once=once,
        opens=True,
    )
    attach(said, attachments)
    record(
        "ticket.opened",
        ticket,
        data={"channel": channel, "category": category, "tier": ticket.tier, "rule": placement.rule},
    )
    changed(ticket, None, at)
    mails.acknowledge(ticket, said, at, has_client_data=has_client_data(said, subject, attachments))
    mails.tell_holders(ticket, said, "New request", at, because=placement.explanation)
    return ticket


def first_place(ticket: Ticket, at: datetime, *, enrollments_here: bool | None = None) -> rules.Placement:
    """Where it begins, by who asks and what is in force. `enrollments_here` as for `open_ticket`."""
    administrators = administrators_of(ticket.agency.id, at) if ticket.agency else []
    return rules.first_tier(
        policy_of(ticket, at),
        ticket.category,
        has_administrator=bool(administrators),
        asked_by_administrator=ticket.requester in administrators,
        enrollments_here=enrollments_here,
    )


def add_reply(
    ticket: Ticket,
    author: Person | None,
    address: str,
    text: str,
    html: str = "",
    quoted: str = "",
    *,
    at: datetime,
    attachments: Sequence[StoredFile] = (),
    message_id: str = "",
    from_vendor: bool = False,
    channel: Channel = Channel.EMAIL,
    nonce: str | None = None,
) -> TicketMessage:
    """Somebody other than the one who must act adds to the conversation; a closed ticket opens again.

    What is said on a merged one stays in its thread and moves the one that it is part of.
    """
    once = Once.of(nonce, Action.REPLY, ticket.id, author, text, files=attachments)
    thread, ticket = ticket, hold_last(ticket)
    if known := said_before(once):
        return known
    if channel is not Channel.EMAIL:
        refuse_ppi(text, "text")
        refuse_files(attachments)
        if author is not None:
            _permit(author, Action.REPLY, thread, at)
    was_over = not ticket.is_open
    kind = Kind.VENDOR_IN if from_vendor else _kind_of(thread, author, at)
    action = Action.VENDOR_REPLY if from_vendor else Action.REPLY
    move_on(ticket, action, at)
    said = say(
        thread,
        kind,
        text,
        at,
        author=author,
        address=address,
        html=html,
        quoted=quoted,
        message_id=message_id,
        once=once,
    )
    attach(said, attachments)
    record(
        "ticket.reopened" if was_over else "ticket.replied",
        ticket,
        data={"message": said.id, "kind": kind, "channel": channel}
        | ({"through": thread.id} if thread is not ticket else {}),
    )
    changed(ticket, action, at, through=thread)
    mails.tell_holders(ticket, said, "The vendor answered" if from_vendor else "New reply", at)
    return said


def answer(
    ticket: Ticket,
    by: Person,
    text: str,
    at: datetime,
    *,
    html: str = "",
    attachments: Sequence[StoredFile] = (),
    nonce: str | None = None,
) -> TicketMessage:
    """The answer of whoever has the ticket, on the page and by mail to the requester. Merged meanwhile, it is one on
    the request that this is part of."""
    once = Once.of(nonce, Action.ANSWER, ticket.id, by, text, files=attachments)
    ticket = hold_last(ticket)
    if known := said_before(once):
        return known
    refuse_ppi(text, "text")
    refuse_files(attachments)
    side = _permit(by, Action.ANSWER, ticket, at)
    move_on(ticket, Action.ANSWER, at)
    ticket.first_answered_at = ticket.first_answered_at or at
    said = say(ticket, Kind(side), text, at, author=by, address=by.email, html=html, once=once)
    attach(said, attachments)
    record("ticket.answered", ticket, data={"message": said.id})
    changed(ticket, Action.ANSWER, at)
    mails.tell_requester("ticket-answer", ticket, said)
    return said


def add_note(ticket: Ticket, by: Person, text: str, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """A note among Lead staff; no agency ever sees it."""
    once = Once.of(nonce, Action.NOTE, ticket.id, by, text)
    ticket = hold_last(ticket)
    if known := said_before(once):
        return known
    refuse_ppi(text, "text")
    _permit(by, Action.NOTE, ticket, at)
    move_on(ticket, Action.NOTE, at)
    said = say(ticket, Kind.NOTE, text, at, author=by, once=once)
    record("ticket.noted", ticket, data={"message": said.id})
    changed(ticket, Action.NOTE, at)
    return said


def forward_up(ticket: Ticket, by: Person, reason: str, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """To the next tier (SON-HD-2). The vendor is reached with `to_vendor`, because it needs a message."""
    once = Once.of(nonce, Action.FORWARD, ticket.id, by, reason)
    if known := hold_once(ticket, once):
        return known
    refuse_ppi(reason, "reason")
    placement = rules.next_tier(policy_of(ticket, at), ticket.tier, side_of(by, ticket, at))
    if placement is None:
        raise Conflict("The vendor has this request already; there is no tier above it.")
    _refuse_move(ticket, placement.tier, by, at)
    side = _permit(by, Action.FORWARD, ticket, at)
    move_on(ticket, Action.FORWARD, at)
    put(ticket, placement, at, by=by, reason=reason)
    words = "Taken over by the HMIS Lead." if side is Side.LEAD else "Forwarded to the HMIS Lead."
    said = system(ticket, by, words, reason, at, once)
    record("ticket.forwarded", ticket, data={"tier": ticket.tier, "rule": placement.rule})
    changed(ticket, Action.FORWARD, at)
    mails.tell_holders(ticket, said, "Forwarded to you", at)
    return said


def hand_back(ticket: Ticket, by: Person, reason: str, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """One tier down: from the vendor to the Lead, or from the Lead to the agency's administrator."""
    once = Once.of(nonce, Action.HAND_BACK, ticket.id, by, reason)
    if known := hold_once(ticket, once):
        return known
    refuse_ppi(reason, "reason")
    _permit(by, Action.HAND_BACK, ticket, at)
    placement = lower_tier(ticket, at)
    if placement is None:
        raise Conflict("There is nobody below who could take this request.")
    from_vendor = ticket.tier is Tier.VENDOR
    move_on(ticket, Action.HAND_BACK, at)
    put(ticket, placement, at, by=by, reason=reason)
    words = "Taken back from the vendor." if from_vendor else "Handed back to the agency's administrator."
    said = system(ticket, by, words, reason, at, once, internal=from_vendor)
    record("ticket.handed_back", ticket, data={"tier": ticket.tier, "rule": placement.rule})
    changed(ticket, Action.HAND_BACK, at)
    mails.tell_holders(ticket, said, "Handed back to you", at)
    return said


def to_vendor(ticket: Ticket, by: Person, text: str, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """Ask the vendor, in a thread of its own, without who asked (SON-HD-3, SON-HD-4).

    Raises Invalid when the text holds a client's personal data. The requester's and the agency's names
    and addresses are replaced before anything is stored or sent.
    """
    once = Once.of(nonce, Action.ASK_VENDOR, ticket.id, by, text)
    if known := hold_once(ticket, once):
        return known
    refuse_ppi(text, "text")
    _must_reach_vendor(ticket, by, at)
    if case := vendor.asks_for(ticket):
        raise Conflict(f"The vendor is asked on case V{case.id}, for this and others.", "Write to it there.")
    if not ticket.lead.vendor_address:
        raise Invalid(
            "The vendor's address is not known.", "An administrator of the HMIS Lead enters it first.", field="text"
        )
    placement = _up_to_vendor(ticket, by, at)
    said = say(
        ticket,
        Kind.VENDOR_OUT,
        for_vendor(ticket, text),
        at,
        author=by,
        address=ticket.lead.vendor_address,
        once=once,
    )
    record("ticket.sent_to_vendor", ticket, data={"message": said.id, "rule": placement.rule if placement else ""})
    changed(ticket, Action.ASK_VENDOR, at)
    mails.ask_vendor(ticket, said, for_vendor(ticket, ticket.subject))
    return said


def onto_case(ticket: Ticket, by: Person, case: str, at: datetime) -> TicketMessage:
    """To the vendor with others, on a case of theirs: the case is what asks it (SON-HD-3, SON-HD-4, HUD-HD-3)."""
    hold(ticket)
    _must_reach_vendor(ticket, by, at)
    placement = _up_to_vendor(ticket, by, at)
    said = system(ticket, by, f"Put on vendor case {case}.", "", at, None, internal=True)
    record("ticket.sent_to_vendor", ticket, data={"case": case, "rule": placement.rule if placement else ""})
    changed(ticket, Action.ASK_VENDOR, at)
    return said


def _must_reach_vendor(ticket: Ticket, by: Person, at: datetime) -> None:
    _refuse_move(ticket, Tier.VENDOR, by, at)
    _permit(by, Action.ASK_VENDOR, ticket, at)


def _up_to_vendor(ticket: Ticket, by: Person, at: datetime) -> rules.Placement | None:
    placement = rules.next_tier(policy_of(ticket, at), Tier.HMIS_LEAD)
    move_on(ticket, Action.ASK_VENDOR, at)
    if placement is not None and ticket.tier is not Tier.VENDOR:
        put(ticket, placement, at, by=by)
    return placement


def for_vendor(ticket: Ticket, text: str) -> str:
    """The text without the names and addresses of who asked and where they work."""
    asked_by = [ticket.requester_address, ticket.requester_name, ticket.requester.name if ticket.requester else ""]
    text = rules.scrub(text, asked_by, "[the user]")
    return rules.scrub(text, [ticket.agency.name] if ticket.agency else [], "[the agency]")


def assign(
    ticket: Ticket, by: Person, to: Person | None, at: datetime, *, nonce: str | None = None, tell: bool = True
) -> TicketMessage:
    """To one of the people who could act on it where it stands, or (none) to all of them.

    Without `tell` no mail says so: whoever calls tells of several at once.
    """
    once = Once.of(nonce, Action.ASSIGN, ticket.id, by, to)
    if known := hold_once(ticket, once):
        return known
    _permit(by, Action.ASSIGN, ticket, at)
    if to is not None and to not in could_hold(ticket, at):
        raise Invalid(
            f"{to.name} cannot take this request where it stands.", "Choose somebody from the list.", field="to"
        )
    move_on(ticket, Action.ASSIGN, at)
    begin_stay(ticket, at, by=by, holder=to)
    said = system(
        ticket,
        by,
        f"Assigned to {to.name}." if to else "Assigned to nobody in particular.",
        "",
        at,
        once,
        internal=True,
    )
    record("ticket.assigned", ticket, data={"to": to.id if to else None})
    changed(ticket, Action.ASSIGN, at)
    if tell:
        mails.tell_holders(ticket, said, "Assigned to you", at)
    return said


def set_priority(
    ticket: Ticket, by: Person, priority: Priority, reason: str, at: datetime, *, nonce: str | None = None
) -> TicketMessage | None:
    """How pressing it is, and why if it is not plain; what is promised for it follows. None: it was so already."""
    once = Once.of(nonce, Action.PRIORITIZE, ticket.id, by, priority, reason)
    if known := hold_once(ticket, once):
        return known
    refuse_ppi(reason, "reason")
    _permit(by, Action.PRIORITIZE, ticket, at)
    if priority is ticket.priority:
        return None
    move_on(ticket, Action.PRIORITIZE, at)
    before, ticket.priority = ticket.priority, priority
    said = system(ticket, by, f"Priority changed from {before} to {priority}.", reason, at, once, internal=True)
    record("ticket.prioritized", ticket, data={"from": before, "to": priority, "reason": reason})
    changed(ticket, Action.PRIORITIZE, at)
    return said


def log_call(ticket: Ticket, by: Person, outcome: str, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """An attempt to reach the requester by telephone, while the move is theirs."""
    once = Once.of(nonce, Action.CALL, ticket.id, by, outcome)
    if known := hold_once(ticket, once):
        return known
    refuse_ppi(outcome, "reason")
    _permit(by, Action.CALL, ticket, at)
    move_on(ticket, Action.CALL, at)
    said = system(ticket, by, "Called the requester.", outcome, at, once)
    record("ticket.called", ticket, data={"message": said.id})
    changed(ticket, Action.CALL, at)
    return said


def close(ticket: Ticket, by: Person, resolution: str, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """Done, with what solved it (HUD-HD-1 keeps the resolution and the time it took)."""
    return _end(ticket, by, Action.CLOSE, resolution, at, nonce)


def decline(ticket: Ticket, by: Person, reason: str, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """Not about the HMIS software: out of scope, with the reason kept and told (SON-HD-5)."""
    return _end(ticket, by, Action.DECLINE, reason, at, nonce)


def _end(ticket: Ticket, by: Person, action: Action, why: str, at: datetime, nonce: str | None) -> TicketMessage:
    once = Once.of(nonce, action, ticket.id, by, why)
    if known := hold_once(ticket, once):
        return known
    _permit(by, action, ticket, at)
    field = "resolution" if action is Action.CLOSE else "reason"
    if not why.strip():
        raise Invalid("Say what solved it." if action is Action.CLOSE else "Say why it is out of scope.", field=field)
    refuse_ppi(why, field)
    move_on(ticket, action, at)
    ticket.closed_at, ticket.resolution = at, why.strip()
    said = system(ticket, by, "Closed." if action is Action.CLOSE else "Declined as out of scope.", why, at, once)
    record(
        f"ticket.{ticket.state}",
        ticket,
        data={"reason": why, "open_for_seconds": int((at - ticket.opened_at).total_seconds())},
    )
    changed(ticket, action, at)
    if by.id != ticket.requester_id:
        mails.tell_requester(f"ticket-{ticket.state}", ticket, said)
    return said


def reopen(ticket: Ticket, by: Person, reason: str, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """Not solved after all; it is where it was before."""
    once = Once.of(nonce, Action.REOPEN, ticket.id, by, reason)
    if known := hold_once(ticket, once):
        return known
    refuse_ppi(reason, "reason")
    _permit(by, Action.REOPEN, ticket, at)
    move_on(ticket, Action.REOPEN, at)
    said = system(ticket, by, "Opened again.", reason, at, once)
    record("ticket.reopened", ticket, data={"message": said.id})
    changed(ticket, Action.REOPEN, at)
    mails.tell_holders(ticket, said, "Opened again", at)
    return said


def reveal(message: TicketMessage) -> None:
    """Somebody looks at what is masked; who and when is kept, what it said is not."""
    record("ticket.revealed", message.ticket, data={"message": message.id})


def _refuse_move(ticket: Ticket, tier: Tier, by: Person, at: datetime) -> None:
    refusal = rules.may_move_to(policy_of(ticket, at), tier, side_of(by, ticket, at))
    if refusal:
        raise Forbidden(refusal.message, "Ask the HMIS Lead.", rule=refusal.rule)


def _permit(by: Person, action: Action, ticket: Ticket, at: datetime) -> Side:
    """The side `by` acts on. Raises Forbidden when the action is not theirs where the ticket stands."""
    principal = principal_for(by, at)
    side = side_of_principal(principal, ticket)
    if action not in rules.ACTS[side, ticket.tier] or not may(principal, NEEDS[action], ticket):
        told = "The HMIS Lead has this request now." if side is Side.AGENCY else "That is not yours to do here."
        raise Forbidden(told, "Add a reply instead; whoever has the request sees it.")
    return side


def _kind_of(ticket: Ticket, author: Person | None, at: datetime) -> Kind:
    if author is None or author.id == ticket.requester_id:
        return Kind.REQUESTER
    return Kind(side_of(author, ticket, at))
