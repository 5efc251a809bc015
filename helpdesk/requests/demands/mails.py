"""Who is told of an outside demand. Each mail has a link and nothing of what was asked or about whom."""

from __future__ import annotations

from datetime import datetime

from core.outbox import enqueue
from core.people.models import Person
from helpdesk.requests.demands.models import OutsideDemand
from helpdesk.requests.mails import agency_side, desk_of


def received(row: OutsideDemand, at: datetime) -> None:
    for person in _people(row, at):
        if person.id != row.recorded_by_id:
            _send("outside-demand-received", row, person)


def decided(row: OutsideDemand, waits: bool, at: datetime) -> None:
    """`waits`: the client is still to be told of the attempt."""
    people = {person.id: person for person in (*_people(row, at), row.recorded_by)}
    for person in people.values():
        if person.id != row.decided_by_id:
            _send("outside-demand-decided", row, person, waits=waits)


def _people(row: OutsideDemand, at: datetime) -> list[Person]:
    speakers = agency_side(row.agency_id, at) if row.agency_id else []
    return [*speakers, *desk_of(row.lead_id, row.coc_id, at)]


def _send(message: str, row: OutsideDemand, to: Person, *, waits: bool = False) -> None:
    told = {"demand": row, "waits": waits, "path": f"/demands/{row.id}"}
    enqueue(message, to, key=f"{message}:{row.id}:{to.id}", context=told, subject=row)
