"""The books: by API."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.blueprint import bp, failures, idempotency_key
from api.payments import Cents, Reason
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.paging import page_of
from core.people.models import Agency, CoC
from licensing.access.ground import local_day
from licensing.billing.books import queries, services
from licensing.billing.books.models import EntryKind, Expense, LedgerEntry
from licensing.billing.books.rules import BUCKETS
from licensing.billing.overdue.queries import visible_invoice
from licensing.billing.payments.queries import visible_debtor, visible_payment
from licensing.billing.permissions import Permission as P

TAG = "Billing"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=PLAIN)]
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2200, 1, 1))]


class SumsOut(Model):
    """`balance_cents`: received less spent."""

    invoiced_cents: int
    received_cents: int
    spent_cents: int
    balance_cents: int


class FundOut(SumsOut):
    fund: str


class MonthOut(SumsOut):
    month: date


class AgainstOut(Model):
    """`difference_cents` above zero: more came in, or less was spent, than planned."""

    side: str
    line: str
    fund: str
    planned_cents: int
    actual_cents: int
    difference_cents: int


class BooksOut(SumsOut):
    coc_id: int
    first_day: date
    last_day: date
    owed_today_cents: int
    funds: list[FundOut]
    months: list[MonthOut]
    budget: list[AgainstOut]


class BooksQuery(Model):
    """`on` is any day of the fiscal year."""

    coc_id: Id | None = None
    on: Day | None = None


class ExpenseOut(Model):
    id: int
    coc_id: int
    on: date
    cents: int
    words: str
    line: str
    fund: str
    contract_id: int | None
    at: datetime
    void_at: datetime | None
    void_why: str


class ExpenseList(Paging):
    items: list[ExpenseOut]


class ExpenseQuery(Listing):
    coc_id: Id | None = None
    on: Day | None = None
    shown: Annotated[str, Field(pattern="^all$")] | None = None


class ExpenseGiven(Given):
    coc_id: Id
    on: date
    cents: Cents
    words: Name
    line: Name
    fund: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=PLAIN)] = ""
    contract_id: Id | None = None


class ReasonGivenHere(Given):
    reason: Reason


class PlanGiven(Given):
    """`on` is any day of the fiscal year, today if none is given. Nothing planned takes the line out."""

    coc_id: Id
    on: Day | None = None
    side: Literal["income", "spending"]
    line: Name
    fund: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=PLAIN)] = ""
    cents: Cents


class StatementLineOut(Model):
    """`cents` above zero: owed more by it."""

    on: date
    kind: EntryKind
    words: str
    cents: int
    balance_cents: int
    invoice_id: int | None
    payment_id: int | None


class StatementOut(Paging):
    agency_id: int
    before_cents: int
    items: list[StatementLineOut]


class StatementQuery(Listing):
    since: Day | None = None
    through: Day | None = None


class AgeOut(Model):
    agency_id: int
    name: str
    buckets: dict[str, int]
    owed_cents: int


class AgesOut(Paging):
    """Cents by days past the due date, as of the end of `on`."""

    on: date
    owed_cents: int
    prepaid_cents: int
    items: list[AgeOut]


class AgesQuery(Listing):
    coc_id: Id | None = None
    on: Day | None = None


class MoveOut(Model):
    at: datetime
    words: str
    who: str
    cents: int
    after_cents: int


class MovesOut(Model):
    items: list[MoveOut]


def _coc(number: int | None) -> CoC:
    return queries.coc_of(current_principal(), str(number or ""))


@bp.get("/books")
@requires(P.BOOKS)
@bp.input(BooksQuery, location="query")
@bp.output(BooksOut)
@bp.doc(
    tags=[TAG], summary="Revenue, expenditure, balance and budget of a fiscal year", security="bearer",
    responses=failures(404, 422),
)  # fmt: skip
def show_books(query_data: BooksQuery) -> Any:
    return _books(_coc(query_data.coc_id), query_data.on)


def _books(coc: CoC, on: date | None) -> dict[str, Any]:
    year = queries.year_at(coc, on, clock.now())
    told = queries.books(coc, year)
    budget = [
        {
            "side": "income" if one.is_income else "spending", "line": one.line, "fund": one.fund,
            "planned_cents": one.planned, "actual_cents": one.actual, "difference_cents": one.difference,
        }
        for one in queries.budget(coc, year, told)
    ]  # fmt: skip
    return _sums(told.whole) | {
        "coc_id": coc.id,
        "first_day": year.first,
        "last_day": year.last,
        "owed_today_cents": queries.ledger_total(coc, local_day(clock.now(), coc.tz)),
        "funds": [_sums(sums) | {"fund": fund} for fund, sums in sorted(told.by_fund.items())],
        "months": [_sums(sums) | {"month": month} for month, sums in sorted(told.by_month.items())],
        "budget": budget,
    }


def _sums(one: Any) -> dict[str, Any]:
    return {f"{name}_cents": getattr(one, name) for name in ("invoiced", "received", "spent", "balance")}


@bp.post("/budget-lines")
@requires(P.BOOKS)
@bp.input(PlanGiven, arg_name="given")
@bp.output(BooksOut)
@bp.doc(tags=[TAG], summary="Plan a line of the budget", security="bearer", responses=failures(400, 404, 413, 422))
def plan_line(given: PlanGiven) -> Any:
    coc, now = _coc(given.coc_id), clock.now()
    first = queries.year_at(coc, given.on, now).first
    with unit_of_work():
        told = services.Plan(given.side == "income", given.line, given.fund, given.cents)
        services.plan(coc, first, told, current_principal(), now)
    return _books(coc, given.on)


@bp.get("/expenses")
@requires(P.BOOKS)
@bp.input(ExpenseQuery, location="query")
@bp.output(ExpenseList)
@bp.doc(tags=[TAG], summary="Expenses of a fiscal year", security="bearer", responses=failures(404, 422))
def list_expenses(query_data: ExpenseQuery) -> Any:
    coc = _coc(query_data.coc_id)
    query = queries.expenses(coc, queries.year_at(coc, query_data.on, clock.now()), with_void=query_data.shown == "all")
    page = page_of(query, [Expense.on, Expense.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/expenses")
@requires(P.BOOKS)
@bp.input(ExpenseGiven, arg_name="given")
@bp.output(ExpenseOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Enter an expense", security="bearer", responses=failures(400, 404, 409, 413, 422)
)  # fmt: skip
def enter_expense(given: ExpenseGiven) -> Any:
    once = idempotency_key() or secrets.token_urlsafe(16)
    told = services.Spent(given.on, given.cents, given.words, given.line, given.fund, once, given.contract_id)
    with unit_of_work():
        return services.spend(_coc(given.coc_id), told, current_principal(), clock.now())


@bp.post("/expenses/<int:expense_id>/removal")
@requires(P.BOOKS)
@bp.input(ReasonGivenHere, arg_name="given")
@bp.output(ExpenseOut)
@bp.doc(
    tags=[TAG], summary="Take an expense out; its row stays, with the reason", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def remove_expense(expense_id: int, given: ReasonGivenHere) -> Any:
    with unit_of_work():
        row = queries.expense_of([one.id for one in queries.cocs(current_principal())], expense_id)
        services.take_out(row, given.reason, clock.now())
    return row


@bp.get("/statements/<int:agency_id>")
@requires(P.VIEW)
@bp.input(StatementQuery, location="query")
@bp.output(StatementOut)
@bp.doc(tags=[TAG], summary="What an agency owes, entry by entry", security="bearer", responses=failures(404, 422))
def show_statement(agency_id: int, query_data: StatementQuery) -> Any:
    debtor = visible_debtor(current_principal(), agency_id, P.VIEW)
    query = queries.entries(debtor.id, query_data.since, query_data.through)
    page = page_of(query, [LedgerEntry.on, LedgerEntry.id], after=query_data.after or "", before="")
    before = (
        queries.balance_before(debtor.id, page.rows[0])
        if page.rows
        else queries.balance_on(debtor.id, query_data.through)
    )
    items = [
        {
            "on": one.entry.on, "kind": one.entry.kind, "words": one.words, "cents": one.entry.cents,
            "balance_cents": one.balance, "invoice_id": one.entry.invoice_id, "payment_id": one.entry.payment_id,
        }
        for one in queries.running(page.rows, before)
    ]  # fmt: skip
    return {"agency_id": debtor.id, "before_cents": before, "items": items, "next": page.next}


@bp.get("/ageing")
@requires(P.BOOKS)
@bp.input(AgesQuery, location="query")
@bp.output(AgesOut)
@bp.doc(tags=[TAG], summary="Debts by how long they have been due", security="bearer", responses=failures(404, 422))
def show_ages(query_data: AgesQuery) -> Any:
    coc = _coc(query_data.coc_id)
    on = query_data.on or local_day(clock.now(), coc.tz)
    page = page_of(queries.debtors_on(coc, on), [Agency.name, Agency.id], after=query_data.after or "", before="")
    aged, owed = queries.aged(coc, on, page.rows), sum(sum(row.values()) for row in queries.aged(coc, on).values())
    items = [
        {
            "agency_id": one.id, "name": one.name, "buckets": {name: aged[one.id][name] for name in BUCKETS},
            "owed_cents": sum(aged[one.id].values()),
        }
        for one in page.rows
    ]  # fmt: skip
    prepaid = owed - queries.ledger_total(coc, on)
    return {"on": on, "owed_cents": owed, "prepaid_cents": prepaid, "items": items, "next": page.next}


@bp.get("/overdue/<int:invoice_id>/moves")
@requires(P.VIEW)
@bp.output(MovesOut)
@bp.doc(tags=[TAG], summary="Every cent of an invoice", security="bearer", responses=failures(404))
def moves_of_invoice(invoice_id: int) -> Any:
    return _moves(queries.of_invoice(visible_invoice(current_principal(), invoice_id)))


@bp.get("/payments/<int:payment_id>/moves")
@requires(P.VIEW)
@bp.output(MovesOut)
@bp.doc(tags=[TAG], summary="Every cent of a payment", security="bearer", responses=failures(404))
def moves_of_payment(payment_id: int) -> Any:
    return _moves(queries.of_payment(visible_payment(current_principal(), payment_id)))


def _moves(told: list[queries.Move]) -> dict[str, Any]:
    items = [
        {"at": one.at, "words": one.words, "who": one.who, "cents": one.cents, "after_cents": one.after} for one in told
    ]
    return {"items": items}
