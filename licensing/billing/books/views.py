"""The books: figures and budget of a year, expenses, ages of debts, statements, what moved each cent, and files."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from core import clock, sheets, typed
from core.acting import act
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, NotFound
from core.money import dollars
from core.once import KeyUsed, renew_key
from core.paging import page_of
from core.people.models import Agency, CoC
from core.ui import plots
from core.ui.nav import Area, NavItem, register
from core.ui.viewer import viewer_zone
from licensing.access.ground import local_day
from licensing.billing.books import exports, files, queries, services
from licensing.billing.books.forms import ExpenseForm, PlanForm, TakeOutForm
from licensing.billing.books.models import Expense, LedgerEntry
from licensing.billing.books.rules import BUCKETS, Year
from licensing.billing.overdue.queries import visible_invoice
from licensing.billing.payments.queries import visible_debtor, visible_payment
from licensing.billing.permissions import Permission
from licensing.contracts.models import Contract

bp = Blueprint("books", __name__, url_prefix="/books")

register(NavItem(Area.LICENSING, "Books", "books.index", Permission.BOOKS, order=76))

MOST_YEARS = 6


def day_said(name: str) -> date | None:
    """A day of the address, as a form's field or another program writes it; none where it is not one."""
    said = request.args.get(name, "")
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2200 else None


def _place() -> tuple[CoC, Year]:
    coc = queries.coc_of(current_principal(), request.values.get("coc", ""))
    return coc, queries.year_at(coc, day_said("year"), clock.now())


def _choices(coc: CoC, year: Year) -> dict[str, Any]:
    """What the filters of each page offer: the CoCs, and the years around this one."""
    now = queries.year_at(coc, None, clock.now())
    firsts = {date(now.first.year - back, now.first.month, now.first.day) for back in range(-1, MOST_YEARS)}
    years = [queries.year_at(coc, day, clock.now()) for day in sorted(firsts | {year.first}, reverse=True)]
    return {
        "coc": coc,
        "year": year,
        "cocs": [(str(one.id), f"{one.code} {one.name}") for one in queries.cocs(current_principal())],
        "years": [(one.first.isoformat(), one.label) for one in years],
    }


@bp.get("")
@requires(Permission.BOOKS)
def index() -> Any:
    return _index_page()


def _index_page(form: PlanForm | None = None) -> str:
    coc, year = _place()
    told = queries.books(coc, year)
    months = sorted(told.by_month.items())
    labels = [f"{month:%b %Y}" for month, _ in months]
    series = [(name, [getattr(sums, key) / 100 for _, sums in months]) for name, key in PLOTTED]
    return render_template(
        "licensing/billing/books/index.html",
        books=told,
        months=months,
        plot=plots.bars(
            f"{dollars(told.whole.received)} came in and {dollars(told.whole.spent)} went out in {year.label}", labels,
            [(name, [max(value, 0) for value in values]) for name, values in series], _say,
        ),
        budget=queries.budget(coc, year, told),
        owed=queries.ledger_total(coc, local_day(clock.now(), coc.tz)),
        form=form or PlanForm(formdata=None, prefix="plan-").fresh(),
        is_open_form=form is not None,
        **_choices(coc, year),
    )  # fmt: skip


PLOTTED = (("Received", "received"), ("Spent", "spent"))


def _say(value: float) -> str:
    return f"${value:,.0f}"


@bp.post("/budget")
@requires(Permission.BOOKS)
def plan() -> Any:
    coc, year = _place()
    form = PlanForm(prefix="plan-")
    onward = url_for(".index", coc=coc.id, year=year.first.isoformat()) + "#budget"
    return act(
        lambda: services.plan(coc, year.first, form.told(), current_principal(), clock.now()), "The budget says it.",
        onward, form=form, key="plan", again=lambda failed: _index_page(failed[1]),
    )  # fmt: skip


# ------------------------------------------------------------------ expenses


@bp.get("/expenses")
@requires(Permission.BOOKS)
def expenses() -> Any:
    return _expenses_page()


def _expenses_page(failed: int = 0, form: TakeOutForm | None = None) -> str:
    coc, year = _place()
    with_void = request.args.get("shown") == "all"
    page = page_of(queries.expenses(coc, year, with_void=with_void), [Expense.on, Expense.id], descending=True)
    return render_template(
        "licensing/billing/books/expenses.html",
        page=page,
        failed=failed,
        form=form or TakeOutForm(formdata=None, prefix="out-").fresh(),
        **_choices(coc, year),
    )


def _contracts(coc: CoC) -> list[Contract]:
    query = select(Contract).where(Contract.coc_id == coc.id, Contract.over_at.is_(None))
    return list(db.session.scalars(query.order_by(Contract.party).limit(100)))


@bp.get("/expenses/new")
@requires(Permission.BOOKS)
def new_expense() -> Any:
    coc, _ = _place()
    form = ExpenseForm().fresh().offer(_contracts(coc))
    form.on.data = local_day(clock.now(), coc.tz)
    return _expense_page(coc, form)


@bp.post("/expenses/new")
@requires(Permission.BOOKS)
def enter_expense() -> Any:
    coc, _ = _place()
    form = ExpenseForm().offer(_contracts(coc))
    if not form.validate():
        return _expense_page(coc, form), 422
    try:
        with unit_of_work():
            services.spend(coc, form.told(), current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        if isinstance(error, KeyUsed):
            renew_key(form)
        typed.put_error(form, error)
        return _expense_page(coc, form), error.status
    flash("On record.", "success")
    return redirect(url_for(".expenses", coc=coc.id))


def _expense_page(coc: CoC, form: ExpenseForm) -> str:
    return render_template("licensing/billing/books/expense.html", coc=coc, form=form)


@bp.post("/expenses/<int:expense_id>/take-out")
@requires(Permission.BOOKS)
def take_out(expense_id: int) -> Any:
    ids = [one.id for one in queries.cocs(current_principal())]
    row = queries.expense_of(ids, expense_id)
    form, coc_id = TakeOutForm(prefix="out-"), row.coc_id
    db.session.rollback()
    return act(
        lambda: services.take_out(queries.expense_of(ids, expense_id), form.reason.data or "", clock.now()),
        "Taken out. Its row stays, with the reason.", url_for(".expenses", coc=coc_id), form=form, key="out",
        again=lambda failed: _expenses_page(expense_id, failed[1]),
    )  # fmt: skip


# ------------------------------------------------------------------ ages


@bp.get("/ageing")
@requires(Permission.BOOKS)
def ageing() -> Any:
    coc = queries.coc_of(current_principal(), request.args.get("coc", ""))
    day = day_said("on") or local_day(clock.now(), coc.tz)
    page = page_of(queries.debtors_on(coc, day), [Agency.name, Agency.id])
    whole = _summed(queries.aged(coc, day).values())
    owed = sum(whole.values())
    return render_template(
        "licensing/billing/books/ageing.html",
        page=page,
        coc=coc,
        day=day,
        buckets=BUCKETS,
        rows=queries.aged(coc, day, page.rows),
        whole=whole,
        owed=owed,
        prepaid=owed - queries.ledger_total(coc, day),
        cocs=[(str(one.id), f"{one.code} {one.name}") for one in queries.cocs(current_principal())],
        plot=plots.bars(
            f"{dollars(owed)} is owed on {day:%b %d, %Y}, by how long it has been due", BUCKETS,
            [("Owed", [whole[name] / 100 for name in BUCKETS])], _say,
        ),
    )  # fmt: skip


def _summed(rows: Any) -> dict[str, int]:
    whole = dict.fromkeys(BUCKETS, 0)
    for row in rows:
        for name, cents in row.items():
            whole[name] += cents
    return whole


@bp.get("/ageing/file/<form>")
@requires(Permission.BOOKS)
def ageing_file(form: str) -> Any:
    found(form if form in sheets.FORMS else None)
    coc = queries.coc_of(current_principal(), request.args.get("coc", ""))
    day = day_said("on") or local_day(clock.now(), coc.tz)
    return files.ageing(coc, day, form, viewer_zone())


# ------------------------------------------------------------------ statements


@bp.get("/statements/<int:agency_id>")
@requires(Permission.VIEW)
def statement(agency_id: int) -> Any:
    debtor = visible_debtor(current_principal(), agency_id, Permission.VIEW)
    first, last = day_said("from"), day_said("to")
    page = page_of(queries.entries(debtor.id, first, last), [LedgerEntry.on, LedgerEntry.id])
    before = queries.balance_before(debtor.id, page.rows[0]) if page.rows else queries.balance_on(debtor.id, last)
    return render_template(
        "licensing/billing/books/statement.html",
        debtor=debtor,
        page=page,
        first=first,
        last=last,
        before=before,
        lines=queries.running(page.rows, before),
        owed=queries.balance_on(debtor.id, last),
        keep={name: day.isoformat() for name, day in (("from", first), ("to", last)) if day},
    )


@bp.get("/statements/<int:agency_id>/file/<form>")
@requires(Permission.VIEW)
def statement_file(agency_id: int, form: str) -> Any:
    found(form if form in (*sheets.FORMS, files.PDF) else None)
    debtor = visible_debtor(current_principal(), agency_id, Permission.VIEW)
    return files.statement(debtor, form, day_said("from"), day_said("to"), clock.now())


# ------------------------------------------------------------------ each cent


@bp.get("/invoices/<int:invoice_id>")
@requires(Permission.VIEW)
def invoice_trail(invoice_id: int) -> Any:
    row = visible_invoice(current_principal(), invoice_id)
    return render_template(
        "licensing/billing/books/trail.html", title=f"Every cent of {row.number}", debtor=row.debtor, tz=row.coc.tz,
        moves=queries.of_invoice(row), after="Open", up=(row.number, url_for("overdue.show", invoice_id=row.id)),
    )  # fmt: skip


@bp.get("/payments/<int:payment_id>")
@requires(Permission.VIEW)
def payment_trail(payment_id: int) -> Any:
    row = visible_payment(current_principal(), payment_id)
    return render_template(
        "licensing/billing/books/trail.html", title=f"Every cent of {row.number}", debtor=row.debtor,
        tz=row.debtor.coc.tz, moves=queries.of_payment(row), after="Left",
        up=(row.number, url_for("payments.show", payment_id=row.id)),
    )  # fmt: skip


# ------------------------------------------------------------------ files


@bp.get("/files", endpoint="files")
@requires(Permission.BOOKS)
def files_page() -> Any:
    coc, year = _place()
    first, last = _period(year)
    return render_template(
        "licensing/billing/books/files.html", first=first, last=last, what=exports.WHAT, **_choices(coc, year)
    )  # fmt: skip


def _period(year: Year) -> tuple[date, date]:
    return day_said("from") or year.first, day_said("to") or year.last


@bp.get("/files/<what>/<form>")
@requires(Permission.BOOKS)
def export(what: str, form: str) -> Any:
    found(what if what in exports.WHAT and form in sheets.FORMS else None)
    coc, year = _place()
    return files.export(what, form, coc, _period(year), viewer_zone())


@bp.get("/files/quickbooks.iif")
@requires(Permission.BOOKS)
def iif() -> Any:
    coc, year = _place()
    return files.quickbooks(coc, _period(year))
