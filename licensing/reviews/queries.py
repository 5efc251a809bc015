from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import among, db
from core.deadlines import Deadline
from licensing.access.services import hold
from licensing.reviews import services
from licensing.reviews.models import AccessReview, ReviewLine
from licensing.reviews.permissions import Permission
from licensing.reviews.rules import Progress, ReviewState

SHOWN = {
    "open": (ReviewState.OPEN, ReviewState.LATE), "late": (ReviewState.LATE,), "done": (ReviewState.DONE,),
    "all": tuple(ReviewState),
}  # fmt: skip


def reviews(principal: Principal, filters: Mapping[str, str]) -> Select[AccessReview]:
    query = select(AccessReview).where(principal.scope(Permission.VIEW).where(AccessReview))
    query = query.options(joinedload(AccessReview.agency))
    query = query.where(AccessReview.state.in_(SHOWN.get(filters.get("shown", "open"), SHOWN["open"])))
    if filters.get("agency", "").isdecimal():
        query = query.where(AccessReview.agency_id == int(filters["agency"][:18]))
    return query


def visible_review(principal: Principal, number: int, *, lock: bool = False, lines: Iterable[int] = ()) -> AccessReview:
    """Another agency's is not there. `lock` is for who answers for `lines`: the agency, the licenses of these, then the
    review, in which order whoever ends one of them takes them too."""
    query = select(AccessReview).where(principal.scope(Permission.VIEW).where(AccessReview))
    query = query.where(AccessReview.id == min(number, typed.BIGGEST)).options(joinedload(AccessReview.agency))
    if lock:
        row = found(db.session.scalar(query))
        hold(row.agency)
        services.lock_licenses(row, ReviewLine.id.in_([min(one, typed.BIGGEST) for one in lines]))
        query = query.with_for_update(of=AccessReview).execution_options(populate_existing=True)
    seen: AccessReview = found(db.session.scalar(query))
    return seen


def lines_of(row: AccessReview) -> Select[ReviewLine]:
    """Who is to be confirmed, with what is known of each."""
    query = select(ReviewLine).where(ReviewLine.review_id == row.id)
    return query.options(joinedload(ReviewLine.person), joinedload(ReviewLine.license), joinedload(ReviewLine.by))


def line_of(row: AccessReview, number: int) -> ReviewLine:
    query = lines_of(row).where(ReviewLine.id == min(number, typed.BIGGEST))
    line: ReviewLine = found(db.session.scalar(query.execution_options(populate_existing=True)))
    return line


@dataclass(frozen=True)
class Standing:
    """How far a review is, and its clock."""

    progress: Progress
    clock: Deadline


def standings(rows: Sequence[AccessReview]) -> dict[int, Standing]:
    """Of each review by its number, in two questions."""
    numbers = [row.id for row in rows]
    query = select(ReviewLine.review_id, func.count(ReviewLine.answer), func.count())
    query = query.where(among(ReviewLine.review_id, numbers)).group_by(ReviewLine.review_id)
    told = {number: Progress(answered, total) for number, answered, total in db.session.execute(query)}
    mine = (Deadline.kind == services.CLOCK, Deadline.subject_type == AccessReview.__tablename__)
    clocks = db.session.scalars(select(Deadline).where(*mine, among(Deadline.subject_id, numbers)))
    return {clock.subject_id: Standing(told[clock.subject_id], clock) for clock in clocks}
