from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, Person
from licensing.billing.invoices.models import Invoice


class Method(StrEnum):
    CHECK = "check"
    ACH = "ach"
    CARD = "card"
    JOURNAL = "journal"


class Payment(Base):
    """Money that came for a debtor's invoices. `left_cents` is what no invoice has taken yet: prepaid or overpaid.

    `sequence` numbers its receipt as an invoice's does. One that was reversed (a check that bounced) keeps its row.
    """

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("once"),
        UniqueConstraint("lead_id", "series", "year", "sequence"),
        CheckConstraint("cents > 0 and left_cents between 0 and cents", name="cents"),
        Index(None, "lead_id", "id"),
        Index(None, "debtor_id", "id"),
        Index(None, "coc_id", "id"),
        Index(None, "coc_id", "received_on"),
        Index("ix_payment_left", "debtor_id", "id", postgresql_where=text("left_cents > 0")),
        Index("ix_payment_prepaid", "lead_id", "id", postgresql_where=text("left_cents > 0")),
        Index("ix_payment_reversed", "lead_id", "id", postgresql_where=text("reversed_at is not null")),
        Index(None, "lead_id", "reference"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    debtor_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    method: Mapped[Method]
    reference: Mapped[Line] = mapped_column(default="")
    received_on: Mapped[date] = mapped_column(Date)
    cents: Mapped[int]
    left_cents: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    series: Mapped[Code]
    year: Mapped[int]
    sequence: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    reversed_at: Mapped[datetime | None]
    reversed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reversed_why: Mapped[str] = mapped_column(default="")
    once: Mapped[Code]

    debtor: Mapped[Agency] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)
    reversed_by: Mapped[Person | None] = relationship(foreign_keys=reversed_by_id)
    parts: Mapped[list[PaymentPart]] = relationship(order_by="PaymentPart.id", back_populates="payment")

    @property
    def number(self) -> str:
        """Of the receipt, as people quote it: R-2026-000123."""
        return f"{self.series}-{self.year}-{self.sequence:06}"

    @property
    def state(self) -> str:
        if self.reversed_at is not None:
            return "reversed"
        return "prepaid" if self.left_cents else "used"


# For the search, which finds by how a check's or transfer's own number begins.
Index("ix_payment_said", func.lower(Payment.reference).label("said"), postgresql_ops={"said": "text_pattern_ops"})


class PaymentPart(Base):
    """So much of a payment went to an invoice; taken back when `undone_at` says so."""

    __tablename__ = "payment_part"
    __table_args__ = (
        Index(None, "payment_id", "id"),
        Index(None, "invoice_id", "id"),
        CheckConstraint("cents > 0", name="cents"),
    )

    id: Mapped[BigId]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    cents: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    payment: Mapped[Payment] = relationship(back_populates="parts")
    invoice: Mapped[Invoice] = relationship()


class BankImport(Base):
    """A bank's list of what came in, looked over before a payment is made of it.

    `table` is what was read, and `columns` say which of it is what, until the list is applied or discarded.
    """

    __tablename__ = "bank_import"
    __table_args__ = (UniqueConstraint("once"), Index(None, "lead_id", "id"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    name: Mapped[Line]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    table: Mapped[dict[str, Any]] = mapped_column(default=dict)
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    applied_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    once: Mapped[Code]

    by: Mapped[Person] = relationship()

    @property
    def state(self) -> str:
        if self.applied_at is not None:
            return "taken"
        return "discarded" if self.discarded_at is not None else "to look over"


class BankLine(Base):
    """One line of it. `digest` tells the same line of another list, so that none is taken twice."""

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("import_id", "position"),
        Index(None, "digest"),
        Index(None, "payment_id"),
    )

    id: Mapped[BigId]
    import_id: Mapped[int] = mapped_column(ForeignKey("bank_import.id"))
    position: Mapped[int]
    on: Mapped[date] = mapped_column(Date)
    cents: Mapped[int]
    words: Mapped[Line] = mapped_column(default="")
    reference: Mapped[Line] = mapped_column(default="")
    digest: Mapped[Code]
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    debtor_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    why: Mapped[Line] = mapped_column(default="")
    is_skipped: Mapped[bool] = mapped_column(default=False)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))

    invoice: Mapped[Invoice | None] = relationship()
    debtor: Mapped[Agency | None] = relationship()
    payment: Mapped[Payment | None] = relationship()


class RespiteKind(StrEnum):
    PAUSE = "pause"
    EXTENSION = "extension"


class Respite(Base):
    """An invoice's debt does not suspend through `last_day`: a pause of the suspension, or more time to pay."""

    __tablename__ = "respite"
    __table_args__ = (UniqueConstraint("once"), Index(None, "invoice_id", "id"))

    id: Mapped[BigId]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    kind: Mapped[RespiteKind]
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    explanation: Mapped[dict[str, Any] | None]
    once: Mapped[Code]

    invoice: Mapped[Invoice] = relationship()
    by: Mapped[Person] = relationship()
