"""What a community's pack says at an instant, and until when its clocks run."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from core.people.models import Agency, CoC
from core.people.services import closures_of
from core.policy import Decision, Policy, policy_for
from core.policy.vocabulary import ClockName


def policy_at(coc: CoC, at: datetime) -> Policy:
    """The CoC's pack on the local day of that instant."""
    return policy_for(coc, on=at.astimezone(ZoneInfo(coc.tz)).date())


def due(policy: Policy, clock: ClockName, anchor: datetime, tz: str, lead_id: int) -> Decision:
    """Until when, with the Lead's own closed days left out."""
    closed = {date.fromisoformat(day): name for day, name in closures_of(lead_id).items()}
    return policy.due(clock, anchor, tz, closed)


def due_at_agency(policy: Policy, clock: ClockName, anchor: datetime, agency: Agency) -> Decision:
    return due(policy, clock, anchor, agency.tz, agency.lead_id)
