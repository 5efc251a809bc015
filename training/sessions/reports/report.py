"""What a report says, before and after its times are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Product(StrEnum):
    ZOOM_MEETING = "zoom-meeting"
    ZOOM_WEBINAR = "zoom-webinar"
    TEAMS = "teams"
    MEET = "google-meet"


NAMES = {
    Product.ZOOM_MEETING: "Zoom meeting",
    Product.ZOOM_WEBINAR: "Zoom webinar",
    Product.TEAMS: "Microsoft Teams",
    Product.MEET: "Google Meet",
}


class Sort(StrEnum):
    """SEGMENT: from joining to leaving. OPEN: no leaving is given. SPAN: from the first joining to the last leaving, of
    which only `seconds` were spent. TOTAL: `seconds`, and nothing about when."""

    SEGMENT = "segment"
    OPEN = "open"
    SPAN = "span"
    TOTAL = "total"


class ReportProblem(Exception):
    """Why the file is no use, in a sentence, and what to do about it."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message, self.advice = message, advice


class AmbiguousDates(ReportProblem):
    """The dates can be read with the day first or with the month first: somebody has to say which."""

    def __init__(self, example: str) -> None:
        super().__init__(
            f"The date {example} can be read with the day first or with the month first.",
            "Say which it is.",
        )
        self.example = example


@dataclass(frozen=True)
class Said:
    """One row about one person, times as they are written there."""

    name: str
    email: str
    sort: Sort
    joined: str = ""
    left: str = ""
    seconds: int | None = None


@dataclass
class Raw:
    """A report as it was read. `about` are other times in it, such as the meeting's own; `notes` is what to know."""

    product: Product
    rows: list[Said]
    about: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """The same with instants. `left` None is unknown."""

    name: str
    email: str
    sort: Sort
    joined: datetime | None
    left: datetime | None
    seconds: int | None


@dataclass
class Report:
    product: Product
    entries: list[Entry]
    notes: list[str]
