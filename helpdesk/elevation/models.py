from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code
from core.people.models import CoC, Person
from helpdesk.elevation.rules import Body, State
from helpdesk.tickets.models import Ticket

IS_OPEN = text("ended_at is null")


class Elevation(Base):
    """A request before the CoC or its data committee; the request itself stays with the Lead (HUD-HD-2).

    `elevated_by_id` is none where its time was up. `outcome` is the decision, or why it was withdrawn.
    """

    __tablename__ = "elevation"
    __table_args__ = (
        Index("ix_elevation_ticket", "ticket_id", "id"),
        Index("ix_elevation_lead", "lead_id", "id"),
        Index("ix_elevation_coc", "coc_id", "body", "id"),
        Index("uq_elevation_open", "ticket_id", "body", unique=True, postgresql_where=IS_OPEN),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    body: Mapped[Body]
    state: Mapped[State] = mapped_column(default=State.OPEN)
    reason: Mapped[str]
    rule: Mapped[Code]
    explanation: Mapped[dict[str, Any]]
    elevated_at: Mapped[datetime]
    elevated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(default="")
    once: Mapped[str | None] = mapped_column(String(64), unique=True)
    withdrawn_once: Mapped[str | None] = mapped_column(String(64), unique=True)

    ticket: Mapped[Ticket] = relationship()
    coc: Mapped[CoC] = relationship()
    elevated_by: Mapped[Person | None] = relationship(foreign_keys=elevated_by_id)
    ended_by: Mapped[Person | None] = relationship(foreign_keys=ended_by_id)
    words: Mapped[list[ElevationWord]] = relationship(order_by="ElevationWord.id")


class ElevationWord(Base):
    """What somebody of the body said: advice, or the decision that ends it."""

    __tablename__ = "elevation_word"
    __table_args__ = (Index("ix_elevation_word_elevation", "elevation_id", "id"),)

    id: Mapped[BigId]
    elevation_id: Mapped[int] = mapped_column(ForeignKey("elevation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str]
    is_decision: Mapped[bool]
    at: Mapped[datetime]
    once: Mapped[str | None] = mapped_column(String(64), unique=True)

    person: Mapped[Person] = relationship()
