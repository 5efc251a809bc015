from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from api.blueprint import bp, failures
from api.schemas import Given, Model, Short
from core import clock
from core.authz import current_principal, requires
from core.closures import queries, services
from core.closures.permissions import Permission as P
from core.db import unit_of_work

TAG = "Closed days"


class ClosureOut(Model):
    """A day of the Lead's own on which no business day is counted; federal holidays are not listed."""

    id: int
    day: date
    name: str


class ClosureList(Model):
    """This year's and next year's."""

    items: list[ClosureOut]


class NewClosure(Given):
    day: date
    name: Short


class ClosureMade(ClosureOut):
    """`moved` is how many open dates were counted anew and are due at another time now."""

    moved: int


class ClosureGone(Model):
    moved: int


@bp.get("/closures")
@requires(P.VIEW)
@bp.output(ClosureList)
@bp.doc(tags=[TAG], summary="The Lead's own closed days", security="bearer", responses=failures(404))
def list_closures() -> Any:
    lead = queries.lead_of(current_principal())
    year = clock.now().astimezone(ZoneInfo(lead.tz)).year
    return {"items": [day.closure for day in queries.days_of(lead, range(year, year + 2)) if day.closure]}


@bp.post("/closures")
@requires(P.KEEP)
@bp.input(NewClosure, arg_name="given")
@bp.output(ClosureMade, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Close on a day",
    description="Every open date that counts business days is counted anew. The same day and name again is one act.",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def add_closure(given: NewClosure) -> Any:
    lead = queries.lead_of(current_principal(), P.KEEP)
    with unit_of_work():
        closure, moved = services.add(lead, given.day, given.name, clock.now())
    return {"id": closure.id, "day": closure.day, "name": closure.name, "moved": moved}


@bp.post("/closures/<int:closure_id>/take-back")
@requires(P.KEEP)
@bp.output(ClosureGone)
@bp.doc(tags=[TAG], summary="Open on that day after all", security="bearer", responses=failures(404, 409))
def take_closure_back(closure_id: int) -> Any:
    closure = queries.closure_of(current_principal(), closure_id)
    with unit_of_work():
        return {"moved": services.take_back(closure)}
