"""The kinds of questions: how they are written, shown in an order, answered and judged. Pure.

What a page sends are places in the order that was shown, never in the order that was written, which would give the
answer away where things are put in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from random import Random
from typing import Any

MOST_PARTS = 12
LONGEST_PART = 300
LONGEST_NUMBER = 20
OPEN = -1  # a place where nothing was chosen yet


class Kind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true-false"
    ORDER = "order"
    MATCH = "match"
    NUMBER = "number"


KIND_WORDS = {
    Kind.SINGLE: "Single choice",
    Kind.MULTIPLE: "Multiple choice",
    Kind.TRUE_FALSE: "True or false",
    Kind.ORDER: "Put in order",
    Kind.MATCH: "Match pairs",
    Kind.NUMBER: "A number",
}
CHOICES = (Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE)
TRUE_FALSE = ("True", "False")

Answer = list[int] | str
Given = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Question:
    """`parts` are the choices, the items in their right order, or the left sides whose right sides are `others`.

    `right` are the places of the right choices; `value` and `tolerance` are of a number.
    """

    kind: Kind
    text: str
    parts: tuple[str, ...] = ()
    right: tuple[int, ...] = ()
    others: tuple[str, ...] = ()
    value: Decimal = Decimal(0)
    tolerance: Decimal = Decimal(0)

    @classmethod
    def of(cls, kind: Kind, text: str, stored: dict[str, Any]) -> Question:
        return cls(
            kind,
            text,
            tuple(stored.get("parts", ())),
            tuple(stored.get("right", ())),
            tuple(stored.get("others", ())),
            Decimal(stored.get("value", "0")),
            Decimal(stored.get("tolerance", "0")),
        )

    def as_json(self) -> dict[str, Any]:
        """What is kept beside kind and text; numbers as text, so that none is rounded."""
        if self.kind is Kind.NUMBER:
            return {"value": str(self.value), "tolerance": str(self.tolerance)}
        plain = {"parts": list(self.parts), "right": list(self.right), "others": list(self.others)}
        return {name: value for name, value in plain.items() if value}

    @property
    def lines(self) -> str:
        """As somebody would write it again."""
        if self.kind is Kind.NUMBER:
            return f"{self.value} +- {self.tolerance}" if self.tolerance else str(self.value)
        if self.kind is Kind.TRUE_FALSE:
            return self.parts[self.right[0]].lower()
        if self.kind is Kind.MATCH:
            return "\n".join(f"{left} = {right}" for left, right in zip(self.parts, self.others, strict=True))
        if self.kind is Kind.ORDER:
            return "\n".join(self.parts)
        return "\n".join(f"* {part}" if place in self.right else part for place, part in enumerate(self.parts))


# ------------------------------------------------------------------ writing


def read(kind: Kind, text: str, lines: str) -> Question:
    """The question that somebody wrote. Raises ValueError with a sentence for what cannot be asked."""
    rows = [row.strip() for row in lines.splitlines() if row.strip()]
    if len(rows) > MOST_PARTS:
        raise ValueError(f"A question has at most {MOST_PARTS} answers.")
    if any(len(row) > LONGEST_PART for row in rows):
        raise ValueError(f"An answer is at most {LONGEST_PART} letters long.")
    return _READERS[kind](text, rows)


def _choices(kind: Kind) -> Callable[[str, list[str]], Question]:
    def made(text: str, rows: list[str]) -> Question:
        parts = tuple(row.removeprefix("*").strip() for row in rows)
        right = tuple(place for place, row in enumerate(rows) if row.startswith("*"))
        _each_once(parts)
        if len(parts) < 2:
            raise ValueError("Give two answers or more, one on a line.")
        if not right or (kind is Kind.SINGLE and len(right) > 1):
            wanted = "the right one" if kind is Kind.SINGLE else "each right one"
            raise ValueError(f"Put * before {wanted}.")
        return Question(kind, text, parts, right)

    return made


def _each_once(parts: Sequence[str]) -> None:
    if len(set(parts)) < len(parts) or not all(parts):
        raise ValueError("Each answer is there once, and none is empty.")


def _true_false(text: str, rows: list[str]) -> Question:
    said = [row.lower() for row in rows]
    if said not in (["true"], ["false"]):
        raise ValueError("Write true or false, whichever is right.")
    return Question(Kind.TRUE_FALSE, text, TRUE_FALSE, (0 if said == ["true"] else 1,))


def _order(text: str, rows: list[str]) -> Question:
    _each_once(rows)
    if len(rows) < 2:
        raise ValueError("Give two items or more, one on a line, in the right order.")
    return Question(Kind.ORDER, text, tuple(rows))


def _match(text: str, rows: list[str]) -> Question:
    pairs = [tuple(side.strip() for side in row.split(" = ", 1)) for row in rows]
    if len(pairs) < 2 or any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise ValueError("Give two pairs or more, one on a line, with = between: left = right.")
    _each_once([pair[0] for pair in pairs])
    return Question(Kind.MATCH, text, tuple(pair[0] for pair in pairs), others=tuple(pair[1] for pair in pairs))


def _number(text: str, rows: list[str]) -> Question:
    value, _, tolerance = (rows[0] if len(rows) == 1 else "").replace("±", "+-").partition("+-")
    try:
        return Question(
            Kind.NUMBER, text, value=number_of(value), tolerance=number_of(tolerance) if tolerance else Decimal(0)
        )
    except ValueError:
        raise ValueError("Write the number, and how far off still counts: 72 +- 2.") from None


_READERS: dict[Kind, Callable[[str, list[str]], Question]] = {
    Kind.SINGLE: _choices(Kind.SINGLE),
    Kind.MULTIPLE: _choices(Kind.MULTIPLE),
    Kind.TRUE_FALSE: _true_false,
    Kind.ORDER: _order,
    Kind.MATCH: _match,
    Kind.NUMBER: _number,
}


def number_of(typed: str) -> Decimal:
    """A plain number, thousands with or without commas. Raises ValueError for anything else."""
    plain = typed.strip().replace(",", "")
    if not plain or len(plain) > LONGEST_NUMBER or not set(plain) <= set("0123456789.-"):
        raise ValueError("This is not a number. Write it like 72 or 4.5.")
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise ValueError("This is not a number. Write it like 72 or 4.5.") from None


# ------------------------------------------------------------------ showing


def shown_order(question: Question, rng: Random) -> list[int]:
    """The order in which its parts (of a match, its right sides) are shown; what is to be put in order is not in it."""
    many = len(question.others if question.kind is Kind.MATCH else question.parts)
    order = list(range(many))
    if question.kind is Kind.TRUE_FALSE:
        return order
    rng.shuffle(order)
    if question.kind is Kind.ORDER and order == sorted(order):
        order.append(order.pop(0))
    return order


def shown(question: Question, order: Sequence[int]) -> list[str]:
    """What can be chosen, or is to be ordered, as it was shown."""
    among = question.others if question.kind is Kind.MATCH else question.parts
    return [among[place] for place in order]


# ------------------------------------------------------------------ answering


def answer_of(question: Question, name: str, given: Given) -> Answer:
    """What a form says under `name`, by places as shown. Raises ValueError for what was not there to be chosen."""
    if question.kind is Kind.NUMBER:
        typed = "".join(given(name)[:1]).strip()
        return str(number_of(typed)) if typed else ""
    if question.kind in CHOICES:
        chosen = sorted({_place(typed, len(question.parts)) for typed in given(name) if typed})
        if question.kind is not Kind.MULTIPLE and len(chosen) > 1:
            raise ValueError("Choose one answer.")
        return chosen
    many = len(question.parts)
    return [_place("".join(given(f"{name}-{part}")[:1]), many) for part in range(many)]


def _place(typed: str, many: int) -> int:
    if not typed:
        return OPEN
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 4 and int(typed) < many):
        raise ValueError("Choose one of the answers that are there.")
    return int(typed)


def is_answered(question: Question, answer: Answer | None) -> bool:
    """Whether nothing is left open; what is put in order has each place once."""
    if not answer or question.kind is Kind.NUMBER:
        return bool(answer)
    places = [int(place) for place in answer]
    return sorted(places) == list(range(len(question.parts))) if question.kind is Kind.ORDER else OPEN not in places


def is_right(question: Question, order: Sequence[int], answer: Answer | None) -> bool:
    """Wholly right: of several right choices each one and no other, every item and every pair in its place."""
    if not is_answered(question, answer):
        return False
    if question.kind is Kind.NUMBER:
        return abs(Decimal(str(answer)) - question.value) <= question.tolerance
    places = [int(place) for place in answer or ()]
    if question.kind in CHOICES:
        return sorted(order[place] for place in places) == sorted(question.right)
    if question.kind is Kind.ORDER:
        return all(order[item] == place for item, place in enumerate(places))
    return all(question.others[order[place]] == question.others[left] for left, place in enumerate(places))


# ------------------------------------------------------------------ in words


def right_words(question: Question) -> list[str]:
    """The right answer, for staff and for those who may see it."""
    if question.kind is Kind.NUMBER:
        return [question.lines.replace("+-", "give or take")]
    if question.kind in CHOICES:
        return [question.parts[place] for place in question.right]
    if question.kind is Kind.ORDER:
        return [f"{place}. {item}" for place, item in enumerate(question.parts, start=1)]
    return [f"{left}: {right}" for left, right in zip(question.parts, question.others, strict=True)]


def given_words(question: Question, order: Sequence[int], answer: Answer | None) -> list[str]:
    """What somebody answered, in the words they saw."""
    if not answer:
        return []
    if question.kind is Kind.NUMBER:
        return [str(answer)]
    words, places = shown(question, order), [int(place) for place in answer]
    if question.kind in CHOICES:
        return [words[place] for place in places]
    if question.kind is Kind.ORDER:
        by_place = sorted((place, words[item]) for item, place in enumerate(places) if place != OPEN)
        return [f"{place + 1}. {item}" for place, item in by_place]
    return [f"{question.parts[left]}: {words[place]}" for left, place in enumerate(places) if place != OPEN]
