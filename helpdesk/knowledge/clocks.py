"""What happens when nobody has read an article again by its day."""

from __future__ import annotations

from datetime import datetime

from core.deadlines import Deadline, Fires, Kind, register_kind
from helpdesk.knowledge import services


def _missed(clock: Deadline, _: datetime) -> None:
    """It stays on its owner's Today until somebody reads it."""
    clock.outcome = "Nobody read it again in time."


def _link(clock: Deadline) -> str:
    return f"/knowledge/{clock.subject_id}"


register_kind(
    Kind(services.REVIEW, "Review of an article", Fires.AFTER_DUE, _missed, link=_link, action="Review", on_today=False)
)
