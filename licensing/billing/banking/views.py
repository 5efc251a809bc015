"""A bank's list: bring it, confirm its columns, look each line over, and take what is good of it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from core import clock, tables, typed
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, Invalid, NotFound
from core.once import KeyUsed, renew_key
from core.paging import page_of
from core.people.models import CoC
from licensing.billing.banking import rules, services
from licensing.billing.payments import queries as payments
from licensing.billing.payments.forms import BankFileForm
from licensing.billing.payments.models import BankImport, BankLine
from licensing.billing.permissions import Permission

AT_ONCE = 200  # more than that would keep the page waiting

bp = Blueprint("bank_lists", __name__, url_prefix="/payments/bank-lists")


def lists() -> Select[BankImport]:
    query = select(BankImport).where(services.reach_of_lists(current_principal()))
    return query.options(joinedload(BankImport.by))


def visible_list(list_id: int, *, lock: bool = False) -> BankImport:
    query = lists().where(BankImport.id == min(list_id, typed.BIGGEST))
    if lock:
        query = query.with_for_update(of=BankImport).execution_options(populate_existing=True)
    row: BankImport = found(db.session.scalar(query))
    return row


def lines_of(row: BankImport) -> list[BankLine]:
    query = select(BankLine).where(BankLine.import_id == row.id).order_by(BankLine.position)
    query = query.options(joinedload(BankLine.debtor), joinedload(BankLine.invoice), joinedload(BankLine.payment))
    return list(db.session.scalars(query))


def line_of(row: BankImport, line_id: int) -> BankLine:
    query = select(BankLine).where(BankLine.id == min(line_id, typed.BIGGEST), BankLine.import_id == row.id)
    one: BankLine = found(db.session.scalar(query))
    return one


def own_lead() -> int:
    """Of the Lead for which this person receives money."""
    scope = current_principal().scope(Permission.RECEIVE)
    if scope.lead_ids:
        return min(scope.lead_ids)
    found_lead = db.session.scalar(select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids)).limit(1))
    return int(found(found_lead))


@bp.get("")
@requires(Permission.RECEIVE)
def index() -> Any:
    page = page_of(lists(), [BankImport.id], descending=True)
    return render_template("licensing/billing/banking/index.html", page=page)


@bp.get("/new")
@requires(Permission.RECEIVE)
def new() -> Any:
    return _form_page(BankFileForm().fresh())


@bp.post("/new")
@requires(Permission.RECEIVE)
def create() -> Any:
    form = BankFileForm()
    try:
        if not form.validate():
            return _form_page(form), 422
        if not form.file.data:
            raise Invalid("Choose the file.", "It is the list that the bank lets you download.", "file")
        with closing(form.file.data.stream) as stream:
            table = tables.table(stream.read())
        with unit_of_work():
            name = typed.line(form.file.data.filename)[:300] or "Bank's list"
            row = services.begin(own_lead(), name, table, current_principal(), form.once.data or "", clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        if isinstance(error, KeyUsed):
            renew_key(form)
        typed.put_error(form, error)
        return _form_page(form), error.status
    return redirect(url_for(".show", bank_list_id=row.id))


def _form_page(form: BankFileForm) -> str:
    return render_template("licensing/billing/banking/new.html", form=form)


@bp.get("/<int:bank_list_id>")
@requires(Permission.RECEIVE)
def show(bank_list_id: int) -> Any:
    return _page(visible_list(bank_list_id))


def _page(row: BankImport, error: DomainError | None = None) -> str:
    lines = lines_of(row)
    return render_template(
        "licensing/billing/banking/show.html",
        row=row,
        lines=lines,
        counts=services.state_of(lines),
        header=list(enumerate(row.table.get("header", []))),
        bad=row.table.get("bad", []),
        went_out=row.table.get("went_out", 0),
        labels=rules.LABELS,
        needed=rules.NEEDED,
        error=error,
    )


@bp.post("/<int:bank_list_id>/columns")
@requires(Permission.RECEIVE)
def columns(bank_list_id: int) -> Any:
    said = {what: request.form.get(what, "") for what in rules.LABELS}
    chosen = {what: int(place[:4]) for what, place in said.items() if place.isascii() and place.isdigit()}
    try:
        with unit_of_work():
            row = visible_list(bank_list_id, lock=True)
            services.read_by(row, chosen, current_principal(), clock.now())
    except (Invalid, DomainError) as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        return _page(visible_list(bank_list_id), error), error.status
    flash("Read by these columns.", "success")
    return redirect(url_for(".show", bank_list_id=bank_list_id))


@bp.get("/<int:bank_list_id>/lines/<int:bank_line_id>")
@requires(Permission.RECEIVE)
def line(bank_list_id: int, bank_line_id: int) -> Any:
    return _line_page(visible_list(bank_list_id), bank_line_id)


def _line_page(row: BankImport, line_id: int, error: DomainError | None = None) -> str:
    one, text = line_of(row, line_id), typed.line(request.values.get("q"))
    agencies = payments.debtors(current_principal(), text)
    return render_template(
        "licensing/billing/banking/line.html",
        row=row,
        line=one,
        text=text,
        found=[(agency, payments.owed_by(agency.id, 10)) for agency in agencies],
        error=error,
    )


@bp.post("/<int:bank_list_id>/lines/<int:bank_line_id>")
@requires(Permission.RECEIVE)
def choose(bank_list_id: int, bank_line_id: int) -> Any:
    said = {name: request.form.get(name, "") for name in ("agency", "invoice")}
    chosen = {name: int(value[:18]) for name, value in said.items() if value.isascii() and value.isdigit()}
    try:
        with unit_of_work():
            row = visible_list(bank_list_id, lock=True)
            one = line_of(row, bank_line_id)
            if "agency" not in chosen:
                raise Invalid("Choose whose payment it is.", field="agency")
            debtor = payments.visible_debtor(current_principal(), chosen["agency"])
            services.choose(one, row, debtor, chosen.get("invoice"), current_principal())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        return _line_page(visible_list(bank_list_id), bank_line_id, error), error.status
    flash("Chosen.", "success")
    return redirect(url_for(".show", bank_list_id=bank_list_id))


@bp.post("/<int:bank_list_id>/lines/<int:bank_line_id>/leave-out")
@requires(Permission.RECEIVE)
def leave_out(bank_list_id: int, bank_line_id: int) -> Any:
    is_out = request.args.get("again") != "in"
    with unit_of_work():
        row = visible_list(bank_list_id, lock=True)
        services.leave_out(line_of(row, bank_line_id), row, current_principal(), is_out=is_out)
    return redirect(url_for(".show", bank_list_id=bank_list_id))


@bp.post("/<int:bank_list_id>/apply")
@requires(Permission.RECEIVE)
def apply(bank_list_id: int) -> Any:
    count = take_lines(bank_list_id)
    more = " Press again for the rest." if count == AT_ONCE else " What could not be taken says why."
    flash(f"{count} {'payment is' if count == 1 else 'payments are'} on record.{more}", "success")
    return redirect(url_for(".show", bank_list_id=bank_list_id))


def take_lines(bank_list_id: int) -> int:
    """Each line in a transaction of its own: whatever stops it, pressing again goes on where it was. Returns how many
    payments were made, AT_ONCE at most; the list is closed once nothing on it waits."""
    by, count = current_principal(), 0
    ids = [one.id for one in lines_of(visible_list(bank_list_id))]
    for number in ids:
        if count == AT_ONCE:
            return count
        with unit_of_work():
            row = visible_list(bank_list_id, lock=True)
            services.must_not_be_discarded(row)
            count += services.apply_line(line_of(row, number), by, clock.now())
    with unit_of_work():
        row = visible_list(bank_list_id, lock=True)
        counts = services.state_of(lines_of(row))
        if not counts["ready"] and not counts["choose"] and row.state == "to look over":
            services.close(row, clock.now())
    return count


@bp.post("/<int:bank_list_id>/discard")
@requires(Permission.RECEIVE)
def discard(bank_list_id: int) -> Any:
    with unit_of_work():
        services.discard(visible_list(bank_list_id, lock=True), clock.now())
    flash("Nothing of this list was taken.", "success")
    return redirect(url_for(".index"))
