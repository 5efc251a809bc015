"""Payments: the list, taking one, its page and its receipt, and what is put to invoices or taken back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock, typed
from core.acting import Failed, act
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, NotFound
from core.money import dollars
from core.once import KeyUsed, renew_key
from core.paging import page_of
from core.people.models import Agency
from core.ui.nav import Area, NavItem, register
from licensing.access.ground import local_day
from licensing.billing.books.ledger import balance
from licensing.billing.payments import queries, receipts, services
from licensing.billing.payments.forms import METHODS, PaymentForm, PutForm, ReverseForm
from licensing.billing.payments.models import Payment
from licensing.billing.permissions import Permission

bp = Blueprint("payments", __name__, url_prefix="/payments")

register(NavItem(Area.LICENSING, "Payments", "payments.index", Permission.VIEW, order=72))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    principal = current_principal()
    page = page_of(queries.payments(principal, request.args), [Payment.id], descending=True)
    return render_template(
        "licensing/billing/payments/index.html",
        page=page,
        methods=METHODS,
        agencies=queries.agencies_of_filter(principal),
        may_receive=principal.can(Permission.RECEIVE),
    )


@bp.get("/new")
@requires(Permission.RECEIVE)
def new() -> Any:
    principal, wanted = current_principal(), request.args.get("agency", "")
    if wanted.isascii() and wanted.isdigit():
        debtor = queries.visible_debtor(principal, int(wanted[:18]))
        form = PaymentForm.of(queries.owed_by(debtor.id)).fresh()
        form.received_on.data = local_day(clock.now(), debtor.coc.tz)
        return _form_page(debtor, form)
    text = typed.line(request.args.get("q"))
    return render_template(
        "licensing/billing/payments/who.html", text=text, agencies=queries.debtors(principal, text)
    )  # fmt: skip


@bp.post("/new/<int:agency_id>")
@requires(Permission.RECEIVE)
def create(agency_id: int) -> Any:
    debtor = queries.visible_debtor(current_principal(), agency_id)
    form = PaymentForm.of(queries.owed_by(debtor.id))
    if not form.validate():
        return _form_page(debtor, form), 422
    try:
        with unit_of_work():
            row = services.take(debtor, form.told(), current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        if isinstance(error, KeyUsed):
            renew_key(form)
        typed.put_error(form, error)
        return _form_page(debtor, form), error.status
    left = f" {dollars(row.left_cents)} of it is kept as prepaid." if row.left_cents else ""
    flash(f"{dollars(row.cents)} is on record, with receipt {row.number}.{left}", "success")
    return redirect(url_for(".show", payment_id=row.id))


def _form_page(debtor: Agency, form: PaymentForm) -> str:
    return render_template(
        "licensing/billing/payments/new.html",
        debtor=debtor,
        form=form,
        owed=queries.owed_cents(debtor.id),
        balance=balance(debtor.id),
        asks_if_another=bool(form.is_another.errors or form.is_another.data),
    )


@bp.get("/<int:payment_id>")
@requires(Permission.VIEW)
def show(payment_id: int) -> Any:
    return _page(payment_id)


def _page(payment_id: int, failed: Failed | None = None) -> str:
    principal = current_principal()
    row = queries.visible_payment(principal, payment_id)
    key, form = failed or ("", None)
    owed = queries.owed_by(row.debtor_id) if row.left_cents else []
    put: Any = form if key == "put" else PutForm(formdata=None, prefix="put-").fresh()
    put.left.data = str(row.left_cents)
    return render_template(
        "licensing/billing/payments/show.html",
        row=row,
        parts=queries.parts_of(row),
        methods=METHODS,
        owed=owed,
        may_receive=principal.can(Permission.RECEIVE, agency=row.debtor),
        put_form=put.offer(owed),
        reverse_form=form if key == "reverse" else ReverseForm(formdata=None, prefix="reverse-").fresh(),
        open_form=key,
        overtaken=_said(form)
        if form is not None and (row.reversed_at or (key == "put" and not row.left_cents))
        else "",
    )


def _said(form: Any) -> str:
    """What was wrong with a form that is not on the page any more."""
    return " ".join(said for errors in form.errors.values() for said in errors)


@bp.get("/<int:payment_id>/receipt.pdf")
@requires(Permission.VIEW)
def receipt(payment_id: int) -> Any:
    row = queries.visible_payment(current_principal(), payment_id)
    return receipts.file_of(row, queries.parts_of(row))


@bp.post("/<int:payment_id>/put")
@requires(Permission.RECEIVE)
def put(payment_id: int) -> Any:
    row = _to_change(payment_id)
    form = PutForm(prefix="put-").offer(queries.owed_by(row.debtor_id))
    return act(
        lambda: _put(row, form), "It went to the invoice.", url_for(".show", payment_id=payment_id), form=form,
        key="put", again=lambda failed: _page(payment_id, failed),
    )  # fmt: skip


def _put(row: Payment, form: PutForm) -> None:
    services.put_to(row, form.invoice_id, form.amount.cents, current_principal(), clock.now(), form.seen_left)


@bp.post("/<int:payment_id>/parts/<int:part_id>/take-back")
@requires(Permission.RECEIVE)
def take_back(payment_id: int, part_id: int) -> Any:
    with unit_of_work():
        part = queries.part_of(_to_change(payment_id), part_id)
        services.take_back(part, clock.now())
    flash("Taken back. It is kept as prepaid, and the invoice is open for it again.", "success")
    return redirect(url_for(".show", payment_id=payment_id))


@bp.post("/<int:payment_id>/reverse")
@requires(Permission.RECEIVE)
def reverse(payment_id: int) -> Any:
    row, form = _to_change(payment_id), ReverseForm(prefix="reverse-")
    return act(
        lambda: services.reverse(row, form.reason.data or "", current_principal(), clock.now()),
        "Reversed. What it paid is open again.", url_for(".show", payment_id=payment_id), form=form, key="reverse",
        again=lambda failed: _page(payment_id, failed),
    )  # fmt: skip


def _to_change(payment_id: int) -> Payment:
    return queries.visible_payment(current_principal(), payment_id, Permission.RECEIVE)
