"""What clients may ask about their own record, and by when they have an answer. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from core.policy import Decision, Policy
from core.policy.vocabulary import ClockName, DutyName, ListName
from core.workcalendar import Calendar, Closures, Days
from core.workcalendar.words import say_span
from helpdesk.requests.explaining import explain

SECOND = timedelta(seconds=1)
CORRECTION = "correction"
UNLISTED = {"record": "See their record, and get a copy of it"}
CORRECTIONS = {CORRECTION: "Have what is wrong or incomplete corrected"}


class ClientState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    ANSWER = "answer"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


TRANSITIONS: dict[tuple[ClientState, Act], ClientState] = {
    (ClientState.OPEN, Act.ANSWER): ClientState.ANSWERED,
    (ClientState.OPEN, Act.REFUSE): ClientState.REFUSED,
    (ClientState.OPEN, Act.WITHDRAW): ClientState.WITHDRAWN,
}


def kinds(policy: Policy) -> dict[str, str]:
    """What the manual lists, and a correction, which an agency considers in any case."""
    listed = dict(policy.list(ListName.CLIENT_REQUEST_KINDS).items) if policy.has(ListName.CLIENT_REQUEST_KINDS) else {}
    return {**CORRECTIONS, **listed} if CORRECTION in listed else {**(listed or UNLISTED), **CORRECTIONS}


def clock_of(policy: Policy, kind: str) -> ClockName | None:
    """The clock that binds this kind; none where the manual sets no time for it."""
    name = ClockName.CLIENT_CORRECTION if kind == CORRECTION else ClockName.CLIENT_RECORD_REQUEST
    return name if policy.has(name) else None


def asks_own_limit(policy: Policy) -> bool:
    """Whether an agency's own limit counts where it is shorter. Rules: VT-HD-6"""
    return policy.has(DutyName.SHORTER_AGENCY_LIMIT)


def answer_due(
    policy: Policy, kind: str, received_at: datetime, zone: ZoneInfo, closures: Closures, own_days: int | None
) -> Decision | None:
    """The last instant at which the answer, or the refusal with its reason, is on time.

    Rules: MO-HD-11 (5 business days), SON-HD-9 (10 working days from the stamp), VT-HD-6 (60 days, or the agency's own
    limit where that is shorter).
    """
    name = clock_of(policy, kind)
    if name is None:
        return None
    decision = policy.due(name, received_at, zone, closures)
    if own_days is None or not asks_own_limit(policy):
        return decision
    calendar = Calendar(zone, policy.closed.also(closures), policy.day_ends)
    own = calendar.due(received_at.astimezone(zone), Days(own_days))
    if own.at >= decision.due:
        return decision
    told = f"The agency's own limit of {own_days} days is shorter than the manual's, and comes first."
    return replace(decision, due=own.at, because=(*own.because, told), words=(*decision.words[:1], told, *own.words))


def no_limit(policy: Policy) -> dict[str, Any]:
    """Why there is no date."""
    return explain(policy, ["The manual sets no time for the answer to this."])


def late_by(due_at: datetime, done_at: datetime) -> str:
    """By how much an answer came late, in words; empty when on time. All of the due second is on time."""
    late = done_at.replace(microsecond=0) - due_at
    return say_span(late) if late >= SECOND else ""
