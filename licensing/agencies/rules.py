"""What an agency does to come to take part, whom it must have, and whom it may name. Pure.

Rules: SAC-LI-4, SON-LI-7, SON-LI-8, VT-LI-2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from core.people.models import DesignationKind
from core.policy import Decision, Policy
from core.policy.values import Cited, Line
from core.policy.values import Step as PackStep
from core.policy.vocabulary import GateName, LadderName, LimitName, ListName
from core.policy.vocabulary import Requirement as Need
from core.ui import times

ONE_DAY = timedelta(days=1)


# ------------------------------------------------------------------ days without


@dataclass(frozen=True)
class Held:
    """Somebody held a duty from `first` to `last`, both included; `last` none: still."""

    first: date
    last: date | None = None


@dataclass(frozen=True)
class Gap:
    """Days on which nobody did, both included; `last` none: still so."""

    first: date
    last: date | None = None

    def days(self, today: date) -> int:
        return ((self.last or today) - self.first).days + 1


def gaps(held: Iterable[Held], since: date, today: date) -> list[Gap]:
    """The days from `since` to `today` on which nobody held the duty. A day on which somebody did for a moment is
    none of them. Rule: SON-LI-8."""
    found, next_open = [], since
    for span in sorted(held, key=lambda one: one.first):
        if span.first > today:
            break
        if span.first > next_open:
            found.append(Gap(next_open, span.first - ONE_DAY))
        if span.last is None:
            return found
        next_open = max(next_open, span.last + ONE_DAY)
    return [*found, Gap(next_open)] if next_open <= today else found


def both(one: Iterable[Held], other: Iterable[Held]) -> list[Held]:
    """The days that lie in a span of each: designated, and licensed too."""
    spans = []
    for a in one:
        for b in other:
            first = max(a.first, b.first)
            ends = [last for last in (a.last, b.last) if last is not None]
            last = min(ends) if ends else None
            if last is None or first <= last:
                spans.append(Held(first, last))
    return spans


def last_day(ended_at: datetime, zone: ZoneInfo) -> date:
    """The last day on which something that ended at that instant was so; midnight ends the day before."""
    return (ended_at - timedelta(microseconds=1)).astimezone(zone).date()


# ------------------------------------------------------------------ whom an agency must have

WORDS = {
    DesignationKind.EXECUTIVE_DIRECTOR: "executive director",
    DesignationKind.REPRESENTATIVE: "authorized representative",
    DesignationKind.ADMINISTRATOR: "technical administrator",
    DesignationKind.SECURITY_OFFICER: "security officer",
}
_OF_GATE = {
    Need.TECHNICAL_ADMINISTRATOR: DesignationKind.ADMINISTRATOR,
    Need.SECURITY_OFFICER: DesignationKind.SECURITY_OFFICER,
}


@dataclass(frozen=True)
class Must:
    """Somebody an agency has at all times, with a license or not; `from_users` where only a large one must."""

    kind: DesignationKind
    says: str
    rule: str
    source: str
    section: str
    is_licensed: bool = False
    from_users: int = 0

    @property
    def words(self) -> str:
        return f"{'licensed ' * self.is_licensed}{WORDS[self.kind]}"


def musts(policy: Policy) -> list[Must]:
    """Whom the pack's agencies must have (SON-LI-8, SAC-LI-4, VT-LI-2)."""
    found: dict[DesignationKind, Must] = {}
    if policy.has(GateName.PARTICIPATION):
        gate = policy.gate(GateName.PARTICIPATION)
        licensed = Need.TECHNICAL_ADMINISTRATOR_LICENSED in gate.names()
        for line in gate.requires:
            if kind := _OF_GATE.get(line.requirement):
                needs_license = licensed and kind is DesignationKind.ADMINISTRATOR
                found[kind] = Must(kind, line.says, line.rule, gate.source, line.section, needs_license)
    if policy.has(LimitName.ADMINISTRATOR_THRESHOLD):
        limit = policy.limit(LimitName.ADMINISTRATOR_THRESHOLD)
        kind = DesignationKind.ADMINISTRATOR
        found[kind] = Must(kind, limit.says, limit.rule, limit.source, limit.section, from_users=limit.number)
    return [found[kind] for kind in DesignationKind if kind in found]


def why_must(policy: Policy, must: Must) -> dict[str, Any]:
    """What the `why?` of somebody missing shows."""
    return {
        "pack": policy.pack,
        "version": policy.version.isoformat(),
        "rule": must.rule,
        "source": must.source,
        "section": must.section,
        "title": policy.manual_of(must.source),
        "because": [must.says],
    }


def vacancy(policy: Policy, must: Must, began: datetime, zone: ZoneInfo, users: int = 0) -> Decision:
    """Since when somebody is missing: it is owed from that moment, because the manual gives no time for it."""
    at = began.astimezone(zone).replace(microsecond=0)
    opening = f"Nobody is the agency's {must.words} since {times.say_when(at)} ({times.zone_word(at)})."
    counted = (f"The agency has {users} users; from {must.from_users} on it names one.",) if must.from_users else ()
    return Decision(
        pack=policy.pack,
        version=policy.version,
        clock="",
        anchor=at,
        due=at,
        rule=must.rule,
        source=must.source,
        section=must.section,
        title=policy.manual_of(must.source),
        because=(opening, *counted, must.says),
        says=must.says,
    )


# ------------------------------------------------------------------ who may be named


@dataclass(frozen=True)
class Checked:
    """What is known of a person who is to be named. `licensed_since`: the day their oldest license in force began."""

    has_check: bool = False
    has_concern: bool = False
    licensed_since: date | None = None


@dataclass(frozen=True)
class Refused:
    sentence: str
    advice: str
    rule: str


_CHECK_CODES = {
    DesignationKind.ADMINISTRATOR: "agency-administrator",
    DesignationKind.SECURITY_OFFICER: "security-officer",
}


def needs_check(policy: Policy, kind: DesignationKind) -> bool:
    """Whether the pack has a background check made of who holds this duty (SON-LI-7)."""
    code = _CHECK_CODES.get(kind)
    has = policy.has(ListName.BACKGROUND_CHECK_ROLES)
    return has and code is not None and code in policy.list(ListName.BACKGROUND_CHECK_ROLES)


def may_be_named(kind: DesignationKind, name: str, checked: Checked, on: date, policy: Policy) -> Refused | None:
    """None when the person may hold the duty from that day on. Rule: SON-LI-7."""
    if not needs_check(policy, kind):
        return None
    rule = policy.list(ListName.BACKGROUND_CHECK_ROLES).rule
    if not checked.has_check:
        return Refused(
            f"{name}'s background has not been checked yet.",
            f"Record the check first; a {WORDS[kind]} needs one.",
            rule,
        )
    if not checked.has_concern:
        return None
    if kind is not DesignationKind.ADMINISTRATOR or not policy.has(LimitName.ADMINISTRATOR_WAIT):
        return Refused(
            f"{name}'s background check raised concerns, so they cannot be the agency's {WORDS[kind]}.",
            "They may be an end user. Name somebody else.",
            rule,
        )
    return _waits(name, checked.licensed_since, on, policy)


def _waits(name: str, since: date | None, on: date, policy: Policy) -> Refused | None:
    """A year of use as an end user first, to the day."""
    limit = policy.limit(LimitName.ADMINISTRATOR_WAIT)
    years = f"{limit.number} year{'s' * (limit.number != 1)}"
    told = f"{name}'s background check raised concerns."
    if since is None:
        return Refused(
            told,
            f"They may be an end user, and apply after {years} with a license. Name somebody else for now.",
            limit.rule,
        )
    ready = since + relativedelta(years=limit.number)
    if on >= ready:
        return None
    advice = (
        f"They have had a license since {times.say_day(since)}, and may apply after {years}: "
        f"from {times.say_day(ready)} on."
    )
    return Refused(told, advice, limit.rule)


# ------------------------------------------------------------------ coming in


class Step(StrEnum):
    """The steps an onboarding can be made of; which of them, and in what order, is the pack's to say."""

    REPRESENTATIVE = "authorized-representative"
    SECURITY_OFFICER = "security-officer"
    ADMINISTRATOR = "technical-administrator"
    LICENSED = "administrator-licensed"
    CHECKS = "background-checks"
    AUDIT = "security-audit"
    SIGNED = "agreement-signed"
    ON_AGREEMENT = "administrator-on-agreement"
    COUNTERSIGNED = "agreement-countersigned"
    PRIVACY_NOTICE = "privacy-notice"
    PROJECTS = "projects"


LABELS = {
    Step.REPRESENTATIVE: "Authorized representative named",
    Step.SECURITY_OFFICER: "Security officer named",
    Step.ADMINISTRATOR: "Technical administrator named",
    Step.LICENSED: "Technical administrator licensed",
    Step.CHECKS: "Backgrounds checked",
    Step.AUDIT: "Initial security audit",
    Step.SIGNED: "Agreement signed",
    Step.ON_AGREEMENT: "Administrator on the agreement",
    Step.COUNTERSIGNED: "Agreement countersigned",
    Step.PRIVACY_NOTICE: "Privacy notice collected",
    Step.PROJECTS: "Projects set up",
}
OF_AGENCY = frozenset({Step.AUDIT, Step.SIGNED, Step.ON_AGREEMENT, Step.PRIVACY_NOTICE})
"""What somebody of the agency may confirm; the Lead may confirm whatever a person confirms."""


OWN_CHOICE = frozenset({Step.PRIVACY_NOTICE, Step.PROJECTS})
"""What no manual makes a step of; the packs say so where they have it."""


@dataclass(frozen=True)
class Known:
    """What the service knows by itself: a step that is not in `answers` is for a person to confirm."""

    answers: Mapping[Step, tuple[bool, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """What a person answered for."""

    by: str
    on: str
    note: str


@dataclass(frozen=True)
class OnboardingLine:
    step: Step
    label: str
    is_met: bool
    sentence: str
    who: str
    explanation: dict[str, Any]
    is_fact: bool
    waits_for: str = ""

    @property
    def outcome(self) -> str:
        return "met" if self.is_met else "waiting" if self.waits_for else "missing"


def onboarding(policy: Policy, known: Known, told: Mapping[str, Told]) -> list[OnboardingLine]:
    """Every step of the pack in its order. A step that another has to come before waits for it (SAC-LI-4).

    A pack without steps has none, and an agency of it can be taken in at once.
    """
    if not policy.has(LadderName.ONBOARDING):
        return []
    ladder = policy.ladder(LadderName.ONBOARDING)
    lines: list[OnboardingLine] = []
    for one in ladder.steps:
        open_before = [line.label for line in lines if not line.is_met and _before(ladder.steps, line.step) == one.step]
        lines.append(_line(policy, ladder, one, known, told, open_before))
    return lines


def _before(steps: Sequence[PackStep], step: Step) -> str | None:
    return next((one.before for one in steps if one.step == step), None)


def _line(
    policy: Policy, value: Cited, one: PackStep, known: Known, told: Mapping[str, Told], open_before: list[str]
) -> OnboardingLine:
    step = Step(one.step)
    is_fact = step in known.answers
    said = told.get(one.step)
    if is_fact:
        is_met, sentence = known.answers[step]
    elif said:
        is_met, sentence = True, f"{said.by} confirmed it for {said.on}. {said.note}".strip()
    else:
        is_met, sentence = False, one.says
    waits = "" if is_met or not open_before else f"First: {', '.join(open_before).lower()}."
    return OnboardingLine(
        step=step,
        label=LABELS[step],
        is_met=is_met,
        sentence=sentence,
        who=waits or f"{one.who[0].upper()}{one.who[1:]}.",
        explanation=explain(policy, value, one, has_local=step in OWN_CHOICE),
        is_fact=is_fact,
        waits_for=waits,
    )


def explain(policy: Policy, value: Cited, line: Line | None = None, *, has_local: bool = True) -> dict[str, Any]:
    """What the `why?` of a line shows."""
    said = line or value
    local = [value.local] if value.local and has_local else []
    return {
        "pack": policy.pack,
        "version": policy.version.isoformat(),
        "rule": said.rule,
        "source": value.source,
        "section": said.section,
        "title": policy.manual_of(value.source),
        "because": [said.says, *local],
    }
