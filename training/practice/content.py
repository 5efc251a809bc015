"""What a practice case holds: who is in the household, what each part's sheet says, and what is right. Pure.

A household must be seen to be invented by anybody who meets it in the training site: every last name carries one of
PLAIN_WORDS, and every Social Security number is one that is never issued.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.practice.elements import Element, catalog, digits, read_day, relationships

PLAIN_WORDS = ("practice", "sample", "example", "training", "test")
MOST_MEMBERS, MOST_LINES = 12, 300
HEAD = "1"


@dataclass(frozen=True)
class Member:
    """Somebody of the household; `ref` is their place in it from A on, `born` an ISO date, `ssn` nine digits or none.

    `relationship` is HUD's 3.15.1 to the head of household.
    """

    ref: str
    first: str
    last: str
    born: str
    ssn: str = ""
    relationship: str = HEAD

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def is_head(self) -> bool:
        return self.relationship == HEAD

    @property
    def shown_ssn(self) -> str:
        return f"{self.ssn[:3]}-{self.ssn[3:5]}-{self.ssn[5:]}" if self.ssn else "not given"

    @property
    def birthday(self) -> str:
        day = read_day(self.born)
        return f"{day:%B %-d, %Y}" if day else self.born

    @property
    def relation(self) -> str:
        return relationships().get(self.relationship, self.relationship)


@dataclass(frozen=True)
class Line:
    """One line of the answer key: whose, which element, what is right (any of them), and how the form says it."""

    ref: str
    code: str
    expected: tuple[str, ...]
    says: str = ""

    @property
    def element(self) -> Element:
        return catalog()[self.code]

    @property
    def form_says(self) -> str:
        return self.says or " or ".join(self.element.words(value) for value in self.expected)

    @property
    def right(self) -> str:
        return " or ".join(self.element.words(value) for value in self.expected)

    @property
    def place(self) -> str:
        """What names the line within its part, in forms and in marks."""
        return f"{self.ref}.{self.code}"


@dataclass(frozen=True)
class Part:
    """One segment: `step` is the pack's name for it, `story` what happened, in plain paragraphs."""

    step: str
    title: str
    story: str = ""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Content:
    members: tuple[Member, ...] = ()
    parts: tuple[Part, ...] = field(default=())

    @property
    def head(self) -> Member | None:
        return next((member for member in self.members if member.is_head), None)

    @property
    def household(self) -> str:
        """What the household is called: by its head."""
        return f"Household of {self.head.name}" if self.head else "A household without a head yet"

    def member(self, ref: str) -> Member | None:
        return next((member for member in self.members if member.ref == ref), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "members": [vars(member) for member in self.members],
            "parts": [
                {
                    "step": part.step,
                    "title": part.title,
                    "story": part.story,
                    "lines": [{**vars(line), "expected": list(line.expected)} for line in part.lines],
                }
                for part in self.parts
            ],
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Content:
        return cls(
            members=tuple(Member(**member) for member in stored.get("members", ())),
            parts=tuple(
                Part(part["step"], part["title"], part["story"], tuple(_line(line) for line in part["lines"]))
                for part in stored.get("parts", ())
            ),
        )


def _line(stored: Mapping[str, Any]) -> Line:
    return Line(stored["ref"], stored["code"], tuple(stored["expected"]), stored["says"])


def part_title(step: str) -> str:
    words = step.replace("-", " ")
    return words[:1].upper() + words[1:]


def is_never_issued(ssn: str) -> bool:
    """Areas 000, 666 and 900 to 999 are given to nobody."""
    return len(ssn) == 9 and (ssn.startswith(("000", "666", "9")))


def is_plainly_invented(last: str) -> bool:
    words = set(re.findall(r"[a-z]+", last.casefold()))
    return bool(words & set(PLAIN_WORDS))


def member_fault(member: Member) -> tuple[str, str]:
    """The field and why it cannot be so; ("", "") for a member who can be entered."""
    if not member.first:
        return "first", "Give a first name."
    if not is_plainly_invented(member.last):
        words = ", ".join(word.capitalize() for word in PLAIN_WORDS)
        return "last", f"The last name must show that nobody is meant: let one of {words} be a word of it."
    if read_day(member.born) is None:
        return "born", "Write the birth date like 11/20/2026."
    if member.ssn and not is_never_issued(member.ssn):
        return "ssn", "Use a number that nobody can have: nine digits that begin with 9, 666 or 000."
    return ("", "") if member.relationship in relationships() else ("relationship", "Choose one of the list.")


def new_member(taken: Iterable[Member], first: str, last: str, born: str, ssn: str, relationship: str) -> Member:
    refs = {member.ref for member in taken}
    ref = next(chr(code) for code in range(ord("A"), ord("Z") + 1) if chr(code) not in refs)
    day = read_day(born)
    return Member(ref, first, last, day.isoformat() if day else born, digits(ssn), relationship)


def line_fault(line: Line, part: Part, content: Content) -> tuple[str, str]:
    """The field and why the line cannot stand in the key."""
    element = catalog().get(line.code)
    if element is None or not element.fits(part.step):
        return "code", "Choose an element that this part asks for."
    if content.member(line.ref) is None:
        return "ref", "Choose somebody of the household."
    if any(known.place == line.place for known in part.lines):
        return "code", f"{element.name} is in the key for them already."
    if not line.expected:
        return "expected", "Say what is right."
    fault = next((fault for value in line.expected if (fault := element.fault(value))), "")
    return ("expected", fault) if fault else ("", "")


def faults(content: Content) -> list[str]:
    """What keeps a case from being given to anybody."""
    found = []
    heads = [member for member in content.members if member.is_head]
    if len(heads) != 1:
        found.append("The household needs one head, and only one.")
    if not content.parts:
        found.append("The manual names no parts for a practice case.")
    return found + [f"{part.title}: the answer key is empty." for part in content.parts if not part.lines]
