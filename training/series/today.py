"""What of the series stands on Today, and on the page of one's own training."""

from __future__ import annotations

from datetime import datetime

from core import home
from core.authz import Principal
from core.deadlines import deadlines_of
from core.home import WorkItem
from training.mine import Piece, piece
from training.series import queries, rules, services, windows
from training.series.models import Enrollment
from training.series.rules import EnrollmentState


@home.provider
def next_step(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """The next step of a series the person is in; its days stand beside it as deadlines."""
    rows = [row for row in queries.own_enrollments(principal.person_id, limit) if row.is_open]
    return [
        WorkItem(row.series.title, "/training", _act(row), "Training", _words(row), since=row.assigned_at)
        for row in rows
    ]


def _act(row: Enrollment) -> str:
    return "Go on" if row.started_at else "Begin"


def _words(row: Enrollment) -> str:
    positions = rules.open_positions(services.steps_of(row))
    step = next((step for step in row.steps if step.position in positions), None)
    return f"Next: {step.title}" if step else "Somebody reviews what you handed in."


@piece
def ways(principal: Principal, _at: datetime) -> Piece | None:
    rows = queries.own_enrollments(principal.person_id)
    shown = [row for row in rows if row.is_open] or rows[:1]
    context = {
        "ways": [
            {
                "row": row,
                "own": True,
                "open": rules.open_positions(services.steps_of(row)),
                "clocks": [one for one in deadlines_of(row, *windows.CLOCKS) if one.is_open],
            }
            for row in shown
        ],
        "states": queries.STATES,
        "complete": EnrollmentState.COMPLETE,
    }
    return Piece("training/series/_ways.html", context, order=10)
