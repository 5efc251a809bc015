"""The figures of a period and of the one before it, counted where they are asked for, from an index of spells.

What is counted belongs to the day on which it happened: a first answer to the day of the answer, a settled request
to the day it was closed, so that what is said of a past month stays. No question here reads more than the spells of
the two periods, the open ones, and those closed since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ColumnElement, Float, Select, cast, func, literal, literal_column, select, tuple_
from sqlalchemy import Date as DateType

from core.authz import Scope
from core.db import db
from core.people.models import Agency, Lead, Person
from helpdesk.reports.models import Spell
from helpdesk.reports.rules import Outcome, Period, PeriodKind, first_of_month
from helpdesk.satisfaction import api as satisfaction
from helpdesk.tickets.models import TierStay

HALF, NINE_TENTHS = 0.5, 0.9
ALL = "all"
MONTHS_SHOWN = 13


class Dimension(StrEnum):
    TIER = "tier"
    AGENCY = "agency"
    CATEGORY = "category"
    STAFF = "staff"


ANSWERED = {
    Dimension.TIER: Spell.answered_tier,
    Dimension.AGENCY: Spell.agency_id,
    Dimension.CATEGORY: Spell.category,
    Dimension.STAFF: Spell.answered_by_id,
}
ENDED = ANSWERED | {Dimension.TIER: Spell.ended_tier, Dimension.STAFF: Spell.ended_by_id}
# The tier and the person that had it at that time stand in the stay, not in the spell.
STANDING = ANSWERED | {Dimension.TIER: TierStay.tier, Dimension.STAFF: TierStay.holder_person_id}
OF_BEGINNING = {Dimension.AGENCY: Spell.agency_id, Dimension.CATEGORY: Spell.category}


@dataclass(frozen=True)
class Place:
    """Whose figures: a Lead's, or narrowed to some of its CoCs or agencies. None is no narrowing."""

    lead: Lead
    coc_ids: frozenset[int] | None = None
    agency_ids: frozenset[int] | None = None

    def where(self) -> list[ColumnElement[bool]]:
        parts: list[ColumnElement[bool]] = [Spell.lead_id == self.lead.id]
        if self.coc_ids is not None:
            parts.append(Spell.coc_id.in_(self.coc_ids))
        if self.agency_ids is not None:
            parts.append(Spell.agency_id.in_(self.agency_ids))
        return parts

    @property
    def reach(self) -> Scope:
        """The narrowest of what it is narrowed to."""
        if self.agency_ids is not None:
            return Scope(agency_ids=self.agency_ids)
        return Scope(coc_ids=self.coc_ids) if self.coc_ids is not None else Scope(lead_ids=frozenset({self.lead.id}))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.lead.tz)


@dataclass(frozen=True)
class Times:
    """How many, and how long in seconds: elapsed and opening time, for half of them and for nine in ten."""

    count: int = 0
    half: int | None = None
    most: int | None = None
    mean: int | None = None
    open_half: int | None = None
    open_most: int | None = None


@dataclass(frozen=True)
class Backlog:
    """Open at the end, and how old: half of them are younger than `half` seconds, the oldest is `oldest`."""

    count: int = 0
    half: int | None = None
    oldest: int | None = None


@dataclass(frozen=True)
class Figures:
    """One line of a period. `opened` and `reopened` are none by tier or staff: nobody has a new request yet.

    `said` is how many marked what was closed in it, `mark` the mean of 1 to 5.
    """

    opened: int | None = None
    reopened: int | None = None
    first: Times = Times()
    settled: Times = Times()
    declined: int = 0
    merged: int = 0
    backlog: Backlog = Backlog()
    said: int = 0
    mark: float | None = None

    @property
    def reopen_rate(self) -> float | None:
        """Opened again in the period, of what was settled in it."""
        return self.reopened / self.settled.count if self.reopened is not None and self.settled.count else None


@dataclass
class Line:
    """A member of the dimension: its key, the word for it, and both periods."""

    key: str
    label: str
    now: Figures
    before: Figures


@dataclass(frozen=True)
class Report:
    period: Period
    before: Period
    dimension: Dimension
    whole: Line
    lines: Sequence[Line]
    until: datetime


def report(place: Place, period: Period, earlier: Period, dimension: Dimension, now: datetime) -> Report:
    """The figures of the period, by the members of the dimension, the period before beside them."""
    found: dict[tuple[bool, str], Figures] = {}
    for key, values in _times(place, period, earlier, dimension):
        found[key] = replace(found.get(key, _nothing(dimension, key[1])), **values)
    until = min(_end_of(period, place.zone), now)
    for is_now, at in ((True, until), (False, min(_end_of(earlier, place.zone), now))):
        for member, backlog in _backlog(place, dimension, at):
            key = is_now, member
            found[key] = replace(found.get(key, _nothing(dimension, member)), backlog=backlog)
    labels = _labels(dimension, {member for _, member in found if member != ALL})
    lines = [_line(found, dimension, member, label) for member, label in labels.items()]
    lines.sort(key=lambda line: (-line.now.settled.count - line.now.first.count - line.now.backlog.count, line.label))
    return Report(period, earlier, dimension, _line(found, dimension, ALL, "All"), lines, until)


def _line(found: dict[tuple[bool, str], Figures], dimension: Dimension, member: str, label: str) -> Line:
    nothing = _nothing(dimension, member)
    return Line(member, label, found.get((True, member), nothing), found.get((False, member), nothing))


def with_satisfaction(told: Report, place: Place) -> Report:
    """The same with what requesters said of what was closed in each period."""
    for period, name in ((told.period, "now"), (told.before, "before")):
        for key, marked in _marks(place, period, told.dimension).items():
            line = told.whole if key == ALL else next((one for one in told.lines if one.key == key), None)
            if line is not None:
                figures = replace(getattr(line, name), said=marked.said, mark=marked.mean)
                setattr(line, name, figures)
    return told


def _marks(place: Place, period: Period, dimension: Dimension) -> dict[str, satisfaction.Figure]:
    since = datetime.combine(period.begins, time(0), place.zone)
    reach = place.reach, since, datetime.combine(period.ends + timedelta(days=1), time(0), place.zone)
    rows = satisfaction.figures(*reach, satisfaction.By(dimension))
    return {ALL: satisfaction.overall(*reach)} | {_member(row.key): row for row in rows}


def _nothing(dimension: Dimension, member: str) -> Figures:
    count = 0 if member == ALL or dimension in OF_BEGINNING else None
    return Figures(opened=count, reopened=count)


def _end_of(period: Period, zone: ZoneInfo) -> datetime:
    """The last instant of its last day, as the Lead's days go."""
    return datetime.combine(period.ends + timedelta(days=1), time(0), zone) - timedelta(microseconds=1)


# --- what happened in the periods


def _times(place: Place, period: Period, earlier: Period, dimension: Dimension) -> list[tuple[Any, dict[str, Any]]]:
    return [
        *_of_answers(place, period, earlier, ANSWERED[dimension]),
        *_of_endings(place, period, earlier, ENDED[dimension]),
        *_of_beginnings(place, period, earlier, OF_BEGINNING.get(dimension)),
    ]


def _grouped(
    place: Place, day: Any, period: Period, earlier: Period, member: Any, *values: Any
) -> Callable[..., list[tuple[Any, ...]]]:
    """What happened on a day of the two periods; called with a function from columns to measures, it gives lines.

    A line begins with whether it is of the period, and its member; the member ALL is the whole.
    """
    named = literal("") if member is None else member
    head = (day >= period.begins).label("is_now"), named.label("member")
    within = day >= earlier.begins, day <= period.ends
    rows = select(*head, *values).where(*place.where(), *within).subquery().c
    sets = [tuple_(rows.is_now)] if member is None else [tuple_(rows.is_now, rows.member), tuple_(rows.is_now)]

    def lines(measures: Callable[[Any], Sequence[Any]]) -> list[tuple[Any, ...]]:
        is_whole = literal(1) if member is None else func.grouping(rows.member)
        columns = rows.is_now, is_whole, (literal("") if member is None else rows.member)
        found = db.session.execute(select(*columns, *measures(rows)).group_by(func.grouping_sets(*sets)))
        return [(bool(row[0]), ALL if row[1] else _member(row[2]), *row[3:]) for row in found]

    return lines


def _member(value: Any) -> str:
    return str(value) if value is not None else ""


def _percentiles(column: Any) -> Any:
    return func.percentile_disc(cast([HALF, NINE_TENTHS], ARRAY(Float))).within_group(column)


def _of_answers(place: Place, period: Period, earlier: Period, member: Any) -> list[tuple[Any, dict[str, Any]]]:
    long, opening = Spell.answer_elapsed_s, Spell.answer_open_s
    lines = _grouped(place, Spell.answered_on, period, earlier, member, long, opening)
    told = lines(
        lambda c: (
            func.count(),
            _percentiles(c.answer_elapsed_s),
            func.avg(c.answer_elapsed_s),
            _percentiles(c.answer_open_s),
        )
    )
    return [((line[0], line[1]), {"first": _as_times(line[2:])}) for line in told]


def _of_endings(place: Place, period: Period, earlier: Period, member: Any) -> list[tuple[Any, dict[str, Any]]]:
    values = Spell.outcome, Spell.elapsed_s, Spell.open_s
    told = _grouped(place, Spell.ended_on, period, earlier, member, *values)(_measures_of_endings)
    return [
        ((line[0], line[1]), {"settled": _as_times(line[2:6]), "declined": line[6], "merged": line[7]}) for line in told
    ]


def _measures_of_endings(c: Any) -> Sequence[Any]:
    settled = c.outcome == Outcome.SETTLED
    return (
        func.count().filter(settled),
        _percentiles(c.elapsed_s).filter(settled),
        func.avg(c.elapsed_s).filter(settled),
        _percentiles(c.open_s).filter(settled),
        func.count().filter(c.outcome == Outcome.DECLINED),
        func.count().filter(c.outcome == Outcome.MERGED),
    )


def _of_beginnings(place: Place, period: Period, earlier: Period, member: Any) -> list[tuple[Any, dict[str, Any]]]:
    lines = _grouped(place, Spell.began_on, period, earlier, member, Spell.number)
    told = lines(lambda c: (func.count().filter(c.number == 1), func.count().filter(c.number > 1)))
    return [((line[0], line[1]), {"opened": line[2], "reopened": line[3]}) for line in told]


def _as_times(row: Sequence[Any]) -> Times:
    count, elapsed, mean, opening = row
    if not count:
        return Times()
    return Times(count, elapsed[0], elapsed[1], int(mean), opening[0], opening[1])


# --- what was open at an instant


def _open_at(place: Place, at: datetime) -> tuple[Select[Any], Select[Any]]:
    """Still open now and begun before; and closed since, though begun before."""
    begun = [*place.where(), Spell.began_at <= at]
    since = at.astimezone(place.zone).date()
    still = select(Spell).where(*begun, Spell.ended_at.is_(None))
    closed_since = select(Spell).where(*begun, Spell.ended_on >= since, Spell.ended_at > at)
    return still, closed_since


def _backlog(place: Place, dimension: Dimension, at: datetime) -> list[tuple[str, Backlog]]:
    member = STANDING[dimension]
    parts = [_aged(query, member, at) for query in _open_at(place, at)]
    open_then = parts[0].union_all(parts[1]).subquery()
    age = func.percentile_disc(HALF).within_group(open_then.c.age)
    measures = func.count(), age, func.max(open_then.c.age)
    query = select(func.grouping(open_then.c.member), open_then.c.member, *measures)
    query = query.group_by(func.grouping_sets(tuple_(open_then.c.member), tuple_()))
    return [
        (ALL if is_whole else _member(who), Backlog(count, half, oldest))
        for is_whole, who, count, half, oldest in db.session.execute(query)
    ]


def _aged(query: Select[Any], member: Any, at: datetime) -> Select[Any]:
    """Member and age in seconds of each, by who had it at that instant."""
    age = func.floor(func.extract("epoch", literal(at) - Spell.began_at)).label("age")
    if member in (TierStay.tier, TierStay.holder_person_id):
        stay = (
            select(member.label("member"))
            .where(TierStay.ticket_id == Spell.ticket_id, TierStay.since <= at)
            .order_by(TierStay.since.desc(), TierStay.id.desc())
            .limit(1)
            .lateral()
        )
        return query.outerjoin(stay, literal(True)).with_only_columns(stay.c.member, age)
    return query.with_only_columns(member.label("member"), age)


# --- words


UNKNOWN = {
    Dimension.TIER: "No tier",
    Dimension.AGENCY: "Without an agency",
    Dimension.CATEGORY: "No category",
    Dimension.STAFF: "Nobody in particular",
}


def _labels(dimension: Dimension, members: set[str]) -> dict[str, str]:
    if dimension in (Dimension.AGENCY, Dimension.STAFF):
        model: Any = Agency if dimension is Dimension.AGENCY else Person
        ids = [int(member) for member in members if member]
        named = {
            str(row[0]): row[1] for row in db.session.execute(select(model.id, model.name).where(model.id.in_(ids)))
        }
        return {member: named.get(member, UNKNOWN[dimension]) for member in members}
    return {member: word_of(member) if member else UNKNOWN[dimension] for member in members}


def word_of(code: str) -> str:
    """`how-to` as people read it."""
    return "HMIS Lead" if code == "hmis-lead" else code.replace("-", " ").capitalize()


# --- month by month


@dataclass(frozen=True)
class Month:
    begins: date
    opened: int
    settled: int
    backlog: int
    first_half: int | None
    settled_half: int | None


def months(place: Place, last: date, now: datetime) -> list[Month]:
    """The months up to that of `last`: what came, what was settled, what was open at their ends, and how fast."""
    begins = [first_of_month(last, back) for back in range(1 - MONTHS_SHOWN, 1)]
    whole = Period(PeriodKind.MONTH, begins[0], first_of_month(last, 1) - timedelta(days=1))
    ends_at = min(_end_of(whole, place.zone), now)
    began = _by_month(place, Spell.began_on, whole, func.count(), func.count().filter(Spell.number == 1))
    settled = Spell.outcome == Outcome.SETTLED
    half = func.percentile_disc(HALF)
    ended = _by_month(
        place,
        Spell.ended_on,
        whole,
        func.count(),
        func.count().filter(settled),
        half.within_group(Spell.elapsed_s).filter(settled),
    )
    answered = _by_month(place, Spell.answered_on, whole, half.within_group(Spell.answer_elapsed_s))
    backlog = sum(b.count for member, b in _backlog(place, Dimension.CATEGORY, ends_at) if member == ALL)
    told = []
    for month in reversed(begins):
        all_began, new = began.get(month, (0, 0))
        all_ended, done, time_to_end = ended.get(month, (0, 0, None))
        told.append(Month(month, new, done, backlog, answered.get(month, (None,))[0], time_to_end))
        backlog += all_ended - all_began
    return told[::-1]


def _by_month(place: Place, day: Any, within: Period, *measures: Any) -> dict[date, tuple[Any, ...]]:
    month = cast(func.date_trunc("month", day), DateType)
    query = select(month, *measures).where(*place.where(), day >= within.begins, day <= within.ends)
    query = query.group_by(literal_column("1"))
    return {row[0]: tuple(row[1:]) for row in db.session.execute(query)}
