"""Billing as files, through the API: invoices, receipts, statements, ages, and what an accountant takes away."""

from __future__ import annotations

from typing import Any, Literal

from api.blueprint import bp, failures
from api.books import Day
from api.schemas import Id, Model
from core import clock
from core.authz import current_principal, requires
from core.files.services import send
from core.people.models import CoC
from core.ui.viewer import viewer_zone
from licensing.access.ground import local_day
from licensing.billing.books import files
from licensing.billing.books import queries as books
from licensing.billing.invoices import printing
from licensing.billing.invoices.queries import visible_invoice
from licensing.billing.payments import queries as payments
from licensing.billing.payments import receipts
from licensing.billing.permissions import Permission as P

TAG = "Billing"
CSV, EXCEL = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"


def _told(summary: str, *kinds: str, failing: tuple[int, ...] = (404,)) -> dict[str, Any]:
    found = {"description": "The file.", "content": {kind: {} for kind in kinds}}
    return {
        "tags": [TAG], "summary": summary, "security": "bearer", "responses": {200: found, **failures(*failing)},
    }  # fmt: skip


class StatementFileQuery(Model):
    form: Literal["csv", "xlsx", "pdf"] = "csv"
    since: Day | None = None
    through: Day | None = None


class AgesFileQuery(Model):
    form: Literal["csv", "xlsx"] = "csv"
    coc_id: Id | None = None
    on: Day | None = None


class PeriodQuery(Model):
    """Without days: the fiscal year that is now."""

    coc_id: Id | None = None
    since: Day | None = None
    through: Day | None = None

    def place(self) -> tuple[CoC, tuple[Any, Any]]:
        coc = books.coc_of(current_principal(), str(self.coc_id or ""))
        year = books.year_at(coc, None, clock.now())
        return coc, (self.since or year.first, self.through or year.last)


class ExportQuery(PeriodQuery):
    what: Literal["invoices", "payments", "quickbooks-invoices", "quickbooks-credits", "quickbooks-payments"]
    form: Literal["csv", "xlsx"] = "csv"


@bp.get("/invoices/<int:invoice_id>/file")
@requires(P.VIEW)
@bp.doc(**_told("The invoice on paper", PDF, failing=(404, 409, 503)))
def invoice_file(invoice_id: int) -> Any:
    return send(printing.file_of(visible_invoice(current_principal(), invoice_id).id))


@bp.get("/payments/<int:payment_id>/receipt")
@requires(P.VIEW)
@bp.doc(**_told("The receipt on paper", PDF))
def receipt_file(payment_id: int) -> Any:
    row = payments.visible_payment(current_principal(), payment_id)
    return receipts.file_of(row, payments.parts_of(row))


@bp.get("/statements/<int:agency_id>/file")
@requires(P.VIEW)
@bp.input(StatementFileQuery, location="query")
@bp.doc(**_told("An agency's statement", CSV, EXCEL, PDF, failing=(404, 422)))
def statement_file(agency_id: int, query_data: StatementFileQuery) -> Any:
    debtor = payments.visible_debtor(current_principal(), agency_id, P.VIEW)
    return files.statement(debtor, query_data.form, query_data.since, query_data.through, clock.now())


@bp.get("/ageing/file")
@requires(P.BOOKS)
@bp.input(AgesFileQuery, location="query")
@bp.doc(**_told("What is owed by how long it has been due", CSV, EXCEL, failing=(404, 422)))
def ageing_file(query_data: AgesFileQuery) -> Any:
    coc = books.coc_of(current_principal(), str(query_data.coc_id or ""))
    return files.ageing(coc, query_data.on or local_day(clock.now(), coc.tz), query_data.form, viewer_zone())


@bp.get("/books/file")
@requires(P.BOOKS)
@bp.input(ExportQuery, location="query")
@bp.doc(**_told("Invoices, credit notes or payments of a period", CSV, EXCEL, failing=(404, 422)))
def books_file(query_data: ExportQuery) -> Any:
    coc, period = query_data.place()
    return files.export(query_data.what, query_data.form, coc, period, viewer_zone())


@bp.get("/books/quickbooks")
@requires(P.BOOKS)
@bp.input(PeriodQuery, location="query")
@bp.doc(**_told("For QuickBooks Desktop (IIF)", "text/plain", failing=(404, 422)))
def quickbooks_file(query_data: PeriodQuery) -> Any:
    return files.quickbooks(*query_data.place())
