"""The pages of invoices: the list, one with its lines and credit notes, single ones, and the yearly run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.acting import Failed, act
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, Invalid, NotFound, Unavailable
from core.files.services import send
from core.money import cents_of, dollars
from core.once import KeyUsed, renew_key
from core.paging import page_of
from core.typed import put_error, put_on
from core.ui.nav import Area, NavItem, register
from licensing.access.ground import local_day
from licensing.billing.fees.queries import agency_to_bill, cocs
from licensing.billing.fees.services import notice_rule
from licensing.billing.fees.years import year_of
from licensing.billing.invoices import crediting, printing, queries, running, services
from licensing.billing.invoices.crediting import Cause
from licensing.billing.invoices.forms import CreditForm, LicensesForm, RunForm, ServicesForm, VoidForm
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceRun, InvoiceState, RunState
from licensing.billing.overdue.queries import given_until
from licensing.billing.permissions import Permission

bp = Blueprint("invoices", __name__, url_prefix="/invoices")

register(NavItem(Area.LICENSING, "Invoices", "invoices.index", Permission.VIEW, order=70))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    principal, at = current_principal(), clock.now()
    today = local_day(at, principal.tz or "UTC")
    page = page_of(queries.invoices(principal, request.args, today), [Invoice.id], descending=True)
    until = given_until(page.rows)
    return render_template(
        "licensing/billing/invoices/index.html",
        page=page,
        until=until,
        shown=queries.SHOWN | ({"drafts": "Drafts", "all": "All"} if principal.can(Permission.INVOICE) else {}),
        agencies=[(str(one.id), one.name) for one in queries.agencies(principal)],
        years=[(str(year), str(year)) for year in range(today.year + 1, today.year - 6, -1)],
        state_of=lambda row: state_of(row, local_day(at, row.coc.tz), until.get(row.id)),
        may_bill=principal.can(Permission.INVOICE),
        dollars=dollars,
    )


def state_of(row: Invoice, today: date, until: date | None = None) -> tuple[str, str]:
    """How it stands in a word, and the word's tone. `until`: more time was given."""
    if row.state is not InvoiceState.ISSUED:
        return str(row.state).capitalize(), "wait" if row.state is InvoiceState.DRAFT else "off"
    if row.kind is InvoiceKind.CREDIT:
        return "Credit note", "off"
    if row.void_at is not None:
        return "Void", "off"
    if not row.open_cents:
        return ("Credited" if row.credited_cents and not row.paid_cents else "Paid"), "ok"
    due_on = until or row.due_on
    return ("Overdue", "late") if due_on and due_on < today else ("To pay", "wait")


@bp.get("/<int:invoice_id>")
@requires(Permission.VIEW)
def show(invoice_id: int) -> Any:
    return _page(invoice_id)


def _page(invoice_id: int, failed: Failed | None = None) -> str:
    principal, at = current_principal(), clock.now()
    row = queries.visible_invoice(principal, invoice_id)
    may_bill, until = principal.can(Permission.INVOICE, coc=row.coc), given_until([row]).get(row.id)
    forms: dict[str, Any] = {"credit": _blank(CreditForm, "credit"), "void": _blank(VoidForm, "void")}
    forms |= dict([failed]) if failed else {}
    return render_template(
        "licensing/billing/invoices/show.html",
        row=row,
        state=state_of(row, local_day(at, row.coc.tz), until),
        until=until,
        left=crediting.left_of(row) if may_bill and row.state is InvoiceState.ISSUED else {},
        credits=queries.credits_of(row),
        credited=db.session.get(Invoice, row.credits_id) if row.credits_id else None,
        may_bill=may_bill,
        forms=forms,
        open_form=failed[0] if failed else "",
        typed=request.form,
        dollars=dollars,
    )


def _blank(kind: Any, key: str) -> Any:
    return kind(formdata=None, prefix=f"{key}-").fresh()


def _do(invoice_id: int, key: str, form: Any, done: str, change: Callable[[Invoice], object]) -> Any:
    queries.visible_invoice(current_principal(), invoice_id)

    def changed() -> None:
        change(queries.locked_invoice(current_principal(), invoice_id))

    onward = url_for(".show", invoice_id=invoice_id)
    return act(changed, done, onward, form=form, key=key, again=lambda failed: _page(invoice_id, failed))


@bp.post("/<int:invoice_id>/credit")
@requires(Permission.INVOICE)
def credit(invoice_id: int) -> Any:
    form = CreditForm(prefix="credit-")
    return _do(
        invoice_id, "credit", form, "The credit note is issued.",
        lambda row: crediting.credit(
            row, _amounts(row), Cause(form.cause.data), form.reason.data or "", current_principal(), clock.now(),
            form.once.data or "",
        ),
    )  # fmt: skip


def _amounts(row: Invoice) -> dict[int, int]:
    """What was typed beside each line. Raises Invalid for what is no amount."""
    told: dict[int, int] = {}
    for line in row.lines:
        said = request.form.get(f"line-{line.id}", "").strip()
        try:
            told[line.id] = cents_of(said) if said else 0
        except ValueError as error:
            raise Invalid(
                f"“{said[:40]}” is not an amount.", f"Write like 125.00 what “{line.words}” is credited."
            ) from error
    return told


@bp.post("/<int:invoice_id>/void")
@requires(Permission.INVOICE)
def void(invoice_id: int) -> Any:
    form = VoidForm(prefix="void-")
    return _do(
        invoice_id, "void", form, "It is credited in full.",
        lambda row: crediting.void(row, form.reason.data or "", current_principal(), clock.now(), form.once.data or ""),
    )  # fmt: skip


@bp.post("/<int:invoice_id>/issue")
@requires(Permission.INVOICE)
def issue(invoice_id: int) -> Any:
    with unit_of_work():
        services.issue(queries.locked_invoice(current_principal(), invoice_id), clock.now())
    flash("It is issued, and whoever pays is told.", "success")
    return redirect(url_for(".show", invoice_id=invoice_id))


@bp.post("/<int:invoice_id>/drop")
@requires(Permission.INVOICE)
def drop(invoice_id: int) -> Any:
    with unit_of_work():
        services.drop(queries.locked_invoice(current_principal(), invoice_id))
    flash("The draft is dropped.", "success")
    return redirect(url_for(".index"))


@bp.get("/<int:invoice_id>.pdf")
@requires(Permission.VIEW)
def pdf(invoice_id: int) -> Any:
    number = queries.visible_invoice(current_principal(), invoice_id).id
    try:
        return send(printing.file_of(number))
    except Unavailable as error:
        db.session.rollback()
        flash(f"{error.message} {error.advice}", "error")
        return redirect(url_for(".show", invoice_id=invoice_id))


# ------------------------------------------------------------------ single invoices


@bp.get("/agencies/<int:agency_id>/new")
@requires(Permission.INVOICE)
def new(agency_id: int) -> Any:
    return _new_page(agency_id)


def _new_page(agency_id: int, failed: Failed | None = None) -> str:
    at = clock.now()
    agency = agency_to_bill(current_principal(), agency_id, Permission.INVOICE)
    found = services.unbilled(agency, at)
    forms: dict[str, Any] = {"licenses": _blank(LicensesForm, "licenses"), "services": _blank(ServicesForm, "services")}
    forms |= dict([failed]) if failed else {}
    forms["services"].offer(services.services_of(agency.coc, at))
    return render_template(
        "licensing/billing/invoices/new.html",
        agency=agency,
        found=found,
        forms=forms,
        open_form=failed[0] if failed else "",
        dollars=dollars,
    )


@bp.post("/agencies/<int:agency_id>/licenses")
@requires(Permission.INVOICE)
def bill_licenses(agency_id: int) -> Any:
    form = LicensesForm(prefix="licenses-")
    agency = agency_to_bill(current_principal(), agency_id, Permission.INVOICE)
    return _billed(
        agency_id, "licenses", form,
        lambda: services.bill_licenses(
            agency, current_principal(), clock.now(), form.once.data or "", form.fund.data or ""
        ),
    )  # fmt: skip


@bp.post("/agencies/<int:agency_id>/services")
@requires(Permission.INVOICE)
def bill_services(agency_id: int) -> Any:
    form = ServicesForm(prefix="services-")
    agency = agency_to_bill(current_principal(), agency_id, Permission.INVOICE)
    form.offer(services.services_of(agency.coc, clock.now()))
    return _billed(
        agency_id, "services", form,
        lambda: services.bill_services(
            agency, form.told(), current_principal(), clock.now(), form.once.data or "", form.note.data or "",
            form.fund.data or "",
        ),
    )  # fmt: skip


def _billed(agency_id: int, key: str, form: Any, bill: Callable[[], list[Invoice]]) -> Any:
    """To the draft, or to the list of drafts where several pay; the page again where it could not be."""
    if not form.validate():
        return _new_page(agency_id, (key, form)), 422
    try:
        with unit_of_work():
            numbers = [row.id for row in bill()]
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        if isinstance(error, KeyUsed):
            renew_key(form)
        put_on_line(form, error)
        return _new_page(agency_id, (key, form)), error.status
    flash("Here is the draft. Nothing is sent until you issue it.", "success")
    if len(numbers) == 1:
        return redirect(url_for(".show", invoice_id=numbers[0]))
    return redirect(url_for(".index", shown="drafts", agency=agency_id))


def put_on_line(form: Any, error: DomainError) -> None:
    parts = (error.field or "").split("-")
    if len(parts) == 3 and parts[0] == "lines" and "lines" in form:
        put_on(form.lines[int(parts[1])].form, parts[2], error.message, error.advice)
        form.form_errors.append(error.message)
    else:
        put_error(form, error)


# ------------------------------------------------------------------ runs


@bp.get("/runs")
@requires(Permission.INVOICE)
def runs() -> Any:
    return _runs_page(_run_form())


def _run_form() -> RunForm:
    form, at = RunForm().fresh(), clock.now()
    there = cocs(current_principal(), Permission.INVOICE)
    form.offer(there)
    if there and not form.is_submitted():
        form.year.data = year_of(there[0], at).first_day.year
        form.coc.data = str(there[0].id) if len(there) == 1 else ""
    return form


def _runs_page(form: RunForm) -> str:
    page = page_of(queries.runs(current_principal()), [InvoiceRun.id], descending=True)
    return render_template("licensing/billing/invoices/runs.html", page=page, form=form, dollars=dollars)


@bp.post("/runs")
@requires(Permission.INVOICE)
def begin_run() -> Any:
    form = _run_form()
    if not form.validate():
        return _runs_page(form), 422
    there = cocs(current_principal(), Permission.INVOICE)
    coc = found(next((one for one in there if str(one.id) == form.coc.data), None))
    try:
        with unit_of_work():
            told = (form.year.data or 0, current_principal(), clock.now(), form.once.data or "", form.fund.data or "")
            number = running.begin(coc, *told).id
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, KeyUsed):
            renew_key(form)
        put_error(form, error)
        return _runs_page(form), error.status
    running.work(number, most=2)
    flash("The invoices are being counted. Nothing is sent until you issue them.", "success")
    return redirect(url_for(".show_run", invoice_run_id=number))


@bp.get("/runs/<int:invoice_run_id>")
@requires(Permission.INVOICE)
def show_run(invoice_run_id: int) -> Any:
    row = queries.visible_run(current_principal(), invoice_run_id)
    before = running.run_before(row)
    page = page_of(queries.drafts_of(row, only_lacking=request.args.get("figures") == "missing"), [Invoice.id])
    return render_template(
        "licensing/billing/invoices/run.html",
        row=row,
        before=before,
        page=page,
        lines=queries.compared(page.rows, before),
        printed=queries.printed_of(row) if row.state is RunState.DONE else 0,
        untold=notice_rule(row.coc, clock.now()) if row.schedule.noticed_on is None else None,
        dollars=dollars,
    )


@bp.post("/runs/<int:invoice_run_id>/issue")
@requires(Permission.INVOICE)
def issue_run(invoice_run_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_run(current_principal(), invoice_run_id, lock=True)
        running.issue(row, current_principal(), clock.now())
    flash("They are being issued, and whoever pays is told. You can leave this page.", "success")
    return redirect(url_for(".show_run", invoice_run_id=invoice_run_id))


@bp.post("/runs/<int:invoice_run_id>/drop")
@requires(Permission.INVOICE)
def drop_run(invoice_run_id: int) -> Any:
    with unit_of_work():
        running.drop(queries.visible_run(current_principal(), invoice_run_id, lock=True), clock.now())
    flash("The drafts are dropped. Nothing was sent.", "success")
    return redirect(url_for(".runs"))
