from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Computed, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.files.models import StoredFile
from core.people.models import Lead, Person
from helpdesk.tickets.models import Ticket
from helpdesk.vendor.rules import Act, CaseState, Said, Severity, Telling, Then

IS_OPEN = text("closed_at is null")
IS_ON = text("left_at is null")


class VendorContact(Base):
    """Somebody at the vendor by name, in the order in which they are asked: the least `rank` first."""

    __tablename__ = "vendor_contact"
    __table_args__ = (
        Index("ix_vendor_contact_lead", "lead_id", "rank", "id"),
        Index("ix_vendor_contact_address", func.lower(text("address"))),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    name: Mapped[Line]
    part: Mapped[Line]
    address: Mapped[Line]
    phone: Mapped[Line] = mapped_column(default="")
    rank: Mapped[int]
    ended_at: Mapped[datetime | None]

    lead: Mapped[Lead] = relationship()


class VendorProtocol(Base):
    """What the Lead agreed with its vendor, as it was set. The newest row counts; the others are its history.

    `misses` times without a word and the next contact is asked; 0 leaves that to people.
    """

    __tablename__ = "vendor_protocol"
    __table_args__ = (Index("ix_vendor_protocol_lead", "lead_id", "id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    misses: Mapped[int]
    consequence: Mapped[str]
    decides: Mapped[Line]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]
    once: Mapped[Code] = mapped_column(unique=True)

    set_by: Mapped[Person] = relationship()


class VendorCase(Base):
    """One issue at the vendor. `number` is the vendor's own; "" until it tells it.

    `next_contact_at` is when the vendor is asked again, while it has the move. `misses` counts the times that
    passed so since its last word. `raised_at` is set while those who decide look at what it did not resolve.
    """

    __tablename__ = "vendor_case"
    __table_args__ = (
        Index("ix_vendor_case_lead", "lead_id", "last_activity_at", "id"),
        Index("ix_vendor_case_open", "lead_id", "last_activity_at", "id", postgresql_where=IS_OPEN),
        Index("ix_vendor_case_state", "lead_id", "state", "last_activity_at", "id"),
        Index("ix_vendor_case_contact", "contact_id", "last_activity_at", "id"),
        Index("ix_vendor_case_due", "lead_id", "next_contact_at", "id", postgresql_where=IS_OPEN),
        Index(
            "uq_vendor_case_number",
            "lead_id",
            func.lower(text("number")),
            unique=True,
            postgresql_where=text("number <> ''"),
        ),
        Index("ix_vendor_case_search", "search", postgresql_using="gin"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    title: Mapped[Line]
    number: Mapped[Code] = mapped_column(default="")
    severity: Mapped[Severity]
    state: Mapped[CaseState] = mapped_column(default=CaseState.OPEN)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("vendor_contact.id"))
    keeper_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    last_activity_at: Mapped[datetime]
    next_contact_at: Mapped[datetime | None]
    misses: Mapped[int] = mapped_column(default=0)
    raised_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('english', title || ' ' || number)", persisted=True), deferred=True
    )

    lead: Mapped[Lead] = relationship()
    contact: Mapped[VendorContact | None] = relationship()
    keeper: Mapped[Person] = relationship()

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class CaseTicket(Base):
    """A request is on a case, from when to when. It is on one at a time."""

    __tablename__ = "vendor_case_ticket"
    __table_args__ = (
        Index("ix_vendor_case_ticket_case", "case_id", "id"),
        Index("ix_vendor_case_ticket_ticket", "ticket_id", "id"),
        Index("uq_vendor_case_ticket_on", "ticket_id", unique=True, postgresql_where=IS_ON),
    )

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("vendor_case.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    joined_at: Mapped[datetime]
    joined_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    left_at: Mapped[datetime | None]

    case: Mapped[VendorCase] = relationship()
    ticket: Mapped[Ticket] = relationship()


class CaseMessage(Base):
    """One thing said on the case's thread. What went out holds nobody's name; what came in is masked on pages."""

    __tablename__ = "vendor_case_message"
    __table_args__ = (Index("ix_vendor_case_message_case", "case_id", "at", "id"),)

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("vendor_case.id"))
    kind: Mapped[Said]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    address: Mapped[Line] = mapped_column(default="")
    text: Mapped[str]
    html: Mapped[str] = mapped_column(default="")
    quoted: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    message_id: Mapped[str] = mapped_column(default="")
    has_ppi: Mapped[bool] = mapped_column(default=False)

    case: Mapped[VendorCase] = relationship()
    author: Mapped[Person | None] = relationship()
    files: Mapped[list[CaseFile]] = relationship(back_populates="message", order_by="CaseFile.id")


class CaseFile(Base):
    __tablename__ = "vendor_case_file"

    id: Mapped[BigId]
    message_id: Mapped[int] = mapped_column(ForeignKey("vendor_case_message.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), index=True)

    message: Mapped[CaseMessage] = relationship(back_populates="files")
    file: Mapped[StoredFile] = relationship()


class CaseStep(Base):
    """What was done with a case, by whom (none: the service), and why. `nonce` and `told` make a form's act once."""

    __tablename__ = "vendor_case_step"
    __table_args__ = (Index("ix_vendor_case_step_case", "case_id", "id"),)

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("vendor_case.id"))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    act: Mapped[Act]
    text: Mapped[str] = mapped_column(default="")
    explanation: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    nonce: Mapped[Code | None] = mapped_column(unique=True)
    told: Mapped[Code] = mapped_column(default="")

    case: Mapped[VendorCase] = relationship()
    by: Mapped[Person | None] = relationship()


class Broadcast(Base):
    """An update for everybody whose request is on the case, written once. Whom it goes to was fixed with it."""

    __tablename__ = "vendor_broadcast"
    __table_args__ = (
        Index("ix_vendor_broadcast_case", "case_id", "id"),
        Index("ix_vendor_broadcast_going", "id", postgresql_where=text("done_at is null")),
    )

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("vendor_case.id"))
    text: Mapped[str]
    then: Mapped[Then]
    includes_closed: Mapped[bool]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    total: Mapped[int]
    step_id: Mapped[int] = mapped_column(ForeignKey("vendor_case_step.id"), unique=True)
    done_at: Mapped[datetime | None]

    case: Mapped[VendorCase] = relationship()
    by: Mapped[Person] = relationship()


class BroadcastTicket(Base):
    """One request that an update goes to. `refused` says why it could not."""

    __tablename__ = "vendor_broadcast_ticket"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "ticket_id"),
        Index("ix_vendor_broadcast_ticket_waiting", "broadcast_id", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_vendor_broadcast_ticket_state", "broadcast_id", "state", "id"),
    )

    id: Mapped[BigId]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("vendor_broadcast.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    state: Mapped[Telling] = mapped_column(default=Telling.WAITING)
    refused: Mapped[str] = mapped_column(default="")

    broadcast: Mapped[Broadcast] = relationship()
    ticket: Mapped[Ticket] = relationship()
