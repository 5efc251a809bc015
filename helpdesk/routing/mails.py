"""What somebody is told who stands in for a colleague."""

from __future__ import annotations

from collections.abc import Sequence

from core.outbox import enqueue
from core.people.models import Person
from helpdesk.routing.models import Absence
from helpdesk.tickets.models import Ticket


def tell_cover(absence: Absence) -> None:
    if absence.cover is not None:
        key = f"absence-cover:{absence.id}:{absence.cover.id}"
        context = {"absence": absence, "path": f"/absences/{absence.id}"}
        enqueue("absence-cover", absence.cover, key=key, context=context, subject=absence)


def tell_handed_over(absence: Absence, to: Person, tickets: Sequence[Ticket], act_id: int) -> None:
    """One mail for all of them, however many they are."""
    context = {"absence": absence, "tickets": tickets, "lead": tickets[0].lead, "path": f"/absences/{absence.id}"}
    enqueue("requests-handed-over", to, key=f"handed-over:{act_id}", context=context, subject=absence)
