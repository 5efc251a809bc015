"""Decisions made by hand, for tests of what holds them rather than of what makes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core.policy import Decision


def decision(due: datetime, anchor: datetime | None = None, clock: str = "departure-notice") -> Decision:
    return Decision(
        pack="missouri",
        version=date(2026, 10, 1),
        clock=clock,
        anchor=anchor or due - timedelta(days=3),
        due=due,
        rule="MO-LI-4",
        source="001",
        section="Revoking End User Access",
        title="Missouri HMIS Policies",
        because=("Counted by hand.",),
        says="Due by hand.",
    )
