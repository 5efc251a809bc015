from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, Person


class EntryKind(StrEnum):
    INVOICE = "invoice"
    CREDIT = "credit"
    PAYMENT = "payment"
    REVERSAL = "reversal"


class LedgerEntry(Base):
    """What moved a debtor's balance, in the transaction in which it happened; never changed or taken out.

    `cents` are what the debtor owes more by it: an invoice and a reversal above zero, a credit and a payment below.
    The sum of a debtor's entries is what its invoices are open for, less what is left of its payments.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index(None, "debtor_id", "on", "id"),
        Index(None, "lead_id", "on", "id"),
        Index(None, "coc_id", "on", "id"),
        Index("uq_ledger_invoice", "invoice_id", unique=True, postgresql_where=text("invoice_id is not null")),
        Index("uq_ledger_payment", "payment_id", "kind", unique=True, postgresql_where=text("payment_id is not null")),
        CheckConstraint("(invoice_id is null) != (payment_id is null)", name="source"),
        CheckConstraint("(cents >= 0) = (kind in ('invoice', 'reversal'))", name="side"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    debtor_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[EntryKind]
    on: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime]
    cents: Mapped[int]
    fund: Mapped[Code] = mapped_column(default="")
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))

    debtor: Mapped[Agency] = relationship()


class Expense(Base):
    """Money that the Lead spent on a CoC's HMIS. What was paid for seats is not entered again: it is in the orders.

    `line` is a word of the budget. One that was wrong is taken out with a reason and keeps its row.
    """

    __tablename__ = "expense"
    __table_args__ = (UniqueConstraint("once"), Index(None, "lead_id", "on", "id"), Index(None, "coc_id", "on", "id"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    on: Mapped[date] = mapped_column(Date)
    cents: Mapped[int]
    words: Mapped[Line]
    line: Mapped[Line] = mapped_column(default="")
    fund: Mapped[Code] = mapped_column(default="")
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    void_at: Mapped[datetime | None]
    void_why: Mapped[str] = mapped_column(default="")
    once: Mapped[Code]

    by: Mapped[Person] = relationship()


class BudgetLine(Base):
    """What is planned for a fiscal year that begins on `first_day`: money to come in, or to be spent."""

    __tablename__ = "budget_line"
    __table_args__ = (
        UniqueConstraint("coc_id", "first_day", "is_income", "line", "fund"),
        Index(None, "lead_id", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    first_day: Mapped[date] = mapped_column(Date)
    is_income: Mapped[bool]
    line: Mapped[Line]
    fund: Mapped[Code] = mapped_column(default="")
    cents: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
