"""Agreements with outside parties: a list, who has none, and putting one on file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, NotFound
from core.files.services import send
from core.paging import page_of
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from licensing.access.services import local_day
from licensing.contracts import clocks, queries, services
from licensing.contracts.forms import ContractForm
from licensing.contracts.models import Contract
from licensing.contracts.permissions import Permission

__all__ = ["bp", "clocks"]

bp = Blueprint("contracts", __name__, url_prefix="/contracts")

register(NavItem(Area.LICENSING, "Contracts", "contracts.index", Permission.VIEW, order=60))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    principal, at = current_principal(), clock.now()
    page = page_of(queries.contracts(principal, request.args), [Contract.id], descending=True)
    return render_template(
        "licensing/contracts/index.html",
        page=page,
        states={row.id: row.state(local_day(at, row.coc.tz)) for row in page.rows},
        kinds=_kinds(),
        missing=queries.missing(queries.cocs(principal), at),
        may_keep=principal.can(Permission.KEEP),
    )


def _kinds() -> dict[str, str]:
    found_kinds: dict[str, str] = {}
    for coc in queries.cocs(current_principal()):
        found_kinds |= services.kinds(coc, clock.now())
    return found_kinds


@bp.get("/new")
@requires(Permission.KEEP)
def new() -> Any:
    return _page(_form())


@bp.post("/new")
@requires(Permission.KEEP)
def create() -> Any:
    form = _form()
    if not form.validate():
        return _page(form), 422
    coc = found(next((one for one in queries.cocs(current_principal()) if str(one.id) == form.coc.data), None))
    try:
        with unit_of_work():
            services.put_on_file(coc, form.told(), current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        put_error(form, error)
        return _page(form), error.status
    flash("On file. You get a mail before it ends.", "success")
    return redirect(url_for(".index"))


def _form() -> ContractForm:
    form = ContractForm().fresh()
    form.offer(queries.cocs(current_principal()), _kinds())
    return form


def _page(form: ContractForm) -> str:
    return render_template("licensing/contracts/new.html", form=form)


@bp.get("/<int:contract_id>/file")
@requires(Permission.VIEW)
def file(contract_id: int) -> Any:
    return send(found(queries.visible_contract(current_principal(), contract_id).file))


@bp.post("/<int:contract_id>/end")
@requires(Permission.KEEP)
def end(contract_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_contract(current_principal(), contract_id, lock=True)
        services.end(row, "Taken off the list of those in force.", clock.now())
    flash("It is over. It stays on file.", "success")
    return redirect(url_for(".index"))
