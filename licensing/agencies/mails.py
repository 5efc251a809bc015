"""Who is told what about an agency and its duties."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.deadlines import Deadline
from core.outbox import enqueue
from core.people.models import Agency, Designation, DesignationKind, Person
from core.people.services import designated, managers_of
from licensing.agencies.rules import WORDS


def named(row: Designation, at: datetime) -> None:
    """To who is named, and to the CoC's managers: the change in writing (SON-LI-8)."""
    told = {"person": row.person, "duty": WORDS[row.kind], "since": row.started_on}
    for person in _with_lead(row.agency, [row.person], at):
        _send("designation-named", row.agency, person, f"{row.id}", **told)


def unnamed(row: Designation, at: datetime) -> None:
    told = {"person": row.person, "duty": WORDS[row.kind], "ends": row.ended_at}
    for person in _with_lead(row.agency, [row.person], at):
        _send("designation-ended", row.agency, person, f"{row.id}:{at:%Y%m%dT%H%M%S}", **told)


def taken_in(agency: Agency, at: datetime) -> None:
    for person in speakers(agency, at):
        _send("agency-taken-in", agency, person, "")


def vacancy(agency: Agency, clock: Deadline, words: str, at: datetime) -> None:
    for person in _with_lead(agency, speakers(agency, at), at):
        _send("agency-vacancy", agency, person, f"{clock.id}", duty=words, explanation=clock.explanation)


def speakers(agency: Agency, at: datetime) -> list[Person]:
    """The executive director and the authorized representatives, each once."""
    kinds = (DesignationKind.EXECUTIVE_DIRECTOR, DesignationKind.REPRESENTATIVE)
    found = {person.id: person for kind in kinds for person in designated(agency.id, kind, at)}
    return list(found.values())


def _with_lead(agency: Agency, people: list[Person], at: datetime) -> list[Person]:
    managers = managers_of(agency.lead_id, at, agency.coc_id)
    return list({person.id: person for person in (*people, *managers)}.values())


def _send(message: str, agency: Agency, to: Person, key: str, **context: Any) -> None:
    told = {"agency": agency, "path": f"/agencies/{agency.id}", **context}
    enqueue(
        message, to, key=f"{message}:{agency.id}:{to.id}:{key}", context=told, subject=agency, lead_id=agency.lead_id
    )
