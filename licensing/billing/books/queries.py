"""Reading the books: statements, ages, figures, and what moved each cent. Rule: HUD-LI-2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, cast, func, literal, or_, select, tuple_
from sqlalchemy import Date as DateType
from sqlalchemy.orm import aliased, joinedload

from core.authz import Principal, found
from core.db import among, db
from core.money import dollars
from core.people.models import Agency, CoC, Person
from licensing.access.ground import local_day, policy_in_force
from licensing.billing.books.models import BudgetLine, EntryKind, Expense, LedgerEntry
from licensing.billing.books.rules import (
    BUCKETS,
    INCOME_OF,
    SEATS,
    SERVICES,
    Against,
    Books,
    Year,
    against,
    bucket_of,
    year_of,
)
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceState
from licensing.billing.payments.models import Payment, PaymentPart
from licensing.billing.permissions import Permission
from licensing.seats.models import SeatOrder, SeatType

Row = TypeVar("Row", Invoice, Payment)
WORDS = {
    EntryKind.INVOICE: "Invoice",
    EntryKind.CREDIT: "Credit note",
    EntryKind.PAYMENT: "Payment",
    EntryKind.REVERSAL: "Payment reversed",
}


def cocs(principal: Principal) -> list[CoC]:
    """Whose books this person sees."""
    scope = principal.scope(Permission.BOOKS)
    query = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids)))
    return list(db.session.scalars(query.options(joinedload(CoC.lead)).order_by(CoC.code)))


def coc_of(principal: Principal, wanted: str) -> CoC:
    """The one asked for, or the first there is; another's is not there."""
    there = cocs(principal)
    named = [one for one in there if str(one.id) == wanted] if wanted else there
    row: CoC = found(named[0] if named else None)
    return row


def year_at(coc: CoC, day: date | None, at: datetime) -> Year:
    return year_of(policy_in_force(coc, at), day or local_day(at, coc.tz))


# ------------------------------------------------------------------ statements


def entries(debtor_id: int, first: date | None, last: date | None) -> Select[LedgerEntry]:
    query = select(LedgerEntry).where(LedgerEntry.debtor_id == debtor_id)
    if first:
        query = query.where(LedgerEntry.on >= first)
    return query.where(LedgerEntry.on <= last) if last else query


def balance_before(debtor_id: int, row: LedgerEntry) -> int:
    before = tuple_(LedgerEntry.on, LedgerEntry.id) < tuple_(literal(row.on, DateType), literal(row.id))
    query = select(func.sum(LedgerEntry.cents)).where(LedgerEntry.debtor_id == debtor_id, before)
    return int(db.session.scalar(query) or 0)


def balance_on(debtor_id: int, day: date | None) -> int:
    """What was owed at the end of that day."""
    query = select(func.sum(LedgerEntry.cents)).where(LedgerEntry.debtor_id == debtor_id)
    return int(db.session.scalar(query.where(LedgerEntry.on <= day) if day else query) or 0)


@dataclass(frozen=True)
class StatementLine:
    entry: LedgerEntry
    words: str
    balance: int
    url: str


def running(rows: Sequence[LedgerEntry], opening: int) -> list[StatementLine]:
    """Each with its number, and the balance after it; two statements for a page."""
    invoices = _by_id(Invoice, {row.invoice_id for row in rows if row.invoice_id})
    payments = _by_id(Payment, {row.payment_id for row in rows if row.payment_id})
    told = []
    for row in rows:
        opening += row.cents
        number, url = "", ""
        if row.invoice_id is not None:
            invoice = invoices[row.invoice_id]
            number, url = invoice.number, f"/books/invoices/{invoice.credits_id or invoice.id}"
        elif row.payment_id is not None:
            number, url = payments[row.payment_id].number, f"/payments/{row.payment_id}"
        told.append(StatementLine(row, f"{WORDS[row.kind]} {number}", opening, url))
    return told


def _by_id(model: type[Row], ids: set[int]) -> dict[int, Row]:
    key: Any = model.id
    return {row.id: row for row in db.session.scalars(select(model).where(among(key, ids)))} if ids else {}


def whole_statement(debtor_id: int, first: date | None, last: date | None) -> Iterator[StatementLine]:
    """Every line, read as it is written out."""
    opening = balance_on(debtor_id, first - timedelta(days=1)) if first else 0
    query = entries(debtor_id, first, last).order_by(LedgerEntry.on, LedgerEntry.id)
    rows = list(db.session.scalars(query))
    for start in range(0, len(rows), 500):
        part = running(rows[start : start + 500], opening)
        opening = part[-1].balance
        yield from part


# ------------------------------------------------------------------ ages


def end_of(day: date, coc: CoC) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(coc.tz)) + timedelta(days=1)


def _open_on(day: date, coc: CoC) -> ColumnElement[int]:
    """What was open of an invoice at the end of that day, by the days on which the ledger has its entries: what a
    payment paid when it was entered counts from the day it was received, what was put or taken back later from then."""
    over = end_of(day, coc)
    paid = select(func.coalesce(func.sum(PaymentPart.cents), 0)).join(Payment, Payment.id == PaymentPart.payment_id)
    paid_cents: ScalarSelect[int] = (
        paid.where(
            PaymentPart.invoice_id == Invoice.id, Payment.received_on <= day,
            or_(PaymentPart.at == Payment.at, PaymentPart.at < over),
            or_(PaymentPart.undone_at.is_(None), PaymentPart.undone_at >= over),
        )
        .correlate(Invoice)
        .scalar_subquery()
    )  # fmt: skip
    note = aliased(Invoice)
    credited: ScalarSelect[int] = (
        select(func.coalesce(func.sum(note.total_cents), 0))
        .where(note.credits_id == Invoice.id, note.state == InvoiceState.ISSUED, note.issued_on <= day)
        .correlate(Invoice)
        .scalar_subquery()
    )
    return Invoice.total_cents - paid_cents + credited


def _may_be_open(day: date, coc: CoC) -> ColumnElement[bool]:
    """Open now, or settled since that day."""
    over = end_of(day, coc)
    note = aliased(Invoice)
    part = select(PaymentPart.id).join(Payment, Payment.id == PaymentPart.payment_id)
    since = or_(Payment.received_on > day, PaymentPart.at >= over, PaymentPart.undone_at >= over)
    moved = part.where(PaymentPart.invoice_id == Invoice.id, since).correlate(Invoice).exists()
    noted = select(note.id).where(note.credits_id == Invoice.id, note.issued_on > day).correlate(Invoice).exists()
    return or_(Invoice.open_cents > 0, moved, noted)


def ages(coc: CoC, day: date) -> Select[int, date, int]:
    """debtor_id, the day from which its age counts, cents; one row for each invoice that was open."""
    open_cents = _open_on(day, coc).label("cents")
    query = select(
        Invoice.debtor_id, func.coalesce(Invoice.due_on, Invoice.issued_on).label("due_on"), open_cents
    ).where(
        Invoice.coc_id == coc.id, Invoice.state == InvoiceState.ISSUED, Invoice.kind != InvoiceKind.CREDIT,
        Invoice.issued_on <= day, _may_be_open(day, coc),
    )  # fmt: skip
    told = query.subquery()
    return select(told.c.debtor_id, told.c.due_on, told.c.cents).where(told.c.cents != 0)


def debtors_on(coc: CoC, day: date) -> Select[Agency]:
    owing = ages(coc, day).subquery()
    return select(Agency).where(Agency.id.in_(select(owing.c.debtor_id)))


def aged(coc: CoC, day: date, agencies: Sequence[Agency] | None = None) -> dict[int, dict[str, int]]:
    """By debtor, cents in each bucket; of all, or of these."""
    query = ages(coc, day)
    if agencies is not None:
        query = query.where(among(query.selected_columns.debtor_id, [one.id for one in agencies]))
    told: dict[int, dict[str, int]] = {}
    for debtor_id, due_on, cents in db.session.execute(query):
        row = told.setdefault(debtor_id, dict.fromkeys(BUCKETS, 0))
        row[bucket_of(due_on, day)] += int(cents)
    return told


def ledger_total(coc: CoC, day: date) -> int:
    query = select(func.sum(LedgerEntry.cents)).where(LedgerEntry.coc_id == coc.id, LedgerEntry.on <= day)
    return int(db.session.scalar(query) or 0)


# ------------------------------------------------------------------ figures


def books(coc: CoC, year: Year) -> Books:
    """What came in and went out in a fiscal year, by month and by fund (HUD-LI-2), in five statements."""
    told = Books()
    for month in year.months:
        told.by_month[month] = type(told.whole)()
    for line, fund, month, cents in db.session.execute(_invoiced(coc, year)):
        told.add("invoiced", int(cents), fund, month, INCOME_OF.get(line, SERVICES))
    for query in (_received(coc, year), _left(coc, year)):
        for fund, month, cents in db.session.execute(query):
            told.add("received", int(cents), fund, month)
    for month, cents in db.session.execute(_seats(coc, year)):
        told.add("spent", int(cents), "", month, SEATS)
    for line, fund, month, cents in db.session.execute(_expenses(coc, year)):
        told.add("spent", int(cents), fund, month, line)
    return told


def _month(column: ColumnElement[date] | object) -> ColumnElement[date]:
    return cast(func.date_trunc("month", column), DateType)


def _invoiced(coc: CoC, year: Year) -> Select[str, str, date, int]:
    """A credit note takes from the line of what it credits."""
    credited, month = aliased(Invoice), _month(LedgerEntry.on)
    kind = case((Invoice.credits_id.is_not(None), credited.kind), else_=Invoice.kind)
    query = select(kind, LedgerEntry.fund, month, func.sum(LedgerEntry.cents)).join(
        Invoice, Invoice.id == LedgerEntry.invoice_id
    )
    query = query.outerjoin(credited, credited.id == Invoice.credits_id)
    return query.where(LedgerEntry.coc_id == coc.id, LedgerEntry.on.between(year.first, year.last)).group_by(
        kind, LedgerEntry.fund, month
    )


def _held(coc: CoC, year: Year) -> tuple[ColumnElement[bool], ...]:
    """Payments of the year that were not reversed."""
    return (
        Payment.coc_id == coc.id, Payment.received_on.between(year.first, year.last), Payment.reversed_at.is_(None)
    )  # fmt: skip


def _received(coc: CoC, year: Year) -> Select[str, date, int]:
    month = _month(Payment.received_on)
    query = select(Invoice.fund, month, func.sum(PaymentPart.cents)).join(Payment, Payment.id == PaymentPart.payment_id)
    query = query.join(Invoice, Invoice.id == PaymentPart.invoice_id)
    return query.where(*_held(coc, year), PaymentPart.undone_at.is_(None)).group_by(Invoice.fund, month)


def _left(coc: CoC, year: Year) -> Select[str, date, int]:
    """What no invoice has taken yet is of no fund."""
    month = _month(Payment.received_on)
    query = select(literal(""), month, func.sum(Payment.left_cents)).where(*_held(coc, year), Payment.left_cents > 0)
    return query.group_by(month)


def _seats(coc: CoC, year: Year) -> Select[date, int]:
    month = _month(SeatOrder.ordered_on)
    query = select(month, func.sum(SeatOrder.count * SeatOrder.cents)).join(SeatType, SeatType.id == SeatOrder.type_id)
    return query.where(
        SeatType.coc_id == coc.id, SeatOrder.cancelled_at.is_(None),
        SeatOrder.ordered_on.between(year.first, year.last),
    ).group_by(month)  # fmt: skip


def _expenses(coc: CoC, year: Year) -> Select[str, str, date, int]:
    month = _month(Expense.on)
    query = select(Expense.line, Expense.fund, month, func.sum(Expense.cents)).where(
        Expense.coc_id == coc.id, Expense.on.between(year.first, year.last), Expense.void_at.is_(None)
    )
    return query.group_by(Expense.line, Expense.fund, month)


def budget(coc: CoC, year: Year, told: Books) -> list[Against]:
    query = select(BudgetLine.id, BudgetLine.is_income, BudgetLine.line, BudgetLine.fund, BudgetLine.cents).where(
        BudgetLine.coc_id == coc.id, BudgetLine.first_day == year.first
    )
    return against([(n, i, line, fund, cents) for n, i, line, fund, cents in db.session.execute(query)], told)


def expenses(coc: CoC, year: Year, *, with_void: bool) -> Select[Expense]:
    query = select(Expense).where(Expense.coc_id == coc.id, Expense.on.between(year.first, year.last))
    query = query if with_void else query.where(Expense.void_at.is_(None))
    return query.options(joinedload(Expense.by))


def expense_of(coc_ids: Sequence[int], expense_id: int) -> Expense:
    query = select(Expense).where(Expense.id == expense_id, Expense.coc_id.in_(coc_ids)).with_for_update(of=Expense)
    row: Expense = found(db.session.scalar(query))
    return row


# ------------------------------------------------------------------ each cent


@dataclass(frozen=True)
class Move:
    """What moved so many cents, who did it, and how much was open (or left) afterwards."""

    at: datetime
    words: str
    who: str
    cents: int
    after: int
    url: str = ""


def of_invoice(row: Invoice) -> list[Move]:
    """From the first cent to the last: issued, paid, taken back, credited."""
    assert row.issued_at is not None, "only what was issued moved anything"
    told: list[tuple[datetime, int, str, int | None, int, str]] = [
        (row.issued_at, 0, f"Issued: {dollars(row.total_cents)}", row.by_id, row.total_cents, "")
    ]
    query = select(PaymentPart, Payment).join(Payment, Payment.id == PaymentPart.payment_id)
    for part, payment in db.session.execute(query.where(PaymentPart.invoice_id == row.id).order_by(PaymentPart.id)):
        url = f"/payments/{payment.id}"
        how = "paid ahead" if part.by_id is None else "received"
        words = f"Paid from {payment.number}, {how} on {payment.received_on:%m/%d/%Y}"
        told.append((part.at, part.id, words, part.by_id, -part.cents, url))
        if part.undone_at:
            why = f": {payment.reversed_why}" if payment.reversed_at == part.undone_at else ""
            by = payment.reversed_by_id if payment.reversed_at == part.undone_at else None
            told.append((part.undone_at, part.id, f"Taken back to {payment.number}{why}", by, part.cents, url))
    notes = select(Invoice).where(Invoice.credits_id == row.id, Invoice.state == InvoiceState.ISSUED)
    for note in db.session.scalars(notes.order_by(Invoice.id)):
        assert note.issued_at is not None, "it is issued"
        told.append((note.issued_at, 2**62, f"Credited by {note.number}", note.by_id, note.total_cents, ""))
    return _moves(told)


def of_payment(row: Payment) -> list[Move]:
    told: list[tuple[datetime, int, str, int | None, int, str]] = [
        (row.at, 0, f"Received: {dollars(row.cents)}", row.by_id, row.cents, "")
    ]
    query = select(PaymentPart, Invoice).join(Invoice, Invoice.id == PaymentPart.invoice_id)
    for part, invoice in db.session.execute(query.where(PaymentPart.payment_id == row.id).order_by(PaymentPart.id)):
        url = f"/books/invoices/{invoice.id}"
        told.append((part.at, part.id, f"Put to {invoice.number}", part.by_id, -part.cents, url))
        if part.undone_at:
            told.append((part.undone_at, part.id, f"Taken back from {invoice.number}", None, part.cents, url))
    left = sum(cents for *_, cents, _ in told)
    if row.reversed_at:
        told.append((row.reversed_at, 2**62, f"Reversed: {row.reversed_why}", row.reversed_by_id, -left, ""))
    return _moves(told)


def _moves(told: list[tuple[datetime, int, str, int | None, int, str]]) -> list[Move]:
    people = {one for _, _, _, one, _, _ in told if one is not None}
    found_people = db.session.execute(select(Person.id, Person.name).where(among(Person.id, people)))
    names = {number: name for number, name in found_people}  # noqa: C416 - rows, not pairs
    after, moves = 0, []
    for at, _, words, by, cents, url in sorted(told, key=lambda one: one[:2]):
        after += cents
        moves.append(Move(at, words, names.get(by, "") if by else "By itself", cents, after, url))
    return moves
