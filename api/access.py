from __future__ import annotations

import secrets
from typing import Any

from werkzeug.datastructures import MultiDict

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import (
    Confirming,
    Decided,
    DraftList,
    DraftOut,
    NewDraft,
    NewRequest,
    ReasonGiven,
    RequestDetail,
    RequestList,
    RequestQuery,
)
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.errors import Forbidden, Invalid
from core.paging import page_of
from core.people.addresses import usable
from core.text import one_line
from licensing.access import drafts, protected, queries, services
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


@bp.get("/access-drafts")
@requires(P.REQUEST)
@bp.output(DraftList)
@bp.doc(tags=[TAG], summary="One's own drafts of requests, newest first", security="bearer", responses=failures())
def list_drafts() -> Any:
    return {"items": drafts.drafts_of(current_principal(), clock.now())}


@bp.post("/access-drafts")
@requires(P.REQUEST)
@bp.input(NewDraft, arg_name="given")
@bp.output(DraftOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Keep a draft. The same Idempotency-Key replaces it, and on a new request takes it up",
    security="bearer", responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def keep_draft(given: NewDraft) -> Any:
    places = queries.agencies_to_request_for(current_principal())
    agency = found(next((one for one in places if one.id == given.agency_id), None))
    once = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        return drafts.keep(agency, current_principal(), given.model_dump(exclude={"agency_id"}), once, clock.now())


@bp.post("/access-drafts/<int:draft_id>/discarding")
@requires(P.REQUEST)
@bp.output({}, status_code=204)
@bp.doc(tags=[TAG], summary="Discard a draft of one's own", security="bearer", responses=failures(404))
def discard_draft(draft_id: int) -> Any:
    with unit_of_work():
        drafts.discard(drafts.own_draft(current_principal(), draft_id, clock.now()))
    return ""


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


@bp.post("/access-requests/<int:request_id>/confirmations/<line>")
@requires(P.CONFIRM)
@bp.input(Confirming, arg_name="given")
@bp.output(RequestDetail)
@bp.doc(
    tags=[TAG], summary="Answer for a line that the service cannot know, or say that it does not apply",
    security="bearer", responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def confirm_request(request_id: int, line: str, given: Confirming) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_request(principal, request_id, lock=True)
        if not principal.can(P.CONFIRM, agency=row.agency):
            raise Forbidden("These lines are answered for by the HMIS Lead's staff of the agency's CoC.")
        services.confirm_line(row, line, principal, given.reason, clock.now(), is_needed=given.is_needed)
    return _detail(row)


@bp.post("/access-requests/<int:request_id>/protected/<int:project_id>")
@requires(P.VIEW)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(RequestDetail)
@bp.doc(
    tags=[TAG], summary="Approve that the request reaches a protected project, as who is named for it",
    security="bearer", responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def approve_protected_request(request_id: int, project_id: int, given: ReasonGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_request(principal, request_id, lock=True)
        protected.approve(row, project_id, given.reason, principal, clock.now())
    return _detail(row)


@bp.post("/access-requests/<int:request_id>/withdrawal")
@requires(P.REQUEST)
@bp.output(RequestDetail)
@bp.doc(tags=[TAG], summary="Withdraw what was asked for", security="bearer", responses=failures(404, 409))
def withdraw_request(request_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_request(current_principal(), request_id, lock=True)
        if not current_principal().can(P.REQUEST, agency=row.agency):
            raise Forbidden("This is withdrawn by who may ask for it.")
        services.withdraw(row, clock.now())
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
