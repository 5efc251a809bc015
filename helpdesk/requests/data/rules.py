"""What is asked, by whom and about whom: whether the CoC must approve, and what place in the queue. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from core.policy import Decision, Policy
from core.policy.values import Cited
from core.policy.vocabulary import ClockName, DutyName, GateName, ListName, Requirement
from core.workcalendar import Closures
from helpdesk.requests.explaining import explain


class Requester(StrEnum):
    AGENCY = "agency"
    FUNDER = "funder"
    COMMITTEE = "committee"
    OUTSIDE = "outside"


class Level(StrEnum):
    IDENTIFYING = "identifying"
    CLIENT = "client"
    PROJECT = "project"
    COC = "coc"


class About(StrEnum):
    OWN = "own"
    FUNDED = "funded"
    OTHERS = "others"


REQUESTERS = {
    Requester.AGENCY: "An agency that takes part in this CoC",
    Requester.FUNDER: "A funder",
    Requester.COMMITTEE: "A committee of this CoC",
    Requester.OUTSIDE: "Somebody outside the CoC, or no partner agency",
}
LEVELS = {
    Level.IDENTIFYING: "Clients, with what identifies them",
    Level.CLIENT: "Clients, without what identifies them",
    Level.PROJECT: "Totals by project or agency",
    Level.COC: "Totals for the CoC",
}
ABOUT = {
    About.OWN: "Clients of the requester's own projects only",
    About.FUNDED: "Only agencies that the requester funds",
    About.OTHERS: "Clients of other projects too",
}


class DataState(StrEnum):
    ASKED = "asked"
    NEEDS_APPROVAL = "needs-approval"
    IN_WORK = "in-work"
    DELIVERED = "delivered"
    RETURNED = "returned"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    ASK = "ask for"
    ESTIMATE = "estimate"
    APPROVE = "approve"
    REFUSE = "refuse"
    BEGIN = "begin"
    DELIVER = "deliver"
    RETURN = "return"
    DENY = "deny"
    WITHDRAW = "withdraw"


DONE = {
    Act.ASK: "Asked",
    Act.ESTIMATE: "Estimated",
    Act.APPROVE: "Approved by the CoC",
    Act.REFUSE: "Refused by the CoC",
    Act.BEGIN: "Checked and taken up",
    Act.DELIVER: "Delivered",
    Act.RETURN: "Returned",
    Act.DENY: "Denied",
    Act.WITHDRAW: "Withdrawn",
}

_S = DataState
OPEN_STATES = (_S.ASKED, _S.NEEDS_APPROVAL, _S.IN_WORK)
TRANSITIONS: dict[tuple[DataState, Act], DataState] = {
    (_S.NEEDS_APPROVAL, Act.APPROVE): _S.ASKED,
    (_S.NEEDS_APPROVAL, Act.REFUSE): _S.DENIED,
    (_S.ASKED, Act.BEGIN): _S.IN_WORK,
    (_S.IN_WORK, Act.DELIVER): _S.DELIVERED,
    **{(state, Act.ESTIMATE): state for state in OPEN_STATES},
    **{(state, Act.RETURN): _S.RETURNED for state in OPEN_STATES},
    **{(state, Act.DENY): _S.DENIED for state in OPEN_STATES},
    **{(state, Act.WITHDRAW): _S.WITHDRAWN for state in OPEN_STATES},
}


@dataclass(frozen=True)
class Answers:
    """What the form asks of everybody: who, at what level, about whom."""

    requester: Requester
    level: Level
    about: About


def contradiction(answers: Answers) -> str:
    """Why these answers cannot all be true; empty when they can."""
    if answers.about is About.OWN and answers.requester is not Requester.AGENCY:
        return "Only an agency has projects of its own in the HMIS."
    if answers.about is About.FUNDED and answers.requester is not Requester.FUNDER:
        return "Only a funder asks about agencies that it funds."
    return ""


def kind_of(answers: Answers) -> str:
    """Which of the manual's kinds it is, by the pack's code. The strictest that fits is the one that counts."""
    if answers.requester is Requester.OUTSIDE:
        return "outside-the-coc"
    if answers.about is About.OWN:
        return "agency-own-clients"
    if answers.level is Level.IDENTIFYING:
        return "identifiable-clients"
    return _BY_REQUESTER[answers.requester](answers)


def _agency(answers: Answers) -> str:
    return "agency-coc-level" if answers.level is Level.COC else "agency-other-clients"


def _funder(answers: Answers) -> str:
    if answers.level is Level.COC:
        return "funder-coc-level"
    if answers.level is Level.CLIENT:
        return "funder-client-level"
    return "funder-funded-project-level" if answers.about is About.FUNDED else "funder-unfunded-project-level"


def _committee(answers: Answers) -> str:
    return "committee-client-level" if answers.level is Level.CLIENT else "committee-project-or-coc-level"


_BY_REQUESTER = {Requester.AGENCY: _agency, Requester.FUNDER: _funder, Requester.COMMITTEE: _committee}


@dataclass(frozen=True)
class Route:
    """Whether the CoC must approve; `kind` is empty where the manual tells no kinds apart."""

    kind: str
    needs_approval: bool
    sentence: str
    explanation: dict[str, Any]

    @property
    def rule(self) -> str:
        return str(self.explanation["rule"])


def route(answers: Answers, policy: Policy) -> Route:
    """Who decides, from the form's answers alone, and why.

    Rules: MO-HD-8 (five kinds need no approval, six need it), SON-HD-8 (from outside: at the Lead's discretion).
    """
    if not policy.has(ListName.DATA_REQUEST_APPROVAL):
        return _leads_own(answers, policy)
    kind = kind_of(answers)
    free, bound = policy.list(ListName.DATA_REQUEST_OPEN), policy.list(ListName.DATA_REQUEST_APPROVAL)
    if kind in free:
        return Route(kind, False, "It needs no approval by the CoC.", explain(policy, [free.items[kind] + "."], free))
    because = [bound.items[kind] + "."] if kind in bound else []
    if answers.level is Level.CLIENT and kind == "agency-other-clients":
        because.append("Data about single clients is finer than that, so that it needs approval all the more.")
    return Route(kind, True, "It needs the CoC's approval.", explain(policy, because, bound))


def _leads_own(answers: Answers, policy: Policy) -> Route:
    says = "The HMIS Lead decides; the CoC is not asked."
    value: Cited | None = None
    if answers.requester is Requester.OUTSIDE and policy.has(DutyName.COMMUNITY_REPORTS):
        value = policy.duty(DutyName.COMMUNITY_REPORTS)
        says = "It is at the HMIS Lead's discretion."
    elif policy.has(GateName.CUSTOM_REPORT_REQUEST):
        value = policy.gate(GateName.CUSTOM_REPORT_REQUEST)
    because = [value.says] if value else ["The HMIS Lead looks at it and decides."]
    return Route("", False, says, explain(policy, because, value))


# ------------------------------------------------------------------ the place in the queue

TYPES = {"mandated": "A report that is required", "repair": "A report that no longer works", "new": "A new report"}
REGIONS = {
    "statewide": "The whole state",
    "coc": "The whole CoC",
    "several": "Several agencies",
    "one": "One agency",
}
PURPOSES = {
    "housing": "To house people",
    "quality": "To judge or mend data quality",
    "funding": "To get or account for funds",
    "other": "Something else",
}
EFFORTS = {"small": "Small", "medium": "Medium", "large": "Large"}
# The manual names what counts and that what serves many comes first; how much each counts is our own practice.
POINTS: dict[str, dict[str, int]] = {
    "type": {"mandated": 3, "repair": 2, "new": 1},
    "regions": {"statewide": 6, "coc": 5, "several": 3, "one": 1},
    "purpose": {"housing": 3, "quality": 2, "funding": 2, "other": 1},
    "requester": {"committee": 3, "agency": 2, "funder": 2, "outside": 1},
    "effort": {"small": 3, "medium": 2, "large": 1},
}
WORDS: dict[str, Mapping[Any, str]] = {
    "type": TYPES,
    "regions": REGIONS,
    "purpose": PURPOSES,
    "requester": REQUESTERS,
    "effort": EFFORTS,
}


def is_ranked(policy: Policy) -> bool:
    return policy.has(ListName.DATA_REQUEST_PRIORITY)


def score(policy: Policy, facts: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each factor the pack names with its answer and points, in its order; what nobody has answered yet has none.

    Rules: MO-HD-9
    """
    if not is_ranked(policy):
        return []
    factors = policy.list(ListName.DATA_REQUEST_PRIORITY).items
    return [
        {
            "factor": label,
            "answer": WORDS[code].get(facts.get(code, ""), "Not said yet"),
            "points": POINTS[code].get(facts.get(code, ""), 0),
        }
        for code, label in factors.items()
        if code in POINTS
    ]


# ------------------------------------------------------------------ when


def counts_from_receipt(policy: Policy, requester: Requester) -> bool:
    """Whether the report is due by a count from its receipt (SON-HD-8), rather than from when the Lead can begin.

    A request at the Lead's discretion has no such count.
    """
    if requester is Requester.OUTSIDE and policy.has(DutyName.COMMUNITY_REPORTS):
        return False
    return policy.has(ClockName.CUSTOM_REPORT) and not policy.has(DutyName.REPORT_DELIVERY_DATE)


def counts_from_beginning(policy: Policy) -> bool:
    """MO-HD-9: the Lead says when it can begin, and from there the manual's range counts."""
    return policy.has(ClockName.CUSTOM_REPORT) and policy.has(DutyName.REPORT_DELIVERY_DATE)


def expected(due: Decision, effort: str) -> date:
    """The delivery date for the requester: a small one at the near end of the manual's range, a large at its far end.

    Rules: MO-HD-9
    """
    first = (due.earliest or due.due).date()
    share = {"small": 0.0, "medium": 0.5, "large": 1.0}[effort]
    return first + timedelta(days=int((due.due.date() - first).days * share))


def lead_time(policy: Policy, need_by: date, zone: ZoneInfo, closures: Closures) -> Decision:
    """The last instant at which a report needed on that day is asked for in time. Rules: VT-HD-2"""
    day = datetime(need_by.year, need_by.month, need_by.day, tzinfo=zone)
    return policy.due(ClockName.CUSTOM_REPORT_LEAD_TIME, day, zone, closures)


def earliest_need(policy: Policy, now: datetime, zone: ZoneInfo, closures: Closures) -> date:
    """The first day for which asking now is in time."""
    day = now.astimezone(zone).date()
    while lead_time(policy, day, zone, closures).due < now.replace(microsecond=0):
        day += timedelta(days=1)
    return day


# ------------------------------------------------------------------ what it needs

STAFF_LINES = frozenset({Requirement.CONFIDENTIALITY_CHECKED, Requirement.LEAD_DECISION})
FORM_LINES = {
    Requirement.REASON_STATED: "reason",
    Requirement.RECIPIENT_STATED: "recipient",
    Requirement.DATA_ELEMENTS_STATED: "elements",
    Requirement.PERIOD_STATED: "period",
}


@dataclass(frozen=True)
class Need:
    """One line of what the manual asks of a request; `is_met` None: the Lead has not looked yet."""

    label: str
    is_met: bool | None
    explanation: dict[str, Any]

    @property
    def outcome(self) -> str:
        return {True: "met", False: "missing", None: "waiting"}[self.is_met]


def needs(policy: Policy, said: Mapping[str, str], accepted: bool | None) -> list[Need]:
    """The pack's conditions, line by line. Rules: SON-HD-8, VT-HD-2"""
    if not policy.has(GateName.CUSTOM_REPORT_REQUEST):
        return []
    gate = policy.gate(GateName.CUSTOM_REPORT_REQUEST)
    return [
        Need(line.says, _is_met(line.requirement, said, accepted), explain(policy, [line.says], gate, line))
        for line in gate.requires
    ]


def _is_met(name: Requirement, said: Mapping[str, str], accepted: bool | None) -> bool | None:
    if name in STAFF_LINES:
        return accepted
    return bool(said.get(FORM_LINES[name])) if name in FORM_LINES else True


def must_say(policy: Policy) -> frozenset[str]:
    """The fields without which the pack's gate stays shut; the data that is wanted always."""
    has_gate = policy.has(GateName.CUSTOM_REPORT_REQUEST)
    names = policy.gate(GateName.CUSTOM_REPORT_REQUEST).names() if has_gate else ()
    named = {FORM_LINES[name] for name in names if name in FORM_LINES}
    return frozenset(named | {"elements", "reason"})


# ------------------------------------------------------------------ votes


class Vote(StrEnum):
    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


@dataclass(frozen=True)
class Tally:
    """`passed` None while the seats that are left could still turn it."""

    passed: bool | None
    sentence: str


def tally(votes: Mapping[int, Vote], seats: frozenset[int]) -> Tally:
    """More than half of the seats carry it; once half of them are against, it cannot be carried any more.

    The manual sends it to the CoC and names no count (MO-HD-8), so that the count is our own practice. Only votes of
    those who still have a seat are counted.
    """
    cast = {who: vote for who, vote in votes.items() if who in seats}
    in_favor = sum(vote is Vote.FOR for vote in cast.values())
    against = sum(vote is not Vote.FOR for vote in cast.values())
    sentence = (
        f"{in_favor} for, {against} against or abstaining, {len(seats) - len(cast)} of {len(seats)} still to vote."
    )
    if in_favor * 2 > len(seats):
        return Tally(True, sentence)
    return Tally(False if seats and against * 2 >= len(seats) else None, sentence)
