"""The inventory of seats: what the vendor sold, who uses it, who waits, what is ordered and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.acting import Failed, act
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.money import dollars
from core.paging import page_of
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from licensing.access.ground import levels_among
from licensing.access.rules import levels_of
from licensing.access.services import local_day, policy_in_force
from licensing.seats import queries, services, source
from licensing.seats.forms import AllocationForm, BackForm, OrderForm, PriceForm, TypeForm
from licensing.seats.models import Seat, SeatType
from licensing.seats.permissions import Permission
from licensing.seats.services import Order

__all__ = ["bp", "source"]

bp = Blueprint("license_seats", __name__, url_prefix="/license-seats")

register(NavItem(Area.LICENSING, "License seats", "license_seats.index", Permission.VIEW, order=40))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    principal = current_principal()
    page = page_of(queries.types(principal), [SeatType.id])
    return render_template(
        "licensing/seats/index.html",
        page=page,
        standings=queries.standings(page.rows, clock.now()),
        dollars=dollars,
        may_keep=principal.can(Permission.KEEP),
    )


@bp.get("/new")
@requires(Permission.KEEP)
def new() -> Any:
    return _new_page(_type_form())


@bp.post("/new")
@requires(Permission.KEEP)
def create() -> Any:
    form = _type_form()
    if not form.validate():
        return _new_page(form), 422
    coc = found(next((one for one in _cocs() if str(one.id) == form.coc.data), None))
    try:
        with unit_of_work():
            row = services.begin(coc, form.told(), current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _new_page(form), error.status
    flash(f"{row.name} is in the inventory. Whoever has such a license has a seat.", "success")
    return redirect(url_for(".show", seat_type_id=row.id))


def _cocs() -> list[Any]:
    return queries.cocs_to_keep(current_principal())


def _type_form() -> TypeForm:
    form, cocs = TypeForm().fresh(), _cocs()
    form.offer(cocs, levels_among(cocs, clock.now()))
    if len(cocs) == 1 and not form.coc.data:
        form.coc.data = str(cocs[0].id)
    return form


def _new_page(form: TypeForm) -> str:
    return render_template("licensing/seats/new.html", form=form)


@bp.get("/<int:seat_type_id>")
@requires(Permission.VIEW)
def show(seat_type_id: int) -> Any:
    return _page(seat_type_id)


def _page(seat_type_id: int, failed: Failed | None = None) -> str:
    principal, at = current_principal(), clock.now()
    row = queries.visible_type(principal, seat_type_id)
    [standing] = queries.standings([row], at)
    page = page_of(queries.seats_of(row, request.args), [Seat.id], descending=True)
    key: str = failed[0] if failed else ""
    form: Any = failed[1] if failed else None
    agencies = queries.agencies_of(row)
    used = standing.stock.used
    allocation: AllocationForm = form if key == "allocate" else _blank(AllocationForm, "allocate")
    allocation.offer(agencies)
    levels = levels_of(policy_in_force(row.coc, at))
    return render_template(
        "licensing/seats/show.html",
        row=row,
        standing=standing,
        page=page,
        kept_for=queries.names_of([one.request_id for one in page.rows if one.person_id is None and one.request_id]),
        orders=queries.orders_of(row),
        allocations=[(one, used.get(one.agency_id, 0)) for one in queries.allocations_of(row)],
        line=queries.first_in_line(standing.waiting),
        levels=[levels.levels.get(level, level) if levels else level for level in row.levels],
        agencies=[(str(one.id), one.name) for one in agencies],
        dollars=dollars,
        may_keep=principal.can(Permission.KEEP, coc=row.coc),
        order_form=form if key == "order" else _order_form(row),
        back_form=form if key == "back" else _blank(BackForm, "back"),
        allocation_form=allocation,
        price_form=form if key == "price" else _price_form(row),
        open_form=key,
    )


def _blank(kind: Any, key: str) -> Any:
    return kind(formdata=None, prefix=f"{key}-").fresh()


def _order_form(row: SeatType) -> OrderForm:
    form: OrderForm = _blank(OrderForm, "order")
    form.ordered_on.data = local_day(clock.now(), row.coc.tz)
    form.cost.data = _as_dollars(row.cents)
    return form


def _price_form(row: SeatType) -> PriceForm:
    form: PriceForm = _blank(PriceForm, "price")
    form.cost.data = _as_dollars(row.cents)
    return form


def _as_dollars(cents: int) -> Any:
    return Decimal(cents).scaleb(-2)


def _do(seat_type_id: int, key: str, form: Any, done: str, change: Callable[[SeatType], object]) -> Any:
    """One deed on this page; another CoC's inventory is not there before anything of the form is looked at."""
    queries.visible_type(current_principal(), seat_type_id)

    def changed() -> None:
        change(queries.locked_type(current_principal(), seat_type_id))

    onward = url_for(".show", seat_type_id=seat_type_id)
    return act(changed, done, onward, form=form, key=key, again=lambda failed: _page(seat_type_id, failed))


@bp.post("/<int:seat_type_id>/orders")
@requires(Permission.KEEP)
def order(seat_type_id: int) -> Any:
    form = OrderForm(prefix="order-")
    return _do(
        seat_type_id, "order", form, "The order is on record. The seats count once they arrive.",
        lambda row: services.order(row, form.told(), current_principal(), clock.now()),
    )  # fmt: skip


@bp.post("/<int:seat_type_id>/orders/<int:seat_order_id>/arrive")
@requires(Permission.KEEP)
def arrive(seat_type_id: int, seat_order_id: int) -> Any:
    with unit_of_work():
        row = queries.locked_type(current_principal(), seat_type_id)
        services.arrive(row, queries.order_of(row, seat_order_id), current_principal(), clock.now())
    flash("The seats are there. Whoever was first in line has one.", "success")
    return redirect(url_for(".show", seat_type_id=seat_type_id))


@bp.post("/<int:seat_type_id>/orders/<int:seat_order_id>/cancel")
@requires(Permission.KEEP)
def cancel(seat_type_id: int, seat_order_id: int) -> Any:
    with unit_of_work():
        row = queries.locked_type(current_principal(), seat_type_id)
        services.cancel(row, queries.order_of(row, seat_order_id), clock.now())
    flash("The order is cancelled.", "success")
    return redirect(url_for(".show", seat_type_id=seat_type_id))


@bp.post("/<int:seat_type_id>/give-back")
@requires(Permission.KEEP)
def give_back(seat_type_id: int) -> Any:
    form, principal, at = BackForm(prefix="back-"), current_principal(), clock.now()

    def change(row: SeatType) -> None:
        told = Order(form.count.data or 0, local_day(at, row.coc.tz), form.once.data or "")
        services.give_back(row, told, principal, at)

    return _do(seat_type_id, "back", form, "They went back to the vendor.", change)


@bp.post("/<int:seat_type_id>/allocations")
@requires(Permission.KEEP)
def allocate(seat_type_id: int) -> Any:
    form = AllocationForm(prefix="allocate-")

    def change(row: SeatType) -> None:
        agency = found(next((one for one in queries.agencies_of(row) if one.id == form.agency_id), None))
        services.allocate(row, agency, form.count.data or 0, clock.now())

    return _do(seat_type_id, "allocate", form, "Set aside.", change)


@bp.post("/<int:seat_type_id>/price")
@requires(Permission.KEEP)
def price(seat_type_id: int) -> Any:
    form = PriceForm(prefix="price-")
    return _do(
        seat_type_id, "price", form, "The price is changed.", lambda row: services.set_price(row, form.cost.cents)
    )
