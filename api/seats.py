"""The inventory of seats by API."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging, Short
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.paging import page_of
from licensing.access.services import local_day
from licensing.seats import queries, services
from licensing.seats.models import SeatType
from licensing.seats.permissions import Permission as P
from licensing.seats.services import MOST, MOST_CENTS, NewType, Order

TAG = "Seats"
Count = Annotated[int, Field(ge=0, le=MOST)]
Cents = Annotated[int, Field(ge=0, le=MOST_CENTS)]


class SeatTypeOut(Model):
    """Costs are whole cents a year. `gone_on` is the day the last one will be taken at the pace of the last 90 days."""

    id: int
    coc_id: int
    name: str
    is_add_on: bool
    levels: list[str]
    cents: int
    bought: int
    in_use: int
    free: int
    free_in_pool: int
    in_line: list[int]
    gone_on: date | None
    forecast: str


class SeatTypeList(Paging):
    items: list[SeatTypeOut]


class SeatOrderOut(Model):
    id: int
    count: int
    cents: int
    reference: str
    ordered_on: date
    state: str


class SeatAllocationOut(Model):
    agency_id: int
    count: int


class SeatTypeDetail(SeatTypeOut):
    orders: list[SeatOrderOut]
    allocations: list[SeatAllocationOut]


class NewSeatType(Given):
    coc_id: Id
    name: Short
    is_add_on: bool = False
    levels: list[Short] = []
    cents: Cents
    there: Count


class NewSeatOrder(Given):
    count: Count
    ordered_on: date | None = None
    cents: Cents | None = None
    reference: Annotated[str, Field(max_length=120, pattern=PLAIN)] = ""


class SeatCount(Given):
    count: Count


class AllocationGiven(Given):
    agency_id: Id
    count: Count


class SeatPrice(Given):
    cents: Cents


@bp.get("/seat-types")
@requires(P.VIEW)
@bp.input(Listing, location="query")
@bp.output(SeatTypeList)
@bp.doc(tags=[TAG], summary="The types of seats with their stock", security="bearer", responses=failures(422))
def list_seat_types(query_data: Listing) -> Any:
    page = page_of(queries.types(current_principal()), [SeatType.id], after=query_data.after or "", before="")
    return {"items": [_told(one) for one in queries.standings(page.rows, clock.now())], "next": page.next}


@bp.post("/seat-types")
@requires(P.KEEP)
@bp.input(NewSeatType, arg_name="given")
@bp.output(SeatTypeDetail, status_code=201)
@bp.doc(
    tags=[TAG], summary="Begin an inventory: a type, and how many seats are there", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def begin_seat_type(given: NewSeatType) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        coc = found(next((one for one in queries.cocs_to_keep(principal) if one.id == given.coc_id), None))
        told = NewType(given.name, given.is_add_on, tuple(given.levels), given.cents, given.there, once)
        row = services.begin(coc, told, principal, clock.now())
    return _detail(row)


@bp.get("/seat-types/<int:seat_type_id>")
@requires(P.VIEW)
@bp.output(SeatTypeDetail)
@bp.doc(tags=[TAG], summary="A type with its orders and who waits", security="bearer", responses=failures(404))
def show_seat_type(seat_type_id: int) -> Any:
    return _detail(queries.visible_type(current_principal(), seat_type_id))


@bp.post("/seat-types/<int:seat_type_id>/orders")
@requires(P.KEEP)
@bp.input(NewSeatOrder, arg_name="given")
@bp.output(SeatTypeDetail, status_code=201)
@bp.doc(
    tags=[TAG], summary="Enter an order to the vendor", security="bearer", responses=failures(400, 404, 409, 413, 422)
)
def order_seats(seat_type_id: int, given: NewSeatOrder) -> Any:
    principal, now = current_principal(), clock.now()
    once = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        row = _locked(seat_type_id)
        day = given.ordered_on or local_day(now, row.coc.tz)
        services.order(row, Order(given.count, day, once, given.cents, given.reference), principal, now)
    return _detail(row)


@bp.post("/seat-types/<int:seat_type_id>/orders/<int:seat_order_id>/arrival")
@requires(P.KEEP)
@bp.output(SeatTypeDetail)
@bp.doc(tags=[TAG], summary="The ordered seats are there", security="bearer", responses=failures(404, 409))
def seats_arrive(seat_type_id: int, seat_order_id: int) -> Any:
    with unit_of_work():
        row = _locked(seat_type_id)
        services.arrive(row, queries.order_of(row, seat_order_id), current_principal(), clock.now())
    return _detail(row)


@bp.post("/seat-types/<int:seat_type_id>/orders/<int:seat_order_id>/cancellation")
@requires(P.KEEP)
@bp.output(SeatTypeDetail)
@bp.doc(tags=[TAG], summary="The order is cancelled", security="bearer", responses=failures(404, 409))
def cancel_seat_order(seat_type_id: int, seat_order_id: int) -> Any:
    with unit_of_work():
        row = _locked(seat_type_id)
        services.cancel(row, queries.order_of(row, seat_order_id), clock.now())
    return _detail(row)


@bp.post("/seat-types/<int:seat_type_id>/returns")
@requires(P.KEEP)
@bp.input(SeatCount, arg_name="given")
@bp.output(SeatTypeDetail, status_code=201)
@bp.doc(
    tags=[TAG], summary="Give free seats back to the vendor", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def give_seats_back(seat_type_id: int, given: SeatCount) -> Any:
    principal, now = current_principal(), clock.now()
    once = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        row = _locked(seat_type_id)
        services.give_back(row, Order(given.count, local_day(now, row.coc.tz), once), principal, now)
    return _detail(row)


@bp.post("/seat-types/<int:seat_type_id>/allocations")
@requires(P.KEEP)
@bp.input(AllocationGiven, arg_name="given")
@bp.output(SeatTypeDetail)
@bp.doc(
    tags=[TAG], summary="Set seats aside for an agency", security="bearer", responses=failures(400, 404, 409, 413, 422)
)
def allocate_seats(seat_type_id: int, given: AllocationGiven) -> Any:
    with unit_of_work():
        row = _locked(seat_type_id)
        agency = found(next((one for one in queries.agencies_of(row) if one.id == given.agency_id), None))
        services.allocate(row, agency, given.count, clock.now())
    return _detail(row)


@bp.post("/seat-types/<int:seat_type_id>/price")
@requires(P.KEEP)
@bp.input(SeatPrice, arg_name="given")
@bp.output(SeatTypeDetail)
@bp.doc(tags=[TAG], summary="Change what one costs", security="bearer", responses=failures(400, 404, 409, 413, 422))
def price_seats(seat_type_id: int, given: SeatPrice) -> Any:
    with unit_of_work():
        row = _locked(seat_type_id)
        services.set_price(row, given.cents)
    return _detail(row)


def _locked(seat_type_id: int) -> SeatType:
    queries.visible_type(current_principal(), seat_type_id)
    return queries.locked_type(current_principal(), seat_type_id)


def _told(one: queries.Standing) -> dict[str, Any]:
    plain = {name: getattr(one.kind, name) for name in ("id", "coc_id", "name", "is_add_on", "levels", "cents")}
    return plain | {
        "bought": one.stock.total,
        "in_use": one.stock.in_use,
        "free": one.stock.free,
        "free_in_pool": one.stock.pool_free,
        "in_line": [waiting.request_id for waiting in one.waiting],
        "gone_on": one.forecast.on,
        "forecast": one.forecast.sentence,
    }


def _detail(row: SeatType) -> dict[str, Any]:
    [standing] = queries.standings([row], clock.now())
    return _told(standing) | {"orders": queries.orders_of(row), "allocations": queries.allocations_of(row)}
