"""What differs between two texts, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

AROUND = 3


class Mark(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    LEFT_OUT = "left-out"


@dataclass(frozen=True)
class Line:
    """One line of the comparison; LEFT_OUT stands for lines that are the same in both."""

    mark: Mark
    text: str


def compare(before: str, after: str) -> list[Line]:
    """The lines that differ, each with a few around it."""
    old, new = before.splitlines(), after.splitlines()
    told: list[Line] = []
    for number, group in enumerate(SequenceMatcher(None, old, new, autojunk=True).get_grouped_opcodes(AROUND)):
        if number or group[0][1] > 0:
            told.append(Line(Mark.LEFT_OUT, ""))
        for tag, a, b, c, d in group:
            told += _lines(tag, old[a:b], new[c:d])
    return told


def _lines(tag: str, old: list[str], new: list[str]) -> Iterator[Line]:
    if tag == "equal":
        yield from (Line(Mark.SAME, text) for text in old)
        return
    yield from (Line(Mark.REMOVED, text) for text in old)
    yield from (Line(Mark.ADDED, text) for text in new)
