from __future__ import annotations

from datetime import datetime
from email.utils import formataddr
from typing import Any

from sqlalchemy import Boolean, Computed, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from core.db import Base, BigId, Code, Line
from core.files.models import StoredFile
from core.people.models import Agency, CoC, Lead, Person
from core.policy.vocabulary import Tier
from helpdesk.mail.models import SupportAddress
from helpdesk.tickets.rules import Action, Category, Channel, Kind, Priority, State

IS_OPEN = text("closed_at is null")
IS_MERGED = text("merged_into_id is not null")
IS_URGENT = text("closed_at is null and priority = 'urgent'")


class Ticket(Base):
    """One request. `subject` and `search_text` hold no client's data: what looked like it is masked before storing.

    `closed_at` is set while the state is closed, declined or merged. `next_due_at` is the soonest of what is promised
    and not kept yet; none where nothing is, or the move is somebody else's. `merged_into_id` is the one that it is part
    of since `merged_at`, which may itself be part of another (helpdesk/tickets/family.py follows it). `answers` are to
    the questions of its category, each with its label as it was asked.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_lead", "lead_id", "last_activity_at", "id"),
        Index("ix_ticket_lead_open", "lead_id", "last_activity_at", "id", postgresql_where=IS_OPEN),
        Index("ix_ticket_lead_state", "lead_id", "state", "last_activity_at", "id"),
        Index("ix_ticket_lead_tier", "lead_id", "tier", "last_activity_at", "id", postgresql_where=IS_OPEN),
        Index("ix_ticket_lead_category", "lead_id", "category", "last_activity_at", "id"),
        Index("ix_ticket_coc", "coc_id", "last_activity_at", "id"),
        Index("ix_ticket_coc_open", "coc_id", "last_activity_at", "id", postgresql_where=IS_OPEN),
        Index("ix_ticket_agency", "agency_id", "last_activity_at", "id"),
        Index("ix_ticket_holder", "holder_person_id", "last_activity_at", "id"),
        Index("ix_ticket_holder_open", "holder_person_id", postgresql_where=IS_OPEN),
        Index("ix_ticket_requester", "requester_id", "last_activity_at", "id"),
        Index("ix_ticket_lead_due", "lead_id", "next_due_at", "id", postgresql_where=IS_OPEN),
        Index("ix_ticket_urgent", "lead_id", "last_activity_at", "id", postgresql_where=IS_URGENT),
        Index("ix_ticket_search", "search", postgresql_using="gin"),
        Index("ix_ticket_merged_into", "merged_into_id", postgresql_where=IS_MERGED),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    requester_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    requester_address: Mapped[Line]
    requester_name: Mapped[Line]
    subject: Mapped[Line]
    category: Mapped[Category] = mapped_column(default=Category.OTHER)
    state: Mapped[State] = mapped_column(default=State.NEW)
    priority: Mapped[Priority] = mapped_column(default=Priority.NORMAL)
    channel: Mapped[Channel]
    tier: Mapped[Tier]
    holder_agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    holder_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    support_address_id: Mapped[int | None] = mapped_column(ForeignKey("support_address.id"))
    opened_at: Mapped[datetime]
    last_activity_at: Mapped[datetime]
    first_answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    merged_at: Mapped[datetime | None]
    resolution: Mapped[str] = mapped_column(default="")
    answers: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    search_text: Mapped[str] = mapped_column(default="", deferred=True)
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('english', subject || ' ' || search_text)", persisted=True), deferred=True
    )

    why_here: Mapped[dict[str, Any] | None] = query_expression()
    """The explanation of its tier, and below the title of the promise that is due next: where a list asks for them."""
    next_promise: Mapped[str | None] = query_expression()

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    agency: Mapped[Agency | None] = relationship(foreign_keys=agency_id)
    requester: Mapped[Person | None] = relationship(foreign_keys=requester_id)
    holder: Mapped[Person | None] = relationship(foreign_keys=holder_person_id)
    support_address: Mapped[SupportAddress | None] = relationship()

    @property
    def desk_address(self) -> str:
        """Where answers about it go: the address that it was written to while that is in use, else the main one."""
        return self._own_address.address if self._own_address else self.lead.support_address

    @property
    def sent_from(self) -> str:
        """The From of mails about it; "" for the service's own."""
        return formataddr((self._own_address.name, self._own_address.address)) if self._own_address else ""

    @property
    def _own_address(self) -> SupportAddress | None:
        return self.support_address if self.support_address and self.support_address.is_active else None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class TicketMessage(Base):
    """One thing said. `text` is as it came; pages mask it. `html` is sanitised already. `message_id` is the mail's.

    `nonce` is the key of the form that led to it, `act` a digest of what was sent with it: sent twice, it is one act.
    `split_to_id` is the request that was split off with a copy of it.
    """

    __tablename__ = "ticket_message"
    __table_args__ = (Index("ix_ticket_message_thread", "ticket_id", "at", "id"),)

    id: Mapped[BigId]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[Kind]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    address: Mapped[Line] = mapped_column(default="")
    text: Mapped[str]
    html: Mapped[str] = mapped_column(default="")
    quoted: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    message_id: Mapped[str] = mapped_column(default="", index=True)
    is_internal: Mapped[bool] = mapped_column(Boolean, default=False)
    has_ppi: Mapped[bool] = mapped_column(Boolean, default=False)
    nonce: Mapped[str | None] = mapped_column(String(64), unique=True)
    act: Mapped[Code] = mapped_column(default="")
    split_to_id: Mapped[int | None]

    ticket: Mapped[Ticket] = relationship()
    author: Mapped[Person | None] = relationship()
    files: Mapped[list[MessageFile]] = relationship(back_populates="message", order_by="MessageFile.id")


class MessageFile(Base):
    """A file that came with a message; its bytes are the file store's."""

    __tablename__ = "message_file"

    id: Mapped[BigId]
    message_id: Mapped[int] = mapped_column(ForeignKey("ticket_message.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), index=True)

    message: Mapped[TicketMessage] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship()


class TierStay(Base):
    """A tier had the ticket from `since` to `until` (none: it has it now). `explanation` says why it came there.

    Within a stay the person may change; each change is a stay of its own, so that "who, for how long" is one read.
    """

    __tablename__ = "tier_stay"
    __table_args__ = (Index("ix_tier_stay_ticket", "ticket_id", "since", "id"),)

    id: Mapped[BigId]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    tier: Mapped[Tier]
    holder_agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    holder_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    moved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(default="")
    rule: Mapped[Code] = mapped_column(default="")
    explanation: Mapped[dict[str, Any]]

    holder_agency: Mapped[Agency | None] = relationship()
    holder: Mapped[Person | None] = relationship(foreign_keys=holder_person_id)
    moved_by: Mapped[Person | None] = relationship(foreign_keys=moved_by_id)


class TicketChange(Base):
    """What was done (none: it was opened) and how the ticket stood from then on; its clocks are replayed from these.

    What was done through a merged one stays with it; helpdesk/bonds/history.py reads it with the one that goes on.
    """

    __tablename__ = "ticket_change"
    __table_args__ = (Index("ix_ticket_change_ticket", "ticket_id", "at", "id"),)

    id: Mapped[BigId]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime]
    action: Mapped[Action | None]
    state: Mapped[State]
    tier: Mapped[Tier]
