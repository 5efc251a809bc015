from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from api.blueprint import bp, failures, idempotency_key
from api.complaints import Words
from api.schemas import DeadlineOut, Given, Listing, Long, Model, Paging
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.deadlines import deadlines_of
from core.errors import Forbidden, Invalid
from core.paging import page_of
from helpdesk.matters.breaches import queries, services
from helpdesk.matters.breaches.models import BreachReport
from helpdesk.matters.permissions import Permission as P
from helpdesk.matters.places import is_of_the_lead

TAG = "Breaches"


class BreachOut(Model):
    id: int
    agency_id: int
    known_at: datetime
    reported_at: datetime | None
    closed_at: datetime | None


class BreachDetail(BreachOut):
    """With the agency's clock, where the community's manual sets one."""

    text: str
    outcome: str
    deadlines: list[DeadlineOut]


class BreachList(Paging):
    items: list[BreachOut]


class NewBreach(Given):
    """From an agency it is its report; from the Lead's staff, what they found out."""

    agency: Words = ""
    known_at: AwareDatetime
    text: Long


class Outcome(Given):
    outcome: Long


@bp.get("/breaches")
@requires(P.BREACH_REPORT)
@bp.input(Listing, location="query")
@bp.output(BreachList)
@bp.doc(tags=[TAG], summary="List breaches, newest first", security="bearer", responses=failures(422))
def list_breaches(query_data: Listing) -> Any:
    query = queries.breaches(current_principal(), {})
    page = page_of(query, [BreachReport.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/breaches")
@requires(P.BREACH_REPORT)
@bp.input(NewBreach, arg_name="given")
@bp.output(BreachDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Report a breach", security="bearer", responses=failures(400, 404, 409, 413, 422))
def report_breach(given: NewBreach) -> Any:
    principal, now = current_principal(), clock.now()
    if given.known_at > now:
        raise Invalid("That has not come yet.", "Say when the agency knew of the breach.", field="known_at")
    with unit_of_work():
        agency = services.agency_meant(principal, given.agency, now)
        once = idempotency_key() or secrets.token_urlsafe(16)
        row = services.note_breach(agency, principal, given.known_at, given.text, once, now)
    return _detail(row)


@bp.get("/breaches/<int:breach_id>")
@requires(P.BREACH_REPORT)
@bp.output(BreachDetail)
@bp.doc(tags=[TAG], summary="A breach with the agency's clock", security="bearer", responses=failures(404))
def show_breach(breach_id: int) -> Any:
    return _detail(queries.visible_breach(current_principal(), breach_id))


@bp.post("/breaches/<int:breach_id>/report")
@requires(P.BREACH_REPORT)
@bp.output(BreachDetail)
@bp.doc(tags=[TAG], summary="Report what the Lead found out", security="bearer", responses=failures(404, 409))
def report_found_breach(breach_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_breach(current_principal(), breach_id, lock=True)
        services.report(row, current_principal(), clock.now())
    return _detail(row)


@bp.post("/breaches/<int:breach_id>/close")
@requires(P.BREACH_VIEW)
@bp.input(Outcome, arg_name="given")
@bp.output(BreachDetail)
@bp.doc(
    tags=[TAG], summary="Close it, saying what was done", security="bearer", responses=failures(400, 404, 409, 413, 422)
)
def close_breach(breach_id: int, given: Outcome) -> Any:
    with unit_of_work():
        row = queries.visible_breach(current_principal(), breach_id, lock=True)
        if not is_of_the_lead(current_principal(), row.agency):
            raise Forbidden("The HMIS Lead closes it.")
        services.close(row, current_principal(), given.outcome, clock.now())
    return _detail(row)


def _detail(row: BreachReport) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in BreachDetail.model_fields if name != "deadlines"}
    return plain | {"deadlines": deadlines_of(row)}
