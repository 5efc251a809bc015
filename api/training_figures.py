"""The figures of training: pass rates, what goes wrong in practice cases, waits for a review, burn-downs."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from api.blueprint import bp, failures
from api.schemas import Given, Model
from core import clock
from core.authz import current_principal, found, requires
from core.errors import Forbidden
from training.courses import figures
from training.courses import queries as courses
from training.courses.permissions import Permission as C
from training.practice import figures as practice
from training.practice.permissions import Permission as P
from training.recertification import queries as recertification
from training.recertification.permissions import Permission as R

TAG = "Training figures"


class Period(Given):
    """So many days back from now."""

    days: Literal["90", "365"] = "365"


class VersionPeriod(Period):
    version: int | None = Field(default=None, ge=1, lt=2**31)


class CourseRateOut(Model):
    """Shares are null while there are fewer than five finished tries."""

    course_id: int
    title: str
    tries: int
    passed: int
    percent: int | None
    first_tries: int
    first_passed: int
    first_percent: int | None


class CourseRates(Model):
    items: list[CourseRateOut]


class QuestionRateOut(Model):
    """`percent` is null while there are fewer than five answers; `is_asked` false: replaced or taken out since."""

    question_id: int
    text: str
    tag: str
    is_asked: bool
    answers: int
    right: int
    percent: int | None


class TryRateOut(Model):
    number: int
    tries: int
    passed: int
    percent: int | None


class QuestionRates(Model):
    questions: list[QuestionRateOut]
    tries: list[TryRateOut]


class ShareOut(Model):
    label: str
    wrong: int
    marked: int
    percent: int


class WaitOut(Model):
    """Hours within which half of a month's reviews came, and nine of ten."""

    month: str
    reviews: int
    half: float
    most: float


class PracticeFigures(Model):
    elements: list[ShareOut]
    cases: list[ShareOut]
    waits: list[WaitOut]


class LeftOut(Model):
    day: date
    left: int


class BurnDown(Model):
    """How many trainings were left to do at the end of each day, or of each week where it is long."""

    items: list[LeftOut]


@bp.get("/courses/figures")
@requires(C.VIEW)
@bp.input(Period, location="query")
@bp.output(CourseRates)
@bp.doc(tags=[TAG], summary="Pass rates by course", security="bearer", responses=failures(422))
def course_figures(query_data: Period) -> Any:
    return {"items": figures.by_course(current_principal(), figures.since_of(query_data.days, clock.now()))}


@bp.get("/courses/<int:course_id>/figures")
@requires(C.VIEW)
@bp.input(VersionPeriod, location="query")
@bp.output(QuestionRates)
@bp.doc(tags=[TAG], summary="Pass rates by question and by try", security="bearer", responses=failures(404, 422))
def question_figures(course_id: int, query_data: VersionPeriod) -> Any:
    principal = current_principal()
    row = courses.course_of(principal, course_id)
    if not courses.is_staff_of(principal, row):
        raise Forbidden("This is for the HMIS Lead's staff.", "Ask your trainer.")
    if query_data.version is not None:
        found(query_data.version in figures.versions_of(row) or None)
    wanted = (principal, row, figures.since_of(query_data.days, clock.now()), query_data.version)
    return {"questions": figures.by_question(*wanted), "tries": figures.by_try(*wanted)}


@bp.get("/training/practice-figures")
@requires(P.QUEUE)
@bp.input(Period, location="query")
@bp.output(PracticeFigures)
@bp.doc(
    tags=[TAG], summary="What goes wrong in practice cases, and how long reviews take", security="bearer",
    responses=failures(422),
)  # fmt: skip
def practice_figures(query_data: Period) -> Any:
    principal, since = current_principal(), practice.since_of(query_data.days, clock.now())
    return {
        "elements": practice.by_element(principal, since), "cases": practice.by_case(principal, since),
        "waits": practice.waits(principal, since),
    }  # fmt: skip


@bp.get("/training/campaigns/<int:campaign_id>/burn-down")
@requires(R.GUIDE)
@bp.output(BurnDown)
@bp.doc(tags=[TAG], summary="What was left to do, day by day", security="bearer", responses=failures(404))
def burn_down(campaign_id: int) -> Any:
    row = recertification.visible_campaign(current_principal(), campaign_id)
    return {"items": [{"day": day, "left": left} for day, left in recertification.burn_down(row, clock.now())]}
