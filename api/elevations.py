from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from api.blueprint import bp, failures, idempotency_key
from api.schemas import Given, Listing, Long, Model, Paging, ReasonGiven
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.paging import page_of
from helpdesk.elevation import queries, services
from helpdesk.elevation.models import Elevation
from helpdesk.elevation.permissions import Permission as P
from helpdesk.elevation.rules import Body, State
from helpdesk.tickets import queries as tickets

TAG = "Taken to the CoC"


class ElevationOut(Model):
    """A request before the CoC's leadership or the data committee; `elevated_by_id` null: its time was up."""

    id: int
    ticket_id: int
    coc_id: int
    body: Body
    state: State
    reason: str
    rule: str
    elevated_at: datetime
    elevated_by_id: int | None
    ended_at: datetime | None
    outcome: str


class WordOut(Model):
    id: int
    person_id: int
    at: datetime
    is_decision: bool
    text: str


class ElevationDetail(ElevationOut):
    words: list[WordOut]
    explanation: dict[str, Any]


class ElevationList(Paging):
    items: list[ElevationOut]


class ElevationQuery(Listing):
    show: Literal["open", "over"] = "open"


class NewElevation(Given):
    body: Body
    reason: Long


class Spoken(Given):
    """`is_decision` true ends it."""

    text: Long
    is_decision: bool = False


@bp.get("/elevations")
@requires(P.VIEW)
@bp.input(ElevationQuery, location="query")
@bp.output(ElevationList)
@bp.doc(tags=[TAG], summary="Requests before the CoC or its data committee", security="bearer", responses=failures(422))
def list_elevations(query_data: ElevationQuery) -> Any:
    wanted = queries.elevations(current_principal(), over=query_data.show == "over")
    page = page_of(wanted, [Elevation.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/elevations/<int:elevation_id>")
@requires(P.VIEW)
@bp.output(ElevationDetail)
@bp.doc(tags=[TAG], summary="One of them, with what was said", security="bearer", responses=failures(404))
def show_elevation(elevation_id: int) -> Any:
    return queries.visible_elevation(current_principal(), elevation_id)


@bp.post("/tickets/<int:ticket_id>/elevations")
@requires(P.RAISE)
@bp.input(NewElevation, arg_name="given")
@bp.output(ElevationDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Take a ticket to the CoC or its data committee",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def elevate(ticket_id: int, given: NewElevation) -> Any:
    principal = current_principal()
    ticket = tickets.visible_ticket(principal, ticket_id)
    with unit_of_work():
        return services.elevate(ticket, given.body, given.reason, principal, clock.now(), once=idempotency_key())


@bp.post("/elevations/<int:elevation_id>/words")
@requires(P.ANSWER)
@bp.input(Spoken, arg_name="given")
@bp.output(ElevationDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Advise or decide", security="bearer", responses=failures(400, 404, 409, 413, 422))
def speak(elevation_id: int, given: Spoken) -> Any:
    principal, key = current_principal(), idempotency_key()
    row = queries.visible_elevation(principal, elevation_id)
    with unit_of_work():
        services.speak(row, principal, given.text, clock.now(), is_decision=given.is_decision, once=key)
    return queries.visible_elevation(principal, elevation_id)


@bp.post("/elevations/<int:elevation_id>/withdraw")
@requires(P.RAISE)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(ElevationDetail)
@bp.doc(tags=[TAG], summary="Withdraw it", security="bearer", responses=failures(400, 404, 409, 413, 422))
def withdraw_elevation(elevation_id: int, given: ReasonGiven) -> Any:
    principal, key = current_principal(), idempotency_key()
    row = queries.visible_elevation(principal, elevation_id)
    with unit_of_work():
        services.withdraw(row, principal, given.reason, clock.now(), once=key)
    return row
