from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from api.blueprint import bp, failures
from api.schemas import Id, Listing, Model, Paging
from core import clock
from core.authz import current_principal, requires, signed_in
from training.requirements import queries
from training.requirements.permissions import Permission as P
from training.requirements.queries import Entry
from training.requirements.rules import Standing

TAG = "Training requirements"


class RequirementOut(Model):
    """One requirement of one person: `due_at` is the last second by which it is to be done or, where `standing` is
    `good`, until which it is done; `says` is the same in words, and `path` the page with its reasons.
    """

    title: str
    group: str
    standing: Standing
    says: str
    due_at: datetime | None
    done: int
    of: int
    done_at: datetime | None
    reason: str
    path: str


class PersonRequirements(Model):
    """`agency_id` null: for work at the Lead. `next_due_at` is the soonest day of what is open, or what is late."""

    person_id: int
    agency_id: int | None
    lead_id: int
    next_due_at: datetime | None
    requirements: list[RequirementOut]


class RequirementsList(Paging):
    items: list[PersonRequirements]


class OwnRequirements(Model):
    items: list[PersonRequirements]


class RequirementsQuery(Listing):
    """`show`: who is late, who has something due within 30 days, or who has nothing to do now."""

    show: Literal["late", "soon", "settled"] | None = None
    agency_id: Id | None = None
    coc_id: Id | None = None


@bp.get("/training/requirements")
@requires(P.SEE)
@bp.input(RequirementsQuery, location="query")
@bp.output(RequirementsList)
@bp.doc(
    tags=[TAG], summary="What everybody has to have done, the soonest due first", security="bearer",
    responses=failures(422),
)  # fmt: skip
def list_requirements(query_data: RequirementsQuery) -> Any:
    agency, coc = (str(one or "") for one in (query_data.agency_id, query_data.coc_id))
    asked = queries.asked_by(current_principal(), query_data.show or "", agency, coc)
    page = queries.people(asked, clock.now(), after=query_data.after or "")
    return {"items": [_shown(row) for row in page.rows], "next": page.next}


@bp.get("/training/requirements/mine")
@signed_in
@bp.output(OwnRequirements)
@bp.doc(tags=[TAG], summary="What is required of oneself", security="bearer", responses=failures())
def own_requirements() -> Any:
    return {"items": [_shown(row) for row in queries.own(current_principal().person_id, clock.now())]}


def _shown(row: Entry) -> dict[str, Any]:
    return {
        "person_id": row.person.id, "agency_id": row.agency.id if row.agency else None, "lead_id": row.lead_id,
        "next_due_at": row.next.due_at if row.next else None,
        "requirements": [
            {name: getattr(one, name) for name in RequirementOut.model_fields if name != "says"} | {"says": one.words}
            for one in row.lines
        ],
    }  # fmt: skip
