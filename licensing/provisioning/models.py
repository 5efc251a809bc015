from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from licensing.access.models import License
from licensing.provisioning.rules import SendState


class AccountChange(Base):
    """The vendor is to hear that a license changed. What it is told is read from the license when it is sent, so that
    several changes at once are one, and of one license never two at a time."""

    __tablename__ = "account_change"
    __table_args__ = (
        Index("uq_account_change_pending", "license_id", unique=True, postgresql_where=text("state = 'pending'")),
        Index("uq_account_change_sending", "license_id", unique=True, postgresql_where=text("state = 'sending'")),
        Index("ix_account_change_due", "next_at", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_account_change_lead", "lead_id", "state", "id"),
        Index(None, "license_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    license_id: Mapped[int] = mapped_column(ForeignKey("license.id"))
    why: Mapped[Code]
    state: Mapped[SendState] = mapped_column(default=SendState.PENDING)
    at: Mapped[datetime]
    next_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[Line] = mapped_column(default="")

    license: Mapped[License] = relationship()


class VendorAccount(Base):
    """The account at the vendor's that belongs to a license, by the vendor's own id."""

    __tablename__ = "vendor_account"

    license_id: Mapped[int] = mapped_column(ForeignKey("license.id"), primary_key=True)
    remote_id: Mapped[Line]
    is_active: Mapped[bool]
    at: Mapped[datetime]
