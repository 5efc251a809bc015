"""Who else a mail about a ticket went to: colleagues who may see it watch it, others are only shown.

Nobody is written to because somebody put them into To or Cc, but people who may see the ticket anyway. The vendor
is never one of them: below the HMIS Lead nobody reaches it, whoever tries is told what to do instead, and the Lead
is told that it happened (SON-HD-4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import principal_for
from core.db import db
from core.outbox import enqueue
from core.people.models import Person
from core.people.services import staff_of
from helpdesk.desk.models import Watcher
from helpdesk.mail.guards import may_auto_reply
from helpdesk.mail.models import CopyState, MailCopy
from helpdesk.mail.owners import are_ours
from helpdesk.mail.parse import Parsed
from helpdesk.mail.tokens import reply_address, without_token
from helpdesk.tickets.mails import HELP_DESK, link
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission
from helpdesk.tickets.rows import say
from helpdesk.tickets.rules import Kind, Side
from helpdesk.tickets.standing import may, side_of_principal
from helpdesk.vendor.queries import contacts_of

MOST_LOOKED_AT = 50
MOST_KEPT = 20
MOST_WATCHERS = 10
MACHINES = re.compile(
    r"^(?:no-?_?reply|do-?_?not-?_?reply|mailer-daemon|postmaster|bounces?|listserv|majordomo|owner-[^@]*"
    r"|[^@]*-(?:request|bounces|owner|announce|list)|notifications?)(?:[+-][^@]*)?@"
)


def note_copies(ticket: Ticket, parsed: Parsed, sender: Person | None, at: datetime) -> None:
    """Keep who else it went to, once each. Rules: SON-HD-4."""
    named = _others(ticket, parsed)
    if not named:
        return
    query = select(Person).where(func.lower(Person.email).in_(named))
    people = {person.email.lower(): person for person in db.session.scalars(query)}
    states = _states(ticket, named, people, at, may_watch=not parsed.header("List-Id"))
    fresh = _keep(ticket, named, people, states, at)
    for address in fresh:
        if states[address] is CopyState.WATCHING:
            _let_watch(ticket, people[address], sender or people[address], at)
    vendor = sorted(address for address in fresh if states[address] is CopyState.VENDOR)
    if vendor and not _is_the_leads(sender, ticket, at):
        _tell_of_vendor(ticket, vendor[0], parsed.sender, sender, at)


def _others(ticket: Ticket, parsed: Parsed) -> dict[str, str]:
    """Address to name, without the sender, who asked, addresses of ours, and machines."""
    named = {without_token(address): name for name, address in parsed.copied[:MOST_LOOKED_AT]}
    known = {parsed.sender, ticket.requester_address.lower(), ticket.desk_address.lower()}
    others = [address for address in named if address not in known and not MACHINES.match(address)]
    ours = are_ours(others) if others else set()
    kept = [address for address in others if address not in ours]
    return {address: named[address] for address in kept[:MOST_KEPT]}


def _states(
    ticket: Ticket, named: Iterable[str], people: dict[str, Person], at: datetime, *, may_watch: bool
) -> dict[str, CopyState]:
    states: dict[str, CopyState] = {}
    contacts = {contact.address.lower() for contact in contacts_of(ticket.lead_id)}
    for address in named:
        person = people.get(address)
        watching = sum(state is CopyState.WATCHING for state in states.values())
        if person is None:
            is_vendors = address in contacts or _is_at_vendor(address, ticket)
            states[address] = CopyState.VENDOR if is_vendors else CopyState.UNKNOWN
        elif may_watch and watching < MOST_WATCHERS and may(principal_for(person, at), Permission.TICKET_VIEW, ticket):
            states[address] = CopyState.WATCHING
        else:
            states[address] = CopyState.MAY_NOT_SEE
    return states


def _is_at_vendor(address: str, ticket: Ticket) -> bool:
    """The vendor's own address, or another at its host of somebody whom nobody here knows."""
    host = ticket.lead.vendor_address.rpartition("@")[2].lower()
    return bool(host) and address.rpartition("@")[2] == host


def _keep(
    ticket: Ticket, named: dict[str, str], people: dict[str, Person], states: dict[str, CopyState], at: datetime
) -> set[str]:
    """The addresses that this ticket had not heard of before."""
    values = [
        {
            "ticket_id": ticket.id,
            "address": address,
            "name": name[:200],
            "person_id": people[address].id if address in people else None,
            "state": states[address],
            "at": at,
        }
        for address, name in named.items()
    ]
    kept = insert(MailCopy).values(values).on_conflict_do_nothing().returning(MailCopy.address)
    return set(db.session.scalars(kept))


def _let_watch(ticket: Ticket, person: Person, by: Person, at: datetime) -> None:
    if person.id in (ticket.requester_id, ticket.holder_person_id):
        return
    values = {"ticket_id": ticket.id, "person_id": person.id, "added_by_id": by.id, "at": at}
    made = db.session.execute(insert(Watcher).values(values).on_conflict_do_nothing().returning(Watcher.person_id))
    if made.first():
        record("ticket.watched", ticket, data={"person": person.id, "by": "mail"})


def _is_the_leads(person: Person | None, ticket: Ticket, at: datetime) -> bool:
    return person is not None and side_of_principal(principal_for(person, at), ticket) is Side.LEAD


def _tell_of_vendor(ticket: Ticket, vendor: str, address: str, sender: Person | None, at: datetime) -> None:
    told = "A mail on this request also went to the vendor directly"
    say(ticket, Kind.SYSTEM, f"{told} ({vendor}). Nothing was sent to it from here.", at, internal=True)
    record("mail.vendor-copied", ticket, data={"vendor": vendor})
    for person in _lead_staff(ticket, at):
        enqueue(
            "desk-news",
            person,
            key=f"ticket:{ticket.id}:vendor-copied:{person.id}",
            context={"ticket": ticket, "what": told, "link": link(ticket)},
            subject=ticket,
            reply_to=reply_address(ticket.id, person.id, ticket.desk_address),
            sender=ticket.sent_from,
        )
    if may_auto_reply(ticket, at, address):
        enqueue(
            "vendor-copied",
            sender or address,
            key=f"ticket:{ticket.id}:vendor-copied:{address}",
            context={"ticket": ticket, "lead": ticket.lead},
            subject=ticket,
            reply_to=reply_address(ticket.id, sender.id if sender else None, ticket.desk_address),
            sender=ticket.sent_from,
        )


def _lead_staff(ticket: Ticket, at: datetime) -> list[Person]:
    staff = (staff_of(ticket.lead_id, role, at, ticket.coc_id) for role in HELP_DESK)
    return next((people for people in staff if people), [])
