"""Spells: written as a ticket's life goes on, and counted anew from its history. Both ways are the same code.

The opening time of a spell is that of the Lead's desk, by the pack of the day on which the ticket was opened.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, event, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import get_history

from core.closures.services import ClosuresChanged
from core.db import db
from core.events import subscribe
from core.people.models import CoC, Lead
from core.people.services import closures_of
from core.policy import policy_for
from core.workcalendar import OpeningHours
from helpdesk.bonds.history import histories_with_merges
from helpdesk.flow.queries import desktime
from helpdesk.flow.rules import Moment
from helpdesk.reports.models import Spell
from helpdesk.reports.rules import Stretch, first_answer, stretches
from helpdesk.tickets.events import TicketChanged
from helpdesk.tickets.models import Ticket, TicketChange, TicketMessage, TierStay
from helpdesk.tickets.rules import Action, Kind

AT_ONCE = 2_000
SPEAKING = (Kind.AGENCY, Kind.LEAD, Kind.SYSTEM)
MAY_REOPEN = {Action.REPLY, Action.VENDOR_REPLY, Action.REOPEN}
ENDS = {Action.CLOSE, Action.DECLINE}
PLACE = ("lead_id", "coc_id", "agency_id", "category")
Opening = Callable[[], OpeningHours]
COLUMNS = [column.name for column in Spell.__table__.columns if column.name != "id"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a ticket is needed. `said` is at, kind and author of what the desk said; `held` since when by whom."""

    ticket: Any
    history: Sequence[Moment]
    said: Sequence[tuple[datetime, Kind, int | None]]
    held: Sequence[tuple[datetime, int | None]]


@dataclass
class Hours:
    """The opening hours of each Lead's desk, looked up once."""

    _known: dict[Any, OpeningHours] = field(default_factory=dict)
    _leads: dict[int, Lead] = field(default_factory=dict)
    _cocs: dict[int, CoC] = field(default_factory=dict)
    _closed: dict[int, dict[date, str]] = field(default_factory=dict)

    def zone(self, lead_id: int) -> ZoneInfo:
        return ZoneInfo(self._lead(lead_id).tz)

    def of(self, lead_id: int, coc_id: int | None, opened: datetime) -> OpeningHours:
        coc = self._coc(coc_id) if coc_id else None
        policy = policy_for(coc, opened.astimezone(ZoneInfo(coc.tz)).date()) if coc else None
        key = lead_id, policy and (policy.pack, policy.version)
        if key not in self._known:
            self._known[key] = desktime(policy, self.zone(lead_id), self._closures(lead_id)).hours
        return self._known[key]

    def _lead(self, lead_id: int) -> Lead:
        if lead_id not in self._leads:
            self._leads[lead_id] = db.session.get_one(Lead, lead_id)
        return self._leads[lead_id]

    def _coc(self, coc_id: int) -> CoC:
        if coc_id not in self._cocs:
            self._cocs[coc_id] = db.session.get_one(CoC, coc_id)
        return self._cocs[coc_id]

    def _closures(self, lead_id: int) -> dict[date, str]:
        if lead_id not in self._closed:
            self._closed[lead_id] = {date.fromisoformat(day): name for day, name in closures_of(lead_id).items()}
        return self._closed[lead_id]


# --- one ticket


def spells_of(facts: Facts, hours: Hours) -> Iterator[dict[str, Any]]:
    """The rows of one ticket, as they follow from its history."""
    ticket, zone = facts.ticket, hours.zone(facts.ticket.lead_id)
    opening = partial(hours.of, ticket.lead_id, ticket.coc_id, ticket.opened_at)
    for stretch in stretches(facts.history):
        row: dict[str, Any] = dict.fromkeys(COLUMNS)
        row |= {name: getattr(ticket, name) for name in PLACE}
        row |= {"ticket_id": ticket.id, "number": stretch.number, "began_at": stretch.began}
        row["began_on"] = stretch.began.astimezone(zone).date()
        if stretch.ended is not None:
            row |= _end(facts, stretch, opening, zone)
        if stretch.number == 1:
            row |= _answer(facts, opening, zone)
        yield row


def _end(facts: Facts, stretch: Stretch, opening: Opening, zone: ZoneInfo) -> dict[str, Any]:
    assert stretch.ended is not None, "only what has ended is measured"
    return {
        "ended_at": stretch.ended,
        "ended_on": stretch.ended.astimezone(zone).date(),
        "outcome": stretch.outcome,
        "elapsed_s": int((stretch.ended - stretch.began).total_seconds()),
        "open_s": int(opening().business_time_between(stretch.began, stretch.ended).total_seconds()),
        "ended_tier": stretch.tier,
        "ended_by_id": _holder(facts, stretch.ended) or _desk_author(facts, stretch.ended, (Kind.SYSTEM,)),
    }


def _answer(facts: Facts, opening: Opening, zone: ZoneInfo) -> dict[str, Any]:
    moment = first_answer(facts.history, lambda end: _ended_by_desk(facts, end))
    if moment is None:
        return {}
    began = facts.history[0].at
    kinds = (Kind.AGENCY, Kind.LEAD) if moment.action is Action.ANSWER else (Kind.SYSTEM,)
    return {
        "answered_at": moment.at,
        "answered_on": moment.at.astimezone(zone).date(),
        "answer_elapsed_s": int((moment.at - began).total_seconds()),
        "answer_open_s": int(opening().business_time_between(began, moment.at).total_seconds()),
        "answered_tier": moment.tier,
        "answered_by_id": _desk_author(facts, moment.at, kinds) or _holder(facts, moment.at),
    }


def _ended_by_desk(facts: Facts, end: Moment) -> bool:
    """Somebody of the desk, and neither the requester nor the service by itself."""
    author = _author(facts, end.at, (Kind.SYSTEM,))
    return author is not None and author != facts.ticket.requester_id


def _desk_author(facts: Facts, at: datetime, kinds: tuple[Kind, ...]) -> int | None:
    author = _author(facts, at, kinds)
    return author if author != facts.ticket.requester_id else None


def _author(facts: Facts, at: datetime, kinds: tuple[Kind, ...]) -> int | None:
    told = [author for when, kind, author in facts.said if kind in kinds and when <= at]
    return told[-1] if told else None


def _holder(facts: Facts, at: datetime) -> int | None:
    place = bisect_right(facts.held, at, key=lambda stay: stay[0])
    return facts.held[place - 1][1] if place else None


# --- from rows to rows


def measure(ticket_ids: Sequence[int], hours: Hours | None = None) -> int:
    """Write the spells of these tickets anew; returns how many there are."""
    rows = list(recount(ticket_ids, hours or Hours()))
    db.session.execute(delete(Spell).where(Spell.ticket_id.in_(ticket_ids)))
    if rows:
        db.session.execute(insert(Spell), rows)
    return len(rows)


def recount(ticket_ids: Sequence[int], hours: Hours) -> Iterator[dict[str, Any]]:
    """The spells of these tickets as their history has them, whatever is written."""
    for facts in _facts(ticket_ids):
        yield from spells_of(facts, hours)


def measure_all(ticket_after: int = 0) -> Iterator[int]:
    """Every ticket, some at a time; gives the last one's number, so that a caller can commit and go on from there."""
    hours = Hours()
    while True:
        query = select(Ticket.id).where(Ticket.id > ticket_after).order_by(Ticket.id).limit(AT_ONCE)
        ids = list(db.session.scalars(query))
        if not ids:
            return
        measure(ids, hours)
        ticket_after = ids[-1]
        yield ticket_after


def _facts(ticket_ids: Sequence[int]) -> Iterator[Facts]:
    columns = (Ticket.id, Ticket.lead_id, Ticket.coc_id, Ticket.agency_id, Ticket.category, Ticket.opened_at)
    tickets = db.session.execute(
        select(*columns, Ticket.requester_id).where(Ticket.id.in_(ticket_ids)).order_by(Ticket.id)
    )
    change, said, stay = TicketChange, TicketMessage, TierStay
    histories = _grouped(change, ticket_ids, (change.at, change.action, change.state, change.tier), change.at)
    desk = said.kind.in_(SPEAKING)
    words = _grouped(said, ticket_ids, (said.at, said.kind, said.author_id), said.at, desk)
    held = _grouped(stay, ticket_ids, (stay.since, stay.holder_person_id), stay.since)
    merges = histories_with_merges(ticket_ids)
    for ticket in tickets:
        moments = merges.get(ticket.id) or [Moment(*row) for row in histories[ticket.id]]
        yield Facts(ticket, moments, words[ticket.id], held[ticket.id])


def _grouped(model: Any, ids: Sequence[int], columns: Iterable[Any], at: Any, *where: Any) -> dict[int, list[Any]]:
    query = select(model.ticket_id, *columns).where(model.ticket_id.in_(ids), *where)
    found: dict[int, list[Any]] = defaultdict(list)
    for ticket_id, *row in db.session.execute(query.order_by(model.ticket_id, at, model.id)):
        found[ticket_id].append(tuple(row))
    return found


# --- as it happens


JOINS = {Action.MERGE, Action.UNMERGE}


@subscribe(TicketChanged)
def follow(event: TicketChanged) -> None:
    """Only what begins, first answers, ends or begins anew a spell is looked at."""
    ticket = db.session.get_one(Ticket, event.ticket_id)
    if event.action is None:
        _begin(ticket, event.at)
    elif event.action in ENDS | JOINS:
        measure([ticket.id])
    elif event.action is Action.ANSWER:
        if ticket.first_answered_at is None or ticket.first_answered_at >= event.at:
            measure([ticket.id])
    elif event.action in MAY_REOPEN and not _is_measured_open(ticket.id):
        measure([ticket.id])


def _begin(ticket: Ticket, at: datetime) -> None:
    """What was opened just now has no other history to read."""
    opened = Moment(at, None, ticket.state, ticket.tier)
    db.session.execute(insert(Spell), list(spells_of(Facts(ticket, [opened], [], []), Hours())))


def _is_measured_open(ticket_id: int) -> bool:
    query = select(Spell.id).where(Spell.ticket_id == ticket_id, Spell.ended_at.is_(None))
    return db.session.scalar(query) is not None


@subscribe(ClosuresChanged)
def recount_day(event: ClosuresChanged) -> None:
    """A day that has been, closed or open after all: what ran across it is measured anew."""
    day = Spell.lead_id == event.lead_id, Spell.ended_on >= event.day, Spell.began_on <= event.day
    answered = Spell.lead_id == event.lead_id, Spell.answered_on >= event.day, Spell.began_on <= event.day
    ids = select(Spell.ticket_id).where(*day).union(select(Spell.ticket_id).where(*answered))
    if touched := list(db.session.scalars(ids)):
        measure(touched)


@event.listens_for(Ticket, "after_update")
def moved(_mapper: Mapper[Ticket], connection: Connection, ticket: Ticket) -> None:
    """Whichever room puts a ticket under another category or agency: its spells go along."""
    if any(get_history(ticket, name).has_changes() for name in PLACE):
        values = {name: getattr(ticket, name) for name in PLACE}
        connection.execute(update(Spell.__table__).where(Spell.ticket_id == ticket.id).values(values))  # type: ignore[arg-type]
