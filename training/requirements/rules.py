"""How a person stands with what is required of them, in one word and one day. Pure.

Rules: MO-TR-8, VT-TR-2, VT-TR-7.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from training.recertification.rules import REMIND_DAYS, Owes
from training.series.rules import EnrollmentState

SECOND = timedelta(seconds=1)
SOON = timedelta(days=REMIND_DAYS[0])
"""So long before its time something counts as due soon: from the first reminder on."""


class Standing(StrEnum):
    """GOOD: done, and owed again at a later day. RESTS: the person did their part, and somebody reviews it."""

    LATE = "late"
    DUE = "due"
    TO_DO = "to-do"
    RESTS = "rests"
    REFUSED = "refused"
    GOOD = "good"
    DONE = "done"
    EXEMPT = "exempt"


OPEN = frozenset({Standing.LATE, Standing.DUE, Standing.TO_DO, Standing.RESTS})


def is_late(due_at: datetime, at: datetime) -> bool:
    """Within the last second it is still on time."""
    return at >= due_at + SECOND


def of_owed(state: Owes, due_at: datetime, last_at: datetime | None, at: datetime) -> Standing:
    """One thing that is owed again and again; `last_at` is when it was done the time before."""
    if state is Owes.EXEMPT:
        return Standing.EXEMPT
    if state is Owes.MET:
        return Standing.GOOD
    if state is Owes.LAPSED or is_late(due_at, at):
        return Standing.LATE
    return Standing.GOOD if last_at is not None and due_at - at > SOON else Standing.DUE


@dataclass(frozen=True)
class Clock:
    """One of the series' days: when it ends, and whether it rests while somebody reviews."""

    due_at: datetime
    rests: bool = False


ENDED = {
    EnrollmentState.COMPLETE: Standing.DONE,
    EnrollmentState.WAIVED: Standing.EXEMPT,
    EnrollmentState.REFUSED: Standing.REFUSED,
    EnrollmentState.LAPSED: Standing.LATE,
}


def of_series(state: EnrollmentState, clocks: Iterable[Clock], at: datetime) -> tuple[Standing, datetime | None]:
    """A way through a series and its day; one that nobody has begun has none, and one whose days rest has none now."""
    if state in ENDED:
        return ENDED[state], None
    known = list(clocks)
    running = [clock.due_at for clock in known if not clock.rests]
    if not running:
        return (Standing.RESTS if known else Standing.TO_DO), None
    first = min(running)
    return (Standing.LATE if is_late(first, at) else Standing.DUE), first
