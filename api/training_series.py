from __future__ import annotations

from datetime import datetime
from typing import Any

from api.blueprint import bp, failures
from api.schemas import Given, Id, Listing, Model, Paging, Said
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Invalid
from core.paging import page_of
from training.courses.models import CourseState
from training.series import queries, services
from training.series.models import Enrollment, Purpose, Series
from training.series.permissions import Permission as P
from training.series.rules import EnrollmentState, StepKind, StepState

TAG = "Training series"


class SeriesOut(Model):
    """`coc_id` null: it is for all of the Lead's communities."""

    id: int
    lead_id: int
    coc_id: int | None
    code: str
    title: str
    purpose: Purpose
    state: CourseState


class SeriesList(Paging):
    items: list[SeriesOut]


class StepOut(Model):
    """`after` are the positions that must be met before it opens."""

    position: int
    kind: StepKind
    title: str
    after: list[int]
    state: StepState
    met_at: datetime | None


class EnrollmentOut(Model):
    """`number` counts the tries; `started_at` is when its days began to count."""

    id: int
    lead_id: int
    coc_id: int
    agency_id: int
    person_id: int
    series_id: int
    trainer_id: int | None
    state: EnrollmentState
    number: int
    is_returning: bool
    hud_types: list[int]
    assigned_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
    closed_reason: str
    steps: list[StepOut]


class EnrollmentList(Paging):
    items: list[EnrollmentOut]


class EnrollmentQuery(Listing):
    state: EnrollmentState | None = None


class ReasonGiven(Given):
    reason: Said


class EnrollmentGiven(Given):
    """Somebody at one of your agencies is to take an offered series, and why."""

    series_id: Id
    person_id: Id
    agency_id: Id
    reason: Said


@bp.get("/training/series")
@requires(P.KEEP)
@bp.input(Listing, location="query")
@bp.output(SeriesList)
@bp.doc(tags=[TAG], summary="Series by title", security="bearer", responses=failures(422))
def list_series(query_data: Listing) -> Any:
    wanted = queries.series_seen(current_principal())
    page = page_of(wanted, [Series.title, Series.id], after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/training/enrollments")
@requires(P.SEE)
@bp.input(EnrollmentQuery, location="query")
@bp.output(EnrollmentList)
@bp.doc(tags=[TAG], summary="Who is on the way, newest first", security="bearer", responses=failures(422))
def list_enrollments(query_data: EnrollmentQuery) -> Any:
    wanted = queries.enrollments(current_principal(), state=query_data.state or "")
    page = page_of(wanted, [Enrollment.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/training/enrollments/<int:enrollment_id>")
@requires(P.SEE)
@bp.output(EnrollmentOut)
@bp.doc(tags=[TAG], summary="One with its steps", security="bearer", responses=failures(404))
def show_enrollment(enrollment_id: int) -> Any:
    return queries.visible_enrollment(current_principal(), enrollment_id)


@bp.post("/training/enrollments")
@requires(P.GUIDE)
@bp.input(EnrollmentGiven, arg_name="given")
@bp.output(EnrollmentOut, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Have somebody take a series, for a reason",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def order_series(given: EnrollmentGiven) -> Any:
    principal = current_principal()
    series = next((row for row in queries.offered(principal) if row.id == given.series_id), None)
    if series is None:
        raise Invalid("This series is not offered to your communities.", field="series_id")
    person, agency = queries.worker(principal, given.person_id, given.agency_id, clock.now())
    with unit_of_work():
        return services.order_again(series, person, agency, given.reason, clock.now())


@bp.post("/training/enrollments/<int:enrollment_id>/waive")
@requires(P.WAIVE)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(EnrollmentOut)
@bp.doc(tags=[TAG], summary="Excuse a returning user", security="bearer", responses=failures(400, 404, 409, 413, 422))
def waive_series(enrollment_id: int, given: ReasonGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_enrollment(principal, enrollment_id, lock=True)
        queries.must_hold(principal, P.WAIVE, row)
        services.waive(row, principal, given.reason, clock.now())
    return row


@bp.post("/training/enrollments/<int:enrollment_id>/withdraw")
@requires(P.GUIDE)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(EnrollmentOut)
@bp.doc(tags=[TAG], summary="It is no longer needed", security="bearer", responses=failures(400, 404, 409, 413, 422))
def withdraw_enrollment(enrollment_id: int, given: ReasonGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_enrollment(principal, enrollment_id, lock=True)
        queries.must_hold(principal, P.GUIDE, row)
        services.withdraw(row, principal, given.reason, clock.now())
    return row
