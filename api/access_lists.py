"""Many requests for access at once: looked over row by row, then sent. By API."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import PLAIN, Given, Id, Model
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.errors import Forbidden
from licensing.access import queries as access
from licensing.access.permissions import Permission as P
from licensing.bulk import services, sheet
from licensing.bulk.models import Batch, BatchState
from licensing.bulk.sheet import Read
from licensing.bulk.views import visible_batch

TAG = "Access requests"
Cell = Annotated[str, StringConstraints(max_length=sheet.LONGEST, pattern=PLAIN)]


class RowGiven(Given):
    """As the columns of the file: projects by name, with a semicolon between two."""

    name: Cell = ""
    email: Cell = ""
    job_title: Cell = ""
    employment: Cell = ""
    level: Cell = ""
    projects: Cell = ""
    enters_data: Cell = ""
    is_of_age: Cell = ""
    kind: Cell = ""


class ListGiven(Given):
    agency_id: Id
    rows: list[RowGiven] = Field(min_length=1, max_length=sheet.MOST_ROWS)


class RowProblem(Model):
    column: str
    says: str
    advice: str
    rule: str


class RowOut(Model):
    """`request` is the number of the request it led to."""

    line: int
    problems: list[RowProblem]
    request: int | None


class ListOut(Model):
    id: int
    agency_id: int
    state: BatchState
    at: datetime
    rows: list[RowOut]


@bp.post("/access-lists")
@requires(P.REQUEST)
@bp.input(ListGiven, arg_name="given")
@bp.output(ListOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Look a list over: the answer to each row, and nothing asked yet", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def preview_list(given: ListGiven) -> Any:
    mine = access.agencies_to_request_for(current_principal())
    agency = found(next((one for one in mine if one.id == given.agency_id), None))
    rows = [Read(line, sheet.clean(one.model_dump())) for line, one in enumerate(given.rows, start=1)]
    once = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        row = services.preview(agency, me(), "By API", rows, once, clock.now())
    return _out(row)


@bp.get("/access-lists/<int:batch_id>")
@requires(P.VIEW)
@bp.output(ListOut)
@bp.doc(tags=[TAG], summary="A list and the answer to each row", security="bearer", responses=failures(404))
def show_list(batch_id: int) -> Any:
    return _out(visible_batch(current_principal(), batch_id))


@bp.post("/access-lists/<int:batch_id>/sending")
@requires(P.REQUEST)
@bp.output(ListOut)
@bp.doc(tags=[TAG], summary="Ask for the rows that are good", security="bearer", responses=failures(404, 409))
def send_list(batch_id: int) -> Any:
    with unit_of_work():
        row = visible_batch(current_principal(), batch_id, lock=True)
        if not current_principal().can(P.REQUEST, agency=row.agency):
            raise Forbidden("A list is sent by who may ask for access there.")
        services.send(row, me(), clock.now())
    return _out(row)


@bp.post("/access-lists/<int:batch_id>/discarding")
@requires(P.REQUEST)
@bp.output(ListOut)
@bp.doc(tags=[TAG], summary="Ask for nothing of this list", security="bearer", responses=failures(404, 409))
def discard_list(batch_id: int) -> Any:
    with unit_of_work():
        row = visible_batch(current_principal(), batch_id, lock=True)
        if not current_principal().can(P.REQUEST, agency=row.agency):
            raise Forbidden("A list is discarded by who may ask for access there.")
        services.discard(row, clock.now())
    return _out(row)


def _out(row: Batch) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ListOut.model_fields}
