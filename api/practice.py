from __future__ import annotations

from datetime import date, datetime
from typing import Any

from api.blueprint import bp, failures, idempotency_key
from api.schemas import Given, Id, Model
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.paging import page_of
from helpdesk.flow import queries, setting
from helpdesk.flow.models import ServicePractice
from helpdesk.flow.permissions import Permission as P
from helpdesk.flow.practice import Practice

TAG = "Service practice"


class PracticeOut(Model):
    """What the help desk promises from `since` on; `coc_id` is null where it holds for all of the Lead."""

    id: int
    coc_id: int | None
    since: date
    set_at: datetime
    set_by_id: int
    document: dict[str, Any]


class PracticeList(Model):
    items: list[PracticeOut]


@bp.get("/practices")
@requires(P.VIEW)
@bp.output(PracticeList)
@bp.doc(tags=[TAG], summary="The newest of what was promised, latest first", security="bearer", responses=failures())
def list_practices() -> Any:
    rows = page_of(
        queries.practices(current_principal()),
        [ServicePractice.since, ServicePractice.id],
        descending=True,
        after="",
        before="",
    ).rows
    return {"items": [_told(row) for row in rows]}


class NewPractice(Given):
    """`document` as `GET /practices` shows it; `coc_id` null: for all of the Lead."""

    since: date
    document: Practice
    coc_id: Id | None = None


@bp.post("/practices")
@requires(P.SET)
@bp.input(NewPractice, arg_name="given")
@bp.output(PracticeOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Set what is promised from a day on", security="bearer", responses=failures(400, 404, 413, 422)
)
def set_practice(given: NewPractice) -> Any:
    principal = current_principal()
    lead = queries.lead_of(principal)
    theirs = {place.id if place else None: place for place in queries.places(principal, lead)}
    coc = found(theirs.get(given.coc_id)) if given.coc_id else None
    with unit_of_work():
        row = setting.set_practice(lead, coc, given.document, given.since, principal, clock.now(), idempotency_key())
    return _told(row)


@bp.get("/practices/<int:practice_id>")
@requires(P.VIEW)
@bp.output(PracticeOut)
@bp.doc(tags=[TAG], summary="One practice", security="bearer", responses=failures(404))
def show_practice(practice_id: int) -> Any:
    return _told(queries.visible_practice(current_principal(), practice_id))


def _told(row: ServicePractice) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ("id", "coc_id", "since", "set_at", "set_by_id")}
    return {**plain, "document": Practice.model_validate(row.document).model_dump(mode="json")}
