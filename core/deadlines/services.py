from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, cast, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core import clock
from core.audit import record
from core.connections import by_key
from core.db import Base, db, reading
from core.deadlines.kinds import kind_named
from core.deadlines.models import Deadline, State
from core.errors import Conflict
from core.policy import Decision
from core.queues import Queue, wake_soon
from core.workcalendar.words import say_span

OWNERS = ("subject_id", "lead_id", "coc_id", "agency_id", "person_id")


def open_deadline(
    kind: str,
    subject: Base,
    decision: Decision,
    *,
    title: str,
    lead_id: int,
    coc_id: int | None = None,
    agency_id: int | None = None,
    person_id: int | None = None,
    holder: str = "lead",
    warn_before: Iterable[timedelta] = (),
    occurrence: int = 1,
) -> Deadline:
    """A deadline's row, written with the others of the unit of work under way; the subject must be flushed.

    `holder` is who must act ("agency", "lead", "vendor", "person"). A warning whose time has passed
    already is not sent.
    """
    registered = kind_named(kind)
    if registered is None:
        raise ValueError(f"no deadline kind is called {kind!r}")
    due = decision.due.replace(microsecond=0)
    row = Deadline(
        kind=kind,
        title=title,
        subject_type=subject.__tablename__,
        subject_id=getattr(subject, "id"),  # noqa: B009 - every subject has one, the base class does not say so
        occurrence=occurrence,
        lead_id=lead_id,
        coc_id=coc_id,
        agency_id=agency_id,
        person_id=person_id,
        holder=holder,
        rule=decision.rule,
        pack=decision.pack,
        pack_version=date.fromisoformat(str(decision.version)),
        clock=str(decision.clock),
        explanation=decision.as_json(),
        anchor_at=decision.anchor,
        tz=str(decision.due.tzinfo),
        due_at=due,
        fire_at=due + registered.fires.value,
        warn_before=sorted((int(gap.total_seconds()) for gap in warn_before), reverse=True),
        warned_through=clock.now(),
        state=State.PENDING,
        opened_at=clock.now(),
        wake_at=due,
    )
    set_wake(row)
    db.session.add(row)
    record("deadline.opened", row, data={"kind": kind, "due": due.isoformat(), "rule": decision.rule})
    wake_soon(Queue.DEADLINES)
    return row


def set_wake(row: Deadline) -> None:
    """The sweep looks next at the first warning not sent yet, else when the row fires."""
    row.wake_at = min([*_warnings_left(row), row.fire_at])


def _warnings_left(row: Deadline) -> list[datetime]:
    times = (row.due_at - timedelta(seconds=seconds) for seconds in row.warn_before)
    return [at for at in times if row.warned_through is None or at > row.warned_through]


def deadlines_of(subject: Base, *kinds: str) -> list[Deadline]:
    """Every deadline of a subject, open and past, in the order of opening."""
    query = select(Deadline).where(
        Deadline.subject_type == subject.__tablename__,
        Deadline.subject_id == getattr(subject, "id"),  # noqa: B009 - as above
    )
    if kinds:
        query = query.where(Deadline.kind.in_(kinds))
    with reading(made=(Deadline,)):  # whose a deadline is never changes
        return list(db.session.scalars(by_key(query.order_by(Deadline.id))))


def meet(row: Deadline, at: datetime, outcome: str = "") -> None:
    """What was due was done at `at` (which may lie before now); late or not follows from the row. What was
    missed can still be done, and is late then."""
    _close(row, State.MET, at, outcome)


def cancel(row: Deadline, at: datetime, reason: str) -> None:
    """It is no longer owed, and why."""
    _close(row, State.CANCELLED, at, reason)


def _close(row: Deadline, state: State, at: datetime, outcome: str) -> None:
    if not row.is_missed:
        _must_be_open(row)
    row.state, row.closed_at, row.outcome = state, at, outcome
    record(f"deadline.{state}", row, data={"kind": row.kind, "late": row.was_late, "outcome": outcome})


def pause(row: Deadline, at: datetime, reason: str) -> None:
    """The clock stands still until `resume`; nothing fires and nobody is warned."""
    _must_be_open(row)
    if row.state is State.PAUSED:
        raise Conflict("This clock is paused already.")
    row.state, row.paused_at = State.PAUSED, at
    record("deadline.paused", row, data={"reason": reason})


def resume(row: Deadline, at: datetime) -> None:
    """The time it stood still is added to its due time, and the explanation says so."""
    if row.state is not State.PAUSED or row.paused_at is None:
        raise Conflict("This clock is not paused.")
    stood = at - row.paused_at
    row.due_at += stood
    row.fire_at += stood
    row.state, row.paused_at = State.PENDING, None
    told = f"Paused for {say_span(stood)}, which is added."
    zoned_due = row.due_at.astimezone(row.anchor_at.tzinfo).isoformat()
    row.explanation = {**row.explanation, "due": zoned_due} | _with_reason(row.explanation, told)
    set_wake(row)
    record("deadline.resumed", row, data={"due": row.due_at.isoformat()})
    wake_soon(Queue.DEADLINES)


def _with_reason(explanation: dict[str, Any], told: str) -> dict[str, Any]:
    return {key: [*explanation[key], told] for key in ("because", "words") if explanation.get(key)}


def restate(
    row: Deadline,
    state: State,
    due: datetime,
    explanation: dict[str, Any],
    at: datetime | None = None,
    outcome: str = "",
) -> None:
    """Let the row say what a replay of its subject's history says now; `at` is when it was paused or closed.

    What has fired stays so while the replay still has it open at the same due time, and what the service did by
    itself stays done.
    """
    due = due.replace(microsecond=0)
    if row.state is State.FIRED and (row.acts_at_due or (state is State.PENDING and due == row.due_at)):
        return
    moved = due != row.due_at
    if not moved and state is row.state:
        return
    row.fire_at += due - row.due_at
    row.due_at, row.explanation, row.state = due, explanation, state
    row.paused_at = at if state is State.PAUSED else None
    row.closed_at = at if state in (State.MET, State.CANCELLED) else None
    row.outcome = outcome
    set_wake(row)
    record("deadline.restated", row, data={"due": due.isoformat(), "state": state, "outcome": outcome})
    wake_soon(Queue.DEADLINES)


def _must_be_open(row: Deadline) -> None:
    if not row.is_open:
        raise Conflict(f"This was closed before ({row.state}).", "Load the page again to see how it stands.")


def open_deadlines(kind: str, subject: type[Base], decision: Decision, rows: Select[Any], **values: Any) -> int:
    """`open_deadline` for many subjects that are due at one instant for one reason, in one statement.

    `rows` selects (id, lead_id, coc_id, agency_id, person_id); `values` are `title`, `holder` and `warn_before`, as in
    `open_deadline`. The caller records what happened. Returns how many were opened.
    """
    registered = kind_named(kind)
    if registered is None:
        raise ValueError(f"no deadline kind is called {kind!r}")
    due, now = decision.due.replace(microsecond=0), clock.now()
    gaps = sorted((int(gap.total_seconds()) for gap in values["warn_before"]), reverse=True)
    fire_at = due + registered.fires.value
    fixed: dict[str, Any] = {
        "kind": kind, "title": values["title"], "subject_type": subject.__tablename__, "occurrence": 1,
        "holder": values["holder"], "rule": decision.rule, "pack": decision.pack,
        "pack_version": date.fromisoformat(str(decision.version)), "clock": str(decision.clock),
        "explanation": decision.as_json(), "anchor_at": decision.anchor, "tz": str(decision.due.tzinfo),
        "due_at": due, "fire_at": fire_at, "warn_before": gaps, "warned_through": now, "state": State.PENDING,
        "wake_at": min([*(at for gap in gaps if (at := due - timedelta(seconds=gap)) > now), fire_at]),
        "opened_at": now, "outcome": "", "attempts": 0, "last_error": "",
    }  # fmt: skip
    columns = Deadline.__table__.c
    told = rows.subquery("told")
    made = select(
        *(told.c[ours].label(theirs) for ours, theirs in zip(told.c.keys(), OWNERS, strict=True)),
        *(cast(literal(value, columns[name].type), columns[name].type).label(name) for name, value in fixed.items()),
    )
    new = insert(Deadline).from_select([*OWNERS, *fixed], made).on_conflict_do_nothing()
    done = db.session.execute(new, execution_options={"preserve_rowcount": True})
    wake_soon(Queue.DEADLINES)
    return int(done.rowcount)  # type: ignore[attr-defined]


def meet_all(kind: str, subject: type[Base], numbers: Select[Any], at: datetime, outcome: str) -> int:
    """`meet` for many subjects in one statement; `numbers` selects their ids. What was missed counts as done late. The
    caller records what happened. Returns how many were open or missed."""
    owed = or_(
        Deadline.state.in_((State.PENDING, State.PAUSED)),
        and_(Deadline.state == State.FIRED, Deadline.fire_at > Deadline.due_at),
    )
    mine = (Deadline.kind == kind, Deadline.subject_type == subject.__tablename__, Deadline.subject_id.in_(numbers))
    closed = update(Deadline).where(*mine, owed).values(state=State.MET, closed_at=at, outcome=outcome[:300])
    quiet: dict[str, Any] = {"synchronize_session": False, "preserve_rowcount": True}
    done = db.session.execute(closed, execution_options=quiet)
    return int(done.rowcount)  # type: ignore[attr-defined]
