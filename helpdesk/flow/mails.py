"""Who hears of a clock: whoever holds the ticket before it runs out, and the manager too once it has."""

from __future__ import annotations

from datetime import datetime

from core.deadlines import Deadline
from core.outbox import enqueue
from core.people.models import Person
from core.people.services import managers_of
from helpdesk.tickets.mails import holders, link
from helpdesk.tickets.models import Ticket


def soon(ticket: Ticket, clock: Deadline, now: datetime) -> None:
    """One reminder for each due time; a clock that went on later warns anew."""
    for person in holders(ticket, now):
        _tell("request-due-soon", ticket, clock, person)


def missed(ticket: Ticket, clock: Deadline, now: datetime) -> None:
    people = [*holders(ticket, now), *managers(ticket, now)]
    for person in dict.fromkeys(people):
        _tell("request-missed", ticket, clock, person)


def managers(ticket: Ticket, now: datetime) -> list[Person]:
    return managers_of(ticket.lead_id, now, ticket.coc_id)


def _tell(message: str, ticket: Ticket, clock: Deadline, person: Person) -> None:
    key = f"{message}:{clock.id}:{person.id}:{clock.due_at:%Y%m%dT%H%M%S}"
    enqueue(message, person, key=key, context={"deadline": clock, "path": link(ticket)}, subject=ticket)
