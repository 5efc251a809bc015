from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code
from core.people.models import Agency, Person


class BreachReport(Base):
    """A breach of security or confidentiality at an agency.

    `known_at` is when the agency knew of it, `reported_at` when it told the help desk; none while the Lead found
    out otherwise and the agency has said nothing yet.
    """

    __tablename__ = "breach_report"
    __table_args__ = (
        UniqueConstraint("once"),
        Index(None, "lead_id", "id"),
        Index(None, "coc_id", "id"),
        Index(None, "agency_id", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    known_at: Mapped[datetime]
    text: Mapped[str]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    reported_at: Mapped[datetime | None]
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    once: Mapped[Code]

    agency: Mapped[Agency] = relationship()
    recorded_by: Mapped[Person] = relationship(foreign_keys=recorded_by_id)
    reported_by: Mapped[Person | None] = relationship(foreign_keys=reported_by_id)
    closed_by: Mapped[Person | None] = relationship(foreign_keys=closed_by_id)
