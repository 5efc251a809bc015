"""What somebody is told who stands in for a colleague."""

from __future__ import annotations

from core.outbox import enqueue
from helpdesk.routing.models import Absence


def tell_cover(absence: Absence) -> None:
    if absence.cover is not None:
        key = f"absence-cover:{absence.id}:{absence.cover.id}"
        context = {"absence": absence, "path": f"/absences/{absence.id}"}
        enqueue("absence-cover", absence.cover, key=key, context=context, subject=absence)
