"""Today: the sessions one goes to or holds, who waits for approval, and attendance that is still to be brought in."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from core.authz import Principal
from core.db import db
from core.home import WorkItem, provider
from training.mine import Piece, piece
from training.sessions import queries, rules
from training.sessions.attendance.queries import own_latest
from training.sessions.models import SessionRegistration, TrainingSession
from training.sessions.permissions import Permission
from training.sessions.rules import Registered, State

AHEAD = timedelta(days=7)
OWED = timedelta(days=7)  # until when the attendance of a session is to be there
AREA = "Training"


def _item(row: TrainingSession, title: str, action: str, detail: str, due: datetime | None, page: str = "") -> WorkItem:
    return WorkItem(title, f"/training/sessions/{row.id}{page}", action, AREA, detail, due, since=row.ends_at)


@provider
def mine(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """Those of the next days that one has a place in, or holds."""
    own = select(SessionRegistration.session_id).where(
        SessionRegistration.person_id == principal.person_id, SessionRegistration.state == Registered.REGISTERED
    )
    query = (
        select(TrainingSession)
        .where(
            TrainingSession.id.in_(own) | (TrainingSession.trainer_id == principal.person_id),
            TrainingSession.state == State.PLANNED,
            TrainingSession.ends_at > at,
            TrainingSession.starts_at <= at + AHEAD,
        )
        .order_by(TrainingSession.starts_at, TrainingSession.id)
        .limit(limit)
    )
    return [
        _item(
            row,
            row.title,
            "Open",
            "You hold it" if row.trainer_id == principal.person_id else "You are registered",
            row.starts_at,
        )
        for row in db.session.scalars(query)
    ]


@provider
def to_approve(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    if not principal.can(Permission.KEEP):
        return []
    asks = exists().where(
        SessionRegistration.session_id == TrainingSession.id, SessionRegistration.state == Registered.ASKED
    )
    query = select(TrainingSession).where(
        queries.kept(principal), TrainingSession.starts_at > at, TrainingSession.state == State.PLANNED, asks
    )
    rows = db.session.scalars(query.order_by(TrainingSession.starts_at, TrainingSession.id).limit(limit))
    return [_item(r, f"Registrations to approve: {r.title}", "Decide", "Before it begins", r.starts_at) for r in rows]


@provider
def to_bring_in(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """Sessions that are over and whose attendance nobody has called complete (HUD-TR-3): the trainer's own, and where
    there is no trainer those of whoever keeps the sessions."""
    if not principal.can(Permission.KEEP):
        return []
    query = select(TrainingSession).where(
        queries.kept(principal),
        TrainingSession.settled_at.is_(None),
        TrainingSession.ends_at <= at,
        TrainingSession.state == State.PLANNED,
        TrainingSession.trainer_id.is_(None) | (TrainingSession.trainer_id == principal.person_id),
    )
    query = query.options(joinedload(TrainingSession.lead)).order_by(TrainingSession.ends_at, TrainingSession.id)
    return [
        _item(r, f"Attendance of {r.title}", "Bring it in", "The session is over", r.ends_at + OWED, "/attendance")
        for r in db.session.scalars(query.limit(limit))
    ]


@provider
def to_write_down(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """Regular meetings that were held and have no minutes yet (SON-TR-2)."""
    if not principal.can(Permission.KEEP):
        return []
    query = select(TrainingSession).where(
        queries.kept(principal),
        TrainingSession.meeting.is_not(None),
        TrainingSession.minutes == "",
        TrainingSession.ends_at <= at,
        TrainingSession.state == State.PLANNED,
    )
    rows = db.session.scalars(query.order_by(TrainingSession.ends_at, TrainingSession.id).limit(limit))
    return [
        _item(row, f"Minutes of {row.title}", "Write them", "The meeting is over", row.ends_at + OWED, "#records")
        for row in rows
    ]


@provider
def proposed(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """What the help desk asks training for (HUD-HD-8)."""
    if not principal.can(Permission.KEEP):
        return []
    rows = db.session.scalars(queries.proposals(principal).order_by("id").limit(limit))
    return [
        WorkItem(
            f"Training proposed: {row.title}",
            f"/training/sessions/new?proposal={row.id}",
            "Plan it",
            AREA,
            "By the help desk's themes",
            since=row.at,
        )
        for row in rows
    ]


@piece
def sessions_of_mine(principal: Principal, at: datetime) -> Piece | None:
    """On the page of one's own training: what one goes to, and what one was at lately."""
    coming, attended = queries.own_coming(principal.person_id, at), own_latest(principal.person_id)
    if not coming and not attended:
        return None
    shown = {"coming": coming, "attended": attended, "words": rules.WORDS}
    return Piece("training/sessions/_mine.html", shown, order=55)
