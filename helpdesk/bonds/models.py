from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId
from core.people.models import Person
from helpdesk.bonds.rules import LinkKind
from helpdesk.tickets.models import Ticket

IS_LIVE = text("undone_at is null")


class TicketLink(Base):
    """Two requests that have to do with each other. `from` is what blocks, or what was made or split off.

    Where neither comes first (related, same cause) `from` is the lower number, so that a pair is linked once.
    """

    __tablename__ = "ticket_link"
    __table_args__ = (
        UniqueConstraint("from_id", "to_id", "kind"),
        Index("ix_ticket_link_to", "to_id"),
    )

    id: Mapped[BigId]
    from_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[LinkKind]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class TicketMerge(Base):
    """One request became part of another: who, when, why, and the same of its undoing.

    `state_before` is how it stood then; `carried` is what the other one got from it, to be taken off again.
    """

    __tablename__ = "ticket_merge"
    __table_args__ = (
        Index("uq_ticket_merge_live", "source_id", unique=True, postgresql_where=IS_LIVE),
        Index("ix_ticket_merge_source", "source_id"),
        Index("ix_ticket_merge_target", "target_id"),
    )

    id: Mapped[BigId]
    source_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
    state_before: Mapped[str]
    carried: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undone_reason: Mapped[str] = mapped_column(default="")

    source: Mapped[Ticket] = relationship(foreign_keys=source_id)
    target: Mapped[Ticket] = relationship(foreign_keys=target_id)
    by: Mapped[Person] = relationship(foreign_keys=by_id)
    undone_by: Mapped[Person | None] = relationship(foreign_keys=undone_by_id)
