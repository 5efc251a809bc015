from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from api.blueprint import bp, failures, idempotency_key
from api.complaints import Words
from api.schemas import DeadlineOut, Given, Listing, Long, Model, Paging, Short
from core import clock
from core.authz import Principal, current_principal, requires
from core.db import unit_of_work
from core.deadlines import deadlines_of
from core.paging import page_of
from helpdesk.matters.conflicts import queries, services
from helpdesk.matters.conflicts.models import Conflict
from helpdesk.matters.conflicts.rules import ConflictState, Side
from helpdesk.matters.permissions import Permission as P
from helpdesk.matters.places import agency_in_reach

TAG = "Conflicts"
CHANGES = failures(400, 404, 409, 413, 422)


class ConflictOut(Model):
    id: int
    agency_id: int
    title: str
    state: ConflictState
    opened_at: datetime


class StatementOut(Model):
    side: Side
    person_id: int
    at: datetime
    text: str


class ConflictDetail(ConflictOut):
    """With what both sides wrote, and the clocks of its steps."""

    taken_up_at: datetime | None
    impasse_at: datetime | None
    committee_told_at: datetime | None
    with_director_at: datetime | None
    settlement: str
    agency_signed_at: datetime | None
    lead_signed_at: datetime | None
    decision: str
    decided_at: datetime | None
    statements: list[StatementOut]
    deadlines: list[DeadlineOut]


class ConflictList(Paging):
    items: list[ConflictOut]


class NewConflict(Given):
    """`agency` is its name; who speaks for one agency only may leave it out."""

    agency: Words = ""
    title: Short
    text: Long


class Stated(Given):
    text: Long


class Told(Given):
    how: Short


class Settlement(Given):
    settlement: Long


class Decision(Given):
    decision: Long


@bp.get("/conflicts")
@requires(P.CONFLICT_VIEW, P.SIT)
@bp.input(Listing, location="query")
@bp.output(ConflictList)
@bp.doc(tags=[TAG], summary="List conflicts, newest first", security="bearer", responses=failures(422))
def list_conflicts(query_data: Listing) -> Any:
    query = queries.conflicts(current_principal(), {})
    page = page_of(query, [Conflict.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/conflicts")
@requires(P.CONFLICT_STATE)
@bp.input(NewConflict, arg_name="given")
@bp.output(ConflictDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Write down a conflict, for your side", security="bearer", responses=CHANGES)
def open_conflict(given: NewConflict) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        agency = agency_in_reach(principal, P.CONFLICT_STATE, given.agency)
        row = services.open_conflict(agency, principal, given.title, given.text, once, clock.now())
    return _detail(row)


@bp.get("/conflicts/<int:conflict_id>")
@requires(P.CONFLICT_VIEW, P.SIT)
@bp.output(ConflictDetail)
@bp.doc(tags=[TAG], summary="A conflict with what both sides wrote", security="bearer", responses=failures(404))
def show_conflict(conflict_id: int) -> Any:
    return _detail(queries.visible_conflict(current_principal(), conflict_id))


@bp.post("/conflicts/<int:conflict_id>/statements")
@requires(P.CONFLICT_STATE)
@bp.input(Stated, arg_name="given")
@bp.output(ConflictDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Add to what your side wrote", security="bearer", responses=CHANGES)
def state_in_conflict(conflict_id: int, given: Stated) -> Any:
    once = idempotency_key() or secrets.token_urlsafe(16)
    return _act(conflict_id, lambda row, by, at: services.state(row, by, given.text, once, at))


@bp.post("/conflicts/<int:conflict_id>/forward")
@requires(P.CONFLICT_STATE)
@bp.output(ConflictDetail)
@bp.doc(tags=[TAG], summary="Forward it to the Lead's manager", security="bearer", responses=failures(404, 409))
def forward_conflict(conflict_id: int) -> Any:
    return _act(conflict_id, services.forward)


@bp.post("/conflicts/<int:conflict_id>/take-up")
@requires(P.CONFLICT_MANAGE)
@bp.output(ConflictDetail)
@bp.doc(tags=[TAG], summary="Take it up, as the Lead's manager", security="bearer", responses=failures(404, 409))
def take_conflict_up(conflict_id: int) -> Any:
    return _act(conflict_id, services.take_up)


@bp.post("/conflicts/<int:conflict_id>/impasse")
@requires(P.CONFLICT_STATE)
@bp.output(ConflictDetail)
@bp.doc(tags=[TAG], summary="Declare an impasse; either side may", security="bearer", responses=failures(404, 409))
def declare_impasse(conflict_id: int) -> Any:
    return _act(conflict_id, services.declare_impasse)


@bp.post("/conflicts/<int:conflict_id>/committee-told")
@requires(P.CONFLICT_STATE)
@bp.input(Told, arg_name="given")
@bp.output(ConflictDetail)
@bp.doc(tags=[TAG], summary="Say how the data committee was told", security="bearer", responses=CHANGES)
def committee_told(conflict_id: int, given: Told) -> Any:
    return _act(conflict_id, lambda row, by, at: services.tell_committee(row, by, given.how, at))


@bp.post("/conflicts/<int:conflict_id>/settlement")
@requires(P.CONFLICT_STATE)
@bp.input(Settlement, arg_name="given")
@bp.output(ConflictDetail)
@bp.doc(tags=[TAG], summary="Propose a settlement, with your signature", security="bearer", responses=CHANGES)
def propose_settlement(conflict_id: int, given: Settlement) -> Any:
    return _act(conflict_id, lambda row, by, at: services.propose(row, by, given.settlement, at))


@bp.post("/conflicts/<int:conflict_id>/sign")
@requires(P.CONFLICT_STATE)
@bp.output(ConflictDetail)
@bp.doc(tags=[TAG], summary="Sign the settlement", security="bearer", responses=failures(404, 409))
def sign_settlement(conflict_id: int) -> Any:
    return _act(conflict_id, services.sign)


@bp.post("/conflicts/<int:conflict_id>/decision")
@requires(P.CONFLICT_VIEW, P.SIT)
@bp.input(Decision, arg_name="given")
@bp.output(ConflictDetail)
@bp.doc(tags=[TAG], summary="Decide for good, as the assistant director", security="bearer", responses=CHANGES)
def decide_conflict(conflict_id: int, given: Decision) -> Any:
    return _act(conflict_id, lambda row, by, at: services.decide(row, by, given.decision, at))


def _act(conflict_id: int, verb: Callable[[Conflict, Principal, datetime], None]) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_conflict(principal, conflict_id, lock=True)
        verb(row, principal, clock.now())
    return _detail(row)


def _detail(row: Conflict) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ConflictDetail.model_fields if name != "deadlines"}
    return plain | {"deadlines": deadlines_of(row)}
