from __future__ import annotations

import secrets
from typing import Any

from werkzeug.datastructures import MultiDict

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import Decided, NewRequest, RequestDetail, RequestList, RequestQuery
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden, Invalid
from core.paging import page_of
from core.people.addresses import usable
from core.text import one_line
from licensing.access import queries, services
from licensing.access.models import AccessRequest
from licensing.access.permissions import Permission as P
from licensing.access.rules import Act, RequestKind
from licensing.access.services import Asked

TAG = "Access requests"
ACTS = {"approve": Act.APPROVE, "deny": Act.DENY}


@bp.get("/access-requests")
@requires(P.VIEW)
@bp.input(RequestQuery, location="query")
@bp.output(RequestList)
@bp.doc(tags=[TAG], summary="List access requests, newest first", security="bearer", responses=failures(422))
def list_requests(query_data: RequestQuery) -> Any:
    filters = MultiDict({"shown": "all", **({"state": query_data.state.value} if query_data.state else {})})
    query = queries.requests(current_principal(), filters)
    page = page_of(query, [AccessRequest.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/access-requests")
@requires(P.REQUEST)
@bp.input(NewRequest, arg_name="given")
@bp.output(RequestDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Ask for access for somebody, as an authorized representative",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def request_access(given: NewRequest) -> Any:
    places = queries.agencies_to_request_for(current_principal())
    agency = next((a for a in places if a.id == given.agency_id), None)
    if agency is None:
        raise Invalid(
            "You are not an authorized representative of that agency.",
            "Ask somebody who is; the agency's page names them.",
            field="agency_id",
            rule="MO-LI-2",
        )
    asked = Asked(
        name=one_line(given.name),
        email=usable(given.email, "email"),
        employment=given.employment.value,
        project_ids=tuple(given.project_ids),
        once=idempotency_key() or secrets.token_urlsafe(16),
        level=given.level,
        is_of_age=given.is_of_age,
        kind=RequestKind(given.kind),
    )
    with unit_of_work():
        row = services.request_access(agency, me(), asked, clock.now())
    return _detail(row)


@bp.get("/access-requests/<int:request_id>")
@requires(P.VIEW)
@bp.output(RequestDetail)
@bp.doc(tags=[TAG], summary="A request with its eligibility, line by line", security="bearer", responses=failures(404))
def show_request(request_id: int) -> Any:
    return _detail(queries.visible_request(current_principal(), request_id))


@bp.post("/access-requests/<int:request_id>/decision")
@requires(P.DECIDE, P.GRANT)
@bp.input(Decided, arg_name="given")
@bp.output(RequestDetail)
@bp.doc(
    tags=[TAG],
    summary="Approve or deny, with a reason, as the CoC's manager",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def decide_request(request_id: int, given: Decided) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_request(principal, request_id, lock=True)
        services.decide(row, principal, ACTS[given.decision], given.reason, clock.now())
    return _detail(row)


@bp.post("/access-requests/<int:request_id>/activation")
@requires(P.ACTIVATE)
@bp.output(RequestDetail)
@bp.doc(tags=[TAG], summary="Give the license, when every line holds", security="bearer", responses=failures(404, 409))
def activate_request(request_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_request(current_principal(), request_id, lock=True)
        if not current_principal().can(P.ACTIVATE, agency=row.agency):
            raise Forbidden("Licenses of this agency are activated by the HMIS Lead's staff of its CoC.")
        services.activate(row, clock.now())
    return _detail(row)


def _detail(row: AccessRequest) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in _PLAIN}, "eligibility": services.eligibility(row, clock.now())}


_PLAIN = [
    "id",
    "agency_id",
    "name",
    "email",
    "kind",
    "level",
    "employment",
    "state",
    "requested_at",
    "decided_at",
    "decision_reason",
    "pack",
    "pack_version",
]
