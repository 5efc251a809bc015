"""What a survey asks, as lines somebody writes, and what came of it. Pure. Rules: HUD-HD-5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

SECOND = timedelta(seconds=1)
MOST_QUESTIONS = 20
LEAST, MOST_LEAST = 5, 100
"""Of fewer than five anonymous answers, those who know who answered can guess who said what."""
SCALE = {"5": "Very good", "4": "Good", "3": "All right", "2": "Poor", "1": "Very poor"}
USUAL = """\
scale: How quickly did you get help when you asked for it?
scale: How well did the help solve what you asked?
scale: How useful is the training you were offered?
choice: How do you usually ask for help? | On the web | By mail | By phone | I have not asked
text: What should we do better next year?"""


class State(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Kind(StrEnum):
    SCALE = "scale"
    CHOICE = "choice"
    TEXT = "text"


def is_over(state: State, closes_at: datetime | None, now: datetime) -> bool:
    """Whether an answer comes too late: the whole second of `closes_at` is the last one on time."""
    return state is not State.OPEN or (closes_at is not None and now >= closes_at + SECOND)


def are_too_few(answers: int, least: int, *, is_anonymous: bool) -> bool:
    """Whether so few answered that what they said would tell who said it."""
    return is_anonymous and answers < max(least, LEAST)


@dataclass(frozen=True)
class Question:
    kind: Kind
    text: str
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Question:
        return cls(Kind(stored["kind"]), stored["text"], tuple(stored["choices"]))

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "choices": list(self.choices)}

    @property
    def options(self) -> dict[str, str]:
        """What can be chosen, by its value; nothing for a text."""
        return SCALE if self.kind is Kind.SCALE else {str(n): words for n, words in enumerate(self.choices, start=1)}

    def line(self) -> str:
        return " | ".join([f"{self.kind}: {self.text}", *self.choices])


def read(text: str) -> list[Question]:
    """The questions that lines ask. Raises ValueError with a sentence for the line that is wrong."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not 1 <= len(lines) <= MOST_QUESTIONS:
        raise ValueError(f"Ask from 1 to {MOST_QUESTIONS} questions, one on a line.")
    return [_question(number, line) for number, line in lines]


def _question(number: int, line: str) -> Question:
    kind, _, rest = line.partition(":")
    words, *choices = (part.strip() for part in rest.split("|"))
    if kind.strip() not in set(Kind) or not words:
        raise ValueError(f"Line {number} does not begin with scale:, choice: or text: and a question.")
    question = Question(Kind(kind.strip()), words, tuple(choice for choice in choices if choice))
    if (question.kind is Kind.CHOICE) != (len(question.choices) >= 2) or len(set(question.choices)) < len(
        question.choices
    ):
        raise ValueError(f"Line {number}: a choice has two answers or more, each once, after |; others have none.")
    return question


@dataclass(frozen=True)
class Tally:
    """What came of one question: how many chose each answer; `mean` only of a scale, `texts` only of a text."""

    question: Question
    counts: tuple[tuple[str, int], ...]
    mean: float | None
    texts: tuple[str, ...]


def tally(place: int, question: Question, sheets: Iterable[Mapping[str, Any]]) -> Tally:
    said = [str(sheet[str(place)]) for sheet in sheets if sheet.get(str(place))]
    if question.kind is Kind.TEXT:
        return Tally(question, (), None, tuple(sorted(said)))
    counts = tuple((words, said.count(value)) for value, words in question.options.items())
    marks = [int(value) for value in said] if question.kind is Kind.SCALE else []
    return Tally(question, counts, sum(marks) / len(marks) if marks else None, ())
