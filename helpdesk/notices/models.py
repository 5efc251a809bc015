from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import CoC, Lead, Person
from helpdesk.notices.rules import Audience, Kind, State, UpdateKind

GOES_ON = "notice.state = 'sent' and notice.kind in ('outage', 'degraded', 'maintenance')"


class Notice(Base):
    """A service notice or a newsletter. `coc_id` is set when it is for one CoC only, whose manager then sees it.

    `discovered_at` is when a failure was discovered and `sent_at` when people were told; `begins_at` and `ends_at` are
    a maintenance's. `send_at` is the instant it is scheduled for. `recipients` is how many it went to. `audience` is
    what was chosen; who it came to is in NoticeRecipient, from the sending on.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_lead", "lead_id", "created_at", "id"),
        Index("ix_notice_coc", "coc_id", "created_at", "id"),
        Index("ix_notice_lead_state", "lead_id", "state", "created_at", "id"),
        Index("ix_notice_lead_kind", "lead_id", "kind", "created_at", "id"),
        Index("ix_notice_going_on", "lead_id", "sent_at", "id", postgresql_where=text(GOES_ON)),
        Index(
            "ix_notice_public",
            "lead_id",
            "sent_at",
            "id",
            postgresql_where=text("is_public and state in ('sent', 'resolved')"),
        ),
        Index("ix_notice_search", "search", postgresql_using="gin"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    kind: Mapped[Kind]
    title: Mapped[Line]
    text: Mapped[str]
    audience: Mapped[dict[str, Any]]
    state: Mapped[State] = mapped_column(default=State.DRAFT)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    discovered_at: Mapped[datetime | None]
    begins_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    is_critical: Mapped[bool] = mapped_column(default=False)
    is_public: Mapped[bool] = mapped_column(default=False)
    asks_reading: Mapped[bool] = mapped_column(default=False)
    remind_days: Mapped[int | None]
    send_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column(default=0)
    once: Mapped[Code] = mapped_column(unique=True)
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('english', title || ' ' || text)", persisted=True), deferred=True
    )

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    author: Mapped[Person] = relationship()
    updates: Mapped[list[NoticeUpdate]] = relationship(order_by="NoticeUpdate.id", back_populates="notice")

    @property
    def chosen(self) -> Audience:
        return Audience.of(self.audience)


class NoticeUpdate(Base):
    """One telling of all recipients: the notice itself first, then each update. `once` is its form's own key."""

    __tablename__ = "notice_update"
    __table_args__ = (Index(None, "notice_id", "id"),)

    id: Mapped[BigId]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    kind: Mapped[UpdateKind]
    text: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    once: Mapped[Code] = mapped_column(unique=True)

    notice: Mapped[Notice] = relationship(back_populates="updates")
    by: Mapped[Person | None] = relationship()


class ReadBy(StrEnum):
    PAGE = "page"
    LINK = "link"
    API = "api"


IS_MISSING = "is_asked and acknowledged_at is null"
IS_DONE = "acknowledged_at is not null"


class NoticeRecipient(Base):
    """Somebody to whom a notice went: fixed when it was sent. `name` is theirs at that time, to list them by."""

    __tablename__ = "notice_recipient"
    __table_args__ = (
        UniqueConstraint("notice_id", "person_id"),
        Index("ix_notice_recipient_name", "notice_id", "name", "id"),
        Index("ix_notice_recipient_missing", "notice_id", "name", "id", postgresql_where=text(IS_MISSING)),
        Index("ix_notice_recipient_done", "notice_id", "name", "id", postgresql_where=text(IS_DONE)),
        Index("ix_notice_recipient_person", "person_id", "notice_id"),
        Index("ix_notice_recipient_to_read", "person_id", "notice_id", postgresql_where=text(IS_MISSING)),
    )

    id: Mapped[BigId]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[Line]
    is_asked: Mapped[bool]
    acknowledged_at: Mapped[datetime | None]
    read_by: Mapped[ReadBy | None]
    dismissed_at: Mapped[datetime | None]

    notice: Mapped[Notice] = relationship()
    person: Mapped[Person] = relationship()
