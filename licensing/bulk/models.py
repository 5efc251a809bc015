from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, Person


class BatchState(StrEnum):
    PREVIEW = "preview"
    SENT = "sent"
    DISCARDED = "discarded"


class Batch(Base):
    """A list of people for whom an agency asks access at once, kept as it was sent.

    Each of `rows` has its line in the file, its values, what is wrong with it (empty: nothing) and, once sent, the
    number of its request.
    """

    __tablename__ = "access_batch"
    __table_args__ = (
        Index("ix_access_batch_lead", "lead_id", "id"),
        Index("ix_access_batch_coc", "coc_id", "id"),
        Index("ix_access_batch_agency", "agency_id", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    name: Mapped[Line]
    rows: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[BatchState] = mapped_column(default=BatchState.PREVIEW)
    closed_at: Mapped[datetime | None]
    once: Mapped[Code] = mapped_column(unique=True)

    agency: Mapped[Agency] = relationship()
    by: Mapped[Person] = relationship()

    @property
    def good(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if not row["problems"]]

    @property
    def bad(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["problems"]]
