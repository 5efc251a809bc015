"""What may happen to a ticket, and who holds it. Pure: facts and a policy in, a decision with its reasons out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from core.policy import Policy, catalog
from core.policy.values import Cited, Step
from core.policy.vocabulary import ClockName, DutyName, LadderName, SwitchName, Tier


class Category(StrEnum):
    PROBLEM = "problem"
    ENHANCEMENT = "enhancement"
    HOW_TO = "how-to"
    DATA_CORRECTION = "data-correction"
    DUPLICATE_MERGE = "duplicate-merge"
    LOCKED_RECORD = "locked-record"
    RELEASE_GAP = "release-gap"
    ACCESS = "access"
    TRAINING = "training"
    SECURITY = "security"
    OTHER = "other"


class State(StrEnum):
    """Whose move it is: nobody has answered, ours, the requester's, the vendor's, or nobody's any more.

    `merged`: it goes on as part of another one, which has the move. It was not solved; figures leave it out.
    """

    NEW = "new"
    OPEN = "open"
    ANSWERED = "answered"
    WITH_VENDOR = "with-vendor"
    CLOSED = "closed"
    DECLINED = "declined"
    MERGED = "merged"


class Action(StrEnum):
    REPLY = "reply"
    ANSWER = "answer"
    FORWARD = "forward"
    HAND_BACK = "hand-back"
    ASK_VENDOR = "ask-vendor"
    VENDOR_REPLY = "vendor-reply"
    NOTE = "note"
    ASSIGN = "assign"
    CLOSE = "close"
    DECLINE = "decline"
    REOPEN = "reopen"
    CALL = "call"
    PRIORITIZE = "prioritize"
    ELEVATE = "elevate"
    MERGE = "merge"
    UNMERGE = "unmerge"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Channel(StrEnum):
    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    WALK_IN = "walk-in"
    API = "api"
    PUBLIC = "public-form"
    """Anybody, without an account: the address is what they typed, and nobody has proved that it is theirs."""


class Kind(StrEnum):
    """Who speaks in a message. Vendor messages and notes are the Lead's own and stay with it."""

    REQUESTER = "requester"
    AGENCY = "agency"
    LEAD = "lead"
    VENDOR_IN = "vendor-in"
    VENDOR_OUT = "vendor-out"
    NOTE = "note"
    SYSTEM = "system"


class Side(StrEnum):
    """Where a person stands towards a ticket."""

    REQUESTER = "requester"
    AGENCY = "agency"
    LEAD = "lead"


LIVE = (State.NEW, State.OPEN, State.ANSWERED, State.WITH_VENDOR)
OVER = (State.CLOSED, State.DECLINED)
INTERNAL = frozenset({Kind.NOTE, Kind.VENDOR_IN, Kind.VENDOR_OUT})

TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.NEW, Action.REPLY): State.NEW,
    (State.OPEN, Action.REPLY): State.OPEN,
    (State.ANSWERED, Action.REPLY): State.OPEN,
    (State.WITH_VENDOR, Action.REPLY): State.OPEN,
    (State.CLOSED, Action.REPLY): State.OPEN,
    (State.DECLINED, Action.REPLY): State.OPEN,
    (State.NEW, Action.ANSWER): State.ANSWERED,
    (State.OPEN, Action.ANSWER): State.ANSWERED,
    (State.ANSWERED, Action.ANSWER): State.ANSWERED,
    (State.WITH_VENDOR, Action.ANSWER): State.WITH_VENDOR,
    (State.NEW, Action.FORWARD): State.NEW,
    (State.OPEN, Action.FORWARD): State.OPEN,
    (State.ANSWERED, Action.FORWARD): State.OPEN,
    (State.NEW, Action.HAND_BACK): State.NEW,
    (State.OPEN, Action.HAND_BACK): State.OPEN,
    (State.ANSWERED, Action.HAND_BACK): State.OPEN,
    (State.WITH_VENDOR, Action.HAND_BACK): State.OPEN,
    (State.NEW, Action.ASK_VENDOR): State.WITH_VENDOR,
    (State.OPEN, Action.ASK_VENDOR): State.WITH_VENDOR,
    (State.ANSWERED, Action.ASK_VENDOR): State.WITH_VENDOR,
    (State.WITH_VENDOR, Action.ASK_VENDOR): State.WITH_VENDOR,
    **{(state, Action.VENDOR_REPLY): State.OPEN for state in (*LIVE, *OVER)},
    **{(state, Action.NOTE): state for state in (*LIVE, *OVER)},
    **{(state, Action.ASSIGN): state for state in LIVE},
    **{(state, Action.CLOSE): State.CLOSED for state in LIVE},
    **{(state, Action.DECLINE): State.DECLINED for state in LIVE},
    **{(state, Action.REOPEN): State.OPEN for state in OVER},
    (State.ANSWERED, Action.CALL): State.ANSWERED,
    **{(state, Action.PRIORITIZE): state for state in LIVE},
    **{(state, Action.ELEVATE): state for state in LIVE},
    # What is said on a merged one moves the one that it is part of; undoing a merge replays what was before it.
    **{(state, Action.MERGE): State.MERGED for state in (*LIVE, *OVER)},
    (State.MERGED, Action.REPLY): State.MERGED,
}


# What each side may do where the ticket stands; `after` says whether its state allows it too.
WORKS = frozenset({Action.ANSWER, Action.CALL, Action.PRIORITIZE, Action.ASSIGN, Action.CLOSE, Action.REOPEN})
HOLDS = WORKS | {Action.FORWARD}
LEAD_ALWAYS = WORKS | {Action.NOTE, Action.DECLINE}
ACTS: dict[tuple[Side, Tier], frozenset[Action]] = {
    **{(Side.REQUESTER, tier): frozenset({Action.REPLY, Action.CLOSE, Action.REOPEN}) for tier in Tier},
    (Side.AGENCY, Tier.AGENCY_ADMINISTRATOR): HOLDS,
    (Side.AGENCY, Tier.HMIS_LEAD): frozenset({Action.REPLY}),
    (Side.AGENCY, Tier.VENDOR): frozenset({Action.REPLY}),
    (Side.LEAD, Tier.AGENCY_ADMINISTRATOR): LEAD_ALWAYS | {Action.FORWARD},
    (Side.LEAD, Tier.HMIS_LEAD): LEAD_ALWAYS | {Action.HAND_BACK, Action.ASK_VENDOR},
    (Side.LEAD, Tier.VENDOR): LEAD_ALWAYS | {Action.HAND_BACK, Action.ASK_VENDOR},
}


def acts(side: Side, tier: Tier, state: State) -> frozenset[Action]:
    """What somebody on that side may do now."""
    return frozenset(action for action in ACTS[side, tier] if after(state, action) is not None)


def after(state: State, action: Action) -> State | None:
    """The state that follows, or None where the action is not possible."""
    return TRANSITIONS.get((state, action))


@dataclass(frozen=True)
class Placement:
    """A tier, and why: `rule` and `explanation` are the pack's, empty where no pack governs."""

    tier: Tier
    because: str
    rule: str
    explanation: dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    message: str
    rule: str | None


def first_tier(
    policy: Policy | None,
    category: Category,
    *,
    has_administrator: bool,
    asked_by_administrator: bool = False,
    enrollments_here: bool | None = None,
) -> Placement:
    """Who gets a new request first.

    SON-HD-1: the technical administrator of the requester's own agency. VT-HD-1: the Lead, where the
    agency has none. An administrator's own request starts where theirs would be forwarded to. A
    possible security lapse goes straight to the Lead in every community (SAC-HD-4 demands it). Who merges
    two records follows from whether both enrollments are in the agency's own projects (SON-HD-6).
    """
    if policy is None:
        return _ungoverned("Nobody knows which agency this comes from, so the HMIS Lead takes it.")
    ladder = policy.ladder(LadderName.SUPPORT_TIERS)
    lead = ladder.step(Tier.HMIS_LEAD)
    if category is Category.SECURITY:
        lapse = _first(policy, (DutyName.SECURITY_LAPSE, ClockName.BREACH_NOTICE))
        return _placed(
            policy,
            Tier.HMIS_LEAD,
            "A possible security lapse is urgent and goes straight to the HMIS Lead.",
            lapse or lead,
        )
    if category is Category.DUPLICATE_MERGE and enrollments_here is not None and policy.has(LadderName.MERGE):
        return _who_merges(policy, at_agency=enrollments_here and has_administrator)
    if Tier.AGENCY_ADMINISTRATOR not in ladder.codes():
        return _placed(policy, Tier.HMIS_LEAD, "Requests go to the HMIS Lead directly.", lead)
    if not has_administrator:
        none = _first(policy, (DutyName.NO_ADMINISTRATOR,))
        return _placed(
            policy,
            Tier.HMIS_LEAD,
            "The agency has no technical administrator, so the HMIS Lead takes it.",
            none or lead,
        )
    if asked_by_administrator:
        return _placed(policy, Tier.HMIS_LEAD, "The agency's own administrator asks, so the HMIS Lead takes it.", lead)
    first = ladder.step(Tier.AGENCY_ADMINISTRATOR)
    return _placed(
        policy, Tier.AGENCY_ADMINISTRATOR, "A request goes to the agency's own technical administrator first.", first
    )


def _who_merges(policy: Policy, *, at_agency: bool) -> Placement:
    """The pack's own ladder of merging: its steps are named like tiers."""
    tier = Tier.AGENCY_ADMINISTRATOR if at_agency else Tier.HMIS_LEAD
    because = (
        "Both enrollments are in the agency's own projects, so its administrator merges the two records."
        if at_agency
        else "The agency's administrator cannot merge these, so the HMIS Lead confirms with the agency and merges them."
    )
    return _placed(policy, tier, because, policy.ladder(LadderName.MERGE).step(tier))


def next_tier(policy: Policy | None, tier: Tier, side: Side = Side.LEAD) -> Placement | None:
    """One step up the ladder (SON-HD-2, SON-HD-3), moved by somebody on that side; None from the top."""
    if tier is Tier.VENDOR:
        return None
    if policy is None:
        return _ungoverned("What the HMIS Lead cannot resolve goes from it to the vendor.", Tier.VENDOR)
    step = policy.ladder(LadderName.SUPPORT_TIERS).after(tier)
    if step is None:
        return None
    up = Tier(step.step)
    if up is Tier.VENDOR:
        return _placed(policy, up, "The HMIS Lead could not resolve it and asked the vendor.", step)
    taken = "The HMIS Lead took it over from the agency's administrator."
    forwarded = "The agency's administrator could not resolve it and forwarded it to the HMIS Lead."
    return _placed(policy, up, taken if side is Side.LEAD else forwarded, step)


def previous_tier(
    policy: Policy | None, tier: Tier, category: Category, *, has_administrator: bool
) -> Placement | None:
    """One step down; None where nobody stands there who could take it."""
    if tier is Tier.VENDOR:
        return _taken_back(policy)
    if tier is not Tier.HMIS_LEAD or policy is None or category is Category.SECURITY or not has_administrator:
        return None
    ladder = policy.ladder(LadderName.SUPPORT_TIERS)
    if Tier.AGENCY_ADMINISTRATOR not in ladder.codes():
        return None
    step = ladder.step(Tier.AGENCY_ADMINISTRATOR)
    return _placed(
        policy, Tier.AGENCY_ADMINISTRATOR, "The HMIS Lead handed it back to the agency's administrator.", step
    )


def may_move_to(policy: Policy | None, tier: Tier, side: Side) -> Refusal | None:
    """Only Lead staff move a ticket to the vendor (SON-HD-4, SAC-HD-1), whatever the community; the
    requester moves none. None means allowed."""
    if tier is Tier.VENDOR and side is not Side.LEAD:
        return Refusal("Only the HMIS Lead speaks with the vendor.", _rule_of_the_vendor(policy) if policy else None)
    if side is Side.REQUESTER:
        return Refusal("Whoever holds the request decides where it goes next.", None)
    return None


def _rule_of_the_vendor(policy: Policy) -> str:
    """The pack's own sentence about who may reach the vendor, else the vendor's step of its ladder."""
    said = _first(policy, (SwitchName.VENDOR_THROUGH_LEAD_ONLY, DutyName.SOLE_LIAISON))
    return said.rule if said else policy.ladder(LadderName.SUPPORT_TIERS).step(Tier.VENDOR).rule


def priority_of(category: Category) -> Priority:
    """A possible security lapse is urgent (SAC-HD-4)."""
    return Priority.URGENT if category is Category.SECURITY else Priority.NORMAL


def _taken_back(policy: Policy | None) -> Placement:
    words = "The HMIS Lead took it back from the vendor."
    if policy is None:
        return _ungoverned(words)
    return _placed(policy, Tier.HMIS_LEAD, words, policy.ladder(LadderName.SUPPORT_TIERS).step(Tier.HMIS_LEAD))


def _first(policy: Policy, names: Iterable[DutyName | ClockName | SwitchName]) -> Cited | None:
    """The first of these that the pack says anything about."""
    for name in names:
        if policy.has(name):
            return _value(policy, name)
    return None


def _value(policy: Policy, name: DutyName | ClockName | SwitchName) -> Cited:
    match name:
        case DutyName():
            return policy.duty(name)
        case ClockName():
            return policy.clock(name)
        case SwitchName():
            return policy.switch(name)


def _placed(policy: Policy, tier: Tier, because: str, cited: Step | Cited) -> Placement:
    return Placement(tier, because, cited.rule, explained(policy, because, cited))


def explained(policy: Policy, because: str, cited: Step | Cited) -> dict[str, Any]:
    """A sentence with the paragraph of the manual that it comes from, as pages show it."""
    source = cited.source if isinstance(cited, Cited) else catalog.rule(cited.rule).source
    return {
        "pack": policy.pack,
        "version": policy.version.isoformat(),
        "rule": cited.rule,
        "source": source,
        "title": policy.manual_of(source),
        "section": cited.section,
        "because": [because],
        "says": cited.says,
    }


def _ungoverned(because: str, tier: Tier = Tier.HMIS_LEAD) -> Placement:
    return Placement(tier, because, "", {"because": [because]})


DOTLESS = str.maketrans("İı", "ii")


def scrub(text: str, names: Iterable[str], word: str) -> str:
    """The text with each of the names replaced by `word`, whole words only, whatever their case.

    Of thousands of names only those that are in the text at all cost a search.
    """
    plain = _folded(text)
    wanted = {name.strip() for name in names if len(name.strip()) > 2 and _folded(name) in plain}
    for name in sorted(wanted, key=len, reverse=True):
        spaced = r"\s+".join(re.escape(part) for part in name.split())
        text = re.sub(rf"(?<!\w){spaced}(?!\w)", word, text, flags=re.IGNORECASE)
    return text


def _folded(text: str) -> str:
    """One case and single blanks, with the i of every alphabet alike, as a search that minds no case takes them."""
    return " ".join(text.translate(DOTLESS).casefold().split())


def lasted(span: timedelta) -> str:
    """How long, in the two units that matter: "3 days 4 h", "2 h 5 min", "less than a minute"."""
    minutes = int(span.total_seconds()) // 60
    days, hours, left = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        f"{days} day{'s' * (days != 1)}" if days else "",
        f"{hours} h" if hours else "",
        f"{left} min" if left and not days else "",
    ]
    return " ".join(part for part in parts if part) or "less than a minute"
