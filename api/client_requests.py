from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from api import requests_schemas as schemas
from api.blueprint import bp, failures, idempotency_key
from api.data_requests import must, ticket_given
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.deadlines import deadlines_of
from core.paging import page_of
from core.people.models import Agency
from helpdesk.requests.clients import queries, services
from helpdesk.requests.clients.models import ClientRequest
from helpdesk.requests.clients.services import Asked
from helpdesk.requests.permissions import Permission as P
from helpdesk.requests.rows import agency_to_act_for

TAG = "Client requests"
WRITES = failures(400, 404, 409, 413, 422)
VERBS = {"answer": services.answer, "refuse": services.refuse, "withdraw": services.withdraw}


@bp.get("/client-requests")
@requires(P.CLIENT_VIEW)
@bp.input(schemas.ClientRequestQuery, location="query")
@bp.output(schemas.ClientRequestList)
@bp.doc(tags=[TAG], summary="List clients' requests, the latest first", security="bearer", responses=failures(422))
def list_client_requests(query_data: schemas.ClientRequestQuery) -> Any:
    state = {"state": query_data.state.value} if query_data.state else {}
    query = queries.client_requests(current_principal(), {**state, "client": query_data.client_id or ""})
    page = page_of(query, queries.ORDER, descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/client-requests")
@requires(P.CLIENT_ANSWER)
@bp.input(schemas.NewClientRequest, arg_name="given")
@bp.output(schemas.ClientRequestDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Write down what a client asks, with the time it was received",
    security="bearer",
    responses=WRITES,
)
def take_in_client_request(given: schemas.NewClientRequest) -> Any:
    principal, now = current_principal(), clock.now()
    agency = agency_to_act_for(principal, P.CLIENT_ANSWER, given.agency_id)
    with unit_of_work():
        asked = Asked(
            client_id=given.client_id,
            kind=given.kind,
            received_at=_instant(given.received_at, agency, now),
            once=idempotency_key() or secrets.token_urlsafe(16),
            is_spoken=given.is_spoken,
            what=given.what,
            own_days=given.own_days,
            ticket_id=ticket_given(principal, given.ticket_id, agency.lead_id),
        )
        row = services.take_in(agency, asked, principal, now)
    return _detail(row)


def _instant(at: datetime | None, agency: Agency, now: datetime) -> datetime:
    """Without an offset it is what the agency's own clocks showed."""
    if at is None or at.tzinfo is not None:
        return at or now
    return services.stamp(agency, at.date(), at.time(), now)


@bp.get("/client-requests/<int:client_request_id>")
@requires(P.CLIENT_VIEW)
@bp.output(schemas.ClientRequestDetail)
@bp.doc(tags=[TAG], summary="A client's request with its clock", security="bearer", responses=failures(404))
def show_client_request(client_request_id: int) -> Any:
    return _detail(queries.visible_request(current_principal(), client_request_id))


@bp.post("/client-requests/<int:client_request_id>/decision")
@requires(P.CLIENT_ANSWER)
@bp.input(schemas.ClientDecision, arg_name="given")
@bp.output(schemas.ClientRequestDetail)
@bp.doc(tags=[TAG], summary="Answer it, or refuse it with the reason", security="bearer", responses=WRITES)
def decide_client_request(client_request_id: int, given: schemas.ClientDecision) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_request(principal, client_request_id, lock=True)
        must(principal, P.CLIENT_ANSWER, row)
        VERBS[given.decision](row, principal, given.reason, clock.now())
    return _detail(row)


def _detail(row: ClientRequest) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in schemas.ClientRequestDetail.model_fields if hasattr(row, name)}
    late = services.lateness(row, services.clock_row(row), clock.now())
    return {**plain, "late": late, "deadlines": deadlines_of(row)}
