"""What a complaint must say, where it goes, and who may see it: never whoever is complained of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.policy import Policy
from core.policy.values import Cited, Line
from core.policy.vocabulary import GateName, LadderName, Requirement


class Kind(StrEnum):
    VIOLATION = "violation"
    PRIVACY = "privacy"


class Channel(StrEnum):
    FORM = "form"
    API = "api"
    PUBLIC = "public"


class ComplaintState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


class Act(StrEnum):
    HAND_UP = "pass on"
    NAME = "say who is meant by"
    ANSWER = "answer"


TRANSITIONS: dict[tuple[ComplaintState, Act], ComplaintState] = {
    (ComplaintState.OPEN, Act.HAND_UP): ComplaintState.OPEN,
    (ComplaintState.OPEN, Act.NAME): ComplaintState.OPEN,
    (ComplaintState.OPEN, Act.ANSWER): ComplaintState.ANSWERED,
}


class Office(StrEnum):
    """What somebody is, when a complaint comes to them."""

    REPRESENTATIVE = "representative"
    SECURITY_OFFICER = "security-officer"
    AGENCY_ADMINISTRATOR = "agency-administrator"
    EXECUTIVE_DIRECTOR = "executive-director"
    LEAD_AGENT = "lead-agent"
    LEAD_MANAGER = "lead-manager"
    LEAD_ADMIN = "lead-admin"
    MANAGING_DIRECTOR = "managing-director"
    COC_LEADERSHIP = "coc-leadership"
    DATA_COMMITTEE = "data-committee"
    ADVISORY_COMMITTEE = "advisory-committee"


class Step(StrEnum):
    LEAD = "hmis-lead"
    LEADERSHIP = "leadership"
    COC = "coc"
    DATA_COMMITTEE = "data-committee"
    AGENCY = "agency"
    AGENCY_ADMINISTRATOR = "agency-administrator"
    SYSTEM_ADMINISTRATORS = "system-administrators"
    ADVISORY_COMMITTEE = "advisory-committee"


_O = Office
OFFICES: dict[Step, tuple[Office, ...]] = {
    Step.LEAD: (_O.LEAD_MANAGER, _O.LEAD_ADMIN),
    Step.LEADERSHIP: (_O.COC_LEADERSHIP, _O.MANAGING_DIRECTOR),
    Step.COC: (_O.COC_LEADERSHIP,),
    Step.DATA_COMMITTEE: (_O.DATA_COMMITTEE,),
    Step.AGENCY: (_O.REPRESENTATIVE, _O.SECURITY_OFFICER),
    Step.AGENCY_ADMINISTRATOR: (_O.AGENCY_ADMINISTRATOR, _O.REPRESENTATIVE),
    Step.SYSTEM_ADMINISTRATORS: (_O.LEAD_AGENT, _O.LEAD_MANAGER, _O.LEAD_ADMIN, _O.EXECUTIVE_DIRECTOR),
    Step.ADVISORY_COMMITTEE: (_O.ADVISORY_COMMITTEE,),
}
WHO = {
    Step.LEAD: "the HMIS Lead's manager and administrators",
    Step.LEADERSHIP: "the leadership of the CoC and the Lead's managing director",
    Step.COC: "the leadership of the CoC",
    Step.DATA_COMMITTEE: "the data committee",
    Step.AGENCY: "the agency: its authorized representatives and security officer",
    Step.AGENCY_ADMINISTRATOR: "the agency's administrator and its program director",
    Step.SYSTEM_ADMINISTRATORS: "the Lead's system administrators and the agency's executive director",
    Step.ADVISORY_COMMITTEE: "the HMIS advisory committee, whose word is final",
}
INSIDE_THE_LEAD = frozenset({_O.LEAD_AGENT, _O.LEAD_MANAGER, _O.LEAD_ADMIN, _O.MANAGING_DIRECTOR})
FINAL = frozenset({Step.ADVISORY_COMMITTEE})
OWN_PRACTICE = "This community's manual says nothing of it; it is the HMIS Lead's own practice."


@dataclass(frozen=True)
class Missing:
    """What a complaint does not say yet, at the field of the form that asks for it."""

    field: str
    sentence: str
    rule: str


ASKS: dict[Requirement, tuple[str, str]] = {
    Requirement.USER_NAMED: ("about", "Name the person it is about."),
    Requirement.AGENCY_NAMED: ("agency", "Name the agency."),
    Requirement.VIOLATION_DESCRIBED: ("text", "Say what happened."),
    Requirement.DATE_GIVEN: ("when_said", "Say when it happened: a date, or about when."),
}
OF_PRIVACY = (Requirement.AGENCY_NAMED, Requirement.VIOLATION_DESCRIBED)


def missing(policy: Policy | None, kind: Kind, said: dict[str, str]) -> list[Missing]:
    """What it must still say: user, agency, what and when (VT-HD-3); of privacy, the agency and what happened."""
    wanted: Iterable[Requirement] = OF_PRIVACY if kind is Kind.PRIVACY else ASKS
    cited = policy.gate(GateName.COMPLAINT).rule if policy and policy.has(GateName.COMPLAINT) else ""
    return [
        Missing(field, sentence, cited if kind is Kind.VIOLATION else "")
        for field, sentence in (ASKS[need] for need in wanted)
        if not said.get(field, "").strip()
    ]


@dataclass(frozen=True)
class Holder:
    """Somebody in an office at the place a complaint concerns."""

    person_id: int
    name: str
    office: Office


@dataclass(frozen=True)
class Route:
    """Where a complaint is: who sees to it there, who was left out, and why it is there."""

    step: Step
    people: tuple[Holder, ...]
    left_out: tuple[Holder, ...]
    because: tuple[str, ...]
    explanation: dict[str, Any]

    @property
    def rule(self) -> str:
        return str(self.explanation["rule"])


def first_step(kind: Kind, *, is_about_lead: bool) -> Step:
    """A client's complaint begins at the agency (VT-HD-4); one about the Lead's own staff goes past them (VT-HD-3)."""
    if kind is Kind.PRIVACY:
        return Step.AGENCY
    return Step.LEADERSHIP if is_about_lead else Step.LEAD


def steps_up(policy: Policy, kind: Kind, step: Step, been: Sequence[Step]) -> tuple[Step, ...]:
    """Where whoever has it may pass it on to: up the pack's ladder (VT-HD-4), or to the CoC or its data committee
    (HUD-HD-2)."""
    if kind is Kind.PRIVACY:
        codes = [Step(code) for code in policy.ladder(LadderName.PRIVACY_COMPLAINT).codes()]
        return tuple(codes[codes.index(step) + 1 :][:1])
    if not policy.has(LadderName.UNRESOLVED_ISSUES):
        return ()
    led_already = Step.LEADERSHIP in been
    higher = (Step.DATA_COMMITTEE,) if led_already else (Step.COC, Step.DATA_COMMITTEE)
    return tuple(up for up in higher if up not in been)


def route(
    policy: Policy,
    kind: Kind,
    step: Step,
    people_at: Callable[[Step], Sequence[Holder]],
    complained_of: frozenset[int],
) -> Route | None:
    """The people who may see it and act on it at a step, without whoever is complained of (VT-HD-3).

    Where nobody is left, it goes on to the next step. None: nobody is left anywhere.
    """
    told: list[str] = []
    at: Step | None = step
    while at is not None:
        there = people_at(at)
        people = tuple(holder for holder in there if holder.person_id not in complained_of)
        left_out = tuple(holder for holder in there if holder.person_id in complained_of)
        if left_out:
            told.append(f"Left out, because it is about them: {len(left_out)} of {len(there)} at this step.")
        if people:
            because = (*told, f"It is with {WHO[at]}.")
            return Route(at, people, left_out, because, _explained(policy, kind, at, because))
        told.append(f"Passed over, because nobody is left there: {WHO[at]}.")
        at = _after(policy, kind, at)
    return None


def _after(policy: Policy, kind: Kind, step: Step) -> Step | None:
    if kind is Kind.PRIVACY:
        return next(iter(steps_up(policy, kind, step, ())), None)
    return Step.LEADERSHIP if step is Step.LEAD else None


def _explained(policy: Policy, kind: Kind, step: Step, because: tuple[str, ...]) -> dict[str, Any]:
    """The reasons with the paragraph they rest on, as every `why?` shows them."""
    value = _ground(policy, kind, step)
    if value is None:
        return {"because": [*because, OWN_PRACTICE], "rule": "", "title": "", "section": "", "pack": "", "version": ""}
    ground, line = value
    return {
        "because": [line.says, *because],
        "rule": line.rule,
        "title": policy.manual_of(ground.source),
        "section": line.section,
        "pack": policy.pack,
        "version": str(policy.version),
    }


def _ground(policy: Policy, kind: Kind, step: Step) -> tuple[Cited, Line | Cited] | None:
    """The value of the pack that a step rests on, and its line there."""
    if kind is Kind.PRIVACY:
        ladder = policy.ladder(LadderName.PRIVACY_COMPLAINT)
        return ladder, ladder.step(step)
    if step is Step.LEADERSHIP and policy.has(LadderName.COMPLAINT_ABOUT_LEAD):
        ladder = policy.ladder(LadderName.COMPLAINT_ABOUT_LEAD)
        return ladder, ladder.steps[0]
    if step in (Step.COC, Step.DATA_COMMITTEE) and policy.has(LadderName.UNRESOLVED_ISSUES):
        ladder = policy.ladder(LadderName.UNRESOLVED_ISSUES)
        return ladder, ladder.steps[-1]
    if step is Step.LEAD and policy.has(GateName.COMPLAINT):
        gate = policy.gate(GateName.COMPLAINT)
        return gate, gate
    return None


def may_see(
    person_id: int,
    offices: Iterable[str],
    *,
    complained_of: Iterable[int],
    complainant_id: int | None,
    reached: Iterable[str],
) -> bool:
    """Whoever complained, and the offices it has reached; never whoever is complained of, whatever else they are
    (VT-HD-3)."""
    if person_id in set(complained_of):
        return False
    return person_id == complainant_id or bool(set(offices) & set(reached))


def may_know_complainant(offices: Iterable[str], *, is_anonymous: bool) -> bool:
    """Who wishes to stay anonymous is known to the Lead alone (VT-HD-3)."""
    return not is_anonymous or bool(set(offices) & INSIDE_THE_LEAD)
