"""Find what is due and do it, once, whichever process gets there first. Needs no Redis."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from core import clock
from core.audit import acting_as, record
from core.db import db, savepoint, unit_of_work
from core.deadlines.kinds import Kind, kind_named, known_kinds
from core.deadlines.models import Deadline, State
from core.deadlines.services import set_wake
from core.people.models import Lead
from core.people.services import closures_of
from core.policy import Decision, catalog
from core.workcalendar import Closures

log = logging.getLogger(__name__)

BATCH = 200
MOST_TRIES = 5
FIRST_RETRY = timedelta(seconds=30)


def fire_due(limit: int | None = None) -> int:
    """Fire and warn until nothing is due; returns how many rows were handled.

    Effect, state, audit and outgoing messages of a batch commit together: a killed process leaves
    its batch as it was, and the next sweep takes it. A row whose effect fails is tried again
    later and never holds up the others.
    """
    handled = 0
    with acting_as("system:deadlines"):
        while limit is None or handled < limit:
            count = _fire_batch(min(BATCH, limit - handled) if limit else BATCH)
            handled += count
            if count == 0:
                break
    return handled


def _fire_batch(size: int) -> int:
    now = clock.now()
    with unit_of_work() as session:
        rows = session.scalars(
            select(Deadline)
            .where(Deadline.state == State.PENDING, Deadline.wake_at <= now, Deadline.kind.in_(known_kinds()))
            .order_by(Deadline.wake_at, Deadline.id)
            .limit(size)
            .with_for_update(skip_locked=True)
        ).all()
        if not _do_all(rows, now):
            for row in rows:
                _do_alone(row, now)
    return len(rows)


def _do_all(rows: Sequence[Deadline], now: datetime) -> bool:
    """All under one savepoint, which is much quicker; False when one fails: then none has been done."""
    try:
        with savepoint():
            for row in rows:
                _do(row, now)
    except Exception:  # noqa: BLE001 - each is done again alone, where the failure is told
        return False
    return True


def _do(row: Deadline, now: datetime) -> None:
    kind = kind_named(row.kind)
    assert kind is not None, "the query asks for known kinds only"
    if row.fire_at <= now:
        _fire(row, kind, now)
    else:
        _warn(row, kind, now)


def _do_alone(row: Deadline, now: datetime) -> None:
    try:
        with savepoint():
            _do(row, now)
    except Exception as error:
        log.exception("deadline %s (%s) failed", row.id, row.kind)
        _put_off(row, now, error)


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


def _put_off(row: Deadline, now: datetime, error: Exception) -> None:
    row.attempts += 1
    row.last_error = f"{type(error).__name__}: {error}"[:500]
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
