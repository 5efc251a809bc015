from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Date, ForeignKey, Index, UniqueConstraint, func, or_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.files.models import StoredFile
from core.people.models import Agency, CoC, Person
from licensing.billing.fees.models import FeeSchedule


class RunState(StrEnum):
    COUNTING = "counting"
    READY = "ready"
    ISSUING = "issuing"
    DONE = "done"
    DROPPED = "dropped"


class InvoiceRun(Base):
    """The invoices of a CoC for one billing year, first as drafts to look over, then issued; each step may be killed
    and is taken up again. `reached_id` is the last agency that was counted, or the last draft that was issued;
    `lacking` is how many drafts have a line whose figure nobody entered."""

    __tablename__ = "invoice_run"
    __table_args__ = (
        UniqueConstraint("once"),
        Index(
            "uq_invoice_run_year",
            "coc_id",
            "first_day",
            unique=True,
            postgresql_where=text("state != 'dropped'"),
        ),
        Index(None, "lead_id", "id"),
        Index("ix_invoice_run_working", "id", postgresql_where=text("state in ('counting', 'issuing')")),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    schedule_id: Mapped[int] = mapped_column(ForeignKey("fee_schedule.id"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    state: Mapped[RunState] = mapped_column(default=RunState.COUNTING)
    reached_id: Mapped[int] = mapped_column(default=0)
    drafts: Mapped[int] = mapped_column(default=0)
    drafted_cents: Mapped[int] = mapped_column(default=0)
    lacking: Mapped[int] = mapped_column(default=0)
    fund: Mapped[Code] = mapped_column(default="")
    issued: Mapped[int] = mapped_column(default=0)
    issued_cents: Mapped[int] = mapped_column(default=0)
    issued_on: Mapped[date | None] = mapped_column(Date)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    issue_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done_at: Mapped[datetime | None]
    once: Mapped[Code]

    coc: Mapped[CoC] = relationship()
    schedule: Mapped[FeeSchedule] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)


class InvoiceKind(StrEnum):
    YEARLY = "yearly"
    LICENSES = "licenses"
    SERVICE = "service"
    CREDIT = "credit"


class InvoiceState(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    DROPPED = "dropped"


IS_OWED = "state = 'issued' and open_cents > 0"


class Invoice(Base):
    """A bill, or a credit note (`credits_id` is the invoice it takes from; its cents are below zero).

    Once issued nothing of it changes but what was paid: `total_cents = paid_cents + credited_cents + open_cents`.
    `debtor_id` is the agency that owes it, which need not be the one it is for. `number` is `series-year-sequence`
    without a gap, taken in the transaction that issues it. Days are those of the agency's CoC. `void_at`: all of it was
    taken back, also where it came to nothing and a credit note has nothing to take.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("once"),
        UniqueConstraint("lead_id", "series", "year", "sequence"),
        UniqueConstraint("run_id", "debtor_id", "agency_id", "payer_name"),
        CheckConstraint("total_cents = paid_cents + credited_cents + open_cents", name="sum"),
        CheckConstraint("kind = 'credit' or (open_cents >= 0 and paid_cents >= 0)", name="sides"),
        CheckConstraint("(state = 'issued') = (sequence is not null)", name="numbered"),
        Index(None, "lead_id", "id"),
        Index(None, "coc_id", "id"),
        Index(None, "debtor_id", "id"),
        Index(None, "agency_id", "id"),
        Index(None, "run_id", "id"),
        Index(None, "credits_id"),
        Index("ix_invoice_unprinted", "id", postgresql_where=text("state = 'issued' and file_id is null")),
        Index("ix_invoice_owed", "lead_id", "due_on", "id", postgresql_where=text(IS_OWED)),
        Index("ix_invoice_owed_coc", "coc_id", "due_on", "id", postgresql_where=text(IS_OWED)),
        Index("ix_invoice_owed_by", "debtor_id", "due_on", "id", postgresql_where=text(IS_OWED)),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    debtor_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_run.id"))
    credits_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    kind: Mapped[InvoiceKind]
    state: Mapped[InvoiceState] = mapped_column(default=InvoiceState.DRAFT)
    series: Mapped[Code]
    year: Mapped[int | None]
    sequence: Mapped[int | None]
    issued_on: Mapped[date | None] = mapped_column(Date)
    issued_at: Mapped[datetime | None]
    due_on: Mapped[date | None] = mapped_column(Date)
    due: Mapped[dict[str, Any] | None]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    payer_name: Mapped[Line]
    payer_address: Mapped[str] = mapped_column(default="")
    payer_email: Mapped[Line] = mapped_column(default="")
    purchase_order: Mapped[Line] = mapped_column(default="")
    fund: Mapped[Code] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    total_cents: Mapped[int] = mapped_column(default=0)
    paid_cents: Mapped[int] = mapped_column(default=0)
    credited_cents: Mapped[int] = mapped_column(default=0)
    open_cents: Mapped[int] = mapped_column(default=0)
    void_at: Mapped[datetime | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    once: Mapped[Code]

    coc: Mapped[CoC] = relationship()
    agency: Mapped[Agency] = relationship(foreign_keys=agency_id)
    debtor: Mapped[Agency] = relationship(foreign_keys=debtor_id)
    by: Mapped[Person] = relationship()
    file: Mapped[StoredFile | None] = relationship()
    lines: Mapped[list[InvoiceLine]] = relationship(order_by="InvoiceLine.position", back_populates="invoice")

    @property
    def number(self) -> str:
        """As people quote it: VT-2026-000123; empty for a draft."""
        return f"{self.series}-{self.year}-{self.sequence:06}" if self.sequence is not None else ""


class InvoiceLine(Base):
    """`cents` is what it comes to; `why` prints how: each step of the arithmetic, and the rule it follows."""

    __tablename__ = "invoice_line"
    __table_args__ = (UniqueConstraint("invoice_id", "position"), Index(None, "credits_line_id"))

    id: Mapped[BigId]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    position: Mapped[int]
    basis: Mapped[Code]
    words: Mapped[Line]
    quantity: Mapped[int] = mapped_column(default=1)
    unit_cents: Mapped[int]
    cents: Mapped[int]
    why: Mapped[list[str]] = mapped_column(default=list)
    rule: Mapped[Code] = mapped_column(default="")
    credits_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"))

    invoice: Mapped[Invoice] = relationship(back_populates="lines")


class InvoicedLicense(Base):
    """A license that a line bills: what is suspended when the invoice is not paid."""

    __tablename__ = "invoiced_license"
    __table_args__ = (UniqueConstraint("line_id", "license_id"), Index(None, "license_id", "invoice_id"))

    id: Mapped[BigId]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("invoice_line.id"))
    license_id: Mapped[int] = mapped_column(ForeignKey("license.id"))


# For the search, which finds by how the name of who pays begins, and by the purchase order.
Index("ix_invoice_payer", func.lower(Invoice.payer_name).label("payer"), postgresql_ops={"payer": "text_pattern_ops"})
Index("ix_invoice_order", func.lower(Invoice.purchase_order))


def is_void(row: Any) -> ColumnElement[bool]:
    """Whether all of an invoice was taken back: nothing of it counts as billed, or as paid."""
    credited: ColumnElement[bool] = (row.total_cents > 0) & (row.credited_cents >= row.total_cents)
    return or_(credited, row.void_at.is_not(None))


class NumberSeries(Base):
    """The last number given out; its row is locked by whoever takes the next, until that is committed."""

    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("lead_id", "series", "year"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    series: Mapped[Code]
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)
