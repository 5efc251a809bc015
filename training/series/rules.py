"""What a series asks next, by when, and what becomes of it. Pure. Rules: VT-TR-2, VT-TR-3, MO-TR-2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


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
