from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, Lead, Person
from core.policy.vocabulary import Tier
from helpdesk.satisfaction.rules import Unasked
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category

LEFT_TO_DO = text("needs_look")
SAID = text("mark is not null")


class Satisfaction(Base):
    """One closing of a request, and how whoever asked says it was.

    Where it stood and who had it are kept as they were when it closed, so that figures are one read. `who` tells
    requesters apart, known or not. `asked_at` is set when the closing mail asks; where it does not, `unasked` says
    why. `mark` is 5 (very good) to 1 (very poor). `needs_look` holds from a low mark until somebody looked at it.
    """

    __tablename__ = "satisfaction"
    __table_args__ = (
        UniqueConstraint("ticket_id", "closing"),
        Index("ix_satisfaction_who", "who", "asked_at"),
        Index("ix_satisfaction_lead", "lead_id", "closed_at", "id"),
        Index("ix_satisfaction_lead_said", "lead_id", "said_at", "id", postgresql_where=SAID),
        Index("ix_satisfaction_lead_look", "lead_id", "said_at", "id", postgresql_where=LEFT_TO_DO),
        Index("ix_satisfaction_lead_mark", "lead_id", "mark", "said_at", "id", postgresql_where=SAID),
        Index("ix_satisfaction_coc_said", "coc_id", "said_at", "id", postgresql_where=SAID),
    )

    id: Mapped[BigId]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    closing: Mapped[int]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    who: Mapped[Line]
    tier: Mapped[Tier]
    category: Mapped[Category]
    closed_at: Mapped[datetime]
    until: Mapped[datetime]
    by_silence: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime | None]
    unasked: Mapped[Unasked | None]
    mark: Mapped[int | None]
    comment: Mapped[str] = mapped_column(default="")
    said_at: Mapped[datetime | None]
    needs_look: Mapped[bool] = mapped_column(default=False)
    looked_at: Mapped[datetime | None]
    looked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    follow_up: Mapped[str] = mapped_column(default="")

    ticket: Mapped[Ticket] = relationship()
    agency: Mapped[Agency | None] = relationship()
    staff: Mapped[Person | None] = relationship(foreign_keys=staff_id)
    looked_by: Mapped[Person | None] = relationship(foreign_keys=looked_by_id)


class SatisfactionPractice(Base):
    """How often the closing mail asks one person, and how long an answer can be changed, with the reason.

    The newest row holds; the others are the history of who set what.
    """

    __tablename__ = "satisfaction_practice"
    __table_args__ = (Index("ix_satisfaction_practice_lead", "lead_id", "set_at", "id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    ask_days: Mapped[int]
    answer_days: Mapped[int]
    reason: Mapped[str]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]
    once: Mapped[Code] = mapped_column(unique=True)

    lead: Mapped[Lead] = relationship()
    set_by: Mapped[Person] = relationship()
