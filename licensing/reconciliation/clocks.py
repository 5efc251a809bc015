"""What happens when nobody has settled a finding in time. Rule: HUD-LI-5."""

from __future__ import annotations

from datetime import datetime

from core.deadlines import Deadline, Fires, Kind, register_kind
from licensing.reconciliation import services


def _missed(clock: Deadline, _now: datetime) -> None:
    """It stays owed, and late."""
    clock.outcome = "Nobody settled it in time."


def _link(clock: Deadline) -> str:
    return f"/reconciliation/findings/{clock.subject_id}"


register_kind(
    Kind(
        services.CLOCK, "HMIS account to settle", Fires.AFTER_DUE, _missed, link=_link, action="Settle", on_today=False
    )
)
