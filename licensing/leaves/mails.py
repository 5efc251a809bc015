"""Who is told what about a leave: those who speak for the agency, and the CoC's managers."""

from __future__ import annotations

from datetime import datetime

from core.outbox import enqueue
from core.people.models import DesignationKind, Person
from core.people.services import designated, managers_of
from core.ui import times
from licensing.leaves.models import Leave

SPEAKERS = (DesignationKind.ADMINISTRATOR, DesignationKind.REPRESENTATIVE)


def told(row: Leave, sentence: str, at: datetime) -> None:
    says = f"{_name(row)} is on leave from {times.say_day(row.first_day)} to {times.say_day(row.last_day)}. {sentence}"
    for person in managers_of(row.lead_id, at, row.coc_id):
        _send(row, person, f"told:{row.last_day}:{at.isoformat()}", f"A leave: {_name(row)}", says)


def back(row: Leave, at: datetime) -> None:
    says = f"{_name(row)} is back from leave at {row.agency.name}. What the leave locked is unlocked."
    for person in managers_of(row.lead_id, at, row.coc_id):
        _send(row, person, "back", f"Back from leave: {_name(row)}", says)


def lock_missed(row: Leave, rule: str, at: datetime) -> None:
    says = f"The license of {_name(row)} was to be locked for a leave by now, and is not ({rule})."
    for person in managers_of(row.lead_id, at, row.coc_id):
        _send(row, person, "missed", f"Not locked in time: {_name(row)}", says)


def not_back(row: Leave, at: datetime) -> None:
    says = (
        f"The last day of the leave of {_name(row)} was {times.say_day(row.last_day)}. Say that they are back, which "
        "unlocks the license, or give another last day."
    )
    people = {person.id: person for kind in SPEAKERS for person in designated(row.agency_id, kind, at)}
    for person in people.values():
        _send(row, person, f"back?:{row.last_day}", f"Is {_name(row)} back from leave?", says)


def _name(row: Leave) -> str:
    return row.license.person.name


def _send(row: Leave, to: Person, once: str, subject: str, says: str) -> None:
    context = {"subject_words": subject, "says": says, "agency": row.agency, "path": f"/leaves/{row.id}"}
    enqueue("licensing-news", to, key=f"leave:{row.id}:{once}:{to.id}", context=context, subject=row)
