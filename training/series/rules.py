"""What a series asks next, what becomes of it, and what one for new users must have. Pure.

Rules: VT-TR-3, VT-TR-5, MO-TR-2, HUD-TR-1, SON-TR-1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.policy import Policy
from core.policy.values import Cited
from core.policy.vocabulary import DutyName, GateName, LadderName, ListName
from training.courses.vocabulary import Credit


class StepKind(StrEnum):
    """COURSE is met by a completion of its course; PRACTICE by one practice case for each kind of project."""

    COURSE = "course"
    PRACTICE = "practice"


class StepState(StrEnum):
    """REVIEW: the person has done their part and the Lead's staff looks at it."""

    TO_DO = "to-do"
    REVIEW = "review"
    MET = "met"


class EnrollmentState(StrEnum):
    ASSIGNED = "assigned"
    RUNNING = "running"
    COMPLETE = "complete"
    WAIVED = "waived"
    LAPSED = "lapsed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    START = "start"
    COMPLETE = "complete"
    WAIVE = "waive"
    LAPSE = "lapse"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


_S = EnrollmentState
TRANSITIONS: dict[tuple[EnrollmentState, Act], EnrollmentState] = {
    (_S.ASSIGNED, Act.START): _S.RUNNING,
    (_S.ASSIGNED, Act.COMPLETE): _S.COMPLETE,
    (_S.ASSIGNED, Act.WAIVE): _S.WAIVED,
    (_S.ASSIGNED, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.RUNNING, Act.COMPLETE): _S.COMPLETE,
    (_S.RUNNING, Act.WAIVE): _S.WAIVED,
    (_S.RUNNING, Act.LAPSE): _S.LAPSED,
    (_S.RUNNING, Act.REFUSE): _S.REFUSED,
    (_S.RUNNING, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.COMPLETE, Act.REOPEN): _S.RUNNING,
}


@dataclass(frozen=True)
class Step:
    """A step as the rules see it."""

    position: int
    state: StepState
    after: tuple[int, ...] = ()


def open_positions(steps: Iterable[Step]) -> list[int]:
    """The steps that may be done now: not met, and everything they come after is met."""
    known = list(steps)
    met = {step.position for step in known if step.state is StepState.MET}
    return [step.position for step in known if step.state is not StepState.MET and met.issuperset(step.after)]


def is_whole(steps: Iterable[Step]) -> bool:
    """Whether nothing is left; a series without steps is never whole."""
    known = list(steps)
    return bool(known) and all(step.state is StepState.MET for step in known)


def did_own_part(steps: Iterable[Step]) -> bool:
    """Whether nothing waits for the person: what is left lies with whoever reviews it."""
    known = list(steps)
    return bool(known) and all(step.state is not StepState.TO_DO for step in known)


def is_cycle_free(steps: Mapping[int, Sequence[int]]) -> bool:
    """Whether each step can open once: every `after` names a step that stands before it."""
    return all(before in steps and before < position for position, after in steps.items() for before in after)


# ------------------------------------------------------------------ what a series for new users must have


@dataclass(frozen=True)
class Lack:
    """What keeps a series from being offered to new users, and the rule that says so."""

    sentence: str
    rule: str
    source: str
    section: str


def lacks(steps: Sequence[frozenset[str]], policy: Policy) -> list[Lack]:
    """`steps` are the credits of each step's course, in order.

    HUD-TR-1: the topics before first access; MO-TR-2: the manual's own steps in its order; SON-TR-1: security and
    ethics before orientation.
    """
    return [*_not_covered(steps, policy), *_out_of_order(steps, policy), *_security_late(steps, policy)]


def _not_covered(steps: Sequence[frozenset[str]], policy: Policy) -> list[Lack]:
    if not policy.has(ListName.TRAINING_BEFORE_ACCESS):
        return []
    asked = policy.list(ListName.TRAINING_BEFORE_ACCESS)
    there = frozenset().union(*steps)
    return [_lack(f"No step covers “{words}”.", asked) for code, words in asked.items.items() if code not in there]


def _out_of_order(steps: Sequence[frozenset[str]], policy: Policy) -> list[Lack]:
    if not policy.has(LadderName.NEW_USER_SERIES):
        return []
    ladder = policy.ladder(LadderName.NEW_USER_SERIES)
    places = {step.step: _place(step.step, steps) for step in ladder.steps}
    missing = [name for name, place in places.items() if place is None]
    if missing:
        return [_lack(f"The manual's step “{_words(name)}” is missing.", ladder) for name in missing]
    found = [place for place in places.values() if place is not None]
    if found == sorted(found):
        return []
    told = ", ".join(_words(name) for name in places)
    return [_lack(f"The manual has this order: {told}.", ladder)]


def _security_late(steps: Sequence[frozenset[str]], policy: Policy) -> list[Lack]:
    if not policy.has(DutyName.SECURITY_BEFORE_ORIENTATION):
        return []
    duty = policy.duty(DutyName.SECURITY_BEFORE_ORIENTATION)
    security, orientation = _place(Credit.SECURITY, steps), _place(Credit.ORIENTATION, steps)
    if security is None:
        return [_lack("No step is the security and ethics training.", duty)]
    if orientation is not None and orientation <= security:
        return [_lack("The security and ethics training comes before the orientation.", duty)]
    return []


def _place(code: str, steps: Sequence[frozenset[str]]) -> int | None:
    return next((place for place, carried in enumerate(steps) if code in carried), None)


def _words(code: str) -> str:
    return code.replace("-", " ")


def _lack(sentence: str, value: Cited) -> Lack:
    return Lack(sentence, value.rule, value.source, value.section)


# ------------------------------------------------------------------ what licensing asks


@dataclass(frozen=True)
class Standing:
    """Whether a person's training for a license is complete, said in one sentence, and whether they passed its test.

    `is_known` is false where the community has no series here: then nothing is known, and the Lead's staff answers.
    """

    is_known: bool
    is_complete: bool = False
    sentence: str = ""
    has_passed_test: bool = False
    has_security: bool = False


def may_waive(policy: Policy, *, is_returning: bool) -> str:
    """Why the series cannot be waived; nothing where the Lead may, with a reason (VT-TR-5)."""
    if not policy.has(GateName.SERIES_WAIVER):
        return "The manual knows no waiver: who had access before takes the series again."
    if not is_returning:
        return "Only somebody who had a license before can be excused from the series."
    return ""


def practised_enough(wanted: Sequence[int], done: Sequence[int], times: int) -> bool:
    """Whether each kind of project has had so many accepted cases (MO-TR-3)."""
    return all(done.count(hud_type) >= times for hud_type in wanted)
