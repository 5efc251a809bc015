"""Who stands on which page of the matrix: by what is due, the soonest first, each person once for each agency.

Four lanes follow each other: what is owed by a day (of recertification and of series, merged), series without a day,
and people of whom nothing is asked now. Each is read by an index and no further than the page reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from core.authz import Scope
from core.db import UtcDateTime, db
from core.deadlines import Deadline, State
from core.paging import Page
from core.people.models import Agency, Membership, Person
from core.search import like
from training.recertification.models import Obligation
from training.recertification.opening import OPEN_STATES
from training.requirements.rules import SECOND, SOON
from training.series import windows
from training.series.models import Enrollment
from training.series.rules import EnrollmentState

SIZE = 25
UNDATED = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts what has no day behind what has one; nobody sees it."""
OWED, WAY, WAY_UNDATED, SETTLED = 1, 2, 3, 4
SHOWS = {"late": "Late", "soon": f"Due in {SOON.days} days", "settled": "Nothing to do now"}
ON_THE_WAY = (EnrollmentState.ASSIGNED, EnrollmentState.RUNNING)


@dataclass(frozen=True, order=True)
class Place:
    """One person at one agency, or (without one) at the Lead, and where they stand in the order."""

    due_at: datetime
    lane: int
    number: int
    person_id: int = field(compare=False)
    agency_id: int | None = field(compare=False)

    @property
    def cursor(self) -> str:
        return f"{self.due_at.astimezone(UTC).isoformat()}~{self.lane}~{self.number}"


Cursor = tuple[datetime, int, int]


@dataclass(frozen=True)
class Asked:
    """Whose lines are wanted; `show` is one of SHOWS, or empty for all, `text` begins a person's or agency's name."""

    reach: Scope
    show: str = ""
    agency_id: int | None = None
    coc_id: int | None = None
    text: str = ""
    person_id: int | None = None


def page(asked: Asked, at: datetime, *, after: str = "", before: str = "", size: int = SIZE) -> Page[Place]:
    """One page; a cursor that was tampered with gives the first."""
    back = bool(before)
    bound = _read(before or after)
    places = _Lanes(asked, at, bound, back, size + 1).read()
    more, places = len(places) > size, places[:size]
    if back:
        places.reverse()
    return Page(
        places,
        next=places[-1].cursor if places and (more or back) else None,
        prev=places[0].cursor if places and (bound is not None if not back else more) else None,
    )


def everybody(asked: Asked, at: datetime, size: int = 500) -> Iterator[list[Place]]:
    """All of them, page by page, for a file."""
    bound: Cursor | None = None
    while places := _Lanes(asked, at, bound, False, size).read():
        yield places
        last = places[-1]
        bound = (last.due_at, last.lane, last.number)


def _read(cursor: str) -> Cursor | None:
    due, _, rest = cursor.partition("~")
    lane, _, number = rest.partition("~")
    try:
        at = datetime.fromisoformat(due)
    except ValueError:
        return None
    sound = at.tzinfo is not None and lane.isdecimal() and number.isdecimal() and len(lane) < 3 and len(number) < 19
    return (at, int(lane), int(number)) if sound else None


@dataclass(frozen=True)
class _Lanes:
    asked: Asked
    at: datetime
    bound: Cursor | None
    back: bool
    most: int

    def read(self) -> list[Place]:
        """The dated ones are merged; the lanes behind them are asked only while there is room on the page."""
        lanes: list[Callable[[], list[Place]]] = []
        if self.asked.show != "settled":
            lanes.append(self._dated)
        if not self.asked.show:
            lanes.append(lambda: self._ask(self._ways_undated(), WAY_UNDATED))
        if self.asked.show in ("", "settled"):
            lanes.append(lambda: self._ask(self._settled(), SETTLED))
        told: list[Place] = []
        for lane in reversed(lanes) if self.back else lanes:
            if len(told) < self.most:
                told += lane()
        return told[: self.most]

    def _dated(self) -> list[Place]:
        rows = [*self._ask(self._owed(), OWED), *self._ask(self._ways(), WAY)]
        return sorted(rows, reverse=self.back)[: self.most]

    def _ask(self, query: Select[Any, Any, Any, Any], lane: int) -> list[Place]:
        """`query` has the columns due_at, number, person_id and agency_id, of which the first two are the order."""
        rows = query.subquery(f"lane_{lane}").c
        asked = select(rows.due_at, rows.number, rows.person_id, rows.agency_id)
        if self.bound is not None:
            asked = asked.where(self._beyond(rows.due_at, rows.number, lane, self.bound))
        order = (rows.due_at.desc(), rows.number.desc()) if self.back else (rows.due_at, rows.number)
        found = db.session.execute(asked.order_by(*order).limit(self.most))
        return [Place(due, lane, number, person, agency) for due, number, person, agency in found]

    def _beyond(
        self, due: ColumnElement[datetime], number: ColumnElement[int], lane: int, bound: Cursor
    ) -> ColumnElement[bool]:
        at, of, last = literal(bound[0], UtcDateTime), bound[1], bound[2]
        if lane == of:
            pair, told = tuple_(due, number), tuple_(at, literal(last))
            return pair < told if self.back else pair > told
        if self.back:
            return due <= at if lane < of else due < at
        return due >= at if lane > of else due > at

    # -------------------------------------------------------------- the lanes

    def _owed(self) -> Select[Any, Any, Any, Any]:
        """The first thing that each person owes; a day of a series that comes sooner stands for them instead."""
        o, sooner = Obligation, aliased(Obligation)
        first = and_(
            sooner.person_id == o.person_id,
            sooner.agency_id.is_not_distinct_from(o.agency_id),
            sooner.state.in_(OPEN_STATES),
            *self._window(sooner.due_at),
            tuple_(sooner.due_at, sooner.id) < tuple_(o.due_at, o.id),
        )
        w = self._days_of_series()
        of_series = and_(w.c.person_id == o.person_id, w.c.agency_id == o.agency_id, w.c.due_at < o.due_at)
        return select(o.due_at, o.id.label("number"), o.person_id, o.agency_id).where(
            o.state.in_(OPEN_STATES),
            self.asked.reach.where(o),
            *self._window(o.due_at),
            *self._narrowed(o.person_id, o.agency_id, o.coc_id),
            ~select(literal(1)).where(first).exists(),
            ~select(literal(1)).select_from(w).where(of_series, *self._window(w.c.due_at)).exists(),
        )

    def _ways(self) -> Select[Any, Any, Any, Any]:
        """Series whose days run, or have run out."""
        w = self._days_of_series().c
        sooner = (
            Obligation.person_id == w.person_id,
            Obligation.agency_id == w.agency_id,
            Obligation.state.in_(OPEN_STATES),
            *self._window(Obligation.due_at),
        )
        days = (
            select(func.min(w.due_at).label("due_at"), func.min(w.id).label("number"), w.person_id, w.agency_id)
            .where(self.asked.reach.where(w), *self._window(w.due_at))
            .where(*self._narrowed(w.person_id, w.agency_id, w.coc_id))
            .group_by(w.person_id, w.agency_id)
        )
        first = func.min(w.due_at)
        owed = select(func.min(Obligation.due_at)).where(*sooner).correlate(w.person_id.table).scalar_subquery()
        return days.having(first < func.coalesce(owed, literal(UNDATED, UtcDateTime)))

    def _days_of_series(self) -> Subquery:
        e, d = aliased(Enrollment), aliased(Deadline)
        missed = and_(d.state == State.FIRED, d.fire_at > d.due_at)
        return (
            select(e.id, e.lead_id, e.coc_id, e.person_id, e.agency_id, d.due_at)
            .join(d, and_(d.subject_type == Enrollment.__tablename__, d.subject_id == e.id))
            .where(e.state.in_(ON_THE_WAY), d.kind.in_(windows.CLOCKS), or_(d.state == State.PENDING, missed))
            .subquery("way")
        )

    def _ways_undated(self) -> Select[Any, Any, Any, Any]:
        """On the way in a series that has no day now, and nothing else that has one."""
        e, w = Enrollment, self._days_of_series()
        dated = and_(w.c.person_id == e.person_id, w.c.agency_id == e.agency_id)
        return (
            select(
                literal(UNDATED, UtcDateTime).label("due_at"), func.min(e.id).label("number"), e.person_id, e.agency_id
            )
            .where(e.state.in_(ON_THE_WAY), self.asked.reach.where(e))
            .where(*self._narrowed(e.person_id, e.agency_id, e.coc_id))
            .where(~_owes_something(e.person_id, e.agency_id))
            .where(~select(literal(1)).select_from(w).where(dated).exists())
            .group_by(e.person_id, e.agency_id)
        )

    def _settled(self) -> Select[Any, Any, Any, Any]:
        """Who works there, and has nothing to do now."""
        m, day = Membership, self.at.date()
        way = and_(
            Enrollment.person_id == m.person_id, Enrollment.agency_id == m.agency_id, Enrollment.state.in_(ON_THE_WAY)
        )
        return (
            select(literal(UNDATED, UtcDateTime).label("due_at"), m.id.label("number"), m.person_id, m.agency_id)
            .join(Agency, Agency.id == m.agency_id)
            .where(m.started_on <= day, or_(m.ended_at.is_(None), m.ended_at > self.at))
            .where(self.asked.reach.over_agencies(), *self._narrowed(m.person_id, m.agency_id, Agency.coc_id))
            .where(~_owes_something(m.person_id, m.agency_id), ~select(literal(1)).where(way).exists())
        )

    # -------------------------------------------------------------- what narrows them

    def _window(self, due: SQLColumnExpression[Any]) -> Iterator[ColumnElement[bool]]:
        if self.asked.show == "late":
            yield due <= self.at - SECOND
        elif self.asked.show == "soon":
            yield due > self.at - SECOND
            yield due <= self.at + SOON

    def _narrowed(
        self, person: SQLColumnExpression[Any], agency: SQLColumnExpression[Any], coc: SQLColumnExpression[Any]
    ) -> Iterator[ColumnElement[bool]]:
        asked = self.asked
        for column, wanted in ((person, asked.person_id), (agency, asked.agency_id), (coc, asked.coc_id)):
            if wanted is not None:
                yield column == wanted
        if asked.text:
            begins = like(asked.text)
            named = or_(func.lower(Person.name).like(begins), func.lower(Person.email).like(begins))
            agencies = select(Agency.id).where(func.lower(Agency.name).like(begins))
            yield or_(person.in_(select(Person.id).where(named)), agency.in_(agencies))


def _owes_something(person: SQLColumnExpression[Any], agency: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    here = (Obligation.person_id == person, Obligation.agency_id == agency, Obligation.state.in_(OPEN_STATES))
    return select(literal(1)).where(*here).exists()
