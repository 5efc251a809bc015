from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code
from core.people.models import CoC, Lead, Person


class ServicePractice(Base):
    """What a help desk promises from a day on, in one CoC or (`coc_id` none) in all of the Lead's.

    `document` is a `practice.Practice`. Nothing is changed in place: what was set is the history of who set what.
    """

    __tablename__ = "service_practice"
    __table_args__ = (Index("ix_service_practice_lead", "lead_id", "since", "id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    since: Mapped[date] = mapped_column(Date)
    document: Mapped[dict[str, Any]]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]
    once: Mapped[Code | None] = mapped_column(unique=True)

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    set_by: Mapped[Person] = relationship()
