"""Find what is due and do it, once, whichever process gets there first. Needs no Redis."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select, text

from core import clock
from core.audit import acting_as, record
from core.db import db, savepoint, settle, unit_of_work
from core.deadlines.kinds import Kind, kind_named, known_kinds
from core.deadlines.models import Deadline, State
from core.deadlines.services import set_wake
from core.errors import is_collision
from core.people.models import Lead
from core.people.services import closures_of
from core.policy import Decision, catalog
from core.workcalendar import Closures

log = logging.getLogger(__name__)

_place = func.coalesce(Deadline.coc_id, -Deadline.lead_id)

BATCH = 200
MOST_TRIES = 5
FIRST_RETRY = timedelta(seconds=30)

LOCK_SPACE = 0x5EE9  # the sweep's own space of advisory locks, so that no other part can hold the same one
AT_ONCE = 3  # how often one row is begun again when somebody else is at work on what it touches
# Shorter than the database takes to look for a deadlock: the sweep gives way, never who waits for a page.
PATIENCE = text("set local lock_timeout = '400ms'")


def fire_due(limit: int | None = None) -> int:
    """Fire and warn until nothing is due; returns how many rows were handled.

    Effect, state, audit and outgoing messages of a batch commit together: a killed process leaves
    its batch as it was, and the next sweep takes it. A row whose effect fails is tried again
    later and never holds up the others. Sweeps may run side by side; each takes a CoC at a time.
    """
    handled, elsewhere = 0, set[int]()
    with acting_as("system:deadlines"):
        while limit is None or handled < limit:
            count = _fire_batch(min(BATCH, limit - handled) if limit else BATCH, elsewhere)
            if count is None:
                break
            handled += count
    return handled


def _fire_batch(size: int, elsewhere: set[int]) -> int | None:
    """Rows of one place together, which is much quicker; when one fails, each again in a transaction of its own.
    None when nothing is due any more that this sweep could take.

    What fires together at one agency touches the same rows, in no one order: so a place has one batch at a time.
    """
    now = clock.now()
    numbers: list[int] = []
    try:
        with unit_of_work() as session, savepoint():
            session.execute(PATIENCE)
            if (place := _free_place(now, elsewhere)) is None:
                return None
            due = _due(now).where(_place == place).order_by(Deadline.wake_at, Deadline.id).limit(size)
            rows = session.scalars(due.with_for_update(skip_locked=True)).all()
            if not rows:  # all that is due there is held by somebody else
                elsewhere.add(place)
            numbers.extend(row.id for row in rows)
            for row in rows:
                _do(row, now)
            settle()
    except Exception:
        if not numbers:
            raise
        for number in numbers:
            _fire_alone(number, now)
    return len(numbers)


def _due(now: datetime) -> Select[Deadline]:
    return select(Deadline).where(
        Deadline.state == State.PENDING, Deadline.wake_at <= now, Deadline.kind.in_(known_kinds())
    )


def _free_place(now: datetime, elsewhere: set[int]) -> int | None:
    """The CoC with the row that has waited longest, held for this transaction; the Lead's own rows (by the number
    turned negative) count as one more. None when nothing is due that no other sweep has in its hands."""
    first = _due(now).with_only_columns(_place).order_by(Deadline.wake_at, Deadline.id).limit(1)
    while (place := db.session.scalar(first.where(_place.not_in(elsewhere)))) is not None:
        if db.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK_SPACE, place))):
            return int(place)
        elsewhere.add(place)
    return None


def _fire_alone(number: int, now: datetime) -> None:
    for _ in range(AT_ONCE):
        try:
            with unit_of_work() as session, savepoint():
                session.execute(PATIENCE)
                only = _due(now).where(Deadline.id == number).with_for_update(skip_locked=True)
                row = session.scalars(only.execution_options(populate_existing=True)).one_or_none()
                if row is not None:
                    _do(row, now)
                    settle()
            return
        except Exception as error:  # noqa: BLE001 - told and put off below
            failed = error
            if not is_collision(error):
                break
    _put_off(number, now, failed)


def _do(row: Deadline, now: datetime) -> None:
    kind = kind_named(row.kind)
    assert kind is not None, "the query asks for known kinds only"
    if row.fire_at <= now:
        _fire(row, kind, now)
    else:
        _warn(row, kind, now)


def _fire(row: Deadline, kind: Kind, now: datetime) -> None:
    row.state, row.closed_at = State.FIRED, now
    kind.on_fire(row, now)
    record("deadline.fired", row, data={"kind": row.kind, "behind_seconds": int((now - row.fire_at).total_seconds())})


def _warn(row: Deadline, kind: Kind, now: datetime) -> None:
    """Several warnings missed in an outage become one."""
    row.warned_through = now
    set_wake(row)
    if kind.on_warn:
        kind.on_warn(row, now)
        record("deadline.warned", row, data={"kind": row.kind})


def _put_off(number: int, now: datetime, error: Exception) -> None:
    """Who was merely in the way is not counted against the row."""
    with unit_of_work() as session:
        row = session.get_one(Deadline, number, with_for_update=True, populate_existing=True)
        if row.state != State.PENDING:
            return
        row.last_error = f"{type(error).__name__}: {error}"[:500]
        if is_collision(error):
            log.warning("deadline %s (%s) waits for somebody else's work", row.id, row.kind)
            row.wake_at = now + FIRST_RETRY
            return
        log.error("deadline %s (%s) failed", row.id, row.kind, exc_info=error)
        row.attempts += 1
        row.wake_at = now + FIRST_RETRY * 2 ** (row.attempts - 1)
        if row.attempts >= MOST_TRIES:
            row.state, row.closed_at = State.DEAD, now
            record("deadline.dead", row, data={"kind": row.kind, "error": type(error).__name__})


def moved_by(lead: Lead, closures: Closures, *, lock: bool = False) -> Iterator[tuple[Deadline, Decision]]:
    """The open rows that would be due at another time if these were the Lead's closed days, soonest first.

    Each is counted by its own pack version. Rows that no clock of the pack counts (an empty clock name) stay.
    """
    counted = (Deadline.lead_id == lead.id, Deadline.state == State.PENDING, Deadline.clock != "")
    query = select(Deadline).where(*counted).order_by(Deadline.due_at, Deadline.id)
    query = query.with_for_update() if lock else query
    for row in db.session.scalars(query.execution_options(yield_per=1_000)):
        policy = catalog.version(row.pack, row.pack_version)
        event = str(row.explanation.get("event", ""))
        decision = policy.due(row.clock, row.anchor_at, row.tz, closures, event)
        if decision.due.replace(microsecond=0) != row.due_at:
            yield row, decision


def recompute_for_closures(lead: Lead) -> list[Deadline]:
    """After the Lead's closed days changed: every open row anew. Closed rows stay as they were.

    Returns the rows whose due time moved.
    """
    closures = {date.fromisoformat(day): name for day, name in closures_of(lead.id).items()}
    moved = []
    for row, decision in list(moved_by(lead, closures, lock=True)):
        due = decision.due.replace(microsecond=0)
        row.fire_at += due - row.due_at
        row.due_at, row.explanation = due, decision.as_json()
        set_wake(row)
        record("deadline.recomputed", row, data={"due": due.isoformat(), "why": "closed days changed"})
        moved.append(row)
    return moved
