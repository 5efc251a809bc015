from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.paging import page_of
from core.people.models import LeadStaff, StaffRole
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from helpdesk.matters.permissions import Permission
from helpdesk.matters.seats import services
from helpdesk.matters.seats.forms import SeatForm

bp = Blueprint("seats", __name__, url_prefix="/seats")

register(NavItem(Area.ADMIN, "Seats", "seats.index", Permission.SEAT_MANAGE))


@bp.get("")
@requires(Permission.SEAT_MANAGE)
def index() -> Any:
    return _page(_form())


def _form() -> SeatForm:
    form = SeatForm()
    form.offer(services.places(current_principal()))
    return form


def _page(form: SeatForm) -> str:
    principal = current_principal()
    return render_template(
        "helpdesk/matters/seats.html",
        form=form,
        page=page_of(services.seats(principal), [LeadStaff.id], descending=True),
        labels=services.LABELS,
        cocs={coc.id: coc.name for coc in services.places(principal)},
        now=clock.now(),
    )


@bp.post("")
@requires(Permission.SEAT_MANAGE)
def take() -> Any:
    form = _form()
    if not form.validate():
        return _page(form), 422
    coc = next(coc for coc in services.places(current_principal()) if coc.id == form.coc.data)
    try:
        with unit_of_work():
            row = services.take_seat(
                StaffRole(form.seat.data), coc, form.name.data or "", form.email.data or "", clock.now()
            )
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _page(form), error.status
    flash(f"{row.person.name} has the seat.", "success")
    return redirect(url_for(".index"))


@bp.post("/<int:seat_id>/leave")
@requires(Permission.SEAT_MANAGE)
def leave(seat_id: int) -> Any:
    with unit_of_work():
        services.leave_seat(services.visible_seat(current_principal(), seat_id), clock.now())
    flash("The seat is free.", "success")
    return redirect(url_for(".index"))
