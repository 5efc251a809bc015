"""What happens at a session's own times: the reminder the day before, and what its end brings with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.db import db
from core.deadlines import Deadline, Fires, Kind, cancel, deadlines_of, open_deadline, register_kind
from core.policy import Decision
from training.sessions import mails
from training.sessions.models import TrainingSession

REMINDING, ENDING = "session-reminder", "session-end"
BEFORE = timedelta(days=1)
Ended = Callable[[TrainingSession, datetime], str]
_at_end: list[Ended] = []


def when_it_ends(do: Ended) -> Ended:
    """Decorator: called with each session that took place, as it ends; what it returns is noted, "" is nothing."""
    if do not in _at_end:
        _at_end.append(do)
    return do


def set_clocks(session: TrainingSession, at: datetime) -> None:
    """Those of a session that was planned or moved, in the place of the earlier ones; only what lies ahead."""
    drop_clocks(session, at, "The session was moved.")
    if at < session.starts_at - BEFORE:
        _open(session, REMINDING, session.starts_at - BEFORE, "Whoever has a place is reminded a day before.")
    if at < session.ends_at:
        _open(session, ENDING, session.ends_at, "When it ends, who was there and what that earns is reckoned.")


def drop_clocks(session: TrainingSession, at: datetime, why: str) -> None:
    for row in deadlines_of(session, REMINDING, ENDING):
        if row.is_open:
            cancel(row, at, why)


def _open(session: TrainingSession, kind: str, at: datetime, because: str) -> None:
    due = at.astimezone(session.zone).replace(microsecond=0)
    said = Decision(
        pack="", version=due.date(), clock="", anchor=due, due=due, rule="", source="", section="Planned here",
        title=session.lead.name, because=(because,), says=because,
    )  # fmt: skip
    number = len(deadlines_of(session, kind)) + 1
    open_deadline(
        kind, session, said, title=session.title, lead_id=session.lead_id, coc_id=session.coc_id, occurrence=number
    )


def _held(clock: Deadline) -> TrainingSession:
    query = select(TrainingSession).where(TrainingSession.id == clock.subject_id)
    query = query.options(joinedload(TrainingSession.lead), joinedload(TrainingSession.coc))
    with db.session.no_autoflush:
        held = query.with_for_update(of=TrainingSession).execution_options(populate_existing=True)
        return db.session.scalars(held).one()


def _remind(clock: Deadline, now: datetime) -> None:
    session = _held(clock)
    if session.is_cancelled or now >= session.starts_at:
        clock.outcome = "It had begun, or was cancelled."
        return
    clock.outcome = f"{mails.remind(session):,} people were reminded."


def _end(clock: Deadline, now: datetime) -> None:
    session = _held(clock)
    if session.is_cancelled:
        clock.outcome = "It was cancelled."
        return
    clock.outcome = " ".join(filter(None, (do(session, now) for do in _at_end)))[:300] or "It has ended."


def _link(clock: Deadline) -> str:
    return f"/training/sessions/{clock.subject_id}"


register_kind(Kind(REMINDING, "Session reminder", Fires.AT_DUE, _remind, link=_link, on_today=False))
register_kind(Kind(ENDING, "End of a session", Fires.AT_DUE, _end, link=_link, on_today=False))
