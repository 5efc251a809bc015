"""A date that somebody set, explained as the manual's own are: with the line of the pack that asks for it."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from core.policy import Decision, Policy
from core.policy.values import Cited
from core.ui import times


def decided(policy: Policy, value: Cited, clock: str, day: date, zone: ZoneInfo, at: datetime, why: str) -> Decision:
    """Due by the end of that day in that zone; `why` says who set it."""
    due = datetime.combine(day, time(23, 59, 59), zone)
    return Decision(
        pack=policy.pack,
        version=policy.version,
        clock=clock,
        anchor=at.astimezone(zone).replace(microsecond=0),
        due=due,
        rule=value.rule,
        source=value.source,
        section=value.section,
        title=policy.manual_of(value.source),
        because=(f"{why} {times.say_day(day)}.",),
        says=value.says,
    )
