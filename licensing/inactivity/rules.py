"""How long a license may go unused. Pure. Rule: SAC-LI-2."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.policy import Policy
from core.policy.vocabulary import LimitName
from core.ui import times


def unused_since(policy: Policy, at: datetime) -> datetime | None:
    """Who was last seen then or before is locked at `at`; None where the manual locks nobody for it (SAC-LI-2)."""
    if not policy.has(LimitName.INACTIVITY_LOCK):
        return None
    return at - timedelta(days=policy.limit(LimitName.INACTIVITY_LOCK).number)


def words(policy: Policy, seen: datetime) -> str:
    """`seen` is in the agency's zone."""
    value = policy.limit(LimitName.INACTIVITY_LOCK)
    return (
        f"Last used on {times.say_day(seen.date())}, {value.number} {value.unit} ago or more ({value.rule}). "
        "The HMIS Lead unlocks it."
    )
