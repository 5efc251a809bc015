"""Payments, bank's lists, what is overdue and the time that is given: by API."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging
from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import Invalid
from core.money import MOST_CENTS
from core.paging import page_of
from core.tables import Table
from licensing.access.ground import local_day
from licensing.billing.banking import rules as bank_rules
from licensing.billing.banking import services as banking
from licensing.billing.banking import views as bank_pages
from licensing.billing.invoices.models import Invoice
from licensing.billing.overdue import queries as overdue
from licensing.billing.overdue import services as respites
from licensing.billing.payments import queries, services
from licensing.billing.payments.models import BankImport, Method, Payment, RespiteKind
from licensing.billing.permissions import Permission as P

TAG = "Billing"
Cents = Annotated[int, Field(ge=-MOST_CENTS, le=MOST_CENTS)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=PLAIN)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=PLAIN)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=PLAIN)]


class PartOut(Model):
    """So many cents went to an invoice; `undone_at`: they were taken back."""

    id: int
    invoice_id: int
    cents: int
    at: datetime
    undone_at: datetime | None


class PaymentOut(Model):
    """`left_cents` is what no invoice has taken; `number` is that of the receipt."""

    id: int
    number: str
    agency_id: int = Field(validation_alias="debtor_id")
    method: Method
    reference: str
    received_on: date
    cents: int
    left_cents: int
    state: str
    at: datetime
    reversed_at: datetime | None
    reversed_why: str


class PaymentDetail(PaymentOut):
    parts: list[PartOut]


class PaymentList(Paging):
    items: list[PaymentOut]


class PaymentQuery(Listing):
    agency_id: Id | None = None
    shown: Annotated[str, Field(pattern="^(prepaid|reversed)$")] | None = None


class PartGiven(Given):
    invoice_id: Id
    cents: Cents


class PaymentGiven(Given):
    """Without `parts` it goes to what has been due longest. `keeps_rest`: what no invoice takes is kept as prepaid.
    `is_another`: it is not the one on record that looks the same."""

    agency_id: Id
    method: Method
    cents: Cents
    received_on: date
    reference: Word = ""
    note: Words = ""
    parts: list[PartGiven] | None = None
    keeps_rest: bool = False
    is_another: bool = False


class PutGiven(Given):
    """Without `cents`: as much as the invoice takes. With `left_cents`, what is left of the payment as you know it, the
    same sent twice is refused the second time."""

    invoice_id: Id
    cents: Cents | None = None
    left_cents: Cents | None = None


class ReasonOf(Given):
    reason: Reason


@bp.get("/payments")
@requires(P.VIEW)
@bp.input(PaymentQuery, location="query")
@bp.output(PaymentList)
@bp.doc(tags=[TAG], summary="Payments, the newest first", security="bearer", responses=failures(422))
def list_payments(query_data: PaymentQuery) -> Any:
    filters = {"shown": query_data.shown or "", "agency": str(query_data.agency_id or "")}
    query = queries.payments(current_principal(), filters)
    page = page_of(query, [Payment.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/payments")
@requires(P.RECEIVE)
@bp.input(PaymentGiven, arg_name="given")
@bp.output(PaymentDetail, status_code=201)
@bp.doc(
    tags=[TAG], summary="Take a payment", security="bearer", responses=failures(400, 404, 409, 413, 422)
)  # fmt: skip
def take_payment(given: PaymentGiven) -> Any:
    parts = None if given.parts is None else {one.invoice_id: one.cents for one in given.parts}
    if parts is not None and len(parts) != len(given.parts or ()):
        raise Invalid("An invoice stands there twice.", "Name each once.", "parts")
    told = services.Received(
        given.method, given.cents, given.received_on, idempotency_key() or secrets.token_urlsafe(16), given.reference,
        given.note, parts, keeps_rest=given.keeps_rest, is_another=given.is_another,
    )  # fmt: skip
    with unit_of_work():
        debtor = queries.visible_debtor(current_principal(), given.agency_id)
        row = services.take(debtor, told, current_principal(), clock.now())
    return _detail(row.id)


@bp.get("/payments/<int:payment_id>")
@requires(P.VIEW)
@bp.output(PaymentDetail)
@bp.doc(tags=[TAG], summary="A payment with its parts", security="bearer", responses=failures(404))
def show_payment(payment_id: int) -> Any:
    return _detail(payment_id)


@bp.post("/payments/<int:payment_id>/parts")
@requires(P.RECEIVE)
@bp.input(PutGiven, arg_name="given")
@bp.output(PaymentDetail, status_code=201)
@bp.doc(
    tags=[TAG], summary="Put what is left to an invoice", security="bearer", responses=failures(400, 404, 409, 413, 422)
)  # fmt: skip
def put_payment(payment_id: int, given: PutGiven) -> Any:
    with unit_of_work():
        row = _to_change(payment_id)
        services.put_to(row, given.invoice_id, given.cents, current_principal(), clock.now(), given.left_cents)
    return _detail(payment_id)


@bp.post("/payments/<int:payment_id>/parts/<int:part_id>/return")
@requires(P.RECEIVE)
@bp.output(PaymentDetail)
@bp.doc(tags=[TAG], summary="Take a part back from its invoice", security="bearer", responses=failures(404, 409))
def return_part(payment_id: int, part_id: int) -> Any:
    with unit_of_work():
        part = queries.part_of(_to_change(payment_id), part_id)
        services.take_back(part, clock.now())
    return _detail(payment_id)


@bp.post("/payments/<int:payment_id>/reversal")
@requires(P.RECEIVE)
@bp.input(ReasonOf, arg_name="given")
@bp.output(PaymentDetail)
@bp.doc(
    tags=[TAG], summary="It did not hold: what it paid is open again", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def reverse_payment(payment_id: int, given: ReasonOf) -> Any:
    with unit_of_work():
        services.reverse(_to_change(payment_id), given.reason, current_principal(), clock.now())
    return _detail(payment_id)


def _to_change(payment_id: int) -> Payment:
    return queries.visible_payment(current_principal(), payment_id, P.RECEIVE)


def _detail(payment_id: int) -> Any:
    db.session.expire_all()
    return queries.visible_payment(current_principal(), payment_id)


# ------------------------------------------------------------------ a bank's list


class BankLineOut(Model):
    """`why` says how it was matched, or why it was not taken."""

    id: int
    position: int
    on: date
    cents: int
    words: str
    reference: str
    agency_id: int | None = Field(validation_alias="debtor_id")
    invoice_id: int | None
    why: str
    is_skipped: bool
    payment_id: int | None


class BankListOut(Model):
    id: int
    name: str
    at: datetime
    state: str


class BankListDetail(BankListOut):
    """`header` are the titles; `columns` say which is what by its place, from 0; `bad` lines cannot be read."""

    header: list[str]
    columns: dict[str, int]
    bad: list[str]
    lines: list[BankLineOut]


class BankLists(Paging):
    items: list[BankListOut]


Cell = Annotated[str, StringConstraints(max_length=300, pattern=PLAIN)]


class BankListGiven(Given):
    """The titles and the lines below them, as the bank's file has them."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)]
    header: Annotated[list[Cell], Field(min_length=2, max_length=100)]
    rows: Annotated[list[Annotated[list[Cell], Field(max_length=100)]], Field(max_length=bank_rules.MOST_LINES)]


class ColumnsGiven(Given):
    """Places of the columns, from 0."""

    day: Annotated[int, Field(ge=0, le=200)]
    amount: Annotated[int, Field(ge=0, le=200)]
    words: Annotated[int, Field(ge=0, le=200)] | None = None
    reference: Annotated[int, Field(ge=0, le=200)] | None = None


class ChoiceGiven(Given):
    """Whose it is; without an invoice it goes to what has been due longest."""

    agency_id: Id
    invoice_id: Id | None = None


class ExclusionGiven(Given):
    """False: it is taken in again."""

    is_out: bool


@bp.get("/bank-lists")
@requires(P.RECEIVE)
@bp.input(Listing, location="query")
@bp.output(BankLists)
@bp.doc(tags=[TAG], summary="Bank's lists, the newest first", security="bearer", responses=failures(422))
def list_bank_lists(query_data: Listing) -> Any:
    page = page_of(bank_pages.lists(), [BankImport.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/bank-lists")
@requires(P.RECEIVE)
@bp.input(BankListGiven, arg_name="given")
@bp.output(BankListDetail, status_code=201)
@bp.doc(
    tags=[TAG], summary="Bring a bank's list; nothing is paid yet", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def bring_bank_list(given: BankListGiven) -> Any:
    once = idempotency_key() or secrets.token_urlsafe(16)
    table = Table("", 1, given.header, [(line, cells) for line, cells in enumerate(given.rows, start=2)])
    with unit_of_work():
        row = banking.begin(bank_pages.own_lead(), given.name, table, current_principal(), once, clock.now())
    return _list(row.id)


@bp.get("/bank-lists/<int:bank_list_id>")
@requires(P.RECEIVE)
@bp.output(BankListDetail)
@bp.doc(
    tags=[TAG], summary="A list with its lines and how each was matched", security="bearer", responses=failures(404)
)
def show_bank_list(bank_list_id: int) -> Any:
    return _list(bank_list_id)


@bp.post("/bank-lists/<int:bank_list_id>/columns")
@requires(P.RECEIVE)
@bp.input(ColumnsGiven, arg_name="given")
@bp.output(BankListDetail)
@bp.doc(tags=[TAG], summary="Say which column is what", security="bearer", responses=failures(400, 404, 409, 413, 422))
def choose_columns(bank_list_id: int, given: ColumnsGiven) -> Any:
    with unit_of_work():
        row = bank_pages.visible_list(bank_list_id, lock=True)
        banking.read_by(row, given.model_dump(exclude_none=True), current_principal(), clock.now())
    return _list(bank_list_id)


@bp.post("/bank-lists/<int:bank_list_id>/lines/<int:bank_line_id>/choice")
@requires(P.RECEIVE)
@bp.input(ChoiceGiven, arg_name="given")
@bp.output(BankListDetail)
@bp.doc(tags=[TAG], summary="Say whose a line is", security="bearer", responses=failures(400, 404, 409, 413, 422))
def choose_line(bank_list_id: int, bank_line_id: int, given: ChoiceGiven) -> Any:
    with unit_of_work():
        row = bank_pages.visible_list(bank_list_id, lock=True)
        line = bank_pages.line_of(row, bank_line_id)
        debtor = queries.visible_debtor(current_principal(), given.agency_id)
        banking.choose(line, row, debtor, given.invoice_id, current_principal())
    return _list(bank_list_id)


@bp.post("/bank-lists/<int:bank_list_id>/lines/<int:bank_line_id>/exclusion")
@requires(P.RECEIVE)
@bp.input(ExclusionGiven, arg_name="given")
@bp.output(BankListDetail)
@bp.doc(
    tags=[TAG], summary="Leave a line out, or take it in again", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def exclude_line(bank_list_id: int, bank_line_id: int, given: ExclusionGiven) -> Any:
    with unit_of_work():
        row = bank_pages.visible_list(bank_list_id, lock=True)
        banking.leave_out(bank_pages.line_of(row, bank_line_id), row, current_principal(), is_out=given.is_out)
    return _list(bank_list_id)


@bp.post("/bank-lists/<int:bank_list_id>/payments")
@requires(P.RECEIVE)
@bp.output(BankListDetail, status_code=201)
@bp.doc(
    tags=[TAG], summary="Make payments of the lines that are ready", security="bearer", responses=failures(404, 409)
)
def take_bank_list(bank_list_id: int) -> Any:
    bank_pages.take_lines(bank_list_id)
    return _list(bank_list_id)


@bp.post("/bank-lists/<int:bank_list_id>/discarding")
@requires(P.RECEIVE)
@bp.output(BankListDetail)
@bp.doc(tags=[TAG], summary="Take nothing of it", security="bearer", responses=failures(404, 409))
def discard_bank_list(bank_list_id: int) -> Any:
    with unit_of_work():
        banking.discard(bank_pages.visible_list(bank_list_id, lock=True), clock.now())
    return _list(bank_list_id)


def _list(bank_list_id: int) -> dict[str, Any]:
    db.session.expire_all()
    row = bank_pages.visible_list(bank_list_id)
    bad = [f"Line {line}: {why}" for line, why in row.table.get("bad", [])]
    plain = {name: getattr(row, name) for name in ("id", "name", "at", "state", "columns")}
    return plain | {"header": row.table.get("header", []), "bad": bad, "lines": bank_pages.lines_of(row)}


# ------------------------------------------------------------------ what is overdue


class OwedOut(Model):
    """`due_at` is the instant that counts now, with more time where it was given; none: it has no due date."""

    id: int
    number: str
    agency_id: int
    due_on: date | None
    due_at: datetime | None
    is_overdue: bool
    open_cents: int
    licenses_suspended: int


class OwedList(Paging):
    items: list[OwedOut]


class OwedQuery(Listing):
    agency_id: Id | None = None
    shown: Annotated[str, Field(pattern="^all$")] | None = None


class RespiteOut(Model):
    id: int
    kind: RespiteKind
    last_day: date
    reason: str
    at: datetime
    ended_at: datetime | None


class OwedDetail(OwedOut):
    respites: list[RespiteOut]


class RespiteGiven(Given):
    """`extension`: more time to pay. `pause`: it stays due, but no license is suspended through `last_day`."""

    kind: RespiteKind
    last_day: date
    reason: Reason


@bp.get("/overdue")
@requires(P.VIEW)
@bp.input(OwedQuery, location="query")
@bp.output(OwedList)
@bp.doc(
    tags=[TAG], summary="Invoices not paid in time, the longest due first", security="bearer", responses=failures(422)
)
def list_overdue(query_data: OwedQuery) -> Any:
    principal = current_principal()
    filters = {"shown": query_data.shown or "", "agency": str(query_data.agency_id or "")}
    query = overdue.owed(principal, filters, local_day(clock.now(), principal.tz or "UTC"))
    page = page_of(query, [Invoice.due_on, Invoice.id], after=query_data.after or "", before="")
    return {"items": _owed(page.rows), "next": page.next}


@bp.get("/overdue/<int:invoice_id>")
@requires(P.VIEW)
@bp.output(OwedDetail)
@bp.doc(
    tags=[TAG], summary="What is open of an invoice, and the time given", security="bearer", responses=failures(404)
)
def show_overdue(invoice_id: int) -> Any:
    return _owed_detail(invoice_id)


@bp.post("/overdue/<int:invoice_id>/respites")
@requires(P.RESPITE)
@bp.input(RespiteGiven, arg_name="given")
@bp.output(OwedDetail, status_code=201)
@bp.doc(
    tags=[TAG], summary="Give time", security="bearer", responses=failures(400, 404, 409, 413, 422)
)  # fmt: skip
def give_respite(invoice_id: int, given: RespiteGiven) -> Any:
    once = idempotency_key() or secrets.token_urlsafe(16)
    asked = respites.Asked(given.kind, given.last_day, given.reason, once)
    with unit_of_work():
        row = overdue.visible_invoice(current_principal(), invoice_id, P.RESPITE)
        respites.give(row, asked, current_principal(), clock.now())
    return _owed_detail(invoice_id)


@bp.post("/overdue/<int:invoice_id>/respites/<int:respite_id>/end")
@requires(P.RESPITE)
@bp.output(OwedDetail)
@bp.doc(tags=[TAG], summary="End it before its day", security="bearer", responses=failures(404, 409))
def end_respite(invoice_id: int, respite_id: int) -> Any:
    with unit_of_work():
        row = overdue.visible_invoice(current_principal(), invoice_id, P.RESPITE)
        respites.end(overdue.respite_of(row, respite_id), clock.now())
    return _owed_detail(invoice_id)


def _owed_detail(invoice_id: int) -> dict[str, Any]:
    db.session.expire_all()
    row = overdue.visible_invoice(current_principal(), invoice_id)
    return _owed([row])[0] | {"respites": respites.respites_of(row)}


def _owed(rows: list[Invoice]) -> list[dict[str, Any]]:
    clocks, held = overdue.clocks_of(rows), overdue.held_counts(rows)
    return [
        {
            "id": row.id, "number": row.number, "agency_id": row.debtor_id, "due_on": row.due_on,
            "due_at": clocks[row.id].due_at if row.id in clocks else None,
            "is_overdue": row.id in clocks and clocks[row.id].is_missed, "open_cents": row.open_cents,
            "licenses_suspended": held.get(row.id, 0),
        }
        for row in rows
    ]  # fmt: skip
