from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, Person
from licensing.access.models import License
from licensing.leaves.rules import LeaveState


class Leave(Base):
    """Somebody with a license is away from `first_day` to `last_day`, both by the agency's calendar.

    `locked_at` is when the license was locked for it; `returned_at` when the agency said that they are back.
    """

    __tablename__ = "license_leave"
    __table_args__ = (
        Index("uq_license_leave_running", "license_id", unique=True, postgresql_where=text("state = 'running'")),
        Index("ix_license_leave_lead", "lead_id", "first_day", "id"),
        Index("ix_license_leave_coc", "coc_id", "first_day", "id"),
        Index("ix_license_leave_agency", "agency_id", "first_day", "id"),
        Index(None, "license_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    license_id: Mapped[int] = mapped_column(ForeignKey("license.id"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    told_at: Mapped[datetime]
    told_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[LeaveState] = mapped_column(default=LeaveState.RUNNING)
    locked_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_why: Mapped[Line] = mapped_column(default="")
    once: Mapped[Code] = mapped_column(unique=True)

    license: Mapped[License] = relationship()
    agency: Mapped[Agency] = relationship()
    told_by: Mapped[Person] = relationship(foreign_keys=told_by_id)
    closed_by: Mapped[Person | None] = relationship(foreign_keys=closed_by_id)
