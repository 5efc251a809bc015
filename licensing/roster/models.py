from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId
from core.people.models import Agency, Person


class DataSignOff(Base):
    """An agency signed off its data quality report of a period; `period` is the period's first day (SON-CO-7)."""

    __tablename__ = "data_sign_off"
    __table_args__ = (UniqueConstraint("agency_id", "period"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    period: Mapped[date] = mapped_column(Date)
    signed_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    agency: Mapped[Agency] = relationship()
    by: Mapped[Person] = relationship()
