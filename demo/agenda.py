"""History as it happens: deeds in order of time, each at its own instant, with the sweep in between."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import func, select

from core import clock, deadlines
from core.audit import acting_as
from core.db import db, settle, unit_of_work
from core.deadlines import Deadline, State
from core.people.models import Person

Deed = Callable[[datetime], None]
SWEEP_LAG = timedelta(seconds=6)


class Agenda:
    """A deed may put others on the agenda, for the same instant or later; none is done after `until`.

    What falls due after `sweeps_until` does not fire: no sweep has come by since then. `before` is told each instant
    at which something happens, before it does.
    """

    def __init__(
        self, until: datetime, sweeps_until: datetime, since: datetime | None = None, before: Deed | None = None
    ) -> None:
        self.until, self.sweeps_until, self.before = until, sweeps_until, before
        self._entries: list[tuple[datetime, int, Person | None, Deed]] = []
        self._last = since
        self._order = count()

    def at(self, when: datetime, by: Person | None, deed: Deed) -> None:
        """Note a deed of somebody's (none: nobody the service knows); what is past by now is done next."""
        when = max(when, self._last or when)
        if when <= self.until:
            heapq.heappush(self._entries, (when, next(self._order), by, deed))

    def play(self) -> None:
        """Do everything, with what falls due in between."""
        while self._entries:
            when, _, by, deed = heapq.heappop(self._entries)
            sweep_until(min(when, self.sweeps_until), self._last, self.before)
            self._last = when
            if self.before:
                self.before(when)
            with at_this_instant(when, by), unit_of_work():
                deed(when)
                settle()
        sweep_until(self.sweeps_until, self._last, self.before)


@contextmanager
def at_this_instant(when: datetime, by: Person | None) -> Iterator[None]:
    actor = (by.name, by.id) if by else ("system:mail", None)
    with clock.frozen(when), acting_as(*actor):
        yield


def sweep_until(until: datetime, since: datetime | None = None, before: Deed | None = None) -> None:
    """What falls due before `until` fires a few seconds after it should, as it would have; never before `since`."""
    while (wake := _next_wake()) is not None and wake + SWEEP_LAG <= until:
        at = max(wake + SWEEP_LAG, since or wake)
        if before:
            before(at)
        with clock.frozen(at):
            deadlines.fire_due()
            settle()


def _next_wake() -> datetime | None:
    return db.session.scalar(select(func.min(Deadline.wake_at)).where(Deadline.state == State.PENDING))
