from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from api import requests_schemas as schemas
from api.blueprint import bp, failures, idempotency_key
from api.data_requests import must, place_given, ticket_given
from core import clock
from core.authz import Principal, current_principal, requires
from core.db import unit_of_work
from core.deadlines import deadlines_of
from core.paging import page_of
from helpdesk.requests.demands import queries, services
from helpdesk.requests.demands.models import OutsideDemand
from helpdesk.requests.demands.services import Told
from helpdesk.requests.permissions import Permission as P

TAG = "Outside demands"
WRITES = failures(400, 404, 409, 413, 422)


@bp.get("/demands")
@requires(P.DEMAND_VIEW)
@bp.input(schemas.DemandQuery, location="query")
@bp.output(schemas.DemandList)
@bp.doc(tags=[TAG], summary="List outside demands, the latest first", security="bearer", responses=failures(422))
def list_demands(query_data: schemas.DemandQuery) -> Any:
    query = queries.demands(current_principal(), {"state": query_data.state.value} if query_data.state else {})
    page = page_of(query, queries.ORDER, descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/demands")
@requires(P.DEMAND_RECORD)
@bp.input(schemas.NewDemand, arg_name="given")
@bp.output(schemas.DemandDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Record that somebody wants client data", security="bearer", responses=WRITES)
def record_demand(given: schemas.NewDemand) -> Any:
    principal = current_principal()
    place = place_given(principal, P.DEMAND_RECORD, given)
    with unit_of_work():
        told = Told(
            kind=given.kind,
            who=given.who,
            what=given.what,
            once=idempotency_key() or secrets.token_urlsafe(16),
            client_id=given.client_id,
            ticket_id=ticket_given(principal, given.ticket_id, place.coc.lead_id),
        )
        row = services.take_in(place.coc, place.agency, told, principal, clock.now())
    return _detail(row)


@bp.get("/demands/<int:demand_id>")
@requires(P.DEMAND_VIEW)
@bp.output(schemas.DemandDetail)
@bp.doc(
    tags=[TAG], summary="A demand with what a release needs, line by line", security="bearer", responses=failures(404)
)
def show_demand(demand_id: int) -> Any:
    return _detail(queries.visible_demand(current_principal(), demand_id))


@bp.post("/demands/<int:demand_id>/lines")
@requires(P.DEMAND_HANDLE)
@bp.input(schemas.NewCondition, arg_name="given")
@bp.output(schemas.DemandDetail)
@bp.doc(tags=[TAG], summary="Confirm that a condition holds, and what was seen", security="bearer", responses=WRITES)
def confirm_demand_line(demand_id: int, given: schemas.NewCondition) -> Any:
    return _changed(
        demand_id,
        P.DEMAND_HANDLE,
        lambda row, by: services.confirm(row, given.requirement, by, given.reason, clock.now()),
    )


@bp.post("/demands/<int:demand_id>/lines/taken-back")
@requires(P.DEMAND_HANDLE)
@bp.input(schemas.TakenBack, arg_name="given")
@bp.output(schemas.DemandDetail)
@bp.doc(tags=[TAG], summary="Take back a line confirmed in error", security="bearer", responses=WRITES)
def take_back_demand_line(demand_id: int, given: schemas.TakenBack) -> Any:
    return _changed(
        demand_id, P.DEMAND_HANDLE, lambda row, by: services.take_back(row, given.requirement, by, clock.now())
    )


@bp.post("/demands/<int:demand_id>/counsel")
@requires(P.DEMAND_RELEASE)
@bp.output(schemas.DemandDetail)
@bp.doc(tags=[TAG], summary="Send it to legal counsel", security="bearer", responses=failures(404, 409))
def send_demand_to_counsel(demand_id: int) -> Any:
    return _changed(demand_id, P.DEMAND_RELEASE, lambda row, by: services.send_to_counsel(row, clock.now()))


@bp.post("/demands/<int:demand_id>/refusal")
@requires(P.DEMAND_HANDLE)
@bp.input(schemas.ReasonOf, arg_name="given")
@bp.output(schemas.DemandDetail)
@bp.doc(tags=[TAG], summary="Refuse it, with what they were told", security="bearer", responses=WRITES)
def refuse_demand(demand_id: int, given: schemas.ReasonOf) -> Any:
    return _changed(demand_id, P.DEMAND_HANDLE, lambda row, by: services.refuse(row, by, given.reason, clock.now()))


@bp.post("/demands/<int:demand_id>/release")
@requires(P.DEMAND_RELEASE)
@bp.input(schemas.NewRelease, arg_name="given")
@bp.output(schemas.DemandDetail)
@bp.doc(
    tags=[TAG],
    summary="Release, once every condition holds, and write it into the log",
    security="bearer",
    responses=WRITES,
)
def release_demand(demand_id: int, given: schemas.NewRelease) -> Any:
    def change(row: OutsideDemand, by: Principal) -> None:
        services.release(row, by, ",".join(given.client_ids), given.reason, clock.now())

    return _changed(demand_id, P.DEMAND_RELEASE, change)


@bp.post("/demands/<int:demand_id>/telling")
@requires(P.DEMAND_HANDLE)
@bp.input(schemas.NewTelling, arg_name="given")
@bp.output(schemas.DemandDetail)
@bp.doc(tags=[TAG], summary="Note that the client or caseworker knows of it", security="bearer", responses=WRITES)
def tell_of_demand(demand_id: int, given: schemas.NewTelling) -> Any:
    return _changed(
        demand_id,
        P.DEMAND_HANDLE,
        lambda row, by: services.tell(row, by, given.whom, given.reason, clock.now()),
    )


@bp.get("/disclosures")
@requires(P.LOG_VIEW)
@bp.input(schemas.DisclosureQuery, location="query")
@bp.output(schemas.DisclosureList)
@bp.doc(tags=[TAG], summary="The log of disclosures, the latest first", security="bearer", responses=failures(422))
def list_disclosures(query_data: schemas.DisclosureQuery) -> Any:
    query = queries.disclosures(current_principal(), {"client": query_data.client_id or ""})
    page = page_of(query, queries.LOG_ORDER, descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


def _changed(demand_id: int, needed: P, change: Callable[[OutsideDemand, Principal], None]) -> dict[str, Any]:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_demand(principal, demand_id, lock=True)
        must(principal, needed, row)
        change(row, principal)
    return _detail(row)


def _detail(row: OutsideDemand) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in schemas.DemandDetail.model_fields if hasattr(row, name)}
    return {**plain, "lines": services.check_list(row, clock.now()), "deadlines": deadlines_of(row)}
