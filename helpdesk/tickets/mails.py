"""What the tickets write to people. Every message is a row of the outbox, in the same transaction as its cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core import clock
from core.authz import principal_for
from core.db import db
from core.outbox import Letter, OutboxMessage, enqueue, post, relevant_while
from core.people.models import DesignationKind, Person, StaffRole
from core.people.services import designated, staff_in
from core.policy.vocabulary import Tier
from helpdesk.mail.guards import may_auto_reply
from helpdesk.mail.tokens import reply_address
from helpdesk.tickets.asking import path_for
from helpdesk.tickets.family import others_told
from helpdesk.tickets.models import Ticket, TicketMessage, TierStay
from helpdesk.tickets.permissions import Permission
from helpdesk.tickets.rules import INTERNAL, Channel, Kind

HELP_DESK = (StaffRole.AGENT, StaffRole.MANAGER, StaffRole.ADMIN)
UNPROVEN = (Channel.EMAIL, Channel.PUBLIC)
VENDOR_KINDS = (Kind.VENDOR_IN, Kind.VENDOR_OUT)


def acknowledge(ticket: Ticket, said: TicketMessage, at: datetime, *, has_client_data: bool = False) -> None:
    """Tell the requester the number and the link, and kindly what to leave out; their text is not quoted back.

    An address that nobody has proved to be theirs, of a mail or of the public form, is written to three times an hour.
    Rules: MO-HD-5.
    """
    if not ticket.requester_address:
        return
    if ticket.channel not in UNPROVEN or may_auto_reply(ticket, at):
        told, thread = {"has_client_data": has_client_data}, [said.message_id] if said.message_id else []
        _to_requester("ticket-received", ticket, f"ticket:{ticket.id}:received", told, thread)


def tell_requester(name: str, ticket: Ticket, message: TicketMessage) -> None:
    """What somebody did for the requester; the mail's id becomes the message's, so that an answer to it threads.

    Who asked the same in a request that is part of this one gets it too, by the number of theirs.
    """
    told = {"message": message, "resolution": ticket.resolution, "ask": path_for(name, ticket)}
    if sent := _to_requester(name, ticket, f"message:{message.id}:requester", told):
        message.message_id = sent
    for other in others_told(ticket):
        _to_requester(name, other, f"message:{message.id}:requester:{other.id}", {**told, "ask": ""})


def tell_of_bond(name: str, ticket: Ticket, once: str, **told: Any) -> None:
    """That a request was split off, joined to another, or taken apart again; `once` is what it is told once of."""
    _to_requester(name, ticket, once, told)


def tell_holders(
    ticket: Ticket, message: TicketMessage, what: str, at: datetime, *, because: Mapping[str, Any] | None = None
) -> None:
    """News for whoever has to act on it: a link, and nothing of the text. `because` is the explanation of its tier,
    for who has it at hand; the service's own words, as what people typed may tell of a client (MO-HD-5)."""
    explanation = _explanation(ticket) if because is None else because
    told = {
        "ticket": ticket,
        "what": what,
        "link": link(ticket),
        "because": " ".join(explanation.get("because", ())[:1]),
    }
    for person in holders(ticket, at):
        if person.id != message.author_id:
            letter = Letter(
                "ticket-news",
                person,
                key=f"message:{message.id}:holder:{person.id}",
                context=told,
                subject=ticket,
                reply_to=reply_address(ticket.id, person.id, ticket.desk_address),
                sender=ticket.sent_from,
            )
            post(letter)


def _explanation(ticket: Ticket) -> Mapping[str, Any]:
    """Why it lies where it does."""
    query = select(TierStay.explanation).where(TierStay.ticket_id == ticket.id, TierStay.until.is_(None))
    return db.session.scalar(query.order_by(TierStay.id.desc()).limit(1)) or {}


def ask_vendor(ticket: Ticket, message: TicketMessage, subject: str) -> None:
    """The vendor's own thread, which never refers to a message of anybody else."""
    thread = _thread(ticket, vendor=True)
    sent = enqueue(
        "ticket-vendor",
        ticket.lead.vendor_address,
        key=f"message:{message.id}:vendor",
        context={"ticket": ticket, "message": message, "about": subject, "lead": ticket.lead},
        subject=ticket,
        reply_to=reply_address(ticket.id, None, ticket.desk_address),
        sender=ticket.sent_from,
        in_reply_to=thread[-1] if thread else "",
        references=thread,
    )
    if sent is not None:
        message.message_id = sent.message_id


def holders(ticket: Ticket, at: datetime) -> list[Person]:
    """Who must act: the assignee, else the agency's administrators or the Lead's help desk staff."""
    if ticket.holder is not None:
        return [ticket.holder]
    if ticket.tier is Tier.AGENCY_ADMINISTRATOR and ticket.holder_agency_id is not None:
        return designated(ticket.holder_agency_id, DesignationKind.ADMINISTRATOR, at)
    by_role = staff_in(ticket.lead_id, HELP_DESK, at, ticket.coc_id)
    return next((staff for staff in by_role.values() if staff), [])


def help_desk(ticket: Ticket, at: datetime) -> list[Person]:
    """All of the Lead's people who work on tickets, agents first."""
    by_role = staff_in(ticket.lead_id, HELP_DESK, at, ticket.coc_id)
    return list(dict.fromkeys(person for staff in by_role.values() for person in staff))


def link(ticket: Ticket) -> str:
    return f"/tickets/{ticket.id}"


def _to_requester(
    name: str, ticket: Ticket, key: str, context: dict[str, Any], thread: Sequence[str] | None = None
) -> str:
    """The mail's Message-ID; nothing for whom there is no address. `thread` for who knows it."""
    if not ticket.requester_address:
        return ""
    thread = _thread(ticket, vendor=False) if thread is None else thread
    letter = Letter(
        name,
        ticket.requester or ticket.requester_address,
        key=key,
        context={
            "ticket": ticket,
            "link": link(ticket),
            "lead": ticket.lead,
            "known": ticket.requester is not None,
            **context,
        },
        subject=ticket,
        reply_to=reply_address(ticket.id, ticket.requester_id, ticket.desk_address),
        sender=ticket.sent_from,
        in_reply_to=thread[-1] if thread else "",
        references=thread,
    )
    return post(letter)


def _thread(ticket: Ticket, *, vendor: bool) -> list[str]:
    """Message-IDs of the conversation with the vendor, or of the one with everybody else, oldest first."""
    kinds: Iterable[Kind] = VENDOR_KINDS if vendor else [kind for kind in Kind if kind not in INTERNAL]
    query = select(TicketMessage.message_id).where(
        TicketMessage.ticket_id == ticket.id, TicketMessage.kind.in_(kinds), TicketMessage.message_id != ""
    )
    newest = query.order_by(TicketMessage.at.desc(), TicketMessage.id.desc()).limit(20)
    return list(reversed(db.session.scalars(newest).all()))


def _still_theirs(row: OutboxMessage) -> bool:
    """News of a ticket that is over, or for somebody who may not see it any more, is not sent."""
    ticket = db.session.get(Ticket, row.subject_id)
    person = db.session.get(Person, row.person_id) if row.person_id else None
    if ticket is None or person is None or not ticket.is_open:
        return False
    principal = principal_for(person, clock.now())
    return principal.can(Permission.TICKET_ANSWER, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id)


relevant_while("ticket-news", _still_theirs)
