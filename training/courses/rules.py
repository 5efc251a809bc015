"""What a version must have before it is offered, who may try a test, and what a pass is. Pure.

Rules: HUD-TR-1, HUD-TR-5, MO-TR-2, SON-TR-1, SAC-TR-1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

from core.agreeing import INTENT as INTENT
from core.agreeing import is_name as is_name
from core.agreeing import text_hash as text_hash
from core.agreeing import text_of as text_of
from core.policy import Policy
from core.policy.values import Cited
from core.policy.vocabulary import Bound, LimitName, ListName, SwitchName
from training.courses.vocabulary import CourseKind, CourseState, Credit

MOST_DRAWN = 100
MOST_ATTEMPTS = 20
MOST_TOLERANCE = 20
TAKEN_HERE = (CourseKind.MATERIAL, CourseKind.AGREEMENT)
SECURITY = (Credit.SECURITY, Credit.SECURITY_AND_PRIVACY, Credit.DATA_SECURITY)


class Act(StrEnum):
    PUBLISH = "publish"
    RETIRE = "retire"
    OFFER = "offer"


TRANSITIONS: dict[tuple[CourseState, Act], CourseState] = {
    (CourseState.DRAFT, Act.PUBLISH): CourseState.OFFERED,
    (CourseState.OFFERED, Act.PUBLISH): CourseState.OFFERED,
    (CourseState.OFFERED, Act.RETIRE): CourseState.RETIRED,
    (CourseState.RETIRED, Act.OFFER): CourseState.OFFERED,
}


class Feedback(StrEnum):
    """What a person sees of an attempt that is over."""

    SCORE = "score"
    MARKS = "marks"
    ANSWERS_AT_END = "answers-at-end"
    ANSWERS = "answers"


FEEDBACK_WORDS = {
    Feedback.SCORE: "The score only",
    Feedback.MARKS: "Which answers were right, with the feedback",
    Feedback.ANSWERS_AT_END: "The same, and the right answers once they passed or have no try left",
    Feedback.ANSWERS: "The right answers after every try",
}


@dataclass(frozen=True)
class TestPlan:
    """How a test is drawn and passed. `per_tag` of the `draw` questions are of those tags; 0 `attempts` is no limit."""

    __test__ = False  # pytest: it is no test of ours

    draw: int
    pass_percent: int
    attempts: int = 0
    feedback: Feedback = Feedback.ANSWERS_AT_END
    per_tag: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> TestPlan | None:
        """None where the version has no test."""
        if not stored:
            return None
        return cls(**{**stored, "feedback": Feedback(stored["feedback"])})

    def as_json(self) -> dict[str, Any]:
        return {
            "draw": self.draw,
            "pass_percent": self.pass_percent,
            "attempts": self.attempts,
            "feedback": str(self.feedback),
            "per_tag": dict(self.per_tag),
        }

    def lacks(self, bank: Sequence[str]) -> str:
        """What the bank, given as its questions' tags, has too little of; empty when it suffices."""
        have = Counter(bank)
        for tag, wanted in self.per_tag.items():
            if have[tag] < wanted:
                return f"The test draws {wanted} questions of “{tag}”; the bank has {have[tag]}."
        if len(bank) < self.draw:
            return f"The test draws {self.draw} questions; the bank has {len(bank)}."
        return ""


def per_tag_of(typed: str) -> dict[str, int]:
    """`privacy: 3, security: 2`. Raises ValueError with a sentence."""
    found: dict[str, int] = {}
    for part in filter(None, (one.strip() for one in typed.split(","))):
        tag, _, many = part.rpartition(":")
        if not tag.strip() or not (many.strip().isascii() and many.strip().isdecimal()):
            raise ValueError("Write the tag and how many: privacy: 3, security: 2.")
        found[tag.strip().lower()] = int(many.strip()[:6])
    return found


def drawn(plan: TestPlan, bank: Sequence[tuple[int, str]], rng: Random) -> list[int]:
    """Numbers of questions in the order in which they are asked: each tag's share first, the rest from all others."""
    chosen: list[int] = []
    for tag, many in plan.per_tag.items():
        chosen += rng.sample([number for number, its in bank if its == tag], many)
    taken = set(chosen)
    others = [number for number, _ in bank if number not in taken]
    chosen += rng.sample(others, plan.draw - len(chosen))
    rng.shuffle(chosen)
    return chosen


def score(right: int, total: int) -> int:
    """Whole percent, rounded down: nobody reads the mark where they have not reached it."""
    return right * 100 // total


def is_pass(right: int, total: int, pass_percent: int) -> bool:
    """At the mark passes."""
    return right * 100 >= pass_percent * total


def tries_left(plan: TestPlan, used: int, granted: int) -> int | None:
    """None is no limit."""
    return max(plan.attempts + granted - used, 0) if plan.attempts else None


def shows_marks(plan: TestPlan) -> bool:
    return plan.feedback is not Feedback.SCORE


def shows_answers(plan: TestPlan, *, passed: bool, left: int | None) -> bool:
    """Where tries are without a limit there is no last one: only a pass shows them."""
    is_end = passed or left == 0
    return plan.feedback is Feedback.ANSWERS or (plan.feedback is Feedback.ANSWERS_AT_END and is_end)


# ------------------------------------------------------------------ before it is offered


@dataclass(frozen=True)
class Draft:
    """What a version holds, as far as publishing asks."""

    kind: CourseKind
    credits: Sequence[str]
    minutes: int
    body: str = ""
    has_video: bool = False
    has_captions: bool = False
    plan: TestPlan | None = None
    clauses: Sequence[str] = ()
    bank: Sequence[str] = ()
    """The tags of the questions that can be drawn."""


@dataclass(frozen=True)
class Line:
    """One thing that publishing asks, whether it is there, and where the manual says so."""

    label: str
    is_met: bool
    sentence: str
    rule: str = ""
    explanation: Mapping[str, str] = field(default_factory=dict)


def before_publishing(draft: Draft, policies: Iterable[Policy]) -> list[Line]:
    """Everything that is asked of this version, met or not."""
    lines = [_content(draft)]
    if draft.has_video:
        lines.append(Line("Captions", draft.has_captions, "A video has captions, for those who cannot hear it."))
    if draft.plan:
        lacking = draft.plan.lacks(draft.bank)
        lines.append(Line("Questions", not lacking, lacking or "The bank has enough questions for the test."))
    if draft.kind is CourseKind.AGREEMENT:
        lines.append(Line("Clauses", bool(draft.clauses), "Each clause is ticked before it is signed.", "MO-TR-2"))
    for policy in policies:
        lines += [*_quiz(draft, policy), *_length(draft, policy)]
    return lines


def _content(draft: Draft) -> Line:
    is_there = bool(draft.body or draft.has_video or draft.clauses)
    return Line("Something to learn", is_there, "A text, a video or the clauses of an agreement.")


def _quiz(draft: Draft, policy: Policy) -> list[Line]:
    if not asks_for_quiz(draft.kind, draft.credits, policy):
        return []
    value = policy.switch(SwitchName.RENEWAL_QUIZ)
    sentence = f"{policy.title} asks for a quiz on the policies before the agreement is signed."
    return [Line("Quiz on the policies", draft.plan is not None, sentence, value.rule, cited(policy, value))]


def asks_for_quiz(kind: CourseKind, credits: Sequence[str], policy: Policy) -> bool:  # noqa: A002 - the pack's own word
    """Whether the agreement is signed only after a passed quiz (HUD-TR-5)."""
    is_agreement = kind is CourseKind.AGREEMENT and Credit.USER_AGREEMENT in credits
    return is_agreement and policy.has(SwitchName.RENEWAL_QUIZ) and policy.switch(SwitchName.RENEWAL_QUIZ).on


def _length(draft: Draft, policy: Policy) -> list[Line]:
    """A manual that says how long its security training takes means at least that long (SON-TR-1)."""
    if Credit.SECURITY not in draft.credits or not policy.has(LimitName.SECURITY_TRAINING_LENGTH):
        return []
    value = policy.limit(LimitName.SECURITY_TRAINING_LENGTH)
    is_met = value.reached(draft.minutes) if value.bound is not Bound.ABOUT else draft.minutes >= value.number
    sentence = f"The manual's security training takes {value.number} {value.unit}; this course says {draft.minutes}."
    return [Line("Length", is_met, sentence, value.rule, cited(policy, value))]


def cited(policy: Policy, value: Cited) -> dict[str, str]:
    """The value with its citation, as pages explain it."""
    return {
        "pack": policy.pack,
        "version": policy.version.isoformat(),
        "rule": value.rule,
        "source": value.source,
        "section": value.section,
        "title": policy.manual_of(value.source),
        "says": value.says,
    }


# ------------------------------------------------------------------ the training plan


@dataclass(frozen=True)
class Offered:
    """A course as the plan sees it."""

    number: int
    title: str
    topics: Sequence[str]
    credits: Sequence[str]


@dataclass(frozen=True)
class Covered:
    code: str
    words: str
    courses: tuple[Offered, ...]

    @property
    def is_gap(self) -> bool:
        return not self.courses


def plan_of_topics(policy: Policy, offered: Sequence[Offered]) -> list[Covered]:
    """The topics that the training plan must cover, those that nothing covers first (HUD-TR-1)."""
    items = policy.list(ListName.TRAINING_TOPICS).items
    found = [Covered(code, words, tuple(c for c in offered if code in c.topics)) for code, words in items.items()]
    return sorted(found, key=lambda topic: not topic.is_gap)


def before_access(policy: Policy, offered: Sequence[Offered]) -> list[Covered]:
    """What comes before the first access and again every year, and which courses count for it (HUD-TR-1)."""
    items = policy.list(ListName.TRAINING_BEFORE_ACCESS).items
    found = [Covered(code, words, tuple(c for c in offered if _counts(code, c))) for code, words in items.items()]
    return sorted(found, key=lambda part: not part.is_gap)


ALSO_COUNTS = {
    Credit.SOFTWARE: (Credit.SOFTWARE_BASICS,),
    Credit.CONFIDENTIALITY_AND_PRIVACY: (Credit.SECURITY_AND_PRIVACY,),
    Credit.DATA_SECURITY: (Credit.SECURITY_AND_PRIVACY, Credit.SECURITY),
}


def _counts(code: str, course: Offered) -> bool:
    return code in course.credits or any(str(other) in course.credits for other in ALSO_COUNTS.get(Credit(code), ()))
