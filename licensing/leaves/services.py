"""A leave is told, moved, ended; the license is locked and unlocked with it (SON-LI-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db, locked
from core.deadlines import Deadline, cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict, Invalid
from core.once import KeyUsed
from core.policy import Decision, Policy
from core.ui import times
from licensing.access import holds
from licensing.access.ground import hold, hold_license, local_day, policy_in_force
from licensing.access.models import HoldKind, License, LicenseState
from licensing.departures.services import closures
from licensing.leaves import mails, rules
from licensing.leaves.models import Leave
from licensing.leaves.rules import TRANSITIONS, Act, LeaveState
from licensing.overtaken import overtaken

LOCK, BEGINS, BACK = "leave-lock", "leave-begins", "leave-return"
LONGEST = timedelta(days=3 * 366)
FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Told:
    first_day: date
    last_day: date
    once: str


def tell(held: License, told: Told, by: Principal, at: datetime) -> Leave:
    """Write the leave; the license is locked at once where the first day has come. Raises Invalid, Conflict."""
    hold(held.agency)
    if earlier := db.session.scalar(select(Leave).where(Leave.once == told.once)):
        if (earlier.license_id, earlier.first_day, earlier.last_day) != (held.id, told.first_day, told.last_day):
            raise KeyUsed
        return earlier
    hold_license(held)
    _must_be_possible(held, told.first_day, told.last_day, at)
    if (running := running_of(held)) is not None:
        day = times.say_day(running.first_day)
        raise Conflict(f"{held.person.name} has a leave from {day} already (number {running.id}).", "Change that one.")
    row = Leave(
        lead_id=held.lead_id, coc_id=held.coc_id, agency_id=held.agency_id, agency=held.agency, license_id=held.id,
        license=held, first_day=told.first_day, last_day=told.last_day, told_at=at, told_by_id=by.person_id,
        once=told.once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    data = {"first": row.first_day, "last": row.last_day, "license": held.id}
    record("leave.told", row, data=data)
    _arrange(row, at, rules.begins(row.first_day, held.agency.zone))
    mails.told(row, sentence(row, at), at)
    return row


def running_of(held: License) -> Leave | None:
    return db.session.scalar(select(Leave).where(Leave.license_id == held.id, Leave.state == LeaveState.RUNNING))


def _must_be_possible(held: License, first: date, last: date, at: datetime) -> None:
    name, today = held.person.name, local_day(at, held.agency.tz)
    if held.state is LicenseState.ENDED:
        raise Conflict(f"The license of {name} has ended, so no leave locks it.", "There is nothing to do.")
    since = local_day(held.since, held.agency.tz)
    if first < since:
        day = times.say_day(since)
        raise Invalid(f"{name} has had the license since {day}.", "Give a first day after that.", "first_day")
    if first > today + FURTHEST:
        raise Invalid("That is more than a year ahead.", "Tell us when it is nearer.", "first_day")
    _must_end_well(first, last, today)


def _must_end_well(first: date, last: date, today: date) -> None:
    if last < first:
        raise Invalid("The last day lies before the first.", "Give the last day of the leave.", "last_day")
    if last < today:
        raise Invalid("This leave is over already.", "Tell of one that lasts or is to come.", "last_day")
    if last - first > LONGEST:
        raise Invalid("That is longer than three years.", "If they do not come back, tell us that they left.",
                      "last_day")  # fmt: skip


def policy_of(row: Leave, at: datetime) -> Policy:
    return policy_in_force(row.agency.coc, at)


def sentence(row: Leave, at: datetime) -> str:
    return rules.sentence(policy_of(row, at), row.first_day, row.last_day)


# ------------------------------------------------------------------ the clocks, and the lock


def clock_of(row: Leave, kind: str) -> Deadline | None:
    """The newest of that kind: a leave that is moved has several."""
    return next(reversed(deadlines_of(row, kind)), None)


def _arrange(row: Leave, at: datetime, since: datetime) -> None:
    """Open what this leave needs from now on. `since` is what the days for the lock count from."""
    policy, zone, name = policy_of(row, at), row.agency.zone, row.license.person.name
    if not rules.locks(policy, row.first_day, row.last_day):
        return
    lock = rules.lock_due(policy, since, zone, closures(row.agency), name)
    first = rules.begins(row.first_day, zone)
    _open(row, LOCK, lock, f"Lock for a leave: {name}, {row.agency.name}", "lead")
    _open(row, BACK, rules.back_by(policy, row.last_day, zone), f"Back from leave: {name}", "agency")
    if first <= at:
        lock_now(row, at)
    else:
        _open(row, BEGINS, rules.at_start(lock, first), f"A leave begins: {name}, {row.agency.name}", "lead")


def _open(row: Leave, kind: str, decision: Decision, title: str, holder: str) -> None:
    open_deadline(
        kind, row, decision, title=title, lead_id=row.lead_id, coc_id=row.coc_id, agency_id=row.agency_id,
        holder=holder, occurrence=len(deadlines_of(row, kind)) + 1,
    )  # fmt: skip


def lock_now(row: Leave, at: datetime) -> None:
    """The license is held for the leave, once; the clock says whether that was in time."""
    if row.locked_at is not None:
        return
    held = locked(License, row.license_id)
    policy = policy_of(row, at)
    words = rules.hold_words(policy, row.first_day, row.last_day)
    holds.hold(held, HoldKind.LEAVE, _source(row), words, at)
    row.locked_at = at
    clock = clock_of(row, LOCK)
    if clock is not None and (clock.is_open or clock.is_missed):
        meet(clock, at, "The license was locked.")
    record("leave.locked", row, data={"license": held.id})


def _source(row: Leave) -> str:
    return f"leave:{row.id}"


def _unlock(row: Leave, at: datetime) -> None:
    if row.locked_at is not None:
        holds.lift(locked(License, row.license_id), HoldKind.LEAVE, at, _source(row))


def _close_clocks(row: Leave, at: datetime, why: str, *, met: tuple[str, ...] = ()) -> None:
    for clock in deadlines_of(row, LOCK, BEGINS, BACK):
        if clock.is_open or (clock.is_missed and clock.kind in met):
            (meet if clock.kind in met else cancel)(clock, at, why)


# ------------------------------------------------------------------ moved, over, called off


def move(row: Leave, last_day: date, at: datetime) -> None:
    """It ends later or sooner than was told. What grows beyond the limit locks from now on, what shrinks unlocks."""
    hold(row.agency)
    _move(row, Act.MOVE)
    _must_end_well(row.first_day, last_day, local_day(at, row.agency.tz))
    was = row.last_day
    if last_day == was:
        return
    is_locked = row.locked_at is not None
    row.last_day = last_day
    record("leave.moved", row, data={"from": was, "to": last_day})
    _close_clocks(row, at, f"The last day is {times.say_day(last_day)} now.")
    if not rules.locks(policy_of(row, at), row.first_day, last_day):
        _unlock(row, at)
        row.locked_at = None
    elif is_locked:
        policy = policy_of(row, at)
        _open(row, BACK, rules.back_by(policy, last_day, row.agency.zone), f"Back from leave: {_name(row)}", "agency")
    else:
        _arrange(row, at, max(rules.begins(row.first_day, row.agency.zone), at))
    mails.told(row, sentence(row, at), at)


def _name(row: Leave) -> str:
    return row.license.person.name


def come_back(row: Leave, by: Principal, at: datetime) -> None:
    """They are back, on the day or sooner: the license is unlocked at once."""
    hold(row.agency)
    if rules.begins(row.first_day, row.agency.zone) > at:
        raise Conflict("This leave has not begun yet.", "Call it off instead.")
    _move(row, Act.RETURN)
    row.returned_at, row.closed_at, row.closed_by_id = at, at, by.person_id
    _close_clocks(row, at, "They are back.", met=(BACK,))
    _unlock(row, at)
    record("leave.returned", row, data={"license": row.license_id})
    mails.back(row, at)


def call_off(row: Leave, by_id: int | None, at: datetime, why: str) -> None:
    """It does not take place, or the license ended meanwhile."""
    _move(row, Act.CANCEL)
    row.closed_at, row.closed_by_id, row.closed_why = at, by_id, why
    _close_clocks(row, at, why)
    _unlock(row, at)
    record("leave.cancelled", row, data={"why": why})


def _move(row: Leave, act: Act) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        who = f"{row.closed_by.name} noted it: this leave is {row.state}" if row.closed_by else f"This is {row.state}"
        raise overtaken(who, row.closed_at, row.agency.zone)
    row.state = following
