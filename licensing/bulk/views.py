from __future__ import annotations

from contextlib import closing
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload
from wtforms import FileField

from core import clock, once, sheets, typed
from core.authz import Principal, current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, Invalid
from core.paging import page_of
from core.people.models import Agency, Person
from core.typed import Once
from licensing.access import queries as access
from licensing.access.permissions import Permission
from licensing.bulk import services, sheet
from licensing.bulk.models import Batch, BatchState

bp = Blueprint("bulk", __name__, url_prefix="/access/lists")


class ListForm(Once):
    file = FileField("The list, as a CSV file")


def batches(principal: Principal) -> Select[Batch]:
    query = select(Batch).where(principal.scope(Permission.VIEW).where(Batch))
    return query.options(joinedload(Batch.agency), joinedload(Batch.by))


def visible_batch(principal: Principal, batch_id: int, *, lock: bool = False) -> Batch:
    """Another agency's is not there."""
    query = batches(principal).where(Batch.id == min(batch_id, typed.BIGGEST))
    if lock:
        query = query.with_for_update(of=Batch).execution_options(populate_existing=True)
    row: Batch = found(db.session.scalar(query))
    return row


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    page = page_of(batches(current_principal()), [Batch.id], descending=True)
    return render_template("licensing/bulk/index.html", page=page)


@bp.get("/new")
@requires(Permission.REQUEST)
def new() -> Any:
    return _form_page(_agency(), ListForm().fresh())


@bp.post("/new")
@requires(Permission.REQUEST)
def create() -> Any:
    agency, form = found(_agency()), ListForm()
    upload = request.files.get("file")
    if not form.validate():
        once.renew_key(form)
        return _form_page(agency, form), 422
    try:
        if upload is None or not upload.filename:
            raise Invalid("Choose the file with the list.", field="file")
        with closing(upload):
            rows = sheet.read(upload.stream.read(sheet.MOST_BYTES + 1))
        with unit_of_work():
            key = form.once.data or ""
            row = services.preview(agency, _me(), typed.line(upload.filename), rows, key, clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, once.KeyUsed):
            once.renew_key(form)
        typed.put_error(form, error)
        return _form_page(agency, form), error.status
    return redirect(url_for(".show", batch_id=row.id))


def _agency() -> Agency | None:
    mine = access.agencies_to_request_for(current_principal())
    wanted = request.values.get("agency", "")
    if wanted:
        agency: Agency = found(next((one for one in mine if str(one.id) == wanted), None))
        return agency
    return mine[0] if len(mine) == 1 else None


def _form_page(agency: Agency | None, form: ListForm) -> str:
    agencies = access.agencies_to_request_for(current_principal())
    return render_template(
        "licensing/bulk/new.html", agency=agency, agencies=agencies, form=form.fresh(), columns=sheet.COLUMNS,
        needed=sheet.NEEDED, example="\n".join(sheet.EXAMPLE), most=sheet.MOST_ROWS,
    )  # fmt: skip


def _me() -> Person:
    return db.session.get_one(Person, current_principal().person_id)


@bp.get("/<int:batch_id>")
@requires(Permission.VIEW)
def show(batch_id: int) -> Any:
    row = visible_batch(current_principal(), batch_id)
    may_send = row.state is BatchState.PREVIEW and current_principal().can(Permission.REQUEST, agency=row.agency)
    return render_template("licensing/bulk/show.html", row=row, may_send=may_send)


@bp.post("/<int:batch_id>/send")
@requires(Permission.REQUEST)
def send(batch_id: int) -> Any:
    with unit_of_work():
        count = services.send(_to_change(batch_id), _me(), clock.now())
    flash(f"Asked for {count}. What is left is listed below with the reason.", "success")
    return redirect(url_for(".show", batch_id=batch_id))


@bp.post("/<int:batch_id>/discard")
@requires(Permission.REQUEST)
def discard(batch_id: int) -> Any:
    with unit_of_work():
        services.discard(_to_change(batch_id), clock.now())
    flash("Nothing of this list was asked for.", "success")
    return redirect(url_for(".index"))


def _to_change(batch_id: int) -> Batch:
    row = visible_batch(current_principal(), batch_id, lock=True)
    if not current_principal().can(Permission.REQUEST, agency=row.agency):
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
    return row


@bp.get("/<int:batch_id>/left.csv")
@requires(Permission.VIEW)
def left(batch_id: int) -> Response:
    """The rows that were not asked for, with the reason, to mend and send again."""
    row = visible_batch(current_principal(), batch_id)
    lines = [
        [*(one["values"][name] for name in sheet.COLUMNS), "; ".join(said["says"] for said in one["problems"])]
        for one in row.bad
    ]
    return sheets.download(f"list-{row.id}-left", "csv", [*sheet.COLUMNS, "why"], lines, row.agency.zone)
