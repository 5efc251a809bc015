from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Person
from helpdesk.matters.conflicts.rules import ConflictState, Side


class Conflict(Base):
    """An agency and the HMIS Lead disagree.

    `taken_up_at` starts the manager's clock, `impasse_at` that of the word to the data committee. `settlement` is what
    both sides sign; `decision` is the assistant director's, and final.
    """

    __tablename__ = "conflict"
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
    title: Mapped[Line]
    state: Mapped[ConflictState] = mapped_column(default=ConflictState.NOTED)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    forwarded_at: Mapped[datetime | None]
    taken_up_at: Mapped[datetime | None]
    taken_up_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    impasse_at: Mapped[datetime | None]
    impasse_side: Mapped[Side | None]
    committee_told_at: Mapped[datetime | None]
    committee_told_how: Mapped[Line] = mapped_column(default="")
    with_director_at: Mapped[datetime | None]
    settlement: Mapped[str] = mapped_column(default="")
    agency_signed_at: Mapped[datetime | None]
    agency_signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    lead_signed_at: Mapped[datetime | None]
    lead_signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    once: Mapped[Code]

    agency: Mapped[Agency] = relationship()
    coc: Mapped[CoC] = relationship()
    opened_by: Mapped[Person] = relationship(foreign_keys=opened_by_id)
    agency_signed_by: Mapped[Person | None] = relationship(foreign_keys=agency_signed_by_id)
    lead_signed_by: Mapped[Person | None] = relationship(foreign_keys=lead_signed_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)
    statements: Mapped[list[ConflictStatement]] = relationship(
        back_populates="conflict", order_by="ConflictStatement.id"
    )

    def signed_at(self, side: Side) -> datetime | None:
        return self.agency_signed_at if side is Side.AGENCY else self.lead_signed_at

    def sign(self, side: Side, person_id: int | None, at: datetime | None) -> None:
        """None takes a signature back."""
        if side is Side.AGENCY:
            self.agency_signed_by_id, self.agency_signed_at = person_id, at
        else:
            self.lead_signed_by_id, self.lead_signed_at = person_id, at


class ConflictStatement(Base):
    """What one side wrote; nothing of it is ever changed."""

    __tablename__ = "conflict_statement"
    __table_args__ = (UniqueConstraint("once"), Index(None, "conflict_id"))

    id: Mapped[BigId]
    conflict_id: Mapped[int] = mapped_column(ForeignKey("conflict.id"))
    side: Mapped[Side]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    text: Mapped[str]
    once: Mapped[Code]

    conflict: Mapped[Conflict] = relationship(back_populates="statements")
    person: Mapped[Person] = relationship()
