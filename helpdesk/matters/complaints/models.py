from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Date, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Person
from helpdesk.matters.complaints.rules import Channel, ComplaintState, Kind, Step

complaint_subject = Table(
    "complaint_subject",
    Base.metadata,
    Column("complaint_id", ForeignKey("complaint.id"), primary_key=True),
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Index("ix_complaint_subject_person_id", "person_id"),
)


class Complaint(Base):
    """Somebody complains of a violation, or a client of how their privacy was kept.

    `about` is whom it is about, as it was written; `subjects` are the people who may be meant, and none of them
    sees it. `seen_by` and `acted_by` are the offices it has reached, and those whose turn it is. `complainant` is
    none for somebody without an account; `is_anonymous` keeps their name within the Lead.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("once"),
        Index(None, "lead_id", "id"),
        Index(None, "coc_id", "id"),
        Index(None, "agency_id", "id"),
        Index(None, "complainant_id", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[Kind]
    about: Mapped[Line]
    is_about_lead: Mapped[bool]
    when_said: Mapped[Line]
    text: Mapped[str]
    channel: Mapped[Channel]
    complainant_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    complainant_address: Mapped[Line] = mapped_column(default="")
    is_anonymous: Mapped[bool]
    filed_at: Mapped[datetime]
    state: Mapped[ComplaintState] = mapped_column(default=ComplaintState.OPEN)
    step: Mapped[Step]
    seen_by: Mapped[list[str]]
    acted_by: Mapped[list[str]]
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    once: Mapped[Code]

    agency: Mapped[Agency] = relationship()
    coc: Mapped[CoC] = relationship()
    complainant: Mapped[Person | None] = relationship(foreign_keys=complainant_id)
    answered_by: Mapped[Person | None] = relationship(foreign_keys=answered_by_id)
    subjects: Mapped[list[Person]] = relationship(secondary=complaint_subject, order_by=Person.id)
    stays: Mapped[list[ComplaintStay]] = relationship(back_populates="complaint", order_by="ComplaintStay.id")


class ComplaintStay(Base):
    """A complaint comes to a step of its way: why there (`because`), and what whoever passed it on wrote."""

    __tablename__ = "complaint_stay"
    __table_args__ = (Index(None, "complaint_id"),)

    id: Mapped[BigId]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    step: Mapped[Step]
    since: Mapped[datetime]
    rule: Mapped[Code]
    because: Mapped[list[str]]
    reason: Mapped[str] = mapped_column(default="")
    passed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    complaint: Mapped[Complaint] = relationship(back_populates="stays")
    passed_by: Mapped[Person | None] = relationship()
