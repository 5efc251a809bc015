"""Who is told what about a series: the person, who brought them in at the agency, and the trainer."""

from __future__ import annotations

from datetime import datetime

from core.deadlines import Deadline
from core.outbox import enqueue
from core.people.models import DesignationKind, Person
from core.people.services import designated
from training.series.models import Enrollment


def assigned(row: Enrollment, at: datetime) -> None:
    """The person, and the agency's administrators, who see to it that there is time for it."""
    says = f"to take {row.series.title} before access to the HMIS."
    tell(row, at, "assigned", f"{row.person.name} is {says}", own=f"You are {says}")


def tell(
    row: Enrollment, at: datetime, once: str, says: str, clock: Deadline | None = None, *, own: str = ""
) -> None:  # fmt: skip
    """One mail to each of them; `once` tells apart what is said about one enrollment at different times. `own` are
    the words to the person themselves, where they differ."""
    for person in _concerned(row, at):
        is_own = person.id == row.person_id
        enqueue(
            "series-news",
            person,
            key=f"series-news:{row.id}:{once}:{person.id}"[:200],
            context={
                "says": (own or says) if is_own else says,
                "enrollment": row,
                "due_at": clock.due_at if clock else None,
                "tz": row.agency.tz,
                "explanation": clock.explanation if clock else None,
                "path": "/training" if is_own else f"/training/enrollments/{row.id}",
            },
            subject=row,
        )


def _concerned(row: Enrollment, at: datetime) -> list[Person]:
    trainer = [row.trainer] if row.trainer else []
    agency = designated(row.agency_id, DesignationKind.ADMINISTRATOR, at) or designated(
        row.agency_id, DesignationKind.REPRESENTATIVE, at
    )
    return list({person.id: person for person in [row.person, *agency, *trainer]}.values())
