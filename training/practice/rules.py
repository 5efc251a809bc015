"""Segments and what may happen to them, when a refusal is allowed, and which case somebody gets. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.policy import Policy
from core.policy.values import GateLine, Step
from core.policy.vocabulary import GateName, LadderName, LimitName, Requirement, SwitchName
from training.practice import ladder

SECOND = timedelta(seconds=1)
REPEATED = 2
"""Vermont's "repeated attempts" has no number: more than one."""
HOMEWORK = "homework"


class SegmentState(StrEnum):
    """LATER is not released yet; SUBMITTED waits for a trainer, RETURNED for the trainee's corrections."""

    LATER = "later"
    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class SegmentAct(StrEnum):
    RELEASE = "release"
    SUBMIT = "submit"
    RETURN = "return"
    ACCEPT = "accept"


_S, _A = SegmentState, SegmentAct
TRANSITIONS: dict[tuple[SegmentState, SegmentAct], SegmentState] = {
    (_S.LATER, _A.RELEASE): _S.OPEN,
    (_S.OPEN, _A.SUBMIT): _S.SUBMITTED,
    (_S.RETURNED, _A.SUBMIT): _S.SUBMITTED,
    (_S.SUBMITTED, _A.RETURN): _S.RETURNED,
    (_S.SUBMITTED, _A.ACCEPT): _S.ACCEPTED,
}


class TrackState(StrEnum):
    """How it stands with somebody's practicing of one kind of project.

    COMMITTEE is denied until the committee has decided, PROVISIONAL is access for a time, KEPT what came of it.
    """

    WORKING = "working"
    PASSED = "passed"
    REFUSED = "refused"
    COMMITTEE = "committee"
    PROVISIONAL = "provisional"
    KEPT = "kept"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class CaseState(StrEnum):
    """How it stands with one case that somebody was given; ENDED is left for another, or with the track."""

    WORKING = "working"
    PASSED = "passed"
    ENDED = "ended"


class Verdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    COMMENT = "comment"


class Act(StrEnum):
    """What happened on a track, in the order in which it did."""

    BEGUN = "begun"
    CASE_GIVEN = "case-given"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    ONE_ON_ONE = "one-on-one"
    PASSED = "passed"
    REFUSED = "refused"
    PUT_UP = "put-up"
    DENIED = "denied"
    PROVISIONAL = "provisional"
    KEPT = "kept"
    REPEAT = "repeat-ordered"
    WITHDRAWN = "withdrawn"


LADDER_EVENTS = {
    Act.RETURNED: ladder.Event.FAILED,
    Act.ACCEPTED: ladder.Event.ACCEPTED,
    Act.ONE_ON_ONE: ladder.Event.ONE_ON_ONE,
    Act.CASE_GIVEN: ladder.Event.NEXT_CASE,
    Act.DENIED: ladder.Event.DENIED,
    Act.PROVISIONAL: ladder.Event.PROVISIONAL,
    Act.KEPT: ladder.Event.KEPT,
}


def has_ladder(policy: Policy) -> bool:
    """Whether this community follows the ladder of MO-TR-7."""
    name = SwitchName.PRACTICE_FAILURE_LADDER
    return policy.has(name) and policy.switch(name).on and policy.has(LadderName.PRACTICE_FAILURE)


def way_of(parts: int, acts: Iterable[Act]) -> ladder.Way:
    """The ladder's answer to what happened; the first case is where it begins (MO-TR-7)."""
    told = list(acts)
    first = told.index(Act.CASE_GIVEN) + 1 if Act.CASE_GIVEN in told else len(told)
    return ladder.replay(parts, [LADDER_EVENTS[act] for act in told[first:] if act in LADDER_EVENTS])


def ladder_step(policy: Policy, following: ladder.Next) -> Step | None:
    """The pack's own words for what is next."""
    return policy.ladder(LadderName.PRACTICE_FAILURE).step(following.step) if following.step else None


def steps_of(policy: Policy) -> tuple[str, ...]:
    """The parts of a case, in the manual's order (MO-TR-4); all at once where the manual only speaks of homework."""
    has = policy.has(LadderName.PRACTICE_SEGMENTS)
    return policy.ladder(LadderName.PRACTICE_SEGMENTS).codes() if has else (HOMEWORK,)


# ------------------------------------------------------------------ refusing


@dataclass(frozen=True)
class Tried:
    """What is known when a refusal is thought of: the most failed attempts at one segment, and the sessions held."""

    failed: int
    sessions: int


@dataclass(frozen=True)
class GateStanding:
    """One condition of the gate: whether it holds, and the sentence that says so."""

    line: GateLine
    is_met: bool
    sentence: str


def refusal_gate(policy: Policy, tried: Tried, *, is_decided: bool = False) -> list[GateStanding]:
    """What the manual asks before access may be refused (MO-TR-6, VT-TR-4); nothing where it knows no refusal."""
    if not policy.has(GateName.LICENSE_REFUSAL):
        return []
    return [_standing(line, policy, tried, is_decided) for line in policy.gate(GateName.LICENSE_REFUSAL).requires]


def _standing(line: GateLine, policy: Policy, tried: Tried, is_decided: bool) -> GateStanding:
    match line.requirement:
        case Requirement.FAILED_ATTEMPTS:
            limit = policy.limit(LimitName.PRACTICE_ATTEMPTS)
            said = f"{tried.failed} of at least {limit.number} failed attempts at one segment."
            return GateStanding(line, limit.reached(tried.failed), said)
        case Requirement.REPEATED_FAILURE:
            return GateStanding(line, tried.failed >= REPEATED, f"{tried.failed} failed attempts at one segment.")
        case Requirement.ONE_ON_ONE_TRAINING:
            return GateStanding(line, tried.sessions > 0, f"{tried.sessions} one-on-one sessions held.")
        case _:
            return GateStanding(line, is_decided, "The HMIS Lead decides, with a reason.")


def may_refuse(policy: Policy, tried: Tried) -> bool:
    """Whether the Lead's decision is all that is missing; neither the attempts nor the sessions are enough alone."""
    lines = refusal_gate(policy, tried, is_decided=True)
    return bool(lines) and policy.gate(GateName.LICENSE_REFUSAL).open(
        {one.line.requirement for one in lines if one.is_met}
    )


# ------------------------------------------------------------------ which case


@dataclass(frozen=True)
class Candidate:
    """A case that can be given, and how often it was given before."""

    case_id: int
    given: int


def choose(candidates: Iterable[Candidate], had: Collection[int]) -> int | None:
    """The least used case that the person never had; None when they had them all."""
    fresh = [(one.given, one.case_id) for one in candidates if one.case_id not in had]
    return min(fresh)[1] if fresh else None


def is_over(until: datetime, at: datetime) -> bool:
    """Whether a wait that lasts through `until`, its last second, is behind us."""
    return at >= until + SECOND


def fault_of_review(verdicts: Sequence[Verdict | None], summary: str, *, is_accepted: bool) -> str:
    """Why a review cannot be sent like this (MO-TR-5)."""
    if any(verdict is None for verdict in verdicts):
        return "Mark every line: right, wrong, or with a comment."
    wrong = sum(verdict is Verdict.WRONG for verdict in verdicts)
    if is_accepted and wrong:
        return f"{wrong} {'line is' if wrong == 1 else 'lines are'} marked wrong: return it for corrections."
    if not is_accepted and not wrong and not summary:
        return "Nothing is marked wrong: say what is to be corrected, or accept it."
    return ""
