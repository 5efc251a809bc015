"""The Lead's staff look for possible duplicates, again and again, as often as the community's manual wants (SON-HD-6).

The deadline is the record: who looked is its outcome, and each review opens the next one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from core import clock
from core.audit import record
from core.authz import Principal, found
from core.db import db, unit_of_work
from core.deadlines import Deadline, Fires, Kind, State, meet, open_deadline, register_kind
from core.errors import Conflict
from core.home import WorkItem
from core.home import provider as today_provider
from core.people.models import CoC
from core.policy.vocabulary import ClockName
from helpdesk.intake.permissions import Permission
from helpdesk.matters.policies import due, policy_at

REVIEW = str(ClockName.DUPLICATE_REVIEW)
PAGE = "/duplicate-reviews"
OWED = and_(
    Deadline.kind == REVIEW,
    or_(Deadline.state.in_((State.PENDING, State.PAUSED)), Deadline.state == State.FIRED),
)


def _missed(row: Deadline, _: datetime) -> None:
    """It stays on Today until somebody looks."""
    row.outcome = "Nobody looked in time."


register_kind(
    Kind(
        REVIEW,
        "Look for possible duplicates",
        Fires.AFTER_DUE,
        _missed,
        link=lambda _: PAGE,
        action="Review",
        on_today=False,
    )
)


def start_missing() -> int:
    """Begin the count in each community whose manual wants the review and where none is under way; how many."""
    with unit_of_work() as session:
        waiting = ~select(Deadline.id).where(OWED, Deadline.coc_id == CoC.id).exists()
        cocs = session.scalars(select(CoC).where(waiting).order_by(CoC.id).with_for_update(skip_locked=True))
        return sum(_begin(coc, clock.now()) for coc in cocs.all())


def _begin(coc: CoC, at: datetime) -> bool:
    """Looked at again with the row in hand: another process may just have begun it."""
    is_owed = db.session.scalar(select(Deadline.id).where(OWED, Deadline.coc_id == coc.id).limit(1))
    return is_owed is None and _open_next(coc, at)


def reviewed(row: Deadline, by: Principal, at: datetime) -> None:
    """Somebody has looked; the next review counts from now. Raises Conflict when that was told already."""
    if row.state in (State.MET, State.CANCELLED):
        raise Conflict("This review is kept already.", "Load the page again to see the next one.")
    meet(row, at, f"{by.name} looked through them.")
    record("intake.duplicates_reviewed", row, data={"coc": row.coc_id, "late": row.was_late})
    _open_next(db.session.get_one(CoC, row.coc_id), at)


def _open_next(coc: CoC, at: datetime) -> bool:
    policy = policy_at(coc, at)
    if not policy.has(ClockName.DUPLICATE_REVIEW):
        return False
    earlier = select(func.max(Deadline.occurrence)).where(
        Deadline.kind == REVIEW, Deadline.subject_type == CoC.__tablename__, Deadline.subject_id == coc.id
    )
    open_deadline(
        REVIEW,
        coc,
        due(policy, ClockName.DUPLICATE_REVIEW, at, coc.tz, coc.lead_id),
        title=f"Look for possible duplicates, {coc.name}",
        lead_id=coc.lead_id,
        coc_id=coc.id,
        occurrence=(db.session.scalar(earlier) or 0) + 1,
    )
    return True


# --- what is read


def owed(principal: Principal) -> Select[Deadline]:
    return select(Deadline).where(OWED, _reach(principal))


def done(principal: Principal) -> Select[Deadline]:
    return select(Deadline).where(Deadline.kind == REVIEW, Deadline.state == State.MET, _reach(principal))


def visible_review(principal: Principal, deadline_id: int) -> Deadline:
    """Locked, so that of two who press at once the second learns of the first."""
    query = select(Deadline).where(Deadline.id == deadline_id, Deadline.kind == REVIEW, _reach(principal))
    row: Deadline = found(db.session.scalar(query.with_for_update().execution_options(populate_existing=True)))
    return row


def _reach(principal: Principal) -> ColumnElement[bool]:
    return principal.scope(Permission.DUPLICATES_REVIEW).where(Deadline)


@today_provider
def reviews_for_today(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    if not principal.can(Permission.DUPLICATES_REVIEW):
        return []
    rows = db.session.scalars(owed(principal).order_by(Deadline.due_at, Deadline.id).limit(limit))
    return [
        WorkItem(
            title=row.title,
            url=PAGE,
            action="Review",
            area="Help desk",
            detail="Then say that you looked",
            due_at=row.due_at,
            explanation=row.explanation,
        )
        for row in rows
    ]
