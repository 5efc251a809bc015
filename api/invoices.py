"""Invoices, credit notes and yearly runs through the API. Amounts are whole cents."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging, Short
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.money import MOST_CENTS
from core.paging import page_of
from licensing.access.ground import local_day
from licensing.billing.fees.queries import agency_to_bill, cocs
from licensing.billing.invoices import crediting, queries, running, services
from licensing.billing.invoices.crediting import Cause
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceRun, InvoiceState, RunState
from licensing.billing.invoices.services import Service
from licensing.billing.permissions import Permission as P

TAG = "Invoices"
Fund = Annotated[str, Field(max_length=40, pattern=PLAIN)]


class InvoiceLineOut(Model):
    """`why` prints each step of the arithmetic."""

    id: int
    position: int
    basis: str
    words: str
    quantity: int
    unit_cents: int
    cents: int
    why: list[str]
    rule: str
    credits_line_id: int | None


class InvoiceOut(Model):
    """`total_cents` = `paid_cents` + `credited_cents` + `open_cents`; a credit note's are below zero."""

    id: int
    number: str
    kind: InvoiceKind
    state: InvoiceState
    agency_id: int
    debtor_id: int
    run_id: int | None
    credits_id: int | None
    payer_name: str
    purchase_order: str
    fund: str
    first_day: date
    last_day: date
    issued_on: date | None
    due_on: date | None
    total_cents: int
    paid_cents: int
    credited_cents: int
    open_cents: int


class InvoiceDetail(InvoiceOut):
    note: str
    due: dict[str, Any] | None
    lines: list[InvoiceLineOut]


class InvoiceList(Paging):
    items: list[InvoiceOut]


class InvoiceQuery(Listing):
    shown: Annotated[str, Field(pattern="^(overdue|open|settled|credit|drafts|all)?$")] = ""
    agency_id: Id | None = None
    year: Annotated[int, Field(ge=1990, le=2200)] | None = None


class DraftsOut(Model):
    items: list[InvoiceDetail]


class CountedLineOut(Model):
    basis: str
    words: str
    quantity: int
    unit_cents: int
    cents: int
    why: list[str]
    rule: str


class UnbilledDraftOut(Model):
    debtor_id: int
    payer_name: str
    total_cents: int
    lines: list[CountedLineOut]


class UnbilledOut(Model):
    """`is_whole`: all that the schedule asks, since the year's run passed the agency by; else licenses alone."""

    first_day: date
    last_day: date
    is_whole: bool
    items: list[UnbilledDraftOut]


class RunDraftsQuery(Listing):
    figures: Annotated[str, Field(pattern="^(missing)?$")] = ""


class RunDraftOut(Model):
    """Beside what the invoice's agency was billed by the run before, in all its invoices."""

    invoice: InvoiceOut
    agency_cents: int
    before_cents: int
    difference_cents: int
    lacks_figures: bool


class RunDraftList(Paging):
    items: list[RunDraftOut]


class LicensesBilled(Given):
    fund: Fund = ""


class ServiceGiven(Given):
    """`kind` is a word of the manual's list, or `other`."""

    kind: Short
    words: Annotated[str, Field(max_length=200, pattern=PLAIN)] = ""
    quantity: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 1
    unit_cents: Annotated[int, Field(ge=-MOST_CENTS, le=MOST_CENTS)]


class ServicesBilled(Given):
    lines: Annotated[list[ServiceGiven], Field(max_length=50)]
    note: Annotated[str, Field(max_length=2000, pattern=PLAIN)] = ""
    fund: Fund = ""


class CreditedLine(Given):
    line_id: Id
    cents: Annotated[int, Field(ge=-MOST_CENTS, le=MOST_CENTS)]


class CreditGiven(Given):
    lines: Annotated[list[CreditedLine], Field(max_length=200)]
    cause: Cause
    reason: Short


class VoidGiven(Given):
    reason: Short


class RunGiven(Given):
    coc_id: Id
    year: Annotated[int, Field(ge=1990, le=2200)]
    fund: Fund = ""


class InvoiceRunOut(Model):
    id: int
    coc_id: int
    fund: str
    first_day: date
    last_day: date
    state: RunState
    drafts: int
    drafted_cents: int
    lacking: int
    issued: int
    issued_cents: int
    done_at: datetime | None


class InvoiceRunList(Paging):
    items: list[InvoiceRunOut]


@bp.get("/invoices")
@requires(P.VIEW)
@bp.input(InvoiceQuery, location="query")
@bp.output(InvoiceList)
@bp.doc(
    tags=[TAG], summary="The invoices that you may see, the newest first", security="bearer", responses=failures(422)
)
def list_invoices(query_data: InvoiceQuery) -> Any:
    principal = current_principal()
    filters = {"shown": query_data.shown, "agency": str(query_data.agency_id or ""), "year": str(query_data.year or "")}
    query = queries.invoices(principal, filters, local_day(clock.now(), principal.tz or "UTC"))
    page = page_of(query, [Invoice.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/invoices/<int:invoice_id>")
@requires(P.VIEW)
@bp.output(InvoiceDetail)
@bp.doc(tags=[TAG], summary="An invoice with its lines", security="bearer", responses=failures(404))
def show_invoice(invoice_id: int) -> Any:
    return queries.visible_invoice(current_principal(), invoice_id)


@bp.post("/invoices/<int:invoice_id>/issue")
@requires(P.INVOICE)
@bp.output(InvoiceDetail)
@bp.doc(tags=[TAG], summary="Issue a single draft", security="bearer", responses=failures(404, 409))
def issue_invoice(invoice_id: int) -> Any:
    with unit_of_work():
        services.issue(_locked(invoice_id), clock.now())
    return queries.visible_invoice(current_principal(), invoice_id)


@bp.post("/invoices/<int:invoice_id>/drop")
@requires(P.INVOICE)
@bp.output(InvoiceDetail)
@bp.doc(tags=[TAG], summary="Drop a single draft", security="bearer", responses=failures(404, 409))
def drop_invoice(invoice_id: int) -> Any:
    with unit_of_work():
        services.drop(_locked(invoice_id))
    return queries.visible_invoice(current_principal(), invoice_id)


@bp.post("/invoices/<int:invoice_id>/credits")
@requires(P.INVOICE)
@bp.input(CreditGiven, arg_name="given")
@bp.output(InvoiceDetail, status_code=201)
@bp.doc(
    tags=[TAG], summary="Take something off its lines by a credit note", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def credit_invoice(invoice_id: int, given: CreditGiven) -> Any:
    once = idempotency_key() or secrets.token_urlsafe(16)
    told = {one.line_id: one.cents for one in given.lines}
    with unit_of_work():
        return crediting.credit(
            _locked(invoice_id), told, given.cause, given.reason, current_principal(), clock.now(), once
        )


@bp.post("/invoices/<int:invoice_id>/void")
@requires(P.INVOICE)
@bp.input(VoidGiven, arg_name="given")
@bp.output(InvoiceDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Credit it in full", security="bearer", responses=failures(400, 404, 409, 413, 422))
def void_invoice(invoice_id: int, given: VoidGiven) -> Any:
    once = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        return crediting.void(_locked(invoice_id), given.reason, current_principal(), clock.now(), once)


def _locked(invoice_id: int) -> Invoice:
    return queries.locked_invoice(current_principal(), invoice_id)


@bp.get("/agencies/<int:agency_id>/invoices/unbilled")
@requires(P.INVOICE)
@bp.output(UnbilledOut)
@bp.doc(tags=[TAG], summary="What a draft of an agency would be now", security="bearer", responses=failures(404))
def show_unbilled(agency_id: int) -> Any:
    found = services.unbilled(agency_to_bill(current_principal(), agency_id, P.INVOICE), clock.now())
    return {
        "first_day": found.year.first_day, "last_day": found.year.last_day, "is_whole": found.is_whole,
        "items": [
            {"debtor_id": one.debtor_id, "payer_name": one.payer_name, "total_cents": one.cents, "lines": one.lines}
            for one in found.drafts
        ],
    }  # fmt: skip


@bp.post("/agencies/<int:agency_id>/invoices/licenses")
@requires(P.INVOICE)
@bp.input(LicensesBilled, arg_name="given")
@bp.output(DraftsOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Drafts for licenses that no invoice of the year bills", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def bill_agency_licenses(agency_id: int, given: LicensesBilled) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        agency = agency_to_bill(principal, agency_id, P.INVOICE)
        rows = services.bill_licenses(agency, principal, clock.now(), once, given.fund)
    return {"items": rows}


@bp.post("/agencies/<int:agency_id>/invoices/services")
@requires(P.INVOICE)
@bp.input(ServicesBilled, arg_name="given")
@bp.output(DraftsOut, status_code=201)
@bp.doc(tags=[TAG], summary="A draft for services", security="bearer", responses=failures(400, 404, 409, 413, 422))
def bill_agency_services(agency_id: int, given: ServicesBilled) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    told = [Service(one.kind, one.words, one.quantity, one.unit_cents) for one in given.lines]
    with unit_of_work():
        agency = agency_to_bill(principal, agency_id, P.INVOICE)
        rows = services.bill_services(agency, told, principal, clock.now(), once, given.note, given.fund)
    return {"items": rows}


@bp.get("/invoice-runs")
@requires(P.INVOICE)
@bp.input(Listing, location="query")
@bp.output(InvoiceRunList)
@bp.doc(tags=[TAG], summary="The yearly runs, the newest first", security="bearer", responses=failures(422))
def list_invoice_runs(query_data: Listing) -> Any:
    query = queries.runs(current_principal())
    page = page_of(query, [InvoiceRun.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/invoice-runs")
@requires(P.INVOICE)
@bp.input(RunGiven, arg_name="given")
@bp.output(InvoiceRunOut, status_code=202)
@bp.doc(
    tags=[TAG], summary="Count the invoices of a billing year", description="By itself; look until it is ready.",
    security="bearer", responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def begin_invoice_run(given: RunGiven) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        coc = found(next((one for one in cocs(principal, P.INVOICE) if one.id == given.coc_id), None))
        return running.begin(coc, given.year, principal, clock.now(), once, given.fund)


@bp.get("/invoice-runs/<int:invoice_run_id>")
@requires(P.INVOICE)
@bp.output(InvoiceRunOut)
@bp.doc(tags=[TAG], summary="A run, and how far it is", security="bearer", responses=failures(404))
def show_invoice_run(invoice_run_id: int) -> Any:
    return queries.visible_run(current_principal(), invoice_run_id)


@bp.get("/invoice-runs/<int:invoice_run_id>/drafts")
@requires(P.INVOICE)
@bp.input(RunDraftsQuery, location="query")
@bp.output(RunDraftList)
@bp.doc(
    tags=[TAG], summary="A run's invoices, each beside the year before", security="bearer", responses=failures(404, 422)
)  # fmt: skip
def list_run_drafts(invoice_run_id: int, query_data: RunDraftsQuery) -> Any:
    row = queries.visible_run(current_principal(), invoice_run_id)
    query = queries.drafts_of(row, only_lacking=query_data.figures == "missing")
    page = page_of(query, [Invoice.id], after=query_data.after or "", before="")
    items = [
        {
            "invoice": one.invoice, "agency_cents": one.cents, "before_cents": one.before,
            "difference_cents": one.difference, "lacks_figures": one.is_incomplete,
        }
        for one in queries.compared(page.rows, running.run_before(row))
    ]  # fmt: skip
    return {"items": items, "next": page.next}


@bp.post("/invoice-runs/<int:invoice_run_id>/issue")
@requires(P.INVOICE)
@bp.output(InvoiceRunOut, status_code=202)
@bp.doc(tags=[TAG], summary="Issue what was counted", security="bearer", responses=failures(404, 409))
def issue_invoice_run(invoice_run_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_run(current_principal(), invoice_run_id, lock=True)
        running.issue(row, current_principal(), clock.now())
    return row


@bp.post("/invoice-runs/<int:invoice_run_id>/drop")
@requires(P.INVOICE)
@bp.output(InvoiceRunOut)
@bp.doc(tags=[TAG], summary="Drop a run that was not issued", security="bearer", responses=failures(404, 409))
def drop_invoice_run(invoice_run_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_run(current_principal(), invoice_run_id, lock=True)
        running.drop(row, clock.now())
    return row
