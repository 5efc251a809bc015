"""An update for everybody on a case: written, looked at, sent, and how far it is."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from helpdesk.tickets.queries import visible as visible_tickets
from helpdesk.vendor import broadcasts, queries
from helpdesk.vendor.blueprint import bp
from helpdesk.vendor.broadcasts import Update
from helpdesk.vendor.forms import THEN, UpdateForm
from helpdesk.vendor.permissions import Permission
from helpdesk.vendor.rules import Then
from helpdesk.vendor.shown import case_page, me, words


@bp.post("/vendor-cases/<int:case_id>/updates/preview")
@requires(Permission.WORK)
def preview_update(case_id: int) -> Any:
    """To how many it would go, and what each would read; nothing is sent yet."""
    case = queries.visible_case(current_principal(), case_id)
    form = UpdateForm(prefix="update")
    if not form.validate():
        return case_page(case, ("update", form)), 422
    try:
        told = broadcasts.preview(case, _update(form), current_principal())
    except Invalid as error:
        form.refuse(error)
        return case_page(case, ("update", form)), error.status
    return render_template(
        "helpdesk/vendor/update_preview.html",
        case=case,
        form=form,
        told=told,
        then=THEN[Then(form.then.data)],
        **words(),
    )


@bp.post("/vendor-cases/<int:case_id>/updates/edit")
@requires(Permission.WORK)
def edit_update(case_id: int) -> Any:
    """Back from the preview, with what was typed."""
    return case_page(queries.visible_case(current_principal(), case_id), ("update", UpdateForm(prefix="update")))


def _update(form: UpdateForm) -> Update:
    return Update(form.text.data or "", Then(form.then.data), bool(form.includes_closed.data))


@bp.post("/vendor-cases/<int:case_id>/updates")
@requires(Permission.WORK)
def send_update(case_id: int) -> Any:
    case = queries.visible_case(current_principal(), case_id)
    form = UpdateForm(prefix="update")
    if not form.validate():
        return case_page(case, ("update", form)), 422
    try:
        with unit_of_work():
            row = broadcasts.begin(case, _update(form), me(), clock.now(), nonce=form.nonce.data or "")
    except (Invalid, Conflict) as error:
        db.session.rollback()
        form.refuse(error)
        return case_page(queries.visible_case(current_principal(), case_id), ("update", form)), error.status
    return redirect(url_for(".show_update", case_id=case_id, update_id=row.id))


@bp.get("/vendor-cases/<int:case_id>/updates/<int:update_id>")
@requires(Permission.VIEW)
def show_update(case_id: int, update_id: int) -> Any:
    """How far it is; the page looks again by itself while some wait."""
    case = queries.visible_case(current_principal(), case_id)
    row = queries.broadcast_of(case, update_id)
    return render_template(
        "helpdesk/vendor/update.html",
        case=case,
        update=row,
        progress=queries.progress_of(row),
        not_told=queries.not_told(row, visible_tickets(current_principal())),
        then=THEN[row.then],
        **words(),
    )
