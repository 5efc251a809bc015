"""Which tickets ended because they were merged into another."""

from __future__ import annotations

from datetime import datetime


def at(ticket_id: int, ended: datetime) -> bool:  # noqa: ARG001 - the merging of tickets will ask for both
    """Whether the ticket's ending at that instant was a merge."""
    return False
