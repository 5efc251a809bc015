"""Which ticket a message belongs to, and whether its sender may add to it.

Three things tie a message to a ticket: a signed token in an address we gave out, a Message-ID of ours, and a
Message-ID we received. A number in the subject does not, because anybody can write one. An address in From is
no proof of who wrote: it may add to the sender's own ticket, but staff and vendor also need what we sent them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from sqlalchemy import select

from core.authz import principal_for
from core.db import db, savepoint
from core.errors import DomainError
from core.files.models import StoredFile
from core.files.services import store
from core.outbox import OutboxMessage
from core.people.models import Agency, Lead, Person
from core.people.services import agencies_of, person_by_email
from helpdesk.mail.owners import Addressee
from helpdesk.mail.parse import Parsed
from helpdesk.mail.tokens import read_token
from helpdesk.tickets import services
from helpdesk.tickets.family import survivor_of
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.permissions import Permission
from helpdesk.tickets.rules import Category, Channel

OURS = re.compile(rb"<[0-9a-f]{40}@[a-zA-Z0-9.-]{1,200}>")
MOST_IDS = 30
MOST_CLAIMS = 200


class Way(StrEnum):
    """As whom somebody adds to a ticket by mail; `token`: as nobody in particular, who holds what we sent."""

    VENDOR = "vendor"
    STAFF = "staff"
    REQUESTER = "requester"
    TOKEN = "token"  # noqa: S105 - no secret, the name of a way


@dataclass(frozen=True)
class Claim:
    """A ticket that a message says it belongs to, and how well it proves that.

    `token_person_id` is whom the token was made for; None for the vendor's, an unknown requester's, or no token.
    """

    ticket: Ticket
    has_token: bool = False
    token_person_id: int | None = None


def is_our_own(parsed: Parsed) -> bool:
    """A mail that this service sent, forwarded back to it by some loop."""
    if not parsed.message_id:
        return False
    query = select(OutboxMessage.id).where(OutboxMessage.message_id == parsed.message_id)
    return db.session.scalar(query.limit(1)) is not None


def our_mails_inside(parsed: Parsed) -> list[OutboxMessage]:
    """The mails of ours that a delivery report is about, by the Message-IDs anywhere in it."""
    ids = {found[0].decode("ascii") for found in islice(OURS.finditer(parsed.raw), MOST_IDS)}
    ids |= set(parsed.thread[:MOST_IDS])
    return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.message_id.in_(ids)))) if ids else []


def ticket_named(parsed: Parsed, at: datetime) -> int | None:
    claim = claim_of(parsed, at)
    return survivor_of(claim.ticket).id if claim else None


def claim_of(parsed: Parsed, at: datetime) -> Claim | None:
    """The ticket it says it belongs to, by a token first, else by the nearest message that we know.

    Anybody can write a Message-ID that somebody else's mail has too; so a ticket that the sender may add to goes
    before one that they may not.
    """
    token = read_token(parsed.recipients)
    if token and (ticket := db.session.get(Ticket, token[0])):
        return Claim(ticket, True, token[1])
    claims = [Claim(ticket) for ticket in _tickets_named(list(parsed.thread[:MOST_IDS]))]
    person = person_by_email(parsed.sender) if claims else None
    mine = (claim for claim in claims if _way(claim, person, parsed.sender, at))
    return next(mine, claims[0] if claims else None)


def _tickets_named(ids: list[str]) -> list[Ticket]:
    """Those with a message of these ids: the nearest id first, our own mail first, then whoever used it first."""
    if not ids:
        return []
    sent = db.session.execute(
        select(OutboxMessage.message_id, OutboxMessage.subject_id).where(
            OutboxMessage.message_id.in_(ids), OutboxMessage.subject_type == "ticket"
        )
    ).all()
    said = db.session.execute(
        select(TicketMessage.message_id, TicketMessage.ticket_id)
        .where(TicketMessage.message_id.in_(ids))
        .order_by(TicketMessage.id)
        .limit(MOST_CLAIMS)
    ).all()
    ordered = sorted([*sent, *said], key=lambda row: ids.index(row[0]))
    numbers = list(dict.fromkeys(number for _, number in ordered))
    found = {row.id: row for row in db.session.scalars(select(Ticket).where(Ticket.id.in_(numbers)))}
    return [found[number] for number in numbers if number in found]


def is_the_vendors(parsed: Parsed, at: datetime) -> bool:
    """Whether it carries the vendor's token; it may say that it is automatic, since a vendor's tracker answers."""
    claim = claim_of(parsed, at)
    return claim is not None and _is_vendor(claim, parsed.sender)


def continue_ticket(claim: Claim, parsed: Parsed, at: datetime) -> int | None:
    """Add to the ticket that it claims, or to the one that this is part of; returns that one's number. None where
    it may not, and starts one of its own."""
    person = person_by_email(parsed.sender)
    way = _way(claim, person, parsed.sender, at)
    if way is Way.VENDOR:
        _add(claim.ticket, None, parsed, at, from_vendor=True)
    elif way is Way.STAFF and person is not None:
        _answer(claim.ticket, person, parsed, at)
    elif way is not None:
        _add(claim.ticket, person if way is Way.REQUESTER else None, parsed, at)
    return survivor_of(claim.ticket).id if way is not None else None


def _way(claim: Claim, person: Person | None, address: str, at: datetime) -> Way | None:
    """As whom the sender may add to the ticket; None for a stranger, and for staff without what we sent them."""
    ticket = claim.ticket
    if _is_vendor(claim, address):
        return Way.VENDOR
    if person is not None and person.id != ticket.requester_id and _works_on(person, ticket, at):
        return Way.STAFF if claim.token_person_id == person.id else None
    if _is_requester(ticket, person, address):
        return Way.REQUESTER
    return Way.TOKEN if claim.has_token else None


def _is_vendor(claim: Claim, sender: str) -> bool:
    """Whoever holds the vendor's token, from wherever their system writes.

    A requester whom the service does not know has the same token; there the vendor's host tells them apart.
    """
    ticket = claim.ticket
    if not claim.has_token or claim.token_person_id is not None:
        return False
    if ticket.requester_id is not None:
        return True
    host = ticket.lead.vendor_address.rpartition("@")[2].lower()
    return sender.rpartition("@")[2] == host and sender != ticket.requester_address.lower()


def _is_requester(ticket: Ticket, person: Person | None, address: str) -> bool:
    if ticket.requester_id is not None:
        return person is not None and person.id == ticket.requester_id
    return ticket.requester_address.lower() == address


def _works_on(person: Person, ticket: Ticket, at: datetime) -> bool:
    principal = principal_for(person, at)
    return principal.can(Permission.TICKET_ANSWER, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id)


def _answer(ticket: Ticket, by: Person, parsed: Parsed, at: datetime) -> None:
    """Somebody who works on the ticket answers by mail. What may not go out as an answer (personal data, or the
    ticket moved on meanwhile) joins the conversation on the page instead, where such data is masked."""
    try:
        with savepoint():
            services.answer(ticket, by, parsed.text, at, html=parsed.html, attachments=_stored(parsed))
    except DomainError:
        _add(ticket, by, parsed, at)


def _add(ticket: Ticket, author: Person | None, parsed: Parsed, at: datetime, *, from_vendor: bool = False) -> None:
    services.add_reply(
        ticket,
        author,
        parsed.sender,
        parsed.text,
        parsed.html,
        parsed.quoted,
        at=at,
        attachments=_stored(parsed),
        message_id=parsed.message_id,
        from_vendor=from_vendor,
    )


def start_ticket(parsed: Parsed, to: Addressee, at: datetime) -> int:
    """A new request; a sender that the service knows is recognised, with the agency they work for."""
    person = person_by_email(parsed.sender)
    agency = _agency_of(person, to.lead, at)
    lead = agency.coc.lead if agency else to.lead
    written_to = to.address if to.lead is lead else None
    return services.open_ticket(
        person,
        parsed.sender,
        person.name if person else parsed.sender_name or parsed.sender,
        parsed.subject,
        parsed.text,
        parsed.html,
        parsed.quoted,
        lead=lead,
        agency=agency,
        coc=written_to.coc if written_to else None,
        category=written_to.category if written_to else Category.OTHER,
        written_to=written_to,
        channel=Channel.EMAIL,
        at=at,
        attachments=_stored(parsed),
        message_id=parsed.message_id,
    ).id


def start_by_hand(sender: str, subject: str, text: str, lead: Lead, at: datetime) -> int:
    person = person_by_email(sender)
    agency = _agency_of(person, lead, at)
    name = person.name if person else sender
    opened = services.open_ticket(
        person,
        sender,
        name,
        subject,
        text,
        lead=agency.coc.lead if agency else lead,
        agency=agency,
        channel=Channel.EMAIL,
        at=at,
    )
    return opened.id


def _agency_of(person: Person | None, lead: Lead, at: datetime) -> Agency | None:
    """The sender's agency under the Lead that was written to, else any of theirs."""
    places = agencies_of(person.id, at) if person else []
    return next((a for a in places if a.lead_id == lead.id), places[0] if places else None)


def _stored(parsed: Parsed) -> list[StoredFile]:
    return [store(one.content, one.name) for one in parsed.attachments]
