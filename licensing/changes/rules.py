"""What a change of a license still needs, and which change can never be granted. Pure.

Rules: MO-LI-2, MO-LI-3, MO-TR-9, SON-LI-3, VT-LI-6, VT-LI-9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.policy import Policy
from core.policy.values import Cited
from core.policy.vocabulary import DutyName, GateName, Requirement
from licensing.access import rules as access
from licensing.access.refusals import Refusal, not_from_representative
from licensing.access.rules import Decider, Line, LineState, Need, Protected
from licensing.agreements.rules import Told


class ChangeKind(StrEnum):
    LEVEL = "level"
    PROJECTS = "projects"
    REPORTING = "reporting"


class ChangeState(StrEnum):
    """APPROVED waits for what is still missing; DONE: the license says so now."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DONE = "done"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    APPROVE = "approve"
    DENY = "deny"
    APPLY = "apply"
    WITHDRAW = "withdraw"


_S = ChangeState
TRANSITIONS: dict[tuple[ChangeState, Act], ChangeState] = {
    (_S.REQUESTED, Act.APPROVE): _S.APPROVED,
    (_S.REQUESTED, Act.DENY): _S.DENIED,
    (_S.REQUESTED, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, Act.DENY): _S.DENIED,
    (_S.APPROVED, Act.APPLY): _S.DONE,
    (_S.APPROVED, Act.WITHDRAW): _S.WITHDRAWN,
}

WORDS = {
    ChangeKind.LEVEL: "Another access level",
    ChangeKind.PROJECTS: "More projects",
    ChangeKind.REPORTING: "The reporting add-on",
}
REQUESTER, LICENSE, PRACTICE = "requester", "license", "practice-"


@dataclass(frozen=True)
class Facts:
    """`decision` is True for approved, False for denied, None for open. `owed` are the kinds of project, in HUD's
    words, that the person has not practised; `holds` is what keeps the license suspended."""

    kind: ChangeKind
    requester: str
    is_from_representative: bool
    is_in_force: bool
    level: str = ""
    level_now: str = ""
    job_title: str = ""
    projects: tuple[str, ...] = ()
    has_foreign_project: bool = False
    has_reporting: bool = False
    requester_until: str = ""
    holds: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    protected: tuple[Protected, ...] = ()
    signed: Mapping[Requirement, Told] = field(default_factory=dict)
    decision: bool | None = None
    decided: str = ""


# ------------------------------------------------------------------ what can never be granted


def refusals(facts: Facts, policy: Policy) -> list[Refusal]:
    """Said at the form, each at its field, with the rule."""
    told = None if facts.is_from_representative else not_from_representative(policy, facts.requester_until)
    checks = {ChangeKind.LEVEL: _level, ChangeKind.PROJECTS: _projects, ChangeKind.REPORTING: _reporting}
    return [one for one in (told, *checks[facts.kind](facts, policy)) if one is not None]


def _level(facts: Facts, policy: Policy) -> list[Refusal | None]:
    levels = access.levels_of(policy)
    if levels is None:
        return [Refusal("kind", "This community's manual has no access levels.", "Choose another kind.", None)]
    if facts.level not in levels.levels:
        return [Refusal("level", "The manual has no such access level.", "Choose one of the list.", levels.rule)]
    if facts.level == facts.level_now:
        return [Refusal("level", "That is the level the license has.", "Choose another one.", None)]
    return [_job(facts, policy)]


def _job(facts: Facts, policy: Policy) -> Refusal | None:
    """Where the manual gives levels by the job description, the job as it is now is asked for (SON-LI-3)."""
    if facts.job_title or not policy.has(DutyName.ACCESS_CHANGE_NOTICE):
        return None
    rule = policy.duty(DutyName.ACCESS_CHANGE_NOTICE).rule
    return Refusal("job_title", "Say what the person's job is now.", "The level follows from the job.", rule)


def _projects(facts: Facts, policy: Policy) -> list[Refusal | None]:
    gate = policy.gate(GateName.LICENSE)
    rule = next((line.rule for line in gate.requires if line.requirement is Need.PROJECTS_NEEDED), None)
    if facts.has_foreign_project:
        return [Refusal("projects", "One of these projects is not your agency's.", "Choose among your own.", rule)]
    if not facts.projects:
        words = "Choose at least one project that the license does not have yet."
        return [Refusal("projects", words, "Only those that the person's work needs.", rule)]
    return []


def _reporting(facts: Facts, _: Policy) -> list[Refusal | None]:
    told = Refusal("kind", "The license has the reporting add-on already.", "Choose another kind.", None)
    return [told if facts.has_reporting else None]


# ------------------------------------------------------------------ what is still missing


def lines(facts: Facts, policy: Policy) -> list[Line]:
    """The one explained decision, line by line: who asked, the license, what is signed and practised, who decides."""
    found = [_requester(facts, policy), _license(facts, policy), *_signed(facts, policy)]
    found += [_practice(one, policy) for one in facts.owed]
    found += [access.protected_line(one, policy) for one in facts.protected]
    return [*found, _decision(facts, policy)]


def deciders(policy: Policy, facts: Facts) -> frozenset[Decider]:
    """The CoC's manager; up to the pack's ceiling, as the level is and as it is to be, the agency's administrator too.
    The add-on, which is bought, is the
    Lead's (VT-LI-6, VT-LI-9, MO-LI-3)."""
    if facts.kind is ChangeKind.REPORTING:
        return frozenset({Decider.LEAD_MANAGER})
    if facts.kind is not ChangeKind.LEVEL:
        return access.deciders(policy, facts.level_now)
    of_new = access.deciders(policy, facts.level)
    return of_new & access.deciders(policy, facts.level_now) if facts.level_now else of_new


def asks_for_practice(policy: Policy) -> bool:
    return policy.has(GateName.ACCESS_EXTENSION)


def _requester(facts: Facts, policy: Policy) -> Line:
    gate = policy.gate(GateName.LICENSE)
    named = next((line for line in gate.requires if line.requirement is Need.REQUESTED_BY_REPRESENTATIVE), None)
    met = facts.is_from_representative or named is None
    sentence = (
        f"{facts.requester} asked for it." if met else f"{facts.requester} was no authorized representative then."
    )
    return _line(
        policy, named.rule if named else gate.rule, gate, named.says if named else gate.says, key=REQUESTER,
        label="Who asked", state=_state(met=met), sentence=sentence, who="An authorized representative asks anew.",
        section=named.section if named else "",
    )  # fmt: skip


def _license(facts: Facts, policy: Policy) -> Line:
    gate = policy.gate(GateName.LICENSE)
    told = " ".join(facts.holds) or ("It is in force." if facts.is_in_force else "It has ended.")
    return _line(
        policy, gate.rule, gate, "Only a license in force can be changed.", key=LICENSE, label="License in force",
        state=_state(met=facts.is_in_force and not facts.holds), sentence=told, who="What holds it is settled first.",
    )  # fmt: skip


def _signed(facts: Facts, policy: Policy) -> list[Line]:
    gate = policy.gate(GateName.LICENSE)
    return [
        _line(
            policy, line.rule, gate, line.says, key=str(line.requirement), label=access.in_words(line.requirement),
            state=_state(met=told.is_signed), sentence=told.sentence,
            who=access.SIGNERS.get(line.requirement, "The person signs it."), section=line.section, url=told.url,
        )
        for line in gate.requires
        if (told := facts.signed.get(line.requirement)) is not None
    ]  # fmt: skip


def _practice(kind: str, policy: Policy) -> Line:
    gate = policy.gate(GateName.ACCESS_EXTENSION)
    line = gate.requires[0]
    return _line(
        policy, line.rule, gate, line.says, key=f"{PRACTICE}{kind}", label="Practice case", state=LineState.MISSING,
        sentence=f"A practice case for {kind} comes first.", who="The person practices; the Lead's trainers review it.",
        section=line.section,
    )  # fmt: skip


def _decision(facts: Facts, policy: Policy) -> Line:
    gate = policy.gate(GateName.LICENSE)
    value: Cited = access.levels_of(policy) or gate
    who = " or ".join(sorted(deciders(policy, facts)))
    return _line(
        policy, access.decision_rule(policy), value, value.says, key=access.DECISION, label="Decision",
        state=_state(met=facts.decision is True), sentence=facts.decided or "Not decided yet.",
        who=f"{who[0].upper()}{who[1:]} decides.",
    )  # fmt: skip


def _state(*, met: bool) -> LineState:
    return LineState.MET if met else LineState.MISSING


def _line(
    policy: Policy, rule: str, value: Cited, says: str, *, key: str, label: str, state: LineState, sentence: str,
    who: str, section: str = "", url: str = "",
) -> Line:  # fmt: skip
    explanation: dict[str, Any] = access.explain(policy, value, says, rule=rule, section=section)
    return Line(
        key, label, state, sentence, who, rule, value.source, section or value.section, explanation, url=url
    )  # fmt: skip
