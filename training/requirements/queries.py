"""What is read of requirements: for the people of a page, what each has done, owes and is late with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline, State
from core.paging import Page
from core.people.models import Agency, CoC, Membership, Person
from core.ui.times import say_day
from training.recertification.models import Campaign, Obligation
from training.recertification.rules import TITLES, CampaignState, Owes
from training.requirements import lanes, rules
from training.requirements.lanes import UNDATED, Asked, Place
from training.requirements.permissions import Permission
from training.requirements.rules import Clock, Standing
from training.series import windows
from training.series.models import Enrollment
from training.series.rules import EnrollmentState

SERIES = "Series"
GROUPS = (SERIES, *TITLES.values())
"""The columns of the matrix, in their order."""
WORDS = {
    Standing.LATE: "Late",
    Standing.DUE: "Due by",
    Standing.TO_DO: "Not begun",
    Standing.RESTS: "Being reviewed",
    Standing.REFUSED: "Refused",
    Standing.GOOD: "Done until",
    Standing.DONE: "Done",
    Standing.EXEMPT: "Exempt",
}


@dataclass(frozen=True)
class Line:
    """One requirement of one person: `due_at` is by when it is (or was) to be done, or until when it is done.

    `until` says a last day without an instant; `path` leads to its reasons.
    """

    group: str
    title: str
    standing: Standing
    tz: str
    path: str
    due_at: datetime | None = None
    until: str = ""
    done: int = 0
    of: int = 1
    done_at: datetime | None = None
    reason: str = ""

    @property
    def words(self) -> str:
        """The standing with its day, as a sentence has it."""
        word = WORDS[self.standing]
        if self.standing is Standing.DUE and self.due_at is None:
            return "To do"
        if self.standing is Standing.GOOD and not self.day:
            return "Done"
        if self.standing is Standing.LATE:
            return f"Late since {self.day}" if self.day else "Late"
        if self.standing is Standing.EXEMPT and self.until:
            return f"Exempt until {self.until}"
        return f"{word} {self.day}" if self.standing in (Standing.DUE, Standing.GOOD) else word

    @property
    def day(self) -> str:
        if self.until:
            return self.until
        return say_day(self.due_at.astimezone(ZoneInfo(self.tz)).date()) if self.due_at else ""

    @property
    def is_open(self) -> bool:
        return self.standing in rules.OPEN


@dataclass(frozen=True)
class Entry:
    """One person at one agency, or (`agency` none) at the Lead, with everything that is required there."""

    person: Person
    agency: Agency | None
    place: str
    lead_id: int
    lines: tuple[Line, ...]

    @property
    def next(self) -> Line | None:
        """What is due next, or late the longest; of what has no day, the first."""
        return next((line for line in self.lines if line.is_open), None)

    def of(self, group: str) -> list[Line]:
        return [line for line in self.lines if line.group == group]


def asked_by(principal: Principal, show: str = "", agency: str = "", coc: str = "", text: str = "") -> Asked:
    """What somebody may see, narrowed by what they ask for; what makes no sense narrows nothing."""
    return Asked(
        principal.scope(Permission.SEE),
        show if show in lanes.SHOWS else "",
        int(agency[:18]) if agency.isdecimal() else None,
        int(coc[:18]) if coc.isdecimal() else None,
        text,
    )


def visible_agency(principal: Principal, agency_id: int) -> Agency:
    reach = principal.scope(Permission.SEE).over_agencies()
    row: Agency = found(db.session.scalar(select(Agency).where(Agency.id == agency_id, reach)))
    return row


def cocs(principal: Principal) -> list[CoC]:
    """The communities of who serves several; nothing where there is nothing to choose."""
    scope = principal.scope(Permission.SEE)
    mine = or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids))
    rows = list(db.session.scalars(select(CoC).where(mine).order_by(CoC.name, CoC.id).limit(500)))
    return rows if len(rows) > 1 else []


def people(asked: Asked, at: datetime, after: str = "", before: str = "") -> Page[Entry]:
    """A page of people, in a bounded number of questions."""
    page = lanes.page(asked, at, after=after, before=before)
    return Page(of_places(page.rows, at), page.next, page.prev)


def everybody(asked: Asked, at: datetime) -> Iterator[Entry]:
    """All of them, read while a file is written."""
    for places in lanes.everybody(asked, at):
        yield from of_places(places, at)


def own(person_id: int, at: datetime) -> list[Entry]:
    """What is required of oneself, wherever one works."""
    works = select(Membership.agency_id).where(
        Membership.person_id == person_id, Membership.started_on <= at.date(),
        or_(Membership.ended_at.is_(None), Membership.ended_at > at),
    )  # fmt: skip
    agencies = dict.fromkeys(db.session.scalars(works.order_by(Membership.id)))
    serves = select(Obligation.id).where(Obligation.person_id == person_id, Obligation.agency_id.is_(None)).limit(1)
    at_lead = [None] if db.session.scalar(serves) is not None else []
    places = [Place(UNDATED, 0, 0, person_id, agency) for agency in (*agencies, *at_lead)]
    return [row for row in of_places(places, at) if row.lines]


# ------------------------------------------------------------------ the lines


Pair = tuple[int, int | None]


def of_places(places: Sequence[Place], at: datetime) -> list[Entry]:
    """Each place with its lines: five questions, however many there are."""
    if not places:
        return []
    people = {one.person_id for one in places}
    named = {row.id: row for row in db.session.scalars(select(Person).where(Person.id.in_(people)))}
    numbers = {one.agency_id for one in places if one.agency_id is not None}
    agencies = {row.id: row for row in db.session.scalars(select(Agency).where(Agency.id.in_(numbers)))}
    owed, ways = _owed(people), _ways(people)
    told = []
    for place in places:
        pair = (place.person_id, place.agency_id)
        lines = [*_lines_of_series(ways[pair], at), *_lines_of_owed(owed[pair], at)]
        agency = agencies.get(place.agency_id or 0)
        name, lead_id = (agency.name, agency.lead_id) if agency else _at_lead(owed[pair])
        told.append(Entry(named[place.person_id], agency, name, lead_id, tuple(sorted(lines, key=_order))))
    return told


def _at_lead(rows: Sequence[Obligation]) -> tuple[str, int]:
    return rows[0].lead.name, rows[0].lead_id


def _order(line: Line) -> tuple[bool, datetime, int, str]:
    """What is open first, by its day; then what is settled, in the order of the columns."""
    day = line.due_at if line.is_open and line.due_at else UNDATED
    return not line.is_open, day, GROUPS.index(line.group), line.title


def _owed(people: Iterable[int]) -> dict[Pair, list[Obligation]]:
    """What is open, and what is settled of the rounds that run; the newest first."""
    still = or_(Obligation.state.in_([Owes.OWED, Owes.LAPSED]), Campaign.state == CampaignState.OPEN)
    query = (
        select(Obligation)
        .join(Campaign, Campaign.id == Obligation.campaign_id)
        .where(Obligation.person_id.in_(people), Obligation.state != Owes.ENDED, still)
        .options(joinedload(Obligation.campaign), joinedload(Obligation.lead), joinedload(Obligation.agency))
        .order_by(Obligation.due_at.desc(), Obligation.id.desc())
    )
    told: dict[Pair, list[Obligation]] = defaultdict(list)
    for row in db.session.scalars(query):
        told[row.person_id, row.agency_id].append(row)
    return told


def _lines_of_owed(rows: Sequence[Obligation], at: datetime) -> Iterator[Line]:
    """Each open round, and the newest settled one where none is open."""
    shown: set[tuple[str, str]] = set()
    for row in sorted(rows, key=lambda one: not one.is_open):
        key = (row.campaign.cycle, row.credit)
        if row.is_open or key not in shown:
            shown.add(key)
            yield _line_of_owed(row, at)


def _line_of_owed(row: Obligation, at: datetime) -> Line:
    last_day = row.campaign.period_to
    return Line(
        group=TITLES[row.campaign.cycle], title=row.words,
        standing=rules.of_owed(row.state, row.due_at, row.last_at, at), tz=row.tz,
        path=f"/training/recertification/obligations/{row.id}", due_at=row.due_at if row.is_open else None,
        until=say_day(last_day) if last_day and not row.is_open else "", done=row.done, of=row.times,
        done_at=row.met_at or row.last_at, reason=row.exempt_reason,
    )  # fmt: skip


def _ways(people: Iterable[int]) -> dict[Pair, list[tuple[Enrollment, list[Deadline]]]]:
    """The newest way through each series, with the days that count."""
    query = (
        select(Enrollment)
        .where(Enrollment.person_id.in_(people), Enrollment.state != EnrollmentState.WITHDRAWN)
        .options(joinedload(Enrollment.series), joinedload(Enrollment.agency), selectinload(Enrollment.steps))
        .order_by(Enrollment.id.desc())
    )
    newest: dict[tuple[int, int, int], Enrollment] = {}
    for row in db.session.scalars(query):
        newest.setdefault((row.person_id, row.agency_id, row.series_id), row)
    clocks = _clocks([row.id for row in newest.values()])
    told: dict[Pair, list[tuple[Enrollment, list[Deadline]]]] = defaultdict(list)
    for row in newest.values():
        told[row.person_id, row.agency_id].append((row, clocks[row.id]))
    return told


def _clocks(numbers: Sequence[int]) -> dict[int, list[Deadline]]:
    told: dict[int, list[Deadline]] = defaultdict(list)
    if numbers:
        mine = (Deadline.subject_type == Enrollment.__tablename__, Deadline.subject_id.in_(numbers))
        query = select(Deadline).where(*mine, Deadline.kind.in_(windows.CLOCKS))
        for row in db.session.scalars(query.order_by(Deadline.due_at, Deadline.id)):
            if row.is_open or row.is_missed:
                told[row.subject_id].append(row)
    return told


def _lines_of_series(ways: Sequence[tuple[Enrollment, list[Deadline]]], at: datetime) -> Iterator[Line]:
    for row, clocks in ways:
        days = [Clock(one.due_at, rests=one.state is State.PAUSED) for one in clocks]
        standing, due_at = rules.of_series(row.state, days, at)
        if standing is Standing.TO_DO and row.state is EnrollmentState.RUNNING:
            standing = Standing.DUE
        yield Line(
            group=SERIES, title=row.series.title, standing=standing, tz=row.agency.tz,
            path=f"/training/enrollments/{row.id}", due_at=due_at, of=len(row.steps) or 1,
            done=sum(step.met_at is not None for step in row.steps), done_at=row.closed_at if not row.is_open else None,
            reason=row.closed_reason,
        )  # fmt: skip
