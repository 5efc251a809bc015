"""What is found, and what a page or a mail makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    SSN = "ssn"
    BIRTH_DATE = "birth-date"
    NAME = "name"
    PHONE = "phone"
    ID_IMAGE = "id-image"


LABELS = {
    Kind.SSN: "SSN",
    Kind.BIRTH_DATE: "birth date",
    Kind.NAME: "name",
    Kind.PHONE: "phone number",
    Kind.ID_IMAGE: "ID document",
}


class Finding(NamedTuple):
    """`start` and `end` as in a slice of the text. A tuple, because a hostile text is full of them."""

    start: int
    end: int
    kind: Kind

    @property
    def label(self) -> str:
        return LABELS[self.kind]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the text; `finding` says that it is to be shown as a chip and not as itself."""

    text: str
    finding: Finding | None = None


def apart(findings: Iterable[Finding]) -> list[Finding]:
    """In order; of two that overlap, one that covers both, with the kind of the first."""
    merged: list[Finding] = []
    for finding in sorted(findings):
        if merged and finding.start < merged[-1].end:
            last = merged.pop()
            merged.append(Finding(last.start, max(last.end, finding.end), last.kind))
        else:
            merged.append(finding)
    return merged
