from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.paging import page_of
from core.ui.nav import Area, NavItem, register
from licensing.provisioning import queries, services
from licensing.provisioning.models import AccountChange
from licensing.provisioning.permissions import Permission
from licensing.provisioning.rules import SendState

bp = Blueprint("provisioning", __name__, url_prefix="/provisioning")

register(NavItem(Area.ADMIN, "Sent to the HMIS", "provisioning.index", Permission.KEEP))

STATES = {
    SendState.PENDING: ("Waits", "wait"),
    SendState.SENDING: ("On its way", "wait"),
    SendState.SENT: ("Sent", "ok"),
    SendState.DEAD: ("Given up", "late"),
    SendState.OVERTAKEN: ("A later one says it", "off"),
}


@bp.get("")
@requires(Permission.KEEP)
def index() -> Any:
    page = page_of(queries.changes(current_principal(), request.args), [AccountChange.id], descending=True)
    return render_template(
        "licensing/provisioning/index.html", page=page, states=STATES, is_on=services.server() is not None,
        options=[(str(state), words) for state, (words, _) in STATES.items()],
    )  # fmt: skip


@bp.post("/<int:account_change_id>/again")
@requires(Permission.KEEP)
def again(account_change_id: int) -> Any:
    with unit_of_work():
        services.again(queries.visible_change(current_principal(), account_change_id), clock.now())
    flash("It is sent again within a minute.", "success")
    return redirect(url_for(".index"))
