"""A test that was begun in time and sent after the series' time was over: said beside its result (VT-TR-3)."""

from __future__ import annotations

from sqlalchemy import select

from core.db import db
from core.deadlines import deadlines_of
from core.ui import times
from training.courses.models import TestAttempt
from training.courses.notes import note
from training.series.models import Enrollment, EnrollmentStep
from training.series.rules import EnrollmentState
from training.series.windows import LIMIT


@note
def ran_out_meanwhile(attempt: TestAttempt) -> str:
    sitting = attempt.sitting
    steps = select(EnrollmentStep.enrollment_id).where(EnrollmentStep.course_id == sitting.course_id)
    query = select(Enrollment).where(
        Enrollment.person_id == sitting.person_id, Enrollment.lead_id == sitting.lead_id,
        Enrollment.state == EnrollmentState.LAPSED, Enrollment.id.in_(steps),
        Enrollment.closed_at >= attempt.begun_at, Enrollment.closed_at <= attempt.ended_at,
    )  # fmt: skip
    row = db.session.scalar(query.order_by(Enrollment.id.desc()).limit(1))
    if row is None or row.closed_at is None:
        return ""
    over_at = next((clock.due_at for clock in deadlines_of(row, LIMIT)), row.closed_at)
    day = times.say_day(over_at.astimezone(row.agency.zone).date())
    counts = " What you passed counts there." if attempt.is_passed else ""
    return f"The time for {row.series.title} was over on {day}, so the series is taken again.{counts}"
