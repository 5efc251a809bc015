"""Contracts with outside parties, and the calendar of security reports, by API."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Model, NoClient, Paging, Said, Short
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.paging import page_of
from licensing.calendar import queries as calendar
from licensing.calendar import services as reports
from licensing.calendar.models import ReportDate
from licensing.calendar.permissions import Permission as Calendar
from licensing.calendar.services import Planned
from licensing.contracts import queries as contracts
from licensing.contracts import services as filing
from licensing.contracts.models import Contract
from licensing.contracts.permissions import Permission as Contracts
from licensing.contracts.services import Filed


class ContractOut(Model):
    id: int
    coc_id: int
    kind: str
    party: str
    about: str
    effective_on: date
    ends_on: date | None
    over_at: datetime | None


class ContractList(Paging):
    items: list[ContractOut]


class NewContract(Given):
    coc_id: Id
    kind: Short
    party: Short
    about: Annotated[str, Field(max_length=200, pattern=PLAIN), NoClient] = ""
    effective_on: date
    ends_on: date | None = None


class WhyOver(Given):
    reason: Said


class ReportDateOut(Model):
    id: int
    coc_id: int
    kind: str
    due_on: date
    months: int
    done_at: datetime | None
    evidence: str


class ReportDateList(Paging):
    items: list[ReportDateOut]


class NewReportDate(Given):
    coc_id: Id
    kind: Short
    due_on: date
    months: Annotated[int, Field(ge=0, le=reports.MOST_MONTHS)] = 0


class ReportMade(Given):
    evidence: Said


@bp.get("/contracts")
@requires(Contracts.VIEW)
@bp.input(Listing, location="query")
@bp.output(ContractList)
@bp.doc(tags=["Contracts"], summary="List contracts", security="bearer", responses=failures(422))
def list_contracts(query_data: Listing) -> Any:
    query = contracts.contracts(current_principal(), {"shown": "all"})
    page = page_of(query, [Contract.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/contracts")
@requires(Contracts.KEEP)
@bp.input(NewContract, arg_name="given")
@bp.output(ContractOut, status_code=201)
@bp.doc(
    tags=["Contracts"], summary="Put an agreement with a party on file", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def file_contract(given: NewContract) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    told = Filed(given.kind, given.party, given.effective_on, given.ends_on, once, given.about)
    with unit_of_work():
        coc = found(next((one for one in contracts.cocs(principal) if one.id == given.coc_id), None))
        return filing.put_on_file(coc, told, principal, clock.now())


@bp.post("/contracts/<int:contract_id>/end")
@requires(Contracts.KEEP)
@bp.input(WhyOver, arg_name="given")
@bp.output(ContractOut)
@bp.doc(tags=["Contracts"], summary="It is over", security="bearer", responses=failures(400, 404, 409, 413, 422))
def end_contract(contract_id: int, given: WhyOver) -> Any:
    with unit_of_work():
        row = contracts.visible_contract(current_principal(), contract_id, lock=True)
        filing.end(row, given.reason, clock.now())
    return row


@bp.get("/report-dates")
@requires(Calendar.VIEW)
@bp.input(Listing, location="query")
@bp.output(ReportDateList)
@bp.doc(
    tags=["Report calendar"], summary="The security reports by their day", security="bearer", responses=failures(422)
)
def list_report_dates(query_data: Listing) -> Any:
    query = calendar.dates(current_principal(), {"shown": "all"})
    page = page_of(query, [ReportDate.due_on, ReportDate.id], after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/report-dates")
@requires(Calendar.KEEP)
@bp.input(NewReportDate, arg_name="given")
@bp.output(ReportDateOut, status_code=201)
@bp.doc(
    tags=["Report calendar"], summary="Put a report on the calendar", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def plan_report(given: NewReportDate) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        coc = found(next((one for one in calendar.cocs(principal) if one.id == given.coc_id), None))
        return reports.plan(coc, Planned(given.kind, given.due_on, given.months, once), principal, clock.now())


@bp.post("/report-dates/<int:report_date_id>/done")
@requires(Calendar.KEEP)
@bp.input(ReportMade, arg_name="given")
@bp.output(ReportDateOut)
@bp.doc(
    tags=["Report calendar"], summary="The report was made", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def report_made(report_date_id: int, given: ReportMade) -> Any:
    with unit_of_work():
        row = calendar.visible_date(current_principal(), report_date_id, lock=True)
        reports.done(row, given.evidence, None, current_principal(), clock.now())
    return row
