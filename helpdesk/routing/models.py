from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId
from core.people.models import Agency, Person


class AgencyAssignment(Base):
    """One of the Lead's people looks after an agency from `since` on; the past ones are kept (MO-HD-2)."""

    __tablename__ = "agency_assignment"
    __table_args__ = (
        Index("ix_agency_assignment_agency", "agency_id", "id"),
        Index("ix_agency_assignment_lead", "lead_id", "id"),
        Index("uq_agency_assignment_now", "agency_id", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix_agency_assignment_person_now", "person_id", postgresql_where=text("ended_at is null")),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    since: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship()
    person: Mapped[Person] = relationship()


class Absence(Base):
    """Somebody of the Lead is away from the first to the last day, both included; `cover` stands in (HUD-HD-4).

    Without one it is whoever is their backup.
    """

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_lead", "lead_id", "until_on", "id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    cover: Mapped[Person | None] = relationship(foreign_keys=cover_id)


class Backup(Base):
    """Who stands in for one of the Lead's people whenever they are away and nobody else is named (HUD-HD-4)."""

    __tablename__ = "backup"

    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    cover_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    cover: Mapped[Person] = relationship(foreign_keys=cover_id)


class LastGiven(Base):
    """When somebody last got a request by itself."""

    __tablename__ = "last_given"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime]
