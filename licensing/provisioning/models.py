from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Person
from licensing.access.models import License
from licensing.provisioning.rules import SendState

WHOSE = ("lead_id", "person_id")


class AccountChange(Base):
    """The vendor is to hear that a license of this person changed. What it is told is read from all their licenses when
    it is sent, so that several changes at once are one, and of one person never two at a time.

    `license_id` is the license that changed last.
    """

    __tablename__ = "account_change"
    __table_args__ = (
        Index("uq_account_change_pending", *WHOSE, unique=True, postgresql_where=text("state = 'pending'")),
        Index("uq_account_change_sending", *WHOSE, unique=True, postgresql_where=text("state = 'sending'")),
        Index("ix_account_change_due", "next_at", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_account_change_lead", "lead_id", "state", "id"),
        Index(None, "person_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    license_id: Mapped[int] = mapped_column(ForeignKey("license.id"))
    why: Mapped[Code]
    state: Mapped[SendState] = mapped_column(default=SendState.PENDING)
    at: Mapped[datetime]
    next_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[Line] = mapped_column(default="")

    person: Mapped[Person] = relationship()
    license: Mapped[License] = relationship()


class VendorAccount(Base):
    """A person's account in the Lead's HMIS, by the vendor's own id. It is theirs for good: whoever comes back has it
    again, and whoever works for two agencies has one."""

    __tablename__ = "vendor_account"

    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    remote_id: Mapped[Line]
    is_active: Mapped[bool]
    at: Mapped[datetime]
