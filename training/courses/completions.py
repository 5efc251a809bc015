"""Giving a completion and taking back one that was a mistake: the one place that writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.db import Base, db
from core.errors import Conflict
from core.events import publish
from core.typed import must_say
from training.courses.models import Completion, CompletionCredit, Course, CourseVersion
from training.courses.vocabulary import How
from training.events import CompletionRevoked, CourseCompleted


@dataclass(frozen=True)
class Earned:
    """What a completion rests on: the row it comes from, how, and what is known of it. `score` is a percentage."""

    how: How
    source: Base
    version: CourseVersion | None = None
    agency_id: int | None = None
    minutes: int = 0
    score: int | None = None
    by_id: int | None = None
    reason: str = ""


def complete(person_id: int, course: Course, earned: Earned, at: datetime) -> Completion:
    """The completion for that source; a second time it is the one that is there already."""
    source = {"source_type": earned.source.__tablename__, "source_id": getattr(earned.source, "id")}  # noqa: B009
    values = {
        "lead_id": course.lead_id,
        "agency_id": earned.agency_id,
        "person_id": person_id,
        "course_id": course.id,
        "version_id": earned.version.id if earned.version else None,
        "at": at,
        "how": earned.how,
        "minutes": earned.minutes,
        "score": earned.score,
        "by_id": earned.by_id,
        "reason": earned.reason,
        "revoked_reason": "",
        **source,
    }
    written = insert(Completion).values(**values).on_conflict_do_nothing().returning(Completion.id)
    is_new = db.session.scalar(written) is not None
    found = select(Completion).where(Completion.person_id == person_id, Completion.course_id == course.id)
    row = db.session.scalars(
        found.where(Completion.source_type == source["source_type"], Completion.source_id == source["source_id"])
    ).one()
    if is_new:
        earned_credits = tuple(course.credits)
        for credit in earned_credits:
            db.session.add(
                CompletionCredit(completion_id=row.id, credit=credit, lead_id=row.lead_id, person_id=person_id, at=at)
            )
        db.session.flush()
        record("training.completed", row, data={"course": course.code, "how": earned.how, "credits": earned_credits})
        publish(CourseCompleted(row.id, row.lead_id, person_id, course.id, earned_credits, at))
    return row


MOST_TOLD = 5


def learned_since(person_id: int, lead_id: int, since: datetime) -> list[tuple[str, datetime]]:
    """What the person has completed under this Lead after that instant: titles and when, the newest few first."""
    query = select(Course.title, Completion.at).join(Course, Course.id == Completion.course_id)
    query = query.where(
        Completion.person_id == person_id, Completion.lead_id == lead_id, Completion.at > since,
        Completion.revoked_at.is_(None),
    )  # fmt: skip
    rows = db.session.execute(query.order_by(Completion.at.desc(), Completion.id.desc()).limit(MOST_TOLD))
    return [(title, at) for title, at in rows]


def revoke(row: Completion, by_id: int, reason: str, at: datetime) -> None:
    """It was given by mistake: it counts for nothing from here on, and stays on record with the reason."""
    must_say(reason, "For example: the attendance report was of another meeting.")
    db.session.refresh(row, with_for_update=True)
    if row.revoked_at is not None:
        raise Conflict("This completion was revoked before.", "Load the page again to see by whom.")
    row.revoked_at, row.revoked_by_id, row.revoked_reason = at, by_id, reason
    earned_credits = tuple(
        db.session.scalars(
            delete(CompletionCredit).where(CompletionCredit.completion_id == row.id).returning(CompletionCredit.credit)
        )
    )
    db.session.flush()
    record("training.revoked", row, data={"course": row.course.code, "reason": reason})
    publish(CompletionRevoked(row.id, row.lead_id, row.person_id, row.course_id, earned_credits, at))
