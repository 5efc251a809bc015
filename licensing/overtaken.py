"""Two people decide at once: the second is told what the first did, and when."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from core.errors import Conflict
from core.ui import times


def overtaken(told: str, at: datetime | None, zone: ZoneInfo) -> Conflict:
    """`told` is who did what, without the full stop."""
    when = f" on {times.say_when(at.astimezone(zone))}" if at else ""
    return Conflict(f"{told}{when}.", "Load the page again to see how it stands.")
