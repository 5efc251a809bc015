"""Who is told what about a departure, with the reason and the paragraph it rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.db import current_unit, db, reading
from core.deadlines import Deadline
from core.outbox import Letter, OutboxMessage, post, post_all, relevant_while
from core.people.models import Designation, DesignationKind, LeadStaff, Person
from core.people.services import designated_in
from licensing.access.mails import lead_managers
from licensing.departures import rules
from licensing.departures.models import REASONS, DepartureNotice, Reason
from licensing.departures.rules import DepartureState, Outlook

# The reason as the person themselves reads it.
PERSONS = {
    Reason.LEFT: "left the agency",
    Reason.TRANSFERRED: "moved to another agency",
    Reason.JOB_CHANGE: "no longer need it",
}
SPEAK = "speakers"
SPEAKERS = (DesignationKind.REPRESENTATIVE, DesignationKind.EXECUTIVE_DIRECTOR)


def received(row: DepartureNotice, view: Outlook, now: datetime) -> None:
    """The notice is here: until when access lasts, and whether the notice was in time."""
    told: dict[str, Any] = {"notice": view.notice.as_json(), "end": view.end.as_json(), "late": _said(view.late_by)}
    for person in _agency_side(row, now):
        _send("departure-received", row, person, **told)


def soon(row: DepartureNotice, end: Deadline, now: datetime) -> None:
    """One reminder for each warning time, to those who must see to it in the HMIS and to the agency."""
    for person in (*_lead_side(row, now), *_agency_side(row, now)):
        _send("departure-soon", row, person, again=f":{now:%Y%m%dT%H%M}", end=end.explanation)


def notice_missed(row: DepartureNotice, notice: Deadline, now: datetime) -> None:
    for person in (*_agency_side(row, now), *_lead_side(row, now)):
        _send("departure-notice-missed", row, person, notice=notice.explanation)


def ended(row: DepartureNotice, notice: Deadline, end: Deadline, at: datetime) -> None:
    """Access is over: to both sides, with who was late by how much; to the person too, unless it was a violation."""
    told: dict[str, Any] = {
        "notice": notice.explanation,
        "end": end.explanation,
        "notice_late": _said(rules.late_by(notice.due_at, row.noticed_at)) if row.noticed_at else "",
        "end_late": _said(rules.late_by(end.due_at, at)),
        "left": REASONS[row.reason],
    }
    with reading(Designation, LeadStaff):
        letters = [_letter("departure-ended", row, person, **told) for person in _agency_side(row, at)]
        letters += [_letter("departure-ended-lead", row, person, **told) for person in _lead_side(row, at)]
        if row.reason is not Reason.VIOLATION:
            ask = [person.name for person in _representatives(row, at)]
            own: dict[str, Any] = {"end": end.explanation, "left": PERSONS[row.reason], "ask": ask, "path": "/"}
            letters.append(_letter("departure-ended-person", row, row.person, **own))
    post_all(letters)


def undone(row: DepartureNotice, now: datetime) -> None:
    for person in (*_agency_side(row, now), *_lead_side(row, now)):
        _send("departure-undone", row, person)


def _agency_side(row: DepartureNotice, at: datetime) -> list[Person]:
    """Who speaks for the agency and who gave the notice, but not the person who leaves."""
    people = {person.id: person for kind in SPEAKERS for person in _designated(row, kind, at)}
    if row.noticed_by_id and row.noticed_by_id not in people and row.noticed_by:
        people[row.noticed_by_id] = row.noticed_by
    return [person for person in people.values() if person.id != row.person_id]


def _representatives(row: DepartureNotice, at: datetime) -> list[Person]:
    """Who can request access anew."""
    people = _designated(row, DesignationKind.REPRESENTATIVE, at)
    return [person for person in people if person.id != row.person_id]


def _lead_side(row: DepartureNotice, at: datetime) -> list[Person]:
    key = "managers", row.lead_id, row.coc_id, at
    return _once(key, lambda: lead_managers(row.lead_id, row.coc_id, at))


def _designated(row: DepartureNotice, kind: DesignationKind, at: datetime) -> list[Person]:
    """Of all kinds that are asked about at once."""
    memo, key = current_unit().memo, (SPEAK, row.agency_id, at)
    if key not in memo:
        memo[key] = designated_in([row.agency_id], SPEAKERS, at)
    found: dict[tuple[int, DesignationKind], list[Person]] = memo[key]
    return found.get((row.agency_id, kind), [])


def _once(key: tuple[Any, ...], ask: Callable[[], list[Person]]) -> list[Person]:
    """Many departures end at one instant in few agencies: each agency and CoC is asked once in a unit of work."""
    memo = current_unit().memo
    if key not in memo:
        memo[key] = ask()
    found: list[Person] = memo[key]
    return found


def forget_speakers(agency_id: int) -> None:
    """Somebody's designation there has ended in this unit of work."""
    memo = current_unit().memo
    for key in [key for key in memo if key[:2] == (SPEAK, agency_id)]:
        del memo[key]


def _said(late: Any) -> str:
    return rules.say_span(late) if late else ""


def _send(message: str, row: DepartureNotice, to: Person, *, again: str = "", **context: Any) -> None:
    post(_letter(message, row, to, again=again, **context))


def _letter(message: str, row: DepartureNotice, to: Person, *, again: str = "", **context: Any) -> Letter:
    """One mail for each message, departure and recipient; `again` tells repeated reminders apart."""
    told = {"departure": row, "person": row.person, "agency": row.agency, "path": f"/departures/{row.id}", **context}
    return Letter(message, to, key=f"{message}:{row.id}:{to.id}{again}", context=told, subject=row)


def _still_scheduled(mail: OutboxMessage) -> bool:
    row = db.session.get(DepartureNotice, mail.subject_id)
    return row is not None and row.state is DepartureState.SCHEDULED


relevant_while("departure-soon", _still_scheduled)
