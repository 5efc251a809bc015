"""Leaves: who is away, and whose license is locked meanwhile. By API."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from api.blueprint import bp, failures, idempotency_key
from api.schemas import Given, Listing, Model, Paging
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden
from core.paging import page_of
from licensing.departures.permissions import Permission as P
from licensing.leaves import queries, services
from licensing.leaves.models import Leave
from licensing.leaves.rules import LeaveState
from licensing.leaves.services import Told

TAG = "Licenses"


class LeaveOut(Model):
    """The days are the agency's; `says` is what the leave means, with the rule."""

    id: int
    license_id: int
    agency_id: int
    first_day: date
    last_day: date
    state: LeaveState
    told_at: datetime
    locked_at: datetime | None
    returned_at: datetime | None
    says: str


class LeaveList(Paging):
    items: list[LeaveOut]


class LeaveQuery(Listing):
    state: LeaveState | None = None


class NewLeave(Given):
    first_day: date
    last_day: date


class LastDay(Given):
    last_day: date


@bp.get("/leaves")
@requires(P.VIEW)
@bp.input(LeaveQuery, location="query")
@bp.output(LeaveList)
@bp.doc(tags=[TAG], summary="Leaves, the latest first day first", security="bearer", responses=failures(422))
def list_leaves(query_data: LeaveQuery) -> Any:
    query = queries.leaves(current_principal(), MultiDict({"state": str(query_data.state or "all")}))
    order = [Leave.first_day, Leave.id]
    page = page_of(query, order, descending=True, after=query_data.after or "", before="")
    return {"items": [_out(row) for row in page.rows], "next": page.next}


@bp.post("/licenses/<int:license_id>/leaves")
@requires(P.RECORD)
@bp.input(NewLeave, arg_name="given")
@bp.output(LeaveOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Tell of a leave; a long one locks the license", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def tell_of_leave(license_id: int, given: NewLeave) -> Any:
    held = queries.license_to_tell_of(current_principal(), license_id)
    told = Told(given.first_day, given.last_day, idempotency_key() or secrets.token_urlsafe(16))
    with unit_of_work():
        row = services.tell(held, told, current_principal(), clock.now())
    return _out(row)


@bp.get("/leaves/<int:leave_id>")
@requires(P.VIEW)
@bp.output(LeaveOut)
@bp.doc(tags=[TAG], summary="A leave", security="bearer", responses=failures(404))
def show_leave(leave_id: int) -> Any:
    return _out(queries.visible_leave(current_principal(), leave_id))


@bp.post("/leaves/<int:leave_id>/last-day")
@requires(P.RECORD)
@bp.input(LastDay, arg_name="given")
@bp.output(LeaveOut)
@bp.doc(
    tags=[TAG], summary="It ends on another day", security="bearer", responses=failures(400, 404, 409, 413, 422)
)  # fmt: skip
def move_leave(leave_id: int, given: LastDay) -> Any:
    with unit_of_work():
        row = _to_change(leave_id)
        services.move(row, given.last_day, clock.now())
    return _out(row)


@bp.post("/leaves/<int:leave_id>/return")
@requires(P.RECORD)
@bp.output(LeaveOut)
@bp.doc(tags=[TAG], summary="They are back: unlocked at once", security="bearer", responses=failures(404, 409))
def return_from_leave(leave_id: int) -> Any:
    with unit_of_work():
        row = _to_change(leave_id)
        services.come_back(row, current_principal(), clock.now())
    return _out(row)


@bp.post("/leaves/<int:leave_id>/cancellation")
@requires(P.RECORD)
@bp.output(LeaveOut)
@bp.doc(tags=[TAG], summary="The leave is called off", security="bearer", responses=failures(404, 409))
def cancel_leave(leave_id: int) -> Any:
    with unit_of_work():
        row = _to_change(leave_id)
        services.call_off(row, current_principal().person_id, clock.now(), "It was called off.")
    return _out(row)


def _to_change(leave_id: int) -> Leave:
    row = queries.visible_leave(current_principal(), leave_id, lock=True)
    if not current_principal().can(P.RECORD, agency=row.agency):
        raise Forbidden("Leaves are told by who speaks for the agency, or by the HMIS Lead.")
    return row


def _out(row: Leave) -> dict[str, Any]:
    names = (name for name in LeaveOut.model_fields if name != "says")
    return {**{name: getattr(row, name) for name in names}, "says": services.sentence(row, clock.now())}
