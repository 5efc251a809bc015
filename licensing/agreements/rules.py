"""Which documents a community's manual asks for, who signs them, and what a version must say before it is sent. Pure.

Rules: VT-LI-1, MO-LI-1, MO-LI-5, SON-LI-1, SON-LI-10, SAC-LI-1, HUD-LI-3, HUD-LI-4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from core.people.models import DesignationKind
from core.policy import Policy
from core.policy.values import Cited
from core.policy.vocabulary import (
    ClockName,
    CycleName,
    DutyName,
    GateName,
    LadderName,
    ListName,
    Requirement,
)
from core.workcalendar import Days

USER_STEP = "user-agreement"
COORDINATED_ITEM = "coordinated-services-agreement"


class Kind(StrEnum):
    """What a document is; who its party is follows from it."""

    AGENCY = "agency-agreement"
    USER = "user-agreement"
    ETHICS = "code-of-ethics"
    POLICIES = "policies-read"
    AGENCY_READ = "agency-agreement-read"
    CONFIDENTIALITY = "confidentiality"
    COORDINATED = "coordinated-services"


KIND_WORDS = {
    Kind.AGENCY: "Agency agreement",
    Kind.USER: "User agreement",
    Kind.ETHICS: "Code of ethics",
    Kind.POLICIES: "Policies and procedures, read",
    Kind.AGENCY_READ: "Agency agreement, read by the user",
    Kind.CONFIDENTIALITY: "Confidentiality",
    Kind.COORDINATED: "Coordinated services agreement",
}
OF_PERSONS = frozenset({Kind.USER, Kind.ETHICS, Kind.POLICIES, Kind.AGENCY_READ, Kind.CONFIDENTIALITY})
ASKED_BY = {
    Requirement.AGENCY_AGREEMENT_SIGNED: Kind.AGENCY,
    Requirement.USER_AGREEMENT_SIGNED: Kind.USER,
    Requirement.CODE_OF_ETHICS_SIGNED: Kind.ETHICS,
    Requirement.POLICIES_READ: Kind.POLICIES,
    Requirement.AGENCY_AGREEMENT_ACCEPTED: Kind.AGENCY_READ,
    Requirement.CONFIDENTIALITY_AGREED: Kind.CONFIDENTIALITY,
}


class State(StrEnum):
    """How an execution of a document stands; whether it is in force is the dates' to say."""

    SENT = "sent"
    SIGNED = "signed"
    COUNTERSIGNED = "countersigned"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    SIGN = "sign"
    COUNTERSIGN = "countersign"
    EXPIRE = "expire"
    REVOKE = "revoke"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"


_S = State
TRANSITIONS: dict[tuple[State, Act], State] = {
    (_S.SENT, Act.SIGN): _S.SIGNED,
    (_S.SENT, Act.SUPERSEDE): _S.SUPERSEDED,
    (_S.SENT, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.SIGNED, Act.COUNTERSIGN): _S.COUNTERSIGNED,
    **{
        (state, act): end
        for state in (_S.SIGNED, _S.COUNTERSIGNED)
        for act, end in ((Act.EXPIRE, _S.EXPIRED), (Act.REVOKE, _S.REVOKED), (Act.SUPERSEDE, _S.SUPERSEDED))
    },
}


def kinds_asked(policy: Policy) -> dict[Kind, Cited | Any]:
    """The documents without which this manual gives no license, each with the line that says so."""
    gate = policy.gate(GateName.LICENSE) if policy.has(GateName.LICENSE) else None
    return {
        ASKED_BY[line.requirement]: line for line in (gate.requires if gate else []) if line.requirement in ASKED_BY
    }


def locks_without(kind: Kind, policy: Policy) -> bool:
    """Whether a license waits while this document is not signed: where the manual gives none without it."""
    return kind in kinds_asked(policy)


def signers(policy: Policy) -> tuple[DesignationKind, ...]:
    """Who signs for an agency; the executive director where the manual does not say (VT-LI-1, MO-LI-5)."""
    if not policy.has(ListName.AGREEMENT_SIGNERS):
        return (DesignationKind.EXECUTIVE_DIRECTOR,)
    return tuple(DesignationKind(code) for code in policy.list(ListName.AGREEMENT_SIGNERS).items)


def needs_countersignature(kind: Kind, policy: Policy) -> bool:
    """Whether it holds only once the Lead has signed too (SON-LI-10, SAC-LI-1)."""
    return kind is Kind.AGENCY and policy.has(DutyName.AGREEMENT_COUNTERSIGNED)


def is_renewed(kind: Kind, policy: Policy) -> bool:
    """Whether what is signed lasts for a time only (MO-LI-5)."""
    return kind is Kind.AGENCY and policy.has(ClockName.AGREEMENT_TERM)


def renewal_opens(policy: Policy, today: date) -> date | None:
    """The first day of the round of renewals that holds today; None where the manual fixes none (MO-LI-5)."""
    if not policy.has(CycleName.AGREEMENT_RENEWAL):
        return None
    cycle = policy.cycle(CycleName.AGREEMENT_RENEWAL)
    opens = cycle.starts_in(today.year)
    return opens if opens is None or opens <= today else cycle.starts_in(today.year - 1)


def reminders(policy: Policy) -> tuple[timedelta, ...]:
    """How long before the due time whoever has not signed is reminded, longest first."""
    if not policy.has(LadderName.AGREEMENT_REMINDERS):
        return ()
    spans = [step.within for step in policy.ladder(LadderName.AGREEMENT_REMINDERS).steps]
    return tuple(timedelta(days=span.count) for span in spans if isinstance(span, Days))


def has_coordinated(policy: Policy) -> bool:
    """Whether one user may act for another agency by an agreement of its own (VT-LI-1)."""
    return policy.has(ListName.AGREEMENTS) and COORDINATED_ITEM in policy.list(ListName.AGREEMENTS)


def course_counts(policy: Policy) -> bool:
    """Whether the agreement that is signed in training is the user agreement: where the manual has both, and its
    series or its yearly round names it (MO-TR-2, MO-TR-8)."""
    if Kind.USER not in kinds_asked(policy):
        return False
    ladder = policy.has(LadderName.NEW_USER_SERIES) and USER_STEP in policy.ladder(LadderName.NEW_USER_SERIES).codes()
    parts = policy.has(ListName.RECERTIFICATION_PARTS) and USER_STEP in policy.list(ListName.RECERTIFICATION_PARTS)
    return ladder or parts


# ------------------------------------------------------------------ before a version is published


@dataclass(frozen=True)
class Lack:
    """Something a version still needs, and the rule that asks for it."""

    field: str
    sentence: str
    rule: str = ""


def expectations(kind: Kind, policy: Policy) -> Mapping[str, str]:
    """What this document must cover at least (HUD-LI-4)."""
    if kind is not Kind.USER or not policy.has(ListName.USER_AGREEMENT_CONTENT):
        return {}
    return policy.list(ListName.USER_AGREEMENT_CONTENT).items


@dataclass(frozen=True)
class Text:
    """What a version says: `covers` is, for each expectation, the number of the clause that meets it."""

    body: str
    clauses: Sequence[str]
    covers: Mapping[str, int] = field(default_factory=dict)


def lacks(kind: Kind, text: Text, policy: Policy) -> list[Lack]:
    """Why this version cannot be published yet; nothing when it can."""
    found = [] if text.body or text.clauses else [Lack("body", "There is no text yet.")]
    if kind in (Kind.USER, Kind.ETHICS) and not text.clauses:
        found.append(Lack("clauses", "Write at least one clause: each is ticked before it is signed."))
    wanted = expectations(kind, policy)
    rule = policy.list(ListName.USER_AGREEMENT_CONTENT).rule if wanted else ""
    for code, words in wanted.items():
        if not 1 <= text.covers.get(code, 0) <= len(text.clauses):
            found.append(Lack(f"cover_{code}", f"No clause covers this yet: {words}.", rule))
    return found


# ------------------------------------------------------------------ what the eligibility is told


@dataclass(frozen=True)
class Told:
    """Whether a document is signed, in a sentence, and where to see or sign it."""

    is_signed: bool
    sentence: str
    url: str = ""
