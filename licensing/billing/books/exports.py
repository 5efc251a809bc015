"""Invoices and payments of a period to take away: CSV, Excel, QuickBooks Online and Desktop.

Nothing in a file runs: `core.sheets` makes text of what a spreadsheet would compute, and IIF gets the same here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from core.db import db
from core.people.models import CoC
from core.sheets import RUNS
from licensing.billing.books.models import EntryKind, LedgerEntry
from licensing.billing.invoices.models import Invoice, InvoiceKind
from licensing.billing.payments.forms import METHODS
from licensing.billing.payments.models import Payment, PaymentPart

WHAT = {
    "invoices": "Invoices and credit notes",
    "payments": "Payments",
    "quickbooks-invoices": "QuickBooks Online: invoices",
    "quickbooks-credits": "QuickBooks Online: credit notes",
    "quickbooks-payments": "QuickBooks Online: payments",
}
INVOICES = (
    "Number", "Kind", "Agency", "Billed to", "Issued", "Due", "Fund", "Purchase order", "Total", "Paid", "Credited",
    "Open",
)  # fmt: skip
PAYMENTS = ("Receipt", "Agency", "Received", "How", "Reference", "Amount", "Left", "State")
ONLINE_INVOICES = (
    "InvoiceNo", "Customer", "InvoiceDate", "DueDate", "Terms", "Memo", "Item(Product/Service)", "ItemDescription",
    "ItemQuantity", "ItemRate", "ItemAmount",
)  # fmt: skip
ONLINE_CREDITS = (
    "CreditNo",
    "Customer",
    "CreditDate",
    "Memo",
    "Item(Product/Service)",
    "ItemDescription",
    "ItemAmount",
)
ONLINE_PAYMENTS = ("RefNo", "Customer", "PaymentDate", "PaymentMethod", "InvoiceNo", "Amount", "Memo")
ITEM = "HMIS fees"
RECEIVABLE, UNDEPOSITED, INCOME = "Accounts Receivable", "Undeposited Funds", ITEM
IIF_HEAD = (
    ("!TRNS", "TRNSTYPE", "DATE", "ACCNT", "NAME", "AMOUNT", "DOCNUM", "MEMO"),
    ("!SPL", "TRNSTYPE", "DATE", "ACCNT", "NAME", "AMOUNT", "DOCNUM", "MEMO"),
    ("!ENDTRNS",),
)
BATCH = 500


def money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _us(day: date | None) -> str:
    return f"{day:%m/%d/%Y}" if day else ""


def _entries(coc: CoC, first: date, last: date, *kinds: EntryKind) -> Iterator[list[LedgerEntry]]:
    """In the order of the ledger, a batch at a time."""
    query = select(LedgerEntry).where(
        LedgerEntry.coc_id == coc.id, LedgerEntry.on.between(first, last), LedgerEntry.kind.in_(kinds)
    )
    rows = list(db.session.scalars(query.order_by(LedgerEntry.on, LedgerEntry.id)))
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def invoices(coc: CoC, first: date, last: date, *kinds: EntryKind) -> Iterator[Invoice]:
    for rows in _entries(coc, first, last, *(kinds or (EntryKind.INVOICE, EntryKind.CREDIT))):
        query = select(Invoice).where(Invoice.id.in_([row.invoice_id for row in rows]))
        query = query.options(joinedload(Invoice.debtor), selectinload(Invoice.lines))
        found = {row.id: row for row in db.session.scalars(query)}
        yield from (found[row.invoice_id] for row in rows if row.invoice_id is not None)


def payments(
    coc: CoC, first: date, last: date, kind: EntryKind = EntryKind.PAYMENT
) -> Iterator[tuple[LedgerEntry, Payment]]:
    for rows in _entries(coc, first, last, kind):
        query = select(Payment).where(Payment.id.in_([row.payment_id for row in rows]))
        query = query.options(joinedload(Payment.debtor), selectinload(Payment.parts).joinedload(PaymentPart.invoice))
        found = {row.id: row for row in db.session.scalars(query)}
        yield from ((row, found[row.payment_id]) for row in rows if row.payment_id is not None)


def table(what: str, coc: CoC, first: date, last: date) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    """The head and the rows of one of WHAT."""
    tables = {
        "invoices": (INVOICES, _invoice_rows),
        "payments": (PAYMENTS, _payment_rows),
        "quickbooks-invoices": (ONLINE_INVOICES, _online_invoices),
        "quickbooks-credits": (ONLINE_CREDITS, _online_credits),
        "quickbooks-payments": (ONLINE_PAYMENTS, _online_payments),
    }
    header, rows = tables[what]
    return header, rows(coc, first, last)


def _invoice_rows(coc: CoC, first: date, last: date) -> Iterator[Sequence[Any]]:
    for row in invoices(coc, first, last):
        sums = (money(cents) for cents in (row.total_cents, row.paid_cents, row.credited_cents, row.open_cents))
        said = (row.number, row.kind.value, row.debtor.name, row.payer_name, row.issued_on, row.due_on)
        yield [*said, row.fund, row.purchase_order, *sums]


def _payment_rows(coc: CoC, first: date, last: date) -> Iterator[Sequence[Any]]:
    for _, row in payments(coc, first, last):
        said = (row.number, row.debtor.name, row.received_on, METHODS[row.method], row.reference)
        yield [*said, money(row.cents), money(row.left_cents), row.state]


def _online_invoices(coc: CoC, first: date, last: date) -> Iterator[Sequence[Any]]:
    """A line of the file for each line of an invoice: its number stands on every one."""
    for row in invoices(coc, first, last, EntryKind.INVOICE):
        head = [row.number, row.debtor.name, _us(row.issued_on), _us(row.due_on), "", row.purchase_order]
        for line in row.lines:
            exact = line.quantity * line.unit_cents == line.cents
            count, unit = (line.quantity, line.unit_cents) if exact else (1, line.cents)
            yield [*head, ITEM, line.words, count, money(unit), money(line.cents)]


def _online_credits(coc: CoC, first: date, last: date) -> Iterator[Sequence[Any]]:
    for row in invoices(coc, first, last, EntryKind.CREDIT):
        for line in row.lines:
            yield [
                row.number,
                row.debtor.name,
                _us(row.issued_on),
                row.note[:200],
                ITEM,
                line.words,
                money(-line.cents),
            ]


def _online_payments(coc: CoC, first: date, last: date) -> Iterator[Sequence[Any]]:
    """What stands now: reversed payments are none, and what is left has no invoice."""
    for _, row in payments(coc, first, last):
        if row.reversed_at is not None:
            continue
        head = [row.number, row.debtor.name, _us(row.received_on), METHODS[row.method]]
        for part in row.parts:
            if part.undone_at is None:
                yield [*head, part.invoice.number, money(part.cents), row.reference]
        if row.left_cents:
            yield [*head, "", money(row.left_cents), row.reference]


# ------------------------------------------------------------------ QuickBooks Desktop


@dataclass(frozen=True)
class Booking:
    """A transaction as Desktop takes it: so much to one account, and what stands against it."""

    kind: str
    on: date | None
    name: str
    number: str
    account: str
    cents: int
    memo: str
    splits: Sequence[tuple[str, int, str]]


def iif(coc: CoC, first: date, last: date) -> Iterator[str]:
    """Tab by tab, each transaction with its splits, which sum to nothing."""
    yield from (_cells(row) for row in IIF_HEAD)
    for one in _bookings(coc, first, last):
        common = (one.kind, _us(one.on))
        yield _cells(("TRNS", *common, one.account, one.name, money(one.cents), one.number, one.memo))
        for account, cents, words in one.splits:
            yield _cells(("SPL", *common, account, one.name, money(cents), one.number, words))
        yield _cells(("ENDTRNS",))


def _bookings(coc: CoC, first: date, last: date) -> Iterator[Booking]:
    for row in invoices(coc, first, last):
        kind = "CREDIT MEMO" if row.kind is InvoiceKind.CREDIT else "INVOICE"
        splits = [(INCOME, -line.cents, line.words) for line in row.lines]
        name, memo = row.debtor.name, row.purchase_order
        yield Booking(kind, row.issued_on, name, row.number, RECEIVABLE, row.total_cents, memo, splits)
    for entry, paid in payments(coc, first, last):
        splits, name = [(RECEIVABLE, -paid.cents, "")], paid.debtor.name
        yield Booking("PAYMENT", entry.on, name, paid.number, UNDEPOSITED, paid.cents, paid.reference, splits)
    for entry, paid in payments(coc, first, last, EntryKind.REVERSAL):
        splits, name, memo = [(UNDEPOSITED, -paid.cents, "")], paid.debtor.name, f"Reversed: {paid.reversed_why}"
        yield Booking("GENERAL JOURNAL", entry.on, name, paid.number, RECEIVABLE, paid.cents, memo, splits)


def _cells(row: Sequence[Any]) -> str:
    return "\t".join(_cell(value) for value in row) + "\r\n"


def _cell(value: Any) -> str:
    """No tab, break or quote can end a cell, and nothing in it runs."""
    if isinstance(value, Decimal):
        return str(value)
    said = " ".join(str(value).replace('"', "'").split())[:200]
    return f"'{said}" if said.startswith(RUNS) else said
