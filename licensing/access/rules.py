"""What a request for access still needs, who may decide it, and which can never be granted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.policy import Policy
from core.policy.values import AccessLevels, Cited, Gate, GateLine
from core.policy.vocabulary import DutyName, GateName, LevelsName, LimitName, ListName, Requirement
from licensing.agreements.rules import Told
from training.api import Standing

Need = Requirement


class RequestState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    ACTIVATED = "activated"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class RequestKind(StrEnum):
    """RETURN: they had a license before. TRANSFER: they come from another agency, whose license ends (SON-LI-2)."""

    NEW = "new"
    RETURN = "return"
    TRANSFER = "transfer"


class Act(StrEnum):
    APPROVE = "approve"
    DENY = "deny"
    CONFIRM = "confirm"
    ACTIVATE = "activate"
    WITHDRAW = "withdraw"


_S = RequestState
TRANSITIONS: dict[tuple[RequestState, Act], RequestState] = {
    (_S.REQUESTED, Act.APPROVE): _S.APPROVED,
    (_S.REQUESTED, Act.DENY): _S.DENIED,
    (_S.REQUESTED, Act.CONFIRM): _S.REQUESTED,
    (_S.REQUESTED, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, Act.DENY): _S.DENIED,
    (_S.APPROVED, Act.CONFIRM): _S.APPROVED,
    (_S.APPROVED, Act.ACTIVATE): _S.ACTIVATED,
    (_S.APPROVED, Act.WITHDRAW): _S.WITHDRAWN,
}


class LineState(StrEnum):
    MET = "met"
    MISSING = "missing"
    NOT_NEEDED = "not-needed"


class Decider(StrEnum):
    LEAD_MANAGER = "the HMIS manager of the agency's CoC"
    AGENCY_ADMINISTRATOR = "the agency's technical administrator"


@dataclass(frozen=True)
class Confirmed:
    """A line that the Lead's staff answered for; not `is_needed`: it does not apply here."""

    by: str
    reason: str
    on: str
    is_needed: bool = True


@dataclass(frozen=True)
class Protected:
    """A protected project that is asked for: who approves it, and who did."""

    project_id: int
    name: str
    who: str
    approval: Confirmed | None = None


UNTRAINED = Standing(is_known=False)


@dataclass(frozen=True)
class Facts:
    """What is known about a request. `decision` is True for approved, False for denied, None for open.

    `requester_until` is the day on which who asks was an authorized representative for the last time, if ever.
    """

    name: str
    requester: str
    is_from_representative: bool
    employment: str
    is_of_age: bool
    level: str
    enters_data: bool
    is_view_only_agency: bool
    projects: tuple[str, ...]
    has_foreign_project: bool = False
    decision: bool | None = None
    decided_by: str = ""
    decided_on: str = ""
    decision_reason: str = ""
    confirmed: Mapping[str, Confirmed] = field(default_factory=dict)
    trained: Standing = UNTRAINED
    signed: Mapping[Requirement, Told] = field(default_factory=dict)
    protected: tuple[Protected, ...] = ()
    requester_until: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the eligibility list. `confirmable`: the Lead's staff answers for it with a reason. `url` is where
    to see what it rests on."""

    key: str
    label: str
    state: LineState
    sentence: str
    who_can: str
    rule: str
    source: str
    section: str
    explanation: dict[str, Any]
    confirmable: bool = False
    url: str = ""

    @property
    def is_decision(self) -> bool:
        return self.key in (DECISION, Need.MANAGER_APPROVAL)

    @property
    def holds(self) -> bool:
        return self.state is not LineState.MISSING


DECISION = "decision"
VIEW_ONLY = "view-only"
SIGNERS = {Need.AGENCY_AGREEMENT_SIGNED: "Whoever signs for the agency signs it."}
PROTECTED = "protected-"
LEAD_STAFF = "The HMIS Lead's staff confirms it."
MAY_NOT_APPLY = frozenset({Need.FEE_PAID})

Answer = tuple[bool, str]


def eligibility(facts: Facts, policy: Policy) -> list[Line]:
    """Every condition of the pack's license gate, in the manual's order, then what the service adds."""
    gate = policy.gate(GateName.LICENSE)
    lines = [_gate_line(line, gate, facts, policy) for line in gate.requires]
    if facts.is_view_only_agency and policy.has(DutyName.VIEW_ONLY_LICENSES):
        lines.append(_view_only(facts, policy))
    lines += [protected_line(one, policy) for one in facts.protected]
    if Need.MANAGER_APPROVAL not in gate.names():
        lines.append(_decision(facts, policy, gate))
    return lines


def all_hold(lines: list[Line]) -> bool:
    return all(line.holds for line in lines)


def confirmable_lines(policy: Policy) -> frozenset[Requirement]:
    """What a person answers for where nobody is trained and nothing is signed here: the service knows nothing of it."""
    return frozenset(policy.gate(GateName.LICENSE).names()) - frozenset(_KNOWN)


def deciders(policy: Policy, level: str) -> frozenset[Decider]:
    """Who may approve or deny: the CoC's manager always; up to the pack's ceiling, where it has one and does
    not ask for the manager's approval, the agency's administrator too (MO-LI-3, VT-LI-6)."""
    levels = levels_of(policy)
    manager_only = Need.MANAGER_APPROVAL in policy.gate(GateName.LICENSE).names()
    if manager_only or levels is None or level not in levels.levels or not levels.agency_may_grant(level):
        return frozenset({Decider.LEAD_MANAGER})
    return frozenset(Decider)


def decision_rule(policy: Policy) -> str:
    """The rule that says who decides: the manual's own line, else its levels', else the gate's."""
    gate = policy.gate(GateName.LICENSE)
    named = (line.rule for line in gate.requires if line.requirement is Need.MANAGER_APPROVAL)
    return next(named, (levels_of(policy) or gate).rule)


def levels_of(policy: Policy) -> AccessLevels | None:
    return policy.levels if policy.has(LevelsName.ACCESS) else None


def employment_choices(policy: Policy, kinds: Mapping[str, str]) -> dict[str, str]:
    """Every kind of employment with the manual's words where it has some; also those it refuses, so that
    the answer can say why."""
    words = dict(kinds)
    for name in (ListName.EMPLOYMENT_ALLOWED, ListName.EMPLOYMENT_REFUSED):
        if policy.has(name):
            words |= {code: said for code, said in policy.list(name).items.items() if code in kinds}
    return words


def employment_allowed(employment: str, policy: Policy) -> bool:
    """By the pack's two lists; a manual that has neither allows every kind (VT-LI-3, MO-LI-2)."""
    if policy.has(ListName.EMPLOYMENT_REFUSED) and employment in policy.list(ListName.EMPLOYMENT_REFUSED):
        return False
    return not policy.has(ListName.EMPLOYMENT_ALLOWED) or employment in policy.list(ListName.EMPLOYMENT_ALLOWED)


# ------------------------------------------------------------------ one line each


def _request_is_here(facts: Facts, _: Policy) -> Answer:
    return True, f"{facts.requester} asked for it."


def _is_from_representative(facts: Facts, _: Policy) -> Answer:
    if facts.is_from_representative:
        return True, f"{facts.requester} was an authorized representative of the agency then."
    return False, f"{facts.requester} was not an authorized representative of the agency then."


def _is_employed(facts: Facts, policy: Policy) -> Answer:
    kind = employment_choices(policy, {facts.employment: facts.employment})[facts.employment]
    return employment_allowed(facts.employment, policy), f"{kind}."


def _is_of_age(facts: Facts, policy: Policy) -> Answer:
    number = policy.limit(LimitName.MINIMUM_AGE).number
    if facts.is_of_age:
        return True, f"The agency confirmed an age of {number} or more."
    return False, f"The agency has not confirmed an age of {number} or more."


def _has_projects(facts: Facts, _: Policy) -> Answer:
    return bool(facts.projects), ", ".join(facts.projects) or "No project is named."


def _is_approved(facts: Facts) -> Answer:
    match facts.decision:
        case True:
            return True, f"Approved by {facts.decided_by} on {facts.decided_on}: {facts.decision_reason}"
        case False:
            return False, f"Denied by {facts.decided_by} on {facts.decided_on}: {facts.decision_reason}"
    return False, "Not decided yet."


_KNOWN: dict[Requirement, tuple[Callable[[Facts, Policy], Answer], str]] = {
    Need.ACCESS_REQUEST: (_request_is_here, ""),
    Need.REQUESTED_BY_REPRESENTATIVE: (_is_from_representative, "An authorized representative makes a new request."),
    Need.EMPLOYMENT_ALLOWED: (_is_employed, "The agency makes a new request."),
    Need.MINIMUM_AGE: (_is_of_age, "The agency makes a new request."),
    Need.PROJECTS_NEEDED: (_has_projects, "The agency makes a new request."),
    Need.MANAGER_APPROVAL: (lambda facts, _: _is_approved(facts), "The HMIS manager of the agency's CoC decides."),
}


_TRAINED: dict[Requirement, tuple[Callable[[Facts, Policy], Answer], str]] = {
    Need.TRAINING_COMPLETE: (
        lambda facts, _: (facts.trained.is_complete, facts.trained.sentence),
        "The person completes the series.",
    ),
    Need.TRAINING_TEST_PASSED: (
        lambda facts, _: (facts.trained.has_passed_test, _tested(facts.trained)),
        "The person passes the test.",
    ),
    Need.SECURITY_TRAINING_COMPLETE: (
        lambda facts, _: (facts.trained.has_security, _secure(facts.trained)),
        "The person takes that training.",
    ),
}


def _tested(trained: Standing) -> str:
    return "The test is passed." if trained.has_passed_test else "No test has been passed in the series yet."


def _secure(trained: Standing) -> str:
    return "It was taken and still counts." if trained.has_security else "It has not been taken yet."


def _known(facts: Facts) -> dict[Requirement, tuple[Callable[[Facts, Policy], Answer], str]]:
    """What the service answers by itself; about training only where somebody is to be trained here."""
    return _KNOWN | _TRAINED if facts.trained.is_known else _KNOWN


def _gate_line(line: GateLine, gate: Gate, facts: Facts, policy: Policy) -> Line:
    name, known = line.requirement, _known(facts)
    told = facts.signed.get(name)
    if told is not None:
        state, sentence = LineState.MET if told.is_signed else LineState.MISSING, told.sentence
        who = SIGNERS.get(name, "The person signs it.")
    elif name in known:
        answer, who = known[name]
        met, sentence = answer(facts, policy)
        state = LineState.MET if met else LineState.MISSING
    else:
        state, sentence = _confirmed(facts.confirmed.get(name), line.says)
        who = LEAD_STAFF
    return Line(
        key=str(name),
        label=in_words(name),
        state=state,
        sentence=sentence,
        who_can=who,
        rule=line.rule,
        source=gate.source,
        section=line.section,
        explanation=explain(policy, gate, line.says, rule=line.rule, section=line.section),
        confirmable=name not in known and told is None,
        url=told.url if told else "",
    )


def _confirmed(told: Confirmed | None, says: str) -> tuple[LineState, str]:
    if told is None:
        return LineState.MISSING, says
    if told.is_needed:
        return LineState.MET, f"Confirmed by {told.by} on {told.on}: {told.reason}"
    return LineState.NOT_NEEDED, f"Not needed here, said {told.by} on {told.on}: {told.reason}"


def _view_only(facts: Facts, policy: Policy) -> Line:
    duty = policy.duty(DutyName.VIEW_ONLY_LICENSES)
    sentence = "The license would enter data, at an agency that only views." if facts.enters_data else "It only views."
    return Line(
        key=VIEW_ONLY,
        label="View only",
        state=LineState.MISSING if facts.enters_data else LineState.MET,
        sentence=sentence,
        who_can="The agency makes a new request.",
        rule=duty.rule,
        source=duty.source,
        section=duty.section,
        explanation=explain(policy, duty, duty.says),
    )


def protected_line(one: Protected, policy: Policy) -> Line:
    """No manual says who approves it; the project's own setting does, and so the line cites none."""
    done = one.approval
    sentence = f"{one.name}: approved by {done.by} on {done.on}: {done.reason}" if done else f"{one.name} is protected."
    says = f"{one.name} is protected. {one.who[0].upper()}{one.who[1:]} approves each request for it."
    return Line(
        key=f"{PROTECTED}{one.project_id}",
        label="Protected project",
        state=LineState.MET if done else LineState.MISSING,
        sentence=sentence,
        who_can=f"{one.who[0].upper()}{one.who[1:]} approves it.",
        rule="",
        source="",
        section="",
        explanation={"pack": policy.pack, "version": policy.version.isoformat(), "because": [says]},
    )


def _decision(facts: Facts, policy: Policy, gate: Gate) -> Line:
    """The Lead's own decision, where the manual lists conditions and names nobody who approves."""
    value: Cited = levels_of(policy) or gate
    met, sentence = _is_approved(facts)
    who = " or ".join(sorted(deciders(policy, facts.level)))
    return Line(
        key=DECISION,
        label="Decision",
        state=LineState.MET if met else LineState.MISSING,
        sentence=sentence,
        who_can=f"{who[0].upper()}{who[1:]} decides.",
        rule=value.rule,
        source=value.source,
        section=value.section,
        explanation=explain(policy, value, value.says),
    )


def in_words(name: str) -> str:
    words = name.replace("-", " ")
    return f"{words[0].upper()}{words[1:]}"


def explain(policy: Policy, value: Cited, says: str, rule: str = "", section: str = "") -> dict[str, Any]:
    """What the `why?` of a line shows."""
    return {
        "pack": policy.pack,
        "version": policy.version.isoformat(),
        "rule": rule or value.rule,
        "source": value.source,
        "section": section or value.section,
        "title": policy.manual_of(value.source),
        "because": [says],
    }


def may_be_one(name: str, other: str) -> bool:
    """Whether two spellings can be one person's name: they share a word."""
    words, others = ({word.casefold().strip(".,") for word in told.split()} for told in (name, other))
    return bool(words & others)
