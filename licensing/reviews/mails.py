"""Who is asked and reminded to confirm an agency's users, and who is told of what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.deadlines import Deadline
from core.outbox import enqueue
from core.people.models import DesignationKind, Person
from core.people.services import designated
from licensing.access.mails import lead_managers
from licensing.reviews.models import AccessReview, ReviewLine

CONFIRM = (DesignationKind.ADMINISTRATOR, DesignationKind.REPRESENTATIVE)


def asked(row: AccessReview, clock: Deadline, at: datetime) -> None:
    _to_agency("review-asked", row, clock, "asked", at)


def reminded(row: AccessReview, clock: Deadline, at: datetime) -> None:
    """How many users are left is in it."""
    _to_agency("review-reminder", row, clock, f"{at:%Y%m%dT%H%M}", at)


def late(row: AccessReview, clock: Deadline, at: datetime) -> None:
    """To the agency and to the Lead: who was not confirmed is locked until somebody does."""
    _to_agency("review-late", row, clock, "late", at)
    for person in lead_managers(row.lead_id, row.coc_id, at):
        _send("review-late", row, person, "late", clock)


def wrong_level(line: ReviewLine, at: datetime) -> None:
    """The Lead looks at the level."""
    row = line.review
    for person in lead_managers(row.lead_id, row.coc_id, at):
        key = f"review-level:{line.id}:{at:%Y%m%dT%H%M%S}:{person.id}"
        told = {"agency": row.agency, "person": line.person, "path": f"/access/licenses/{line.license_id}"}
        enqueue("review-level", person, key=key, context={**told, "note": line.note}, subject=row)


def _to_agency(message: str, row: AccessReview, clock: Deadline, once: str, at: datetime) -> None:
    people = {one.id: one for kind in CONFIRM for one in designated(row.agency_id, kind, at)}
    for person in people.values():
        _send(message, row, person, once, clock)


def _send(message: str, row: AccessReview, to: Person, once: str, clock: Deadline) -> None:
    left = sum(line.answer is None for line in row.lines)
    told: dict[str, Any] = {
        "agency": row.agency, "review": row, "left": left, "total": len(row.lines), "due": clock.due_at,
        "why": clock.explanation, "path": f"/reviews/{row.id}",
    }  # fmt: skip
    enqueue(message, to, key=f"{message}:{row.id}:{to.id}:{once}", context=told, subject=row)
