from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Line
from core.people.models import Lead, Person


class CannedReply(Base):
    """A short answer to put into tickets: shared by the Lead's staff, or (`owner_id`) one person's own."""

    __tablename__ = "canned_reply"
    __table_args__ = (
        Index("ix_canned_reply_lead_name", "lead_id", "name", "id"),
        Index("ix_canned_reply_owner_name", "owner_id", "name", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[Line]
    text: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    lead: Mapped[Lead] = relationship()
    owner: Mapped[Person | None] = relationship(foreign_keys=owner_id)
    updated_by: Mapped[Person] = relationship(foreign_keys=updated_by_id)


Index(
    "uq_canned_reply_name",
    CannedReply.lead_id,
    func.coalesce(CannedReply.owner_id, 0),
    func.lower(CannedReply.name),
    unique=True,
)
