"""The monthly review of an agency's users: by API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from werkzeug.datastructures import MultiDict

from api.blueprint import bp, failures
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging
from core import clock
from core.authz import current_principal, requires
from core.closures.queries import lead_of
from core.db import unit_of_work
from core.errors import Forbidden
from core.paging import page_of
from licensing.reviews import queries, services
from licensing.reviews.models import AccessReview, ReviewLine
from licensing.reviews.permissions import Permission as P
from licensing.reviews.rules import Answer, ReviewState
from licensing.reviews.services import Said

TAG = "Reviews of users"


class AccessReviewOut(Model):
    """`period` is the first day of the month; `due_at` the last instant on time."""

    id: int
    agency_id: int
    period: date
    state: ReviewState
    answered: int
    total: int
    due_at: datetime
    rule: str


class AccessReviews(Paging):
    items: list[AccessReviewOut]


class AccessReviewQuery(Listing):
    state: ReviewState | None = None
    agency_id: Id | None = None


class ReviewLineOut(Model):
    """`answer` null: nobody has said yet. `departure_id` is the notice that the answer gave."""

    id: int
    person_id: int
    license_id: int
    level: str
    answer: Answer | None
    note: str
    at: datetime | None
    departure_id: int | None


class ReviewLines(Paging):
    items: list[ReviewLineOut]


class ReviewAnswer(Given):
    """`left_on` and `left_at`, by the agency's clocks, where somebody leaves or no longer needs the HMIS. Where access
    would end at once, `ends_at_once` has to be true."""

    answer: Answer
    note: Annotated[str, StringConstraints(max_length=2000, pattern=PLAIN)] = ""
    left_on: date | None = None
    left_at: time | None = None
    ends_at_once: bool = False


class ReviewConfirmed(Given):
    """Lines for which all is as it should be."""

    lines: Annotated[list[Id], Field(min_length=1, max_length=1000)]


class ReviewPlanOut(Model):
    """`since` null: the Lead has not begun its reviews."""

    since: date | None


class ReviewPlanGiven(Given):
    is_running: bool


@bp.get("/access-reviews")
@requires(P.VIEW)
@bp.input(AccessReviewQuery, location="query")
@bp.output(AccessReviews)
@bp.doc(tags=[TAG], summary="Reviews, the latest first", security="bearer", responses=failures(422))
def list_access_reviews(query_data: AccessReviewQuery) -> Any:
    told = MultiDict({"shown": "all", "agency": str(query_data.agency_id or "")})
    query = queries.reviews(current_principal(), told)
    if query_data.state is not None:
        query = query.where(AccessReview.state == query_data.state)
    page = page_of(query, [AccessReview.id], descending=True, after=query_data.after or "", before="")
    standings = queries.standings(page.rows)
    return {"items": [_out(row, standings[row.id]) for row in page.rows], "next": page.next}


@bp.get("/access-reviews/<int:user_review_id>")
@requires(P.VIEW)
@bp.output(AccessReviewOut)
@bp.doc(tags=[TAG], summary="A review, and how far it is", security="bearer", responses=failures(404))
def show_access_review(user_review_id: int) -> Any:
    return _shown(queries.visible_review(current_principal(), user_review_id))


@bp.get("/access-reviews/<int:user_review_id>/lines")
@requires(P.VIEW)
@bp.input(Listing, location="query")
@bp.output(ReviewLines)
@bp.doc(tags=[TAG], summary="Its users", security="bearer", responses=failures(404, 422))
def list_access_review_lines(user_review_id: int, query_data: Listing) -> Any:
    row = queries.visible_review(current_principal(), user_review_id)
    page = page_of(queries.lines_of(row), [ReviewLine.id], after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/access-reviews/<int:user_review_id>/confirmation")
@requires(P.ANSWER)
@bp.input(ReviewConfirmed, arg_name="given")
@bp.output(AccessReviewOut)
@bp.doc(tags=[TAG], summary="Confirm users", security="bearer", responses=failures(400, 404, 413, 422))
def confirm_access_review(user_review_id: int, given: ReviewConfirmed) -> Any:
    with unit_of_work():
        row = _mine(user_review_id, given.lines)
        services.confirm(row, set(given.lines), current_principal(), clock.now())
    return _shown(row)


@bp.post("/access-reviews/<int:user_review_id>/lines/<int:review_line_id>/answer")
@requires(P.ANSWER)
@bp.input(ReviewAnswer, arg_name="given")
@bp.output(ReviewLineOut)
@bp.doc(tags=[TAG], summary="Answer for a user", security="bearer", responses=failures(400, 404, 409, 413, 422))
def answer_access_review(user_review_id: int, review_line_id: int, given: ReviewAnswer) -> Any:
    said = Said(given.answer, given.note, given.left_on, given.left_at, is_meant=given.ends_at_once)
    with unit_of_work():
        line = queries.line_of(_mine(user_review_id, [review_line_id]), review_line_id)
        services.answer(line, said, current_principal(), clock.now())
    return line


@bp.get("/access-review-plan")
@requires(P.PLAN)
@bp.output(ReviewPlanOut)
@bp.doc(tags=[TAG], summary="Whether reviews are under way", security="bearer", responses=failures(404))
def show_access_review_plan() -> Any:
    return _plan(lead_of(current_principal(), P.PLAN).id)


@bp.put("/access-review-plan")
@requires(P.PLAN)
@bp.input(ReviewPlanGiven, arg_name="given")
@bp.output(ReviewPlanOut)
@bp.doc(tags=[TAG], summary="Begin or stop the reviews", security="bearer", responses=failures(400, 404, 413, 422))
def keep_access_review_plan(given: ReviewPlanGiven) -> Any:
    principal = current_principal()
    lead = lead_of(principal, P.PLAN)
    with unit_of_work():
        if given.is_running:
            services.begin(lead, principal, clock.now())
        elif services.plan_of(lead.id) is not None:
            services.stop(lead, principal, clock.now())
    return _plan(lead.id)


def _plan(lead_id: int) -> dict[str, Any]:
    row = services.plan_of(lead_id)
    return {"since": row.since if row else None}


def _mine(user_review_id: int, lines: Sequence[int]) -> AccessReview:
    row = queries.visible_review(current_principal(), user_review_id, lock=True, lines=lines)
    if not current_principal().can(P.ANSWER, agency=row.agency):
        raise Forbidden("The agency's administrator or representative confirms its users.", "Ask them.")
    return row


def _shown(row: AccessReview) -> dict[str, Any]:
    return _out(row, queries.standings([row])[row.id])


def _out(row: AccessReview, told: queries.Standing) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ("id", "agency_id", "period", "state")}
    far = {"answered": told.progress.answered, "total": told.progress.total}
    return {**plain, **far, "due_at": told.clock.due_at, "rule": told.clock.rule}
