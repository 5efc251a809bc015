"""The year that fees are counted for: as the manual's cycle begins it (VT-LI-8), else the calendar's."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core.people.models import CoC
from core.policy import Policy
from core.policy.vocabulary import CycleName
from licensing.access.ground import local_day, policy_in_force
from licensing.billing.fees.rules import Year


def year_beginning(policy: Policy, year: int) -> Year:
    return Year(_first(policy, year), _first(policy, year + 1) - timedelta(days=1))


def _first(policy: Policy, year: int) -> date:
    cycle = policy.cycle(CycleName.LICENSE_BILLING) if policy.has(CycleName.LICENSE_BILLING) else None
    return (cycle.starts_in(year) if cycle else None) or date(year, 1, 1)


def year_of(coc: CoC, at: datetime) -> Year:
    """The billing year of that instant's local day."""
    policy, today = policy_in_force(coc, at), local_day(at, coc.tz)
    this = year_beginning(policy, today.year)
    return this if today >= this.first_day else year_beginning(policy, today.year - 1)
