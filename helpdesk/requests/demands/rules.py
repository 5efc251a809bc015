"""What lets client data go to somebody outside: line by line, and nothing until it holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from core.policy import Decision, Policy
from core.policy.values import Gate
from core.policy.vocabulary import ClockName, DutyName, GateName, LimitName, Requirement
from core.workcalendar import Closures
from helpdesk.requests.explaining import explain

Need = Requirement


class DemandKind(StrEnum):
    LAW_ENFORCEMENT = "law-enforcement"
    COURT = "court"
    OTHER = "other"


KINDS = {
    DemandKind.LAW_ENFORCEMENT: "The police or another law enforcement agency",
    DemandKind.COURT: "A court or a lawyer",
    DemandKind.OTHER: "Somebody else",
}


class DemandState(StrEnum):
    RECEIVED = "received"
    REFUSED = "refused"
    RELEASED = "released"


class Act(StrEnum):
    CONFIRM = "confirm a line of"
    TAKE_BACK = "take back a line of"
    SEND_TO_COUNSEL = "send to counsel"
    REFUSE = "refuse"
    RELEASE = "release"


_S = DemandState
TRANSITIONS: dict[tuple[DemandState, Act], DemandState] = {
    (_S.RECEIVED, Act.CONFIRM): _S.RECEIVED,
    (_S.RECEIVED, Act.TAKE_BACK): _S.RECEIVED,
    (_S.RECEIVED, Act.SEND_TO_COUNSEL): _S.RECEIVED,
    (_S.RECEIVED, Act.REFUSE): _S.REFUSED,
    (_S.RECEIVED, Act.RELEASE): _S.RELEASED,
}

FORM_CHECK = (
    Need.WRITTEN_REQUEST,
    Need.SUPERVISOR_SIGNED,
    Need.RELEVANCE_STATED,
    Need.INFORMATION_IDENTIFIED,
    Need.SCOPE_LIMITED,
)
FOR_THE_LEAD = frozenset({Need.WARRANT, Need.LEGAL_COUNSEL_APPROVED, Need.COC_CONSENT})
WHO = "The agency or the HMIS Lead confirms it."
WHO_LEAD = "The HMIS Lead's manager or administrator confirms it."


@dataclass(frozen=True)
class Confirmed:
    by: str
    evidence: str
    at: datetime


@dataclass(frozen=True)
class Line:
    """One condition: met with what was seen, or missing and who can confirm it."""

    requirement: Requirement
    label: str
    is_met: bool
    sentence: str
    who: str
    explanation: dict[str, Any]

    @property
    def rule(self) -> str:
        return str(self.explanation["rule"])

    @property
    def outcome(self) -> str:
        return "met" if self.is_met else "missing"


def gate_for(policy: Policy, kind: DemandKind) -> Gate | None:
    """The conditions of the manual for such a demand; none: it names no way to release anything."""
    if kind is DemandKind.LAW_ENFORCEMENT and policy.has(GateName.LAW_ENFORCEMENT_DISCLOSURE):
        return policy.gate(GateName.LAW_ENFORCEMENT_DISCLOSURE)
    return policy.gate(GateName.OUTSIDE_DISCLOSURE) if policy.has(GateName.OUTSIDE_DISCLOSURE) else None


def lines(policy: Policy, kind: DemandKind, confirmed: Mapping[Requirement, Confirmed]) -> list[Line]:
    """Every condition with what is known of it. Rules: VT-HD-5, SON-HD-10"""
    gate = gate_for(policy, kind)
    if gate is None:
        return []
    made = []
    for line in gate.requires:
        seen = confirmed.get(line.requirement)
        told = f"Confirmed by {seen.by}: {seen.evidence}" if seen else ""
        who = WHO_LEAD if line.requirement in FOR_THE_LEAD else WHO
        explanation = explain(policy, [line.says], gate, line)
        made.append(Line(line.requirement, line.says, seen is not None, told, who, explanation))
    return made


def may_release(policy: Policy, kind: DemandKind, met: frozenset[Requirement]) -> bool:
    """All of the lines, or any one, as the manual says; nothing where it names none. Rules: VT-HD-5, SON-HD-10"""
    gate = gate_for(policy, kind)
    return gate is not None and gate.open(met)


def missing(policy: Policy, kind: DemandKind, met: frozenset[Requirement]) -> list[str]:
    """What still stands in the way, each with its rule."""
    gate = gate_for(policy, kind)
    return [f"{line.says} ({line.rule})" for line in gate.requires if line.requirement not in met] if gate else []


def is_reviewed(policy: Policy, kind: DemandKind) -> bool:
    """Whether the Lead's counsel reviews it, within the manual's days. Rules: VT-HD-5"""
    gate = gate_for(policy, kind)
    return gate is not None and Need.LEGAL_COUNSEL_APPROVED in gate.names() and policy.has(ClockName.LEGAL_REVIEW)


def review(policy: Policy, sent_at: datetime, zone: ZoneInfo, closures: Closures) -> Decision:
    """Between which days counsel answers; the manual leaves them at least the shorter of its two spans."""
    return policy.due(ClockName.LEGAL_REVIEW, sent_at, zone, closures)


def form_is_checked(met: frozenset[Requirement]) -> bool:
    return all(line in met for line in FORM_CHECK)


def why_no_gate(policy: Policy) -> dict[str, Any]:
    return explain(policy, ["No condition is named under which client data may be released to them, so none is."])


def owes_telling(policy: Policy) -> bool:
    """Whether the client or caseworker must be told of the attempt. Rules: SON-HD-10"""
    return policy.has(DutyName.DISCLOSURE_ATTEMPT)


def telling(policy: Policy) -> dict[str, Any]:
    if owes_telling(policy):
        duty = policy.duty(DutyName.DISCLOSURE_ATTEMPT)
        return explain(policy, [duty.says], duty)
    return explain(policy, ["The client or their caseworker is told that somebody asked."])


def kept_until(policy: Policy, day: date) -> date | None:
    """Until when the log keeps it; none: for good, where the manual names no number of years. Rules: SON-HD-9"""
    if not policy.has(LimitName.DISCLOSURE_LOG_YEARS):
        return None
    return day + relativedelta(years=policy.limit(LimitName.DISCLOSURE_LOG_YEARS).number)
