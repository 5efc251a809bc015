from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import CoC, Lead, Person
from helpdesk.tickets.rules import Category

IS_MUTED = text("muted_because <> ''")


class InboundState(StrEnum):
    """`kept`: the raw message is safe and not read yet; `quarantined`: a person has to look."""

    KEPT = "kept"
    DONE = "done"
    QUARANTINED = "quarantined"


class InboundMessage(Base):
    """One message as it came, byte for byte, and what became of it.

    A message from a mailbox is known by (mailbox, uidvalidity, uid); one from standard input, where
    `uid` is none, by the hash of its bytes. `content_hash` is over what people would call the same
    message: it leaves out the headers that differ from delivery to delivery.
    """

    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("mailbox", "uidvalidity", "uid"),
        Index("uq_inbound_message_stdin", "sha256", unique=True, postgresql_where=text("uid is null")),
        Index("ix_inbound_message_todo", "id", postgresql_where=text("state = 'kept'")),
        Index("ix_inbound_message_quarantine", "lead_id", "id", postgresql_where=text("state = 'quarantined'")),
        Index(None, "from_address", "received_at"),
    )

    id: Mapped[BigId]
    mailbox: Mapped[Line]
    uidvalidity: Mapped[int]
    uid: Mapped[int | None]
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[Code] = mapped_column(index=True)
    size: Mapped[int]
    received_at: Mapped[datetime]

    state: Mapped[InboundState] = mapped_column(default=InboundState.KEPT)
    outcome: Mapped[Code] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id"))
    ticket_id: Mapped[int | None] = mapped_column(index=True)
    message_id: Mapped[str] = mapped_column(default="", index=True)
    content_hash: Mapped[Code] = mapped_column(default="")
    from_address: Mapped[Line] = mapped_column(default="")
    subject: Mapped[Line] = mapped_column(default="")


class AutoReply(Base):
    """What a mail is acknowledged with, without anybody having read it.

    `muted_because` says why it was not sent, since two machines would answer each other for ever; "" when it was.
    """

    __tablename__ = "auto_reply"
    __table_args__ = (
        Index(None, "address", "at"),
        Index("ix_auto_reply_lead", "lead_id", "id"),
        Index("ix_auto_reply_lead_muted", "lead_id", "id", postgresql_where=IS_MUTED),
        Index("ix_auto_reply_coc", "coc_id", "id"),
        Index("ix_auto_reply_coc_muted", "coc_id", "id", postgresql_where=IS_MUTED),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    address: Mapped[Line]
    at: Mapped[datetime]
    muted_because: Mapped[str] = mapped_column(default="")


class SupportAddress(Base):
    """An address of a Lead's help desk beside its main one. What comes to it is of that category, and of that CoC
    where nobody knows the sender; what is answered is answered from it. Unused (`is_active` false) it stays known
    as ours, and what was asked there is answered from the main address.
    """

    __tablename__ = "support_address"
    __table_args__ = (
        Index("ix_support_address_lead", "lead_id", "address", "id"),
        Index("uq_support_address_lower", func.lower(text("address")), unique=True),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    address: Mapped[Line]
    name: Mapped[Line]
    category: Mapped[Category] = mapped_column(default=Category.OTHER)
    is_active: Mapped[bool] = mapped_column(default=True)
    kept_at: Mapped[datetime]
    kept_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    kept_by: Mapped[Person] = relationship()


class CopyState(StrEnum):
    """What became of somebody whom a mail about a ticket also went to."""

    WATCHING = "watching"
    MAY_NOT_SEE = "may-not-see"
    UNKNOWN = "unknown"
    VENDOR = "vendor"


class MailCopy(Base):
    """An address in To or Cc of a mail about a ticket. Nobody is written to because of it but who watches now."""

    __tablename__ = "mail_copy"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    address: Mapped[Line] = mapped_column(primary_key=True)
    name: Mapped[Line] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[CopyState]
    at: Mapped[datetime]

    person: Mapped[Person | None] = relationship()
