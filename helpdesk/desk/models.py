from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, Lead, Person
from helpdesk.tickets.models import IS_OPEN, Ticket

Index("ix_ticket_lead_opened", Ticket.lead_id, Ticket.opened_at, Ticket.id)
Index("ix_ticket_lead_opened_open", Ticket.lead_id, Ticket.opened_at, Ticket.id, postgresql_where=IS_OPEN)
Index("ix_ticket_coc_opened", Ticket.coc_id, Ticket.opened_at, Ticket.id)


class SavedView(Base):
    """A list of tickets with a name: shared by the Lead's staff, or (`owner_id`) one person's own.

    `filters` is what stands in the list's address, the sort and the columns with it.
    """

    __tablename__ = "saved_view"
    __table_args__ = (Index("ix_saved_view_lead", "lead_id", "name", "id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[Line]
    filters: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]
    kept_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Macro(Base):
    """Several steps that one press does on a ticket; shared, or (`owner_id`) one person's own."""

    __tablename__ = "macro"
    __table_args__ = (Index("ix_macro_lead", "lead_id", "name", "id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[Line]
    steps: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]
    kept_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    lead: Mapped[Lead] = relationship()


for _model in (SavedView, Macro):
    Index(
        f"uq_{_model.__tablename__}_name",
        _model.lead_id,
        func.coalesce(_model.owner_id, 0),
        func.lower(_model.name),
        unique=True,
    )


class BulkAct(Base):
    """One press on many tickets. `results` says of each what came of it; `nonce` is the form's key."""

    __tablename__ = "bulk_act"

    id: Mapped[BigId]
    nonce: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    verb: Mapped[Code]
    value: Mapped[str]
    results: Mapped[list[Any]]
    at: Mapped[datetime]


class Draft(Base):
    """What a person has typed into a box of a ticket and not sent yet."""

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("person_id", "ticket_id", "box"),
        Index("ix_draft_ticket", "ticket_id", "kept_at"),
    )

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    box: Mapped[Code]
    text: Mapped[str]
    kept_at: Mapped[datetime]


class Presence(Base):
    """Somebody who acts on tickets has this one open; it fades by itself."""

    __tablename__ = "presence"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    seen_at: Mapped[datetime]


class Tag(Base):
    """A word of one Lead's staff, in its one spelling."""

    __tablename__ = "tag"
    __table_args__ = (UniqueConstraint("lead_id", "name"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    name: Mapped[Code]


class TicketTag(Base):
    __tablename__ = "ticket_tag"
    __table_args__ = (Index("ix_ticket_tag_tag", "tag_id", "ticket_id"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    tag: Mapped[Tag] = relationship()


class TimeSpent(Base):
    """Minutes that somebody worked on a ticket; `agency_id` is whom they were for, at that time."""

    __tablename__ = "time_spent"
    __table_args__ = (
        Index("ix_time_spent_ticket", "ticket_id", "at", "id"),
        Index("ix_time_spent_lead", "lead_id", "at", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    minutes: Mapped[int]
    at: Mapped[datetime]
    nonce: Mapped[str] = mapped_column(String(64), unique=True)

    person: Mapped[Person] = relationship()
    agency: Mapped[Agency | None] = relationship()


class Watcher(Base):
    """Somebody who is told of what is said on a ticket, though it is neither theirs nor in their hands."""

    __tablename__ = "watcher"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    person: Mapped[Person] = relationship(foreign_keys=person_id)


class Mention(Base):
    """A colleague named in a note; it stands on their Today until they have seen it or said something."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("message_id", "person_id"),
        Index("ix_mention_unseen", "person_id", "at", "id", postgresql_where=text("seen_at is null")),
    )

    id: Mapped[BigId]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("ticket_message.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]

    ticket: Mapped[Ticket] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)
