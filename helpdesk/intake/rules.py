"""What follows from what somebody needs: what is asked where, who merges, what waits for an instruction. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.policy import Policy
from core.policy.vocabulary import DutyName, GateName, LadderName, ListName
from helpdesk.intake.questions import WAITED_FOR, values_of
from helpdesk.tickets.rules import Category, Refusal, Side, explained

# What only some communities' manuals know; everything else everybody may ask.
KNOWN_BY = {Category.LOCKED_RECORD: DutyName.RELEASE_DECLINED, Category.RELEASE_GAP: DutyName.RELEASE_GAP}
FOR_EVERYBODY = (
    Category.PROBLEM,
    Category.HOW_TO,
    Category.ACCESS,
    Category.TRAINING,
    Category.ENHANCEMENT,
    Category.SECURITY,
    Category.OTHER,
)


class Step(StrEnum):
    """What was done about a request beside the conversation; each at most once."""

    CONFIRMED = "confirmed"
    MERGED = "merged"
    INSTRUCTED = "instructed"


class RequestKind(StrEnum):
    """What SON-HD-5 calls a support request, in a pack's words."""

    PROBLEM = "problem"
    ENHANCEMENT = "enhancement"
    TECHNICAL_SUPPORT = "technical-support"


def offered(policies: Iterable[Policy]) -> list[Category]:
    """The categories that a person of these communities chooses from."""
    known = {name for name in KNOWN_BY.values() if any(policy.has(name) for policy in policies)}
    return [category for category in Category if KNOWN_BY.get(category) in (None, *known)]


def kind_of(category: Category) -> RequestKind:
    """SON-HD-5: a problem report, an enhancement request, or general technical support."""
    if category in (Category.PROBLEM, Category.SECURITY):
        return RequestKind.PROBLEM
    return RequestKind.ENHANCEMENT if category is Category.ENHANCEMENT else RequestKind.TECHNICAL_SUPPORT


def kind_said(policy: Policy | None, category: Category) -> dict[str, Any] | None:
    """What kind of request it is in the community's own words; None where its manual names none (SON-HD-5)."""
    if policy is None or not policy.has(ListName.REQUEST_KINDS):
        return None
    kinds = policy.list(ListName.REQUEST_KINDS)
    words = kinds.items.get(kind_of(category))
    return explained(policy, f"{words}.", kinds) if words else None


def asked_for(policy: Policy | None, category: Category) -> dict[str, Any] | None:
    """The paragraph of the manual behind a category's questions; None where it has none.

    Rules: SON-HD-6, MO-HD-3, MO-HD-4, SAC-HD-4.
    """
    if policy is None:
        return None
    if category is Category.DUPLICATE_MERGE and policy.has(GateName.MERGE_REQUEST):
        because = "A merge request names the two case numbers and no client."
        return explained(policy, because, policy.gate(GateName.MERGE_REQUEST))
    duty = {**KNOWN_BY, Category.SECURITY: DutyName.SECURITY_LAPSE}.get(category)
    if duty is None or not policy.has(duty):
        return None
    return explained(policy, BECAUSE[category], policy.duty(duty))


BECAUSE = {
    Category.LOCKED_RECORD: "Ask for the whole household, before anything is entered.",
    Category.RELEASE_GAP: "Ask before you enter anything, and wait for instructions.",
    Category.SECURITY: "A possible security lapse is told at once. It is urgent and goes straight to the HMIS Lead.",
}


@dataclass(frozen=True)
class Merge:
    """Two records of one client. The lower number is the master (SON-HD-6)."""

    master: int
    other: int
    is_here: bool

    @classmethod
    def of(cls, answers: Sequence[Any]) -> Merge | None:
        """None while the two numbers are not known, as in a mail that somebody has only sorted so far."""
        values = values_of(answers)
        if not {"first_case", "second_case", "enrollments_here"} <= values.keys():
            return None
        low, high = sorted((int(values["first_case"]), int(values["second_case"])))
        return cls(low, high, bool(values["enrollments_here"]))

    @property
    def sentence(self) -> str:
        return f"{self.master} is lower and stays as the master record; {self.other} is merged into it."


def may_merge(merge: Merge, side: Side, *, is_confirmed: bool) -> Refusal | None:
    """None where this side may merge the records now.

    SON-HD-6: an agency's administrator, where both enrollments are in the agency's own projects; else the Lead's
    staff, and they confirm with the agency first.
    """
    if side is Side.LEAD:
        unsure = Refusal("Confirm with the agency first. Then merge the records.", "SON-HD-6")
        return None if is_confirmed else unsure
    if side is Side.AGENCY and merge.is_here:
        return None
    return Refusal("The HMIS Lead's staff merge these: not both enrollments are in the agency's projects.", "SON-HD-6")


def merges_oneself(policy: Policy | None, answers: Sequence[Any], *, by_administrator: bool) -> bool:
    """Whether the administrator who asks for a merge is the one who makes it (SON-HD-6)."""
    merge = Merge.of(answers)
    known = policy is not None and policy.has(LadderName.MERGE)
    return bool(merge and merge.is_here and known and by_administrator)


class Wait(StrEnum):
    """How a request stands that must not be acted on before the help desk says how (MO-HD-3, MO-HD-4)."""

    WAITING = "waiting"
    ENTERED_ALREADY = "entered-already"
    INSTRUCTED = "instructed"


def wait_of(category: Category, answers: Sequence[Any], *, is_instructed: bool) -> Wait | None:
    """None for what waits for nothing."""
    if category not in WAITED_FOR:
        return None
    if is_instructed:
        return Wait.INSTRUCTED
    return Wait.ENTERED_ALREADY if values_of(answers).get("entered") else Wait.WAITING
