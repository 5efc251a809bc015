"""From stays and totals to credit, with the arithmetic. Pure. Rules: VT-TR-6."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.policy import Policy
from core.policy.values import Limit
from core.policy.vocabulary import LimitName
from core.workcalendar.words import say_clock, short_day, zone_name

NOTHING = timedelta()
MOST_SAID = 12


@dataclass(frozen=True)
class Span:
    starts: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        return self.ends - self.starts

    def within(self, other: Span) -> Span | None:
        """The part of it inside of another, None where there is none."""
        starts, ends = max(self.starts, other.starts), min(self.ends, other.ends)
        return Span(starts, ends) if starts < ends else None


@dataclass(frozen=True)
class Claim:
    """A piece of evidence. Without times, or with `seconds`, it says how long and not exactly when."""

    span: Span | None
    seconds: int | None = None
    is_proven: bool = True


@dataclass(frozen=True)
class Ruling:
    """`allowed` is how much may be missed, None where the manual sets no limit."""

    earns: bool
    attended: timedelta
    missed: timedelta
    allowed: timedelta | None
    is_proven: bool
    because: tuple[str, ...]


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time once: in order, those that meet or overlap as one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.starts, one.ends)):
        if found and span.starts <= found[-1].ends:
            found[-1] = Span(found[-1].starts, max(found[-1].ends, span.ends))
        else:
            found.append(span)
    return found


def allowed(length: timedelta, policy: Policy | None) -> timedelta | None:
    """How much of a session of that length may be missed: the greatest of what the manual names (VT-TR-6)."""
    named = [amount for _, amount in _limits(length, policy)]
    return max(named, default=None)


def _limits(length: timedelta, policy: Policy | None) -> list[tuple[Limit, timedelta]]:
    if policy is None:
        return []
    found = []
    if policy.has(LimitName.MISSED_MINUTES):
        limit = policy.limit(LimitName.MISSED_MINUTES)
        found.append((limit, timedelta(minutes=limit.number)))
    if policy.has(LimitName.MISSED_PERCENT):
        limit = policy.limit(LimitName.MISSED_PERCENT)
        found.append((limit, length * limit.number / 100))
    return found


def ruling(window: Span, claims: Sequence[Claim], policy: Policy | None, zone: ZoneInfo) -> Ruling:
    """Whether what is known of somebody's time in the session earns its credit (VT-TR-6).

    Time counts once, and only between the official beginning and end; missing as much as is allowed still earns.
    """
    stays = [claim for claim in claims if claim.span is not None and claim.seconds is None]
    inside = union(part for claim in stays if claim.span and (part := claim.span.within(window)))
    sure = union(part for claim in stays if claim.is_proven and claim.span and (part := claim.span.within(window)))
    timed, proven = _sum(inside), _sum(sure)
    most = max((_total(claim, window) for claim in claims if claim.seconds is not None), default=NOTHING)
    attended = max(timed, most)
    missed, may = window.length - attended, allowed(window.length, policy)
    earns = attended > NOTHING and (may is None or missed <= may)
    because = (
        *_told_of_time(window, inside, stays, zone),
        *_told_of_totals(most, timed),
        f"That is {say_length(attended)}; missed: {say_length(missed)}.",
        *_told_of_limit(window.length, missed, policy, earns=earns),
        *([] if proven == attended else ["Not all of this time is proven by the report to be the session's."]),
    )
    return Ruling(earns, attended, missed, may, proven == attended, because)


def _sum(spans: Iterable[Span]) -> timedelta:
    return sum((span.length for span in spans), NOTHING)


def _total(claim: Claim, window: Span) -> timedelta:
    """At most what the session lasted, and at most the stay of which it is a part."""
    inside = claim.span.within(window) if claim.span else window
    return min(timedelta(seconds=claim.seconds or 0), inside.length if inside else NOTHING)


def _told_of_time(window: Span, inside: list[Span], stays: Sequence[Claim], zone: ZoneInfo) -> list[str]:
    told = [
        f"The session: {_say(window, zone)} ({zone_name(window.starts.astimezone(zone))}), {say_length(window.length)}."
    ]
    if inside:
        more = f" and {len(inside) - MOST_SAID} more" if len(inside) > MOST_SAID else ""
        told.append(f"There: {', '.join(_say(span, zone) for span in inside[:MOST_SAID])}{more}.")
    elif not stays:
        told.append("No times of joining and leaving are known.")
    else:
        told.append("There: at no time of the session.")
    spans = [claim.span for claim in stays if claim.span]
    if any(span.starts < window.starts or span.ends > window.ends for span in spans):
        told.append("Time before the beginning and after the end does not count.")
    parts = [part for span in spans if (part := span.within(window))]
    if _sum(parts) > _sum(inside):
        told.append("Some stays overlap, as with two devices; that time counts once.")
    return told


def _told_of_totals(most: timedelta, timed: timedelta) -> list[str]:
    if most <= timed:
        return []
    return [f"A report gives {say_length(most)} in all, without saying when."]


def _told_of_limit(length: timedelta, missed: timedelta, policy: Policy | None, *, earns: bool) -> list[str]:
    limits = _limits(length, policy)
    if not limits:
        return ["The manual sets no limit to what may be missed: whoever attended at all earns the credit."]
    named = " and ".join(_limit_words(limit, amount) for limit, amount in limits)
    greatest = f", the greater of {named}" if len(limits) > 1 else f": {named}"
    end = "which is not more: it earns the credit." if earns else "which is more: no credit."
    if missed >= length:
        end = "all of it: no credit."
    return [
        f"Credit is lost by missing more than {say_length(max(amount for _, amount in limits))}{greatest}.",
        f"Missed is {say_length(missed)}, {end}",
    ]


def _limit_words(limit: Limit, amount: timedelta) -> str:
    said = f"{limit.number} {limit.unit}"
    return said if say_length(amount) == f"{limit.number} min" else f"{said} of the session ({say_length(amount)})"


def explanation(found: Ruling, policy: Policy | None) -> dict[str, Any]:
    """What stands behind its `why?`: the arithmetic, and the paragraph it follows where there is one."""
    said: dict[str, Any] = {"because": list(found.because), "rule": "", "section": "", "says": ""}
    if policy is None or not policy.has(LimitName.MISSED_MINUTES):
        return said
    limit = policy.limit(LimitName.MISSED_MINUTES)
    return said | {
        "pack": policy.pack,
        "version": policy.version.isoformat(),
        "rule": limit.rule,
        "source": limit.source,
        "title": policy.manual_of(limit.source),
        "section": limit.section,
        "says": limit.says,
    }


def _say(span: Span, zone: ZoneInfo) -> str:
    starts, ends = span.starts.astimezone(zone), span.ends.astimezone(zone)
    day = f"{short_day(ends.date())}, " if ends.date() != starts.date() else ""
    return f"{say_clock(starts)} to {day}{say_clock(ends)}"


def say_length(length: timedelta) -> str:
    """1 h 49 min 59 s; to the second, since a second decides."""
    seconds = int(length.total_seconds())
    parts = [(seconds // 3600, "h"), (seconds % 3600 // 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"
