"""When an agency's participation may end, how long a default may be cured, until when data is asked for. Pure.

Rules: MO-LI-6, SAC-LI-6, SON-LI-11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from core.policy import Decision, Policy
from core.policy.values import Cited
from core.policy.vocabulary import ClockName, DutyName, GateName, LadderName, ListName
from core.policy.vocabulary import Requirement as Need
from core.ui import times
from core.workcalendar import instant

ONE_DAY = timedelta(days=1)
FURTHEST = timedelta(days=366)


class Party(StrEnum):
    """The two sides of the agreement."""

    AGENCY = "agency"
    LEAD = "lead"


class EndingState(StrEnum):
    NOTICE = "notice"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class DefaultState(StrEnum):
    OPEN = "open"
    CURED = "cured"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    END = "end"
    WITHDRAW = "withdraw"


class DefaultAct(StrEnum):
    CURE = "cure"
    END = "end"
    WITHDRAW = "withdraw"


_E, _D = EndingState, DefaultState
TRANSITIONS: dict[tuple[EndingState, Act], EndingState] = {
    (_E.NOTICE, Act.END): _E.ENDED,
    (_E.NOTICE, Act.WITHDRAW): _E.WITHDRAWN,
}
DEFAULT_TRANSITIONS: dict[tuple[DefaultState, DefaultAct], DefaultState] = {
    (_D.OPEN, DefaultAct.CURE): _D.CURED,
    (_D.OPEN, DefaultAct.END): _D.ENDED,
    (_D.OPEN, DefaultAct.WITHDRAW): _D.WITHDRAWN,
}


# ------------------------------------------------------------------ notice


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which that day is over by the agency's clocks."""
    return instant(datetime.combine(day + ONE_DAY, time()), zone)


def notice_due(policy: Policy, last: date, zone: ZoneInfo) -> Decision | None:
    """The last instant for the notice of an end on that day; None where the manual sets no time (MO-LI-6, SAC-LI-6)."""
    if not policy.has(ClockName.AGREEMENT_TERMINATION_NOTICE):
        return None
    anchor = instant(datetime.combine(last, time(12)), zone)
    return policy.due(ClockName.AGREEMENT_TERMINATION_NOTICE, anchor, zone, event="Participation ends")


def earliest_end(policy: Policy, noticed: date, zone: ZoneInfo) -> date:
    """The first day on which participation may end with a notice given on that day."""
    day = noticed
    while (due := notice_due(policy, day, zone)) is not None and due.due.date() < noticed:
        day += ONE_DAY
    return day


def ending(policy: Policy, noticed: date, last: date, zone: ZoneInfo) -> Decision:
    """When it ends and why; `due` is the end itself, at which the service ends every license."""
    at = end_of(last, zone)
    told = f"Notice was given on {times.say_day(noticed)}; participation ends at the end of {times.say_day(last)}."
    counted = notice_due(policy, last, zone)
    if counted is not None:
        whole = counted.told
        return replace(counted, clock="", due=at, because=(told, *whole), words=(told, *whole))
    value = _of_the_agreement(policy)
    return _decision(policy, value, at, (told, "The manual gives no time for it: it ends on the day that was told."))


def _of_the_agreement(policy: Policy) -> Cited:
    """What to cite where a manual says nothing of notice: how agencies come in."""
    if policy.has(ClockName.DATA_TRANSFER_REQUEST):
        return policy.clock(ClockName.DATA_TRANSFER_REQUEST)
    return policy.ladder(LadderName.ONBOARDING)


def at_once(policy: Policy, at: datetime, zone: ZoneInfo, cure_by: datetime) -> Decision:
    """A default was not cured in its time, so that the agreement is declared ended (SAC-LI-6)."""
    local = cure_by.astimezone(zone)
    told = f"The default was to be cured by {times.say_due(local)} ({times.zone_word(local)}), and was not."
    return _decision(policy, policy.clock(ClockName.DEFAULT_CURE), at.astimezone(zone), (told,))


def _decision(policy: Policy, value: Cited, at: datetime, because: tuple[str, ...]) -> Decision:
    return Decision(
        pack=policy.pack,
        version=policy.version,
        clock="",
        anchor=at,
        due=at,
        rule=value.rule,
        source=value.source,
        section=value.section,
        title=policy.manual_of(value.source),
        because=because,
        says=value.says,
    )


# ------------------------------------------------------------------ default


def cure(policy: Policy, given: date, zone: ZoneInfo) -> Decision:
    """Until when a default may be cured. Raises NotInPack where the manual gives no such time (SAC-LI-6)."""
    anchor = instant(datetime.combine(given, time(12)), zone)
    return policy.due(ClockName.DEFAULT_CURE, anchor, zone, event="Told of the default on")


def suspension_duty(policy: Policy) -> Cited | None:
    """What lets the Lead suspend an agency's access at once, where the manual says so."""
    for name in (DutyName.BREACH_SUSPENSION, DutyName.INVESTIGATION_SUSPENSION, DutyName.SUSPENSION_OF_AN_AGENCY):
        if policy.has(name):
            return policy.duty(name)
    return None


# ------------------------------------------------------------------ close-out and data

OF_AGENCY = frozenset({"data-corrected", "reports-run"})
"""What the agency itself answers for; the Lead may answer for everything."""
AFTER_THE_END = frozenset({"access-removed"})
"""What cannot be done while licenses last."""


def close_out(policy: Policy) -> dict[str, str]:
    """What is done when an agency leaves, with the manual's words (MO-LI-6); nothing where it has no list."""
    return dict(policy.list(ListName.LEAVING_CHECKLIST).items) if policy.has(ListName.LEAVING_CHECKLIST) else {}


class Transfer(StrEnum):
    """Where the agency's wish for its data stands."""

    NONE = "none"
    OPEN = "open"
    LAPSED = "lapsed"
    ASKED = "asked"
    PAID = "paid"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Stations:
    """The days of the three stations, as far as they were reached."""

    asked: date | None = None
    paid: date | None = None
    delivered: date | None = None


def window(policy: Policy, ended: datetime, zone: ZoneInfo) -> Decision | None:
    """Until when the agency may ask for its data; None where the manual says nothing of it (SON-LI-11)."""
    if not policy.has(ClockName.DATA_TRANSFER_REQUEST):
        return None
    last_moment = ended - timedelta(seconds=1)  # the end of the last day is that day, not the one after
    return policy.due(ClockName.DATA_TRANSFER_REQUEST, last_moment, zone, event="Participation ended")


def transfer(stations: Stations, until: Decision | None, today: date) -> Transfer:
    """Asked, paid, delivered; or still to ask, or too late. Where the manual sets no window, it stays open."""
    if stations.delivered:
        return Transfer.DELIVERED
    if stations.paid:
        return Transfer.PAID
    if stations.asked:
        return Transfer.ASKED
    if until is None:
        return Transfer.NONE
    return Transfer.OPEN if today <= until.due.date() else Transfer.LAPSED


def must_be_paid_first(policy: Policy) -> bool:
    """Whether the data is delivered only once the transfer is paid (SON-LI-11)."""
    return policy.has(GateName.DATA_TRANSFER) and Need.TRANSFER_PAID in policy.gate(GateName.DATA_TRANSFER).names()


def explain(policy: Policy, value: Cited) -> dict[str, Any]:
    return {
        "pack": policy.pack,
        "version": policy.version.isoformat(),
        "rule": value.rule,
        "source": value.source,
        "section": value.section,
        "title": policy.manual_of(value.source),
        "because": [value.says],
    }
