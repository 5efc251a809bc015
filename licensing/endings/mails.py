"""Who is told what about an agency that leaves or is suspended, with the paragraph it rests on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.db import db
from core.deadlines import Deadline
from core.outbox import OutboxMessage, enqueue, relevant_while
from core.people.models import Agency, Person
from core.people.services import managers_of
from core.policy import Decision
from licensing.agencies.mails import speakers
from licensing.endings.models import DefaultNotice, Ending, Suspension
from licensing.endings.rules import EndingState, Party


def people(agency: Agency, at: datetime) -> list[Person]:
    """Who speaks for the agency, and the managers of its CoC, each once."""
    managers = managers_of(agency.lead_id, at, agency.coc_id)
    return list({person.id: person for person in (*speakers(agency, at), *managers)}.values())


def noted(row: Ending, at: datetime) -> None:
    for person in people(row.agency, at):
        _send("agency-ending", row, person, ending=row, explanation=row.explanation, side=_side(row.party))


def soon(row: Ending, clock: Deadline, now: datetime) -> None:
    for person in people(row.agency, now):
        _send("agency-ending-soon", row, person, again=f":{now:%Y%m%dT%H%M}", ending=row, explanation=clock.explanation)


def withdrawn(row: Ending, at: datetime) -> None:
    for person in people(row.agency, at):
        _send("agency-ending-withdrawn", row, person, ending=row)


def ended(row: Ending, told: list[Person]) -> None:
    for person in told:
        _send("agency-ended", row, person, ending=row, explanation=row.explanation)


def window_closes(row: Ending, clock: Deadline, now: datetime) -> None:
    """To the Lead: after the end nobody of the agency signs in any more."""
    for person in managers_of(row.lead_id, now, row.coc_id):
        again = f":{now:%Y%m%dT%H%M}"
        _send("agency-data-window", row, person, again=again, explanation=clock.explanation, until=clock.due_at)


def default_given(row: DefaultNotice, until: Decision, at: datetime) -> None:
    for person in people(row.agency, at):
        _send("agency-default", row, person, default=row, explanation=until.as_json(), side=_side(row.party))


def default_closed(row: DefaultNotice, at: datetime) -> None:
    for person in people(row.agency, at):
        _send("agency-default-closed", row, person, default=row, side=_side(row.party))


def default_missed(row: DefaultNotice, clock: Deadline, now: datetime) -> None:
    for person in people(row.agency, now):
        _send("agency-default-missed", row, person, default=row, explanation=clock.explanation, side=_side(row.party))


def suspended(row: Suspension, at: datetime) -> None:
    for person in people(row.agency, at):
        _send("agency-suspended", row, person, suspension=row)


def lifted(row: Suspension, at: datetime) -> None:
    for person in people(row.agency, at):
        _send("agency-suspension-lifted", row, person, suspension=row)


def _side(party: Party) -> str:
    return "the agency" if party is Party.AGENCY else "the HMIS Lead"


def _send(
    message: str, row: Ending | DefaultNotice | Suspension, to: Person, *, again: str = "", **context: Any
) -> None:
    told = {"agency": row.agency, "path": f"/agencies/{row.agency_id}/ending", **context}
    enqueue(message, to, key=f"{message}:{row.id}:{to.id}{again}", context=told, subject=row)


def _still_ahead(mail: OutboxMessage) -> bool:
    row = db.session.get(Ending, mail.subject_id)
    return row is not None and row.state is EndingState.NOTICE


relevant_while("agency-ending-soon", _still_ahead)
