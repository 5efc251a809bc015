"""Mails that all requests share: what is due soon, and what was missed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.db import Base
from core.deadlines import Deadline
from core.outbox import enqueue
from core.people.models import DesignationKind, Person
from core.people.services import designated, managers_of

SPEAKERS = (DesignationKind.REPRESENTATIVE, DesignationKind.ADMINISTRATOR, DesignationKind.EXECUTIVE_DIRECTOR)


def desk_of(lead_id: int, coc_id: int, at: datetime) -> list[Person]:
    return managers_of(lead_id, at, coc_id)


def agency_side(agency_id: int, at: datetime) -> list[Person]:
    people = {person.id: person for kind in SPEAKERS for person in designated(agency_id, kind, at)}
    return list(people.values())


def soon(subject: Base, deadline: Deadline, people: Iterable[Person], path: str, now: datetime) -> None:
    """One reminder for each warning time."""
    for person in people:
        key = f"request-due-soon:{deadline.id}:{person.id}:{now:%Y%m%dT%H%M}"
        enqueue("request-due-soon", person, key=key, context={"deadline": deadline, "path": path}, subject=subject)


def missed(subject: Base, deadline: Deadline, people: Iterable[Person], path: str) -> None:
    for person in people:
        key = f"request-missed:{deadline.id}:{person.id}"
        enqueue("request-missed", person, key=key, context={"deadline": deadline, "path": path}, subject=subject)
