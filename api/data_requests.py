from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from api import requests_schemas as schemas
from api.blueprint import bp, failures, idempotency_key
from core import clock
from core.authz import Principal, current_principal, found, requires
from core.db import unit_of_work
from core.deadlines import deadlines_of
from core.errors import Forbidden
from core.paging import page_of
from helpdesk.requests.data import queries, services
from helpdesk.requests.data.models import DataRequest
from helpdesk.requests.data.rules import Answers
from helpdesk.requests.data.services import Asked
from helpdesk.requests.permissions import Permission as P
from helpdesk.requests.places import Place, place_named
from helpdesk.requests.rows import ticket_named

TAG = "Data requests"
WRITES = failures(400, 404, 409, 413, 422)
RANKED = ("type", "regions", "purpose")
VERBS = {
    "begin": services.begin,
    "deliver": services.deliver,
    "return": services.give_back,
    "deny": services.deny,
}


def place_given(principal: Principal, permission: P, given: schemas.PlaceGiven) -> Place:
    """The agency or CoC that was named; another's is not there."""
    place: Place = found(place_named(principal, permission, given.agency_id, given.coc_id))
    return place


def ticket_given(principal: Principal, number: int | None, lead_id: int) -> int | None:
    return ticket_named(principal, str(number), lead_id) if number else None


def must(principal: Principal, permission: P, row: Any) -> None:
    if not principal.can(permission, agency=row.agency, coc=row.coc):
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")


@bp.get("/data-requests")
@requires(P.DATA_VIEW)
@bp.input(schemas.DataRequestQuery, location="query")
@bp.output(schemas.DataRequestList)
@bp.doc(tags=[TAG], summary="List data requests, the most pressing first", security="bearer", responses=failures(422))
def list_data_requests(query_data: schemas.DataRequestQuery) -> Any:
    filters = {"shown": "all", **({"state": query_data.state.value} if query_data.state else {})}
    query = queries.data_requests(current_principal(), filters)
    page = page_of(query, queries.ORDER, descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/data-requests")
@requires(P.DATA_ASK)
@bp.input(schemas.NewDataRequest, arg_name="given")
@bp.output(schemas.DataRequestDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Ask for data; the answers decide whether the CoC must approve",
    security="bearer",
    responses=WRITES,
)
def ask_for_data(given: schemas.NewDataRequest) -> Any:
    principal = current_principal()
    place = place_given(principal, P.DATA_ASK, given)
    facts = {name: getattr(given, name) for name in RANKED if getattr(given, name)}
    same = ("title", "elements", "reason", "for_whom", "period", "recipient", "need_by", "exception")
    with unit_of_work():
        asked = Asked(
            answers=Answers(given.requester, given.level, given.about),
            **{name: getattr(given, name) for name in same},
            once=idempotency_key() or secrets.token_urlsafe(16),
            facts=facts,
            ticket_id=ticket_given(principal, given.ticket_id, place.coc.lead_id),
        )
        row = services.ask(place.coc, place.agency, asked, principal, clock.now())
    return _detail(row)


@bp.get("/data-requests/<int:data_request_id>")
@requires(P.DATA_VIEW)
@bp.output(schemas.DataRequestDetail)
@bp.doc(tags=[TAG], summary="A data request with every decision", security="bearer", responses=failures(404))
def show_data_request(data_request_id: int) -> Any:
    return _detail(queries.visible_request(current_principal(), data_request_id))


@bp.post("/data-requests/<int:data_request_id>/estimate")
@requires(P.DATA_WORK)
@bp.input(schemas.NewEstimate, arg_name="given")
@bp.output(schemas.DataRequestDetail)
@bp.doc(tags=[TAG], summary="Give it its place in the queue", security="bearer", responses=WRITES)
def estimate_data_request(data_request_id: int, given: schemas.NewEstimate) -> Any:
    def change(row: DataRequest, principal: Principal) -> None:
        must(principal, P.DATA_WORK, row)
        services.estimate(row, given.effort, given.begins_on, given.fee, principal, clock.now())

    return _changed(data_request_id, change)


@bp.post("/data-requests/<int:data_request_id>/decision")
@requires(P.DATA_WORK)
@bp.input(schemas.DataDecision, arg_name="given")
@bp.output(schemas.DataRequestDetail)
@bp.doc(tags=[TAG], summary="Begin, deliver, return or deny it, with a reason", security="bearer", responses=WRITES)
def decide_data_request(data_request_id: int, given: schemas.DataDecision) -> Any:
    def change(row: DataRequest, principal: Principal) -> None:
        must(principal, P.DATA_DECIDE if given.decision == "deny" else P.DATA_WORK, row)
        VERBS[given.decision](row, principal, given.reason, clock.now())

    return _changed(data_request_id, change)


@bp.post("/data-requests/<int:data_request_id>/approval")
@requires(P.DATA_DECIDE)
@bp.input(schemas.CoCDecision, arg_name="given")
@bp.output(schemas.DataRequestDetail)
@bp.doc(tags=[TAG], summary="Record what the CoC decided elsewhere", security="bearer", responses=WRITES)
def record_data_approval(data_request_id: int, given: schemas.CoCDecision) -> Any:
    def change(row: DataRequest, principal: Principal) -> None:
        must(principal, P.DATA_DECIDE, row)
        services.record_approval(row, principal, given.is_approved, given.reason, clock.now())

    return _changed(data_request_id, change)


@bp.post("/data-requests/<int:data_request_id>/vote")
@requires(P.DATA_VIEW)
@bp.input(schemas.NewVote, arg_name="given")
@bp.output(schemas.DataRequestDetail)
@bp.doc(tags=[TAG], summary="Vote on it, from a seat in the CoC", security="bearer", responses=WRITES)
def vote_on_data_request(data_request_id: int, given: schemas.NewVote) -> Any:
    return _changed(
        data_request_id, lambda row, principal: services.cast(row, principal, given.vote, given.reason, clock.now())
    )


@bp.post("/data-requests/<int:data_request_id>/withdrawal")
@requires(P.DATA_ASK)
@bp.output(schemas.DataRequestDetail)
@bp.doc(tags=[TAG], summary="Withdraw it, as who asked", security="bearer", responses=failures(404, 409))
def withdraw_data_request(data_request_id: int) -> Any:
    return _changed(data_request_id, lambda row, principal: services.withdraw(row, principal, clock.now()))


def _changed(data_request_id: int, change: Callable[[DataRequest, Principal], None]) -> dict[str, Any]:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_request(principal, data_request_id, lock=True)
        change(row, principal)
    return _detail(row)


def _detail(row: DataRequest) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in schemas.DataRequestDetail.model_fields if hasattr(row, name)}
    more = {"steps": queries.steps_of(row), "votes": queries.votes_of(row), "deadlines": deadlines_of(row)}
    return {**plain, **more}
