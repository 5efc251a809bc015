"""What a trainer notes of a session, and what they decide against the arithmetic."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.blueprint import bp, failures
from api.schemas import Given, Id, Model, Moment, ReasonGiven
from api.sessions import TAG, AttendanceDetail, AttendanceOut, attendance_out
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Invalid
from training.sessions import queries
from training.sessions.attendance import queries as attended
from training.sessions.attendance import services
from training.sessions.attendance.rules import Span
from training.sessions.models import TrainingSession
from training.sessions.permissions import Permission as P

MOST = 2_000
DECISIONS = {"credit": True, "no-credit": False, "follow": None}


class PresenceGiven(Given):
    """Without times: all of the session. `is_there` false: not at all."""

    person_id: Id
    is_there: bool = True
    since: Moment | None = None
    until: Moment | None = None


class ListGiven(Given):
    """It replaces what the list said of these people before, and leaves everybody else. `is_complete`: nothing more
    is to come for this session."""

    people: Annotated[list[PresenceGiven], Field(min_length=1, max_length=MOST)]
    is_complete: bool = False


class ListOut(Model):
    items: list[AttendanceOut]


class OverrideGiven(ReasonGiven):
    """`follow` gives it back to the arithmetic."""

    decision: Literal["credit", "no-credit", "follow"]


@bp.put("/training-sessions/<int:session_id>/attendance")
@requires(P.KEEP)
@bp.input(ListGiven, arg_name="given")
@bp.output(ListOut)
@bp.doc(
    tags=[TAG], summary="Who was there, as the trainer saw it", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def note_attendance(session_id: int, given: ListGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.kept_session(principal, session_id, lock=True)
        _must_be_known(row, {one.person_id for one in given.people})
        said = {one.person_id: _span(row, one) for one in given.people}
        services.note_list(row, said, principal, clock.now(), is_complete=given.is_complete)
    return {"items": [attendance_out(one) for one in attended.of_session(principal, row)]}


def _must_be_known(row: TrainingSession, numbers: set[int]) -> None:
    """Who comes, is on the list, or could be registered."""
    known = {one.person_id for one in queries.coming(row)} | set(attended.listed(row))
    if left := numbers - known:
        known |= {one.id for one in queries.people_to_register(current_principal(), row, clock.now())}
        if left := left - known:
            raise Invalid(f"Person {min(left)} is nobody who can be added.", "Register them first.", field="people")


def _span(row: TrainingSession, given: PresenceGiven) -> Span | None:
    if not given.is_there:
        return None
    since: datetime = given.since or row.starts_at
    until: datetime = given.until or row.ends_at
    if since >= until:
        raise Invalid(f"Person {given.person_id} cannot leave before they came.", field="people")
    return Span(since, until)


@bp.post("/attendance/<int:attendance_id>/override")
@requires(P.KEEP)
@bp.input(OverrideGiven, arg_name="given")
@bp.output(AttendanceDetail)
@bp.doc(
    tags=[TAG], summary="Credit or none, against the arithmetic, for a reason", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def override_attendance(attendance_id: int, given: OverrideGiven) -> Any:
    principal = current_principal()
    row = attended.visible_attendance(principal, attendance_id)
    with unit_of_work():
        queries.kept_session(principal, row.session_id, lock=True)
        held = attended.visible_attendance(principal, attendance_id, lock=True)
        decided = services.override(held, DECISIONS[given.decision], given.reason, principal, clock.now())
    return attendance_out(decided)
