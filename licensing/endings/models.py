from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code
from core.files.models import StoredFile
from core.people.models import Agency, Person
from licensing.agencies.models import How
from licensing.endings.rules import DefaultState, EndingState, Party


class Suspension(Base):
    """All access of an agency is suspended on credible evidence of a breach, until somebody lifts it."""

    __tablename__ = "agency_suspension"
    __table_args__ = (
        Index("uq_agency_suspension_open", "agency_id", unique=True, postgresql_where=text("lifted_at is null")),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    was: Mapped[Code]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    lifted_why: Mapped[str] = mapped_column(default="")

    agency: Mapped[Agency] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)
    lifted_by: Mapped[Person | None] = relationship(foreign_keys=lifted_by_id)


class DefaultNotice(Base):
    """One side tells the other in writing that it is in default; it has until `cure_by` to cure it (SAC-LI-6)."""

    __tablename__ = "default_notice"
    __table_args__ = (
        Index("uq_default_notice_open", "agency_id", "party", unique=True, postgresql_where=text("state = 'open'")),
        Index(None, "agency_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    party: Mapped[Party]
    reason: Mapped[str]
    given_on: Mapped[date] = mapped_column(Date)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    cure_by: Mapped[datetime]
    state: Mapped[DefaultState] = mapped_column(default=DefaultState.OPEN)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_why: Mapped[str] = mapped_column(default="")
    once: Mapped[Code] = mapped_column(unique=True)

    agency: Mapped[Agency] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)
    closed_by: Mapped[Person | None] = relationship(foreign_keys=closed_by_id)


class Ending(Base):
    """An agency's participation ends: who gave notice, when it came, and the last day, in the agency's time zone.

    `ends_at` is the end of `last_day`, or at once where a default was not cured. The data transfer's stations are
    instants of this row: asked for, paid, delivered (SON-LI-11).
    """

    __tablename__ = "agency_ending"
    __table_args__ = (
        Index("uq_agency_ending_running", "agency_id", unique=True, postgresql_where=text("state = 'notice'")),
        Index(None, "agency_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    party: Mapped[Party]
    reason: Mapped[str]
    noticed_on: Mapped[date] = mapped_column(Date)
    how: Mapped[How]
    last_day: Mapped[date] = mapped_column(Date)
    ends_at: Mapped[datetime]
    explanation: Mapped[dict[str, Any]] = mapped_column(default=dict)
    default_id: Mapped[int | None] = mapped_column(ForeignKey("default_notice.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    state: Mapped[EndingState] = mapped_column(default=EndingState.NOTICE)
    effective_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_why: Mapped[str] = mapped_column(default="")
    asked_on: Mapped[date | None] = mapped_column(Date)
    paid_on: Mapped[date | None] = mapped_column(Date)
    delivered_on: Mapped[date | None] = mapped_column(Date)
    once: Mapped[Code] = mapped_column(unique=True)

    agency: Mapped[Agency] = relationship()
    file: Mapped[StoredFile | None] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)
    withdrawn_by: Mapped[Person | None] = relationship(foreign_keys=withdrawn_by_id)
