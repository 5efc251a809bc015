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

from sqlalchemy import func, select

from core.authz import Principal, principal_for
from core.db import db, savepoint
from core.errors import DomainError
from core.files.models import StoredFile
from core.files.services import store
from core.outbox import Letter, OutboxMessage, post
from core.people.models import Agency, Lead, Person
from core.people.services import agencies_of, person_by_email
from core.policy.vocabulary import Tier
from helpdesk.mail.copies import note_copies
from helpdesk.mail.forwards import original_of
from helpdesk.mail.guards import may_auto_reply
from helpdesk.mail.owners import Addressee, are_ours
from helpdesk.mail.parse import Parsed
from helpdesk.mail.tokens import read_token, reply_address
from helpdesk.tickets import services
from helpdesk.tickets.family import survivor_of
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.permissions import Permission
from helpdesk.tickets.rows import say
from helpdesk.tickets.rules import Category, Channel, Kind
from helpdesk.tickets.screening import has_client_data

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
        return survivor_of(claim.ticket).id
    if way is Way.STAFF and person is not None:
        _answer(claim.ticket, person, parsed, at)
    elif way is not None:
        said = _add(claim.ticket, person if way is Way.REQUESTER else None, parsed, at)
        _advise(said.ticket, said, person, parsed, at)
    if way is None:
        return None
    ticket = survivor_of(claim.ticket)
    note_copies(ticket, parsed, person, at)
    return ticket.id


def _way(claim: Claim, person: Person | None, address: str, at: datetime) -> Way | None:
    """As whom the sender may add to the ticket; None for a stranger, and for staff without what we sent them."""
    ticket = claim.ticket
    if _is_vendor(claim, address):
        return Way.VENDOR
    if person is not None and person.id != ticket.requester_id and _works_on(person, ticket, at):
        return Way.STAFF if claim.token_person_id == person.id else None
    if _is_requester(ticket, person, address):
        return Way.REQUESTER
    return Way.TOKEN if claim.has_token and not _is_elsewhere(person, ticket, at) else None


def _is_elsewhere(person: Person | None, ticket: Ticket, at: datetime) -> bool:
    """Somebody known who works at other agencies only; what was sent to this one's people is not theirs to use."""
    if person is None or ticket.agency_id is None:
        return False
    return ticket.agency_id not in {agency.id for agency in agencies_of(person.id, at)}


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
        _advise(ticket, _add(ticket, by, parsed, at), by, parsed, at, not_sent=True)


def _advise(
    ticket: Ticket, said: TicketMessage, person: Person | None, parsed: Parsed, at: datetime, *, not_sent: bool = False
) -> None:
    """Tell who sent a client's data what to do instead, once on a ticket and without repeating any of it.

    Rules: MO-HD-5.
    """
    files = (attached.file for attached in said.files)
    if not has_client_data(said, parsed.subject, files) or (not not_sent and _was_told(said, parsed.sender)):
        return
    if may_auto_reply(ticket, at, parsed.sender):
        told = Letter(
            "client-data-received",
            person or parsed.sender,
            key=f"ticket:{ticket.id}:client-data:{parsed.sender}",
            context={"ticket": ticket, "lead": ticket.lead, "not_sent": not_sent},
            subject=ticket,
            reply_to=reply_address(ticket.id, person.id if person else None, ticket.desk_address),
            sender=ticket.sent_from,
        )
        post(told)


def _was_told(said: TicketMessage, address: str) -> bool:
    """Whether an earlier mail of theirs on this ticket had such data; they were told then."""
    earlier = (TicketMessage.ticket_id == said.ticket_id, TicketMessage.id < said.id, TicketMessage.has_ppi)
    same = func.lower(TicketMessage.address) == address
    return db.session.scalar(select(TicketMessage.id).where(*earlier, same).limit(1)) is not None


def _add(
    ticket: Ticket, author: Person | None, parsed: Parsed, at: datetime, *, from_vendor: bool = False
) -> TicketMessage:
    return services.add_reply(
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
    sender = person_by_email(parsed.sender)
    asked = _sent_on(parsed, sender, to, at) or Asked(
        sender, parsed.sender, parsed.sender_name, parsed.subject, parsed.text, parsed.html, parsed.quoted
    )
    agency = _agency_of(asked.person, to.lead, at)
    lead = agency.coc.lead if agency else to.lead
    written_to = to.address if to.lead is lead else None
    ticket = services.open_ticket(
        asked.person,
        asked.address,
        asked.person.name if asked.person else asked.name or asked.address,
        asked.subject,
        asked.text,
        asked.html,
        asked.quoted,
        lead=lead,
        agency=agency,
        coc=written_to.coc if written_to else None,
        category=written_to.category if written_to else Category.OTHER,
        written_to=written_to,
        channel=Channel.EMAIL,
        at=at,
        attachments=_stored(parsed),
        message_id=parsed.message_id,
        opened_by=asked.sent_on_by,
    )
    if asked.sent_on_by is not None:
        _tell_who_sent_on(ticket, asked.sent_on_by, asked.remark, parsed.sender, at)
    note_copies(ticket, parsed, sender, at)
    return ticket.id


@dataclass(frozen=True)
class Asked:
    """Who asks what. `sent_on_by` is who forwarded it, with the `remark` above it."""

    person: Person | None
    address: str
    name: str
    subject: str
    text: str
    html: str = ""
    quoted: str = ""
    sent_on_by: Person | None = None
    remark: str = ""


def _sent_on(parsed: Parsed, sender: Person | None, to: Addressee, at: datetime) -> Asked | None:
    """A user's mail that somebody sent on: asked by who wrote it, where the Lead's staff or the administrator of
    that person's own agency did so. From anybody else it is a mail of their own."""
    original = original_of(parsed) if sender is not None else None
    if sender is None or original is None or original.address == parsed.sender or are_ours([original.address]):
        return None
    person = person_by_email(original.address)
    agency = _agency_of(person, to.lead, at)
    principal = principal_for(sender, at)
    may_ask = principal.can(Permission.TICKET_ANSWER, agency=agency) if agency else _is_staff(principal, to.lead)
    if not may_ask:
        return None
    return Asked(
        person,
        original.address,
        original.name,
        original.subject,
        original.text,
        sent_on_by=sender,
        remark=original.remark,
    )


def _is_staff(principal: Principal, lead: Lead) -> bool:
    return principal.can(Permission.TICKET_OPEN_FOR, lead_id=lead.id)


def _tell_who_sent_on(ticket: Ticket, by: Person, remark: str, address: str, at: datetime) -> None:
    """On the ticket; what staff said above it stays theirs. An administrator who sends it on has passed it on."""
    is_staff = _is_staff(principal_for(by, at), ticket.lead)
    words = f"Forwarded to the help desk by mail from {by.name} <{address}>. {remark}".strip()
    say(ticket, Kind.SYSTEM, words, at, internal=is_staff)
    if not is_staff and ticket.tier is Tier.AGENCY_ADMINISTRATOR:
        services.forward_up(ticket, by, "They forwarded the mail to the help desk.", at)


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
