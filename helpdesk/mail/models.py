from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, Code, Line

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
