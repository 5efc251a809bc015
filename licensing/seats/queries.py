from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import among, db
from core.people.models import Agency, AgencyStatus, CoC
from core.search import Hit, like
from core.search import provider as search_provider
from licensing.access.models import AccessRequest
from licensing.access.services import local_day
from licensing.seats import rules, stock
from licensing.seats.models import Seat, SeatAllocation, SeatOrder, SeatType
from licensing.seats.permissions import Permission
from licensing.seats.rules import Forecast, Stock, Waiting


@dataclass(frozen=True)
class Standing:
    """How a type stands now: its stock, who waits, and when the last seat will be gone."""

    kind: SeatType
    stock: Stock
    waiting: list[Waiting]
    forecast: Forecast


def types(principal: Principal, permission: Permission = Permission.VIEW) -> Select[SeatType]:
    query = select(SeatType).where(_reach(principal, permission))
    return query.options(joinedload(SeatType.coc).joinedload(CoC.lead))


def _reach(principal: Principal, permission: Permission) -> ColumnElement[bool]:
    """Of a Lead or of a CoC; no agency's role reaches the inventory."""
    scope = principal.scope(permission)
    return or_(SeatType.lead_id.in_(scope.lead_ids), SeatType.coc_id.in_(scope.coc_ids))


def visible_type(principal: Principal, type_id: int) -> SeatType:
    row: SeatType = found(db.session.scalar(types(principal).where(SeatType.id == min(type_id, typed.BIGGEST))))
    return row


def locked_type(principal: Principal, type_id: int) -> SeatType:
    """For who is about to change it: with all types of its CoC, as whoever takes a seat does."""
    seen = found(db.session.scalar(types(principal, Permission.KEEP).where(SeatType.id == min(type_id, typed.BIGGEST))))
    return next(one for one in stock.types_of([seen.coc_id], lock=True) if one.id == seen.id)


def standings(kinds: Sequence[SeatType], at: datetime) -> list[Standing]:
    """Of a page of types, in a number of statements that does not grow with it."""
    ids = [kind.id for kind in kinds]
    there, paces = stock.stocks(ids), stock.paces(ids, at)
    # Which level takes which type is only known with all types of the CoC.
    everything = stock.types_of({kind.coc_id for kind in kinds}) if kinds else []
    line = stock.approved(everything)
    return [
        Standing(
            kind,
            there[kind.id],
            rules.in_line(line[kind.id], there[kind.id]),
            rules.forecast(there[kind.id].free, *paces[kind.id], today=local_day(at, kind.coc.tz)),
        )
        for kind in kinds
    ]


def cocs_to_keep(principal: Principal) -> list[CoC]:
    scope = principal.scope(Permission.KEEP)
    query = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids)))
    return list(db.session.scalars(query.order_by(CoC.code)))


def seats_of(kind: SeatType, filters: Mapping[str, str]) -> Select[Seat]:
    query = select(Seat).where(Seat.type_id == kind.id)
    if filters.get("shown") != "all":
        query = query.where(Seat.freed_at.is_(None))
    if filters.get("agency", "").isdecimal():
        query = query.where(Seat.agency_id == int(filters["agency"][:18]))
    return query.options(joinedload(Seat.person), joinedload(Seat.agency))


def orders_of(kind: SeatType) -> list[SeatOrder]:
    query = select(SeatOrder).where(SeatOrder.type_id == kind.id).options(joinedload(SeatOrder.by))
    return list(db.session.scalars(query.order_by(SeatOrder.id.desc()).limit(50)))


def order_of(kind: SeatType, order_id: int) -> SeatOrder:
    query = select(SeatOrder).where(SeatOrder.id == order_id, SeatOrder.type_id == kind.id)
    row: SeatOrder = found(db.session.scalar(query))
    return row


def allocations_of(kind: SeatType) -> list[SeatAllocation]:
    query = select(SeatAllocation).where(SeatAllocation.type_id == kind.id, SeatAllocation.count > 0)
    query = query.join(Agency, Agency.id == SeatAllocation.agency_id).options(joinedload(SeatAllocation.agency))
    return list(db.session.scalars(query.order_by(Agency.name)))


def agencies_of(kind: SeatType) -> list[Agency]:
    query = select(Agency).where(Agency.coc_id == kind.coc_id, Agency.status != AgencyStatus.ENDED)
    return list(db.session.scalars(query.order_by(Agency.name)))


def first_in_line(waiting: Sequence[Waiting]) -> list[AccessRequest]:
    """The first fifty requests in line."""
    ids = [one.request_id for one in waiting[:50]]
    query = select(AccessRequest).where(among(AccessRequest.id, ids)).options(joinedload(AccessRequest.agency))
    rows = {row.id: row for row in db.session.scalars(query)} if ids else {}
    return [rows[number] for number in ids]


def names_of(requests: Sequence[int]) -> dict[int, str]:
    """Whom seats are kept for."""
    query = select(AccessRequest.id, AccessRequest.name).where(among(AccessRequest.id, requests))
    return {row.id: row.name for row in db.session.execute(query)} if requests else {}


@search_provider("License seats")
def find(principal: Principal, text: str, limit: int) -> list[Hit]:
    """A type by what the vendor calls it."""
    query = types(principal).where(func.lower(SeatType.name).like(like(text))).order_by(SeatType.name, SeatType.id)
    rows = db.session.scalars(query.limit(limit))
    return [Hit(row.name, f"/license-seats/{row.id}", "License seats", row.coc.code) for row in rows]
