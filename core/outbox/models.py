from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, Code, Line


class SendState(StrEnum):
    QUEUED = "queued"
    INFLIGHT = "inflight"
    SENT = "sent"
    DROPPED = "dropped"
    DEAD = "dead"


class OutboxMessage(Base):
    """One mail to one address, from `sender` ("": the service's own address). `key` makes it once only; `lease_until`
    and `claim_token` say which sender holds it; `dropped` means it was no longer relevant, or may not be sent
    (`last_error` says). `calendar` is an iCalendar object that goes along, with its METHOD; "" is none."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_due", "next_try_at", "id", postgresql_where=text("state in ('queued', 'inflight')")),
        Index("ix_outbox_subject", "subject_type", "subject_id"),
        Index("ix_outbox_state", "state", "id"),
    )

    id: Mapped[BigId]
    key: Mapped[Line] = mapped_column(unique=True)
    message: Mapped[Code]
    person_id: Mapped[int | None]
    address: Mapped[Line]
    sender: Mapped[Line] = mapped_column(default="")
    reply_to: Mapped[Line] = mapped_column(default="")
    subject: Mapped[Line]
    body_text: Mapped[str]
    body_html: Mapped[str]
    message_id: Mapped[Line] = mapped_column(index=True)
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    calendar: Mapped[str] = mapped_column(default="")
    subject_type: Mapped[Code] = mapped_column(default="")
    subject_id: Mapped[int] = mapped_column(default=0)
    lead_id: Mapped[int | None]

    state: Mapped[SendState] = mapped_column(default=SendState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    claim_token: Mapped[Code | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")


class SuppressedAddress(Base):
    """An address that bounced for good; nothing more is sent to it until a person lifts that."""

    __tablename__ = "suppressed_address"
    __table_args__ = (Index("uq_suppressed_address_lower", func.lower(text("address")), unique=True),)

    id: Mapped[BigId]
    address: Mapped[Line]
    reason: Mapped[str]
    at: Mapped[datetime]
