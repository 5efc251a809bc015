"""The ratio of people to full-time places, and whether somebody is covered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FULL = 100  # a full-time place, in hundredths


class Verdict(StrEnum):
    WITHIN = "within"
    OVER = "over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ratio:
    """`people` are those licensed, `hundredths` the full-time places there are, `limit` how many one is for."""

    people: int
    hundredths: int
    limit: int

    @property
    def verdict(self) -> Verdict:
        """Within while no place has more than the limit (HUD-HD-4)."""
        if self.hundredths == 0:
            return Verdict.UNKNOWN if self.people == 0 else Verdict.OVER
        return Verdict.WITHIN if self.people * FULL <= self.limit * self.hundredths else Verdict.OVER

    @property
    def each(self) -> float | None:
        return self.people * FULL / self.hundredths if self.hundredths else None

    @property
    def needed(self) -> int:
        """Hundredths that would be enough, rounded up."""
        return -(-self.people * FULL // self.limit)

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.hundredths)

    def because(self) -> list[str]:
        """The arithmetic, line by line."""
        told = [
            f"{self.people:,} people hold a license.",
            f"The staff of the help desk are {places(self.hundredths)} in all.",
            f"About {self.limit} people for each place are {places(self.needed)}: {self.people:,} / {self.limit}.",
        ]
        if self.each is not None:
            told.insert(2, f"{self.people:,} / {self.hundredths / FULL:.2f} = {self.each:,.1f} people for each place.")
        if self.missing:
            told.append(f"{places(self.missing)} are missing.")
        elif self.hundredths > self.needed:
            told.append(f"{places(self.hundredths - self.needed)} are to spare.")
        return told


def places(hundredths: int) -> str:
    return f"{hundredths / FULL:.2f} full-time places"


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody of the help desk on a day; `hundredths` none where nobody has set it yet."""

    person_id: int
    name: str
    hundredths: int | None = None
    is_away: bool = False
    cover: str = ""
    cover_is_away: bool = False
    backup: str = ""
    backup_is_away: bool = False

    @property
    def is_primary(self) -> bool:
        return bool(self.hundredths)


@dataclass(frozen=True, slots=True)
class Cover:
    is_there: bool
    sentence: str


def cover(worker: Worker) -> Cover:
    """Whether there is backup cover for somebody of the primary staff (HUD-HD-4)."""
    if worker.is_away and worker.cover:
        return _stands_in(worker.cover, worker.cover_is_away, "is away; {} covers")
    if worker.backup:
        words = "is away; {}, the backup, covers" if worker.is_away else "has {} as backup"
        return _stands_in(worker.backup, worker.backup_is_away, words)
    return Cover(False, "is away, and nobody covers" if worker.is_away else "has no backup")


def _stands_in(name: str, is_away: bool, words: str) -> Cover:
    told = words.format(name)
    return Cover(False, f"{told}, who is away as well") if is_away else Cover(True, told)
