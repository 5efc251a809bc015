"""A ticket's clocks as rows: replayed from its history whenever it changes, and written anew where they differ.

The rows are deadlines like all others; the sweep warns, tells what was missed, and does by itself what is due.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

from sqlalchemy import Select, select

from core import clock as the_clock
from core.closures.services import ClosuresChanged, Move, foretells
from core.db import db
from core.deadlines import Deadline, State, deadlines_of, open_deadline
from core.deadlines.services import restate
from core.events import subscribe
from core.people.models import Lead
from core.policy import Decision
from core.workcalendar.words import day_and_clock
from helpdesk.flow import queries
from helpdesk.flow.queries import InForce, Replay
from helpdesk.flow.rules import DESKS, Clock, Desk, Promise, Standing, Waiting, silence, vendor_contact
from helpdesk.routing.services import give
from helpdesk.tickets.events import TicketChanged
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import State as TicketState
from helpdesk.vendor import queries as cases

KINDS = {promise: f"service-{promise}" for promise in Promise}
SILENCE, ATTEMPT, VENDOR = "service-silence", "service-attempt", "service-vendor"
ALL_KINDS = (*KINDS.values(), SILENCE, ATTEMPT, VENDOR)
TITLES = {
    KINDS[Promise.FIRST_ANSWER]: "First answer",
    KINDS[Promise.NEXT_ANSWER]: "Next answer",
    KINDS[Promise.RESOLUTION]: "Resolution",
    KINDS[Promise.ESCALATION]: "Next tier",
    SILENCE: "Close for silence",
    ATTEMPT: "Another attempt to reach the requester",
    VENDOR: "Ask the vendor again",
}
ABOVE = "To the CoC or its data committee"
WARN_BEFORE = (timedelta(hours=4),)
ENDED = {Standing.MET, Standing.MISSED}
OWN_PRACTICE = "No manual sets this time; it is the HMIS Lead's own practice."


@dataclass(frozen=True)
class Wanted:
    """A row as the replay wants it: `at` is when it was paused or closed."""

    kind: str
    desk: Desk
    anchor: datetime
    due: datetime
    because: tuple[str, ...]
    words: tuple[str, ...]
    says: str
    state: State = State.PENDING
    at: datetime | None = None
    rule: str = ""

    @property
    def key(self) -> tuple[str, str, datetime]:
        return self.kind, self.desk, self.anchor


def title_of(kind: str, desk: Desk) -> str:
    return ABOVE if (kind, desk) == (KINDS[Promise.ESCALATION], Desk.LEAD) else TITLES[kind]


@subscribe(TicketChanged)
def follow(event: TicketChanged) -> None:
    ticket = db.session.get_one(Ticket, event.ticket_id)
    in_force = queries.practice_of(ticket)
    if in_force is not None:
        if in_force.practice.gives:
            give(ticket, event.action, event.at)
        refresh(ticket, event.at, in_force, is_new=event.action is None)


def refresh(ticket: Ticket, now: datetime, in_force: InForce, *, is_new: bool = False) -> None:
    """Write or restate the rows of the ticket's clocks. One that is part of another keeps none of its own.

    `is_new`: it was just opened, so there is nothing yet to restate, and its history is how it stands.
    """
    if ticket.merged_into_id is not None:
        _stop(ticket, now)
        return
    with db.session.no_autoflush:  # nothing below is asked of what this unit of work has not written yet
        told = queries.replay(ticket, now, in_force, is_new=is_new)
        rows_there = [] if is_new else deadlines_of(ticket, *ALL_KINDS)
    due = [c.due_at for c in told.clocks if c.due_at is not None and c.ended_at is None]
    ticket.next_due_at = min(due) if due and ticket.is_open else None
    numbers = Counter(row.kind for row in rows_there)
    known = _by_key(rows_there)
    for key, rows in _wanted(ticket, told).items():
        for row, want in zip_longest(known.pop(key, []), rows):
            _settle(ticket, told, row, want, now, numbers)
    for rows_left in known.values():
        for row in rows_left:
            _settle(ticket, told, row, None, now, numbers)
    db.session.flush()


def _wanted(ticket: Ticket, told: Replay) -> dict[Any, list[Wanted]]:
    found: dict[Any, list[Wanted]] = defaultdict(list)
    for want in (*(_of_clock(clock) for clock in told.clocks), *_of_waiting(ticket, told)):
        found[want.key].append(want)
    return found


def _stop(ticket: Ticket, now: datetime) -> None:
    why = f"It goes on as part of request #{ticket.merged_into_id}, which has the clocks."
    for row in deadlines_of(ticket, *ALL_KINDS):
        if row.is_open:
            restate(row, State.CANCELLED, row.due_at, row.explanation, now, why)
    ticket.next_due_at = None
    db.session.flush()


@subscribe(ClosuresChanged)
def recount(event: ClosuresChanged) -> None:
    """The Lead's closed days changed: every open ticket that has a clock, anew, in the same transaction."""
    held = _with_clock(event.lead_id).with_for_update(of=Ticket)
    for ticket in db.session.scalars(held).all():
        if in_force := queries.practice_of(ticket):
            refresh(ticket, the_clock.now(), in_force)


def _with_clock(lead_id: int) -> Select[Ticket]:
    kinds = Deadline.kind.in_(ALL_KINDS), Deadline.state.in_([State.PENDING, State.PAUSED])
    with_clock = select(Deadline.subject_id).where(Deadline.lead_id == lead_id, *kinds)
    return select(Ticket).where(Ticket.id.in_(with_clock)).order_by(Ticket.id)


@foretells
def promises_moved(lead: Lead, closures: dict[date, str]) -> Iterator[Move]:
    """The promises that run now and would be due at another time if these were the Lead's closed days."""
    now = the_clock.now()
    for ticket in db.session.scalars(_with_clock(lead.id)).all():
        if ticket.merged_into_id is None and (in_force := queries.practice_of(ticket)):
            wanted = _wanted(ticket, queries.replay(ticket, now, in_force, closures))
            for key, rows in _by_key(deadlines_of(ticket, *ALL_KINDS)).items():
                for row, want in zip(rows, wanted.get(key, []), strict=False):
                    if row.state is State.PENDING is want.state and want.due.replace(microsecond=0) != row.due_at:
                        yield Move(row, want.due)


def _settle(
    ticket: Ticket, told: Replay, row: Deadline | None, want: Wanted | None, now: datetime, numbers: Counter[str]
) -> None:
    """`numbers`: how many of each kind there are, counted on."""
    if want is None:
        assert row is not None, "one of the two is there"
        if row.is_open:
            restate(row, State.CANCELLED, row.due_at, row.explanation, now, "The next move is somebody else's.")
        return
    decision = _decision(ticket, told, want)
    if row is None:
        numbers[want.kind] += 1
        row = _open(ticket, want, decision, numbers[want.kind])
    holder = ticket.holder_person_id
    row.person_id = holder if want.state is not State.MET else row.person_id
    restate(row, want.state, want.due, decision.as_json(), want.at)


def _open(ticket: Ticket, want: Wanted, decision: Decision, number: int) -> Deadline:
    return open_deadline(
        want.kind,
        ticket,
        decision,
        title=f"{title_of(want.kind, want.desk)}: request #{ticket.id}",
        lead_id=ticket.lead_id,
        coc_id=ticket.coc_id,
        agency_id=ticket.agency_id,
        person_id=ticket.holder_person_id,
        holder=want.desk,
        warn_before=WARN_BEFORE,
        occurrence=number,
    )


def _decision(ticket: Ticket, told: Replay, want: Wanted) -> Decision:
    """No pack and no clock of one: the empty names say that it is the Lead's own practice."""
    zone = told.time_at[want.desk].calendar.zone
    anchor = want.anchor.astimezone(zone)
    return Decision(
        pack="",
        version=told.in_force.row.since,
        clock="",
        anchor=anchor,
        due=want.due.astimezone(zone),
        rule=want.rule,
        source="",
        section="Service practice",
        title=f"Practice of {ticket.lead.name}",
        because=(want.says, *want.because, OWN_PRACTICE),
        says=want.says,
        words=(f"Counted from {day_and_clock(anchor)}. {want.says}", *want.words, OWN_PRACTICE),
    )


def _of_clock(clock: Clock) -> Wanted:
    state, at = State.PENDING, None
    if clock.ended_at is not None:
        state, at = State.MET, clock.ended_at
    elif clock.standing is Standing.PAUSED:
        state, at = State.PAUSED, clock.paused_since
    return Wanted(
        kind=KINDS[clock.promise],
        desk=clock.desk,
        anchor=clock.began_at,
        due=clock.would_be_due_at,
        because=clock.because,
        words=clock.words,
        says=clock.target.says,
        state=state,
        at=at,
        rule=clock.target.rule,
    )


def _of_waiting(ticket: Ticket, told: Replay) -> Iterable[Wanted]:
    """The clocks that run while somebody else has the move."""
    practice, desk = told.in_force.practice, DESKS[ticket.tier]
    calendar = told.time_at[desk].calendar
    if ticket.state is TicketState.ANSWERED and practice.silence is not None:
        waiting = silence(told.history, practice.silence, practice.attempts, calendar)
        assert waiting is not None, "the history ends as the ticket stands"
        yield from _of_silence(desk, waiting, practice.attempts, str(practice.silence))
    if ticket.state is TicketState.WITH_VENDOR and practice.vendor is not None and cases.asks_for(ticket) is None:
        asked = vendor_contact(told.history, practice.vendor, calendar)
        if asked is not None:
            says = f"The vendor is asked again after {practice.vendor}."
            yield Wanted(VENDOR, desk, asked.since, asked.due.at, asked.due.because, asked.due.words, says)


def _of_silence(desk: Desk, waiting: Waiting, needed: int, span: str) -> Iterable[Wanted]:
    """Until enough attempts were made, one more is owed; then the request closes by itself."""
    base = Wanted(SILENCE, desk, waiting.since, waiting.due.at, waiting.due.because, waiting.due.words, "")
    if needed > 1 and waiting.owed is not None:
        owed = replace(base, kind=ATTEMPT, due=waiting.owed.at, because=waiting.owed.because, words=waiting.owed.words)
        says = f"A request is closed for silence only after {needed} attempts to reach the requester."
        if waiting.attempts < needed:
            yield replace(owed, says=f"{says} Made so far: {waiting.attempts}.")
            return
        yield replace(owed, says=says, state=State.MET, at=waiting.enough_at)
    says = f"A request whose requester says nothing for {span} closes by itself."
    yield replace(base, says=says)


def _by_key(rows: Iterable[Deadline]) -> dict[Any, list[Deadline]]:
    found: dict[Any, list[Deadline]] = defaultdict(list)
    for row in rows:
        found[row.kind, row.holder, row.anchor_at].append(row)
    return found


def explanation_of(ticket: Ticket, told: Replay, clock: Clock) -> dict[str, Any]:
    """What stands behind the `why?` of a clock."""
    return _decision(ticket, told, _of_clock(clock)).as_json()
