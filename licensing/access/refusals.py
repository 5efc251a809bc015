"""Why a request can never be granted as it stands, said at the form before anybody waits for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from core.policy import Policy
from core.policy.vocabulary import DutyName, GateName, LimitName, ListName
from licensing.access.rules import Facts, Need, employment_allowed, levels_of


@dataclass(frozen=True)
class Refusal:
    """Why a request can never be granted as it stands: one sentence for one field, what to do, the rule."""

    field: str
    sentence: str
    advice: str
    rule: str | None


def refusals(facts: Facts, policy: Policy) -> list[Refusal]:
    """What no decision could mend: said at the form, before anybody waits for it."""
    return [refusal for check in _CHECKS if (refusal := check(facts, policy))]


def _requester(facts: Facts, policy: Policy) -> Refusal | None:
    return None if facts.is_from_representative else not_from_representative(policy, facts.requester_until)


def not_from_representative(policy: Policy, until: str) -> Refusal | None:
    """Where the manual lets only authorized representatives ask; `until` is the last day on which they were one."""
    gate = policy.gate(GateName.LICENSE)
    line = next((line for line in gate.requires if line.requirement is Need.REQUESTED_BY_REPRESENTATIVE), None)
    if line is None:
        return None
    told = f" You were one until {until}." if until else ""
    return Refusal(
        "agency",
        f"Only one of the agency's authorized representatives can request access.{told}",
        "Ask the representative to send this request, or ask the HMIS Lead to name you as one.",
        line.rule,
    )


def _employment(facts: Facts, policy: Policy) -> Refusal | None:
    if employment_allowed(facts.employment, policy):
        return None
    allowed = policy.list(ListName.EMPLOYMENT_ALLOWED)
    words = "; ".join(allowed.items.values())
    return Refusal(
        "employment",
        "Somebody with this kind of work cannot have a license.",
        f"Licenses are for: {words}.",
        allowed.rule,
    )


def _age(facts: Facts, policy: Policy) -> Refusal | None:
    if facts.is_of_age or not policy.has(LimitName.MINIMUM_AGE):
        return None
    limit = policy.limit(LimitName.MINIMUM_AGE)
    return Refusal(
        "is_of_age",
        f"A license is only for people who are at least {limit.number} years old.",
        "Confirm the person's age, or do not send the request.",
        limit.rule,
    )


def _level(facts: Facts, policy: Policy) -> Refusal | None:
    levels = levels_of(policy)
    if levels is None or facts.level in levels.levels:
        return None
    return Refusal("level", "The manual has no such access level.", "Choose one of the list.", levels.rule)


def _projects(facts: Facts, policy: Policy) -> Refusal | None:
    if facts.projects and not facts.has_foreign_project:
        return None
    gate = policy.gate(GateName.LICENSE)
    rule = next((line.rule for line in gate.requires if line.requirement is Need.PROJECTS_NEEDED), None)
    if facts.has_foreign_project:
        return Refusal("projects", "One of these projects is not your agency's.", "Choose among your own.", rule)
    return Refusal("projects", "Choose at least one project.", "Only those that the person's work needs.", rule)


def _data_entry(facts: Facts, policy: Policy) -> Refusal | None:
    if not (facts.is_view_only_agency and facts.enters_data and policy.has(DutyName.VIEW_ONLY_LICENSES)):
        return None
    return Refusal(
        "enters_data",
        "Your agency takes part to view only, so its licenses cannot enter data.",
        "Ask for a license to view.",
        policy.duty(DutyName.VIEW_ONLY_LICENSES).rule,
    )


_CHECKS = (_requester, _employment, _age, _level, _projects, _data_entry)
