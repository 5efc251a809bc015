from __future__ import annotations

from datetime import date, datetime
from typing import Any

from api.blueprint import bp, failures
from api.schemas import Id, Listing, Model, Paging
from core.authz import current_principal, requires
from core.paging import page_of
from training.courses.models import Completion
from training.courses.vocabulary import How
from training.transcripts import queries
from training.transcripts.permissions import Permission as P

TAG = "Training records"


class EarnedOut(Model):
    """`credits` are what it counts for; `score` is a percentage; one with `revoked_at` counts for nothing."""

    id: int
    lead_id: int
    agency_id: int | None
    person_id: int
    course_id: int
    at: datetime
    how: How
    minutes: int
    score: int | None
    credits: list[str]
    revoked_at: datetime | None


class EarnedList(Paging):
    items: list[EarnedOut]


class CompletionQuery(Listing):
    """`since` and `until` are days, both included, in the zone of whom the token belongs to."""

    person: Id | None = None
    course: Id | None = None
    agency: Id | None = None
    how: How | None = None
    since: date | None = None
    until: date | None = None


@bp.get("/completions")
@requires(P.SEE)
@bp.input(CompletionQuery, location="query")
@bp.output(EarnedList)
@bp.doc(tags=[TAG], summary="Who completed what, newest first", security="bearer", responses=failures(422))
def list_all_completions(query_data: CompletionQuery) -> Any:
    principal = current_principal()
    told = query_data.model_dump(exclude_none=True, exclude={"after", "person"}, mode="json")
    wanted = queries.completions(principal, {name: str(value) for name, value in told.items()} | {"zone": principal.tz})
    if query_data.person is not None:
        wanted = wanted.where(Completion.person_id == query_data.person)
    order = [Completion.at, Completion.id]
    page = page_of(wanted, order, descending=True, after=query_data.after or "", before="")
    return {"items": [_shown(row) for row in page.rows], "next": page.next}


def _shown(row: Completion) -> dict[str, Any]:
    names = (name for name in EarnedOut.model_fields if name != "credits")
    return {name: getattr(row, name) for name in names} | {"credits": [one.credit for one in row.earned]}
