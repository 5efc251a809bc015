from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Lead, Person
from helpdesk.intake.questions import FieldKind
from helpdesk.intake.rules import Step
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category


class CustomField(Base):
    """A question of a Lead's own. Retired, it is asked no more, and what was answered stays readable."""

    __tablename__ = "custom_field"
    __table_args__ = (UniqueConstraint("lead_id", "category", "key"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    category: Mapped[Category]
    key: Mapped[Code]
    label: Mapped[Line]
    kind: Mapped[FieldKind]
    choices: Mapped[list[str]] = mapped_column(default=list)
    hint: Mapped[Line] = mapped_column(default="")
    is_required: Mapped[bool] = mapped_column(Boolean, default=False)
    position: Mapped[int] = mapped_column(Integer)
    retired_at: Mapped[datetime | None]

    lead: Mapped[Lead] = relationship()


class IntakeStep(Base):
    """One thing done about a request: confirmed with the agency, merged, or told how to enter it."""

    __tablename__ = "intake_step"
    __table_args__ = (UniqueConstraint("ticket_id", "step"),)

    id: Mapped[BigId]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    step: Mapped[Step]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(default="")

    ticket: Mapped[Ticket] = relationship()
    by: Mapped[Person] = relationship()
