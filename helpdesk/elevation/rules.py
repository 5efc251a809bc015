"""Where an unresolved request may be taken, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.policy import Policy
from core.policy.vocabulary import LadderName, Tier


class Body(StrEnum):
    """Who takes it up. The values are those of the seats."""

    COC = "coc-leadership"
    COMMITTEE = "data-committee"


class State(StrEnum):
    OPEN = "open"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


NAMES = {Body.COC: "the leadership of the CoC", Body.COMMITTEE: "the data committee"}
LABELS = {Body.COC: "Leadership of the CoC", Body.COMMITTEE: "Data committee"}


@dataclass(frozen=True)
class Ground:
    """What allows it: the pack's step, or (`refused`) why it cannot be."""

    rule: str
    explanation: dict[str, Any]
    refused: str = ""


def may_elevate(
    policy: Policy | None, tier: Tier, body: Body, *, is_open: bool, is_there: bool, because: str
) -> Ground:
    """HUD-HD-2: an issue that the Lead's help desk has and cannot settle, to the CoC or the data committee."""
    if policy is None or not policy.has(LadderName.UNRESOLVED_ISSUES):
        return _refused("Nobody knows which CoC this request belongs to, so there is nobody to take it to.")
    if not is_open:
        return _refused("This request is over; open it again first.")
    if tier is Tier.AGENCY_ADMINISTRATOR:
        return _refused("The agency's administrator has this request; the HMIS Lead takes it over first.")
    if is_there:
        return _refused(f"{LABELS[body]} has this request already.")
    ladder = policy.ladder(LadderName.UNRESOLVED_ISSUES)
    step = ladder.steps[-1]
    explanation = {
        "pack": policy.pack,
        "version": policy.version.isoformat(),
        "rule": step.rule,
        "source": ladder.source,
        "title": policy.manual_of(ladder.source),
        "section": step.section,
        "because": [because, step.says],
        "says": ladder.says,
    }
    return Ground(step.rule, explanation)


def _refused(why: str) -> Ground:
    return Ground("", {}, why)
