from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Person


class Account(Base):
    """How one person signs in. `password_hash` is empty until an invitation has been accepted.

    `totp_secret` is sealed (core.accounts.sealing); `last_totp_step` is the 30-second step of the last code that was
    accepted, so that none is accepted twice. Locked while `locked_at` is set and `locked_until` is empty or ahead.
    """

    __tablename__ = "account"
    __table_args__ = (Index(None, "locked_at"),)

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    password_hash: Mapped[Line] = mapped_column(default="")
    must_change_password: Mapped[bool] = mapped_column(default=False)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]
    last_totp_step: Mapped[int] = mapped_column(default=0)
    failed_count: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class RecoveryCode(Base):
    """One of the codes that stand in for a lost second factor, once each."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index(None, "account_id"),)

    id: Mapped[BigId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    code_hash: Mapped[Line]
    used_at: Mapped[datetime | None]


class EndReason(StrEnum):
    SIGNED_OUT = "signed-out"
    IDLE = "idle"
    TOO_LONG = "too-long"
    ELSEWHERE = "elsewhere"
    ENDED_BY_PERSON = "ended-by-person"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a reason, not a password
    SECOND_FACTOR_CHANGED = "second-factor-changed"
    ACCESS_ENDED = "access-ended"
    LOCKED = "locked"
    BY_ADMINISTRATOR = "by-administrator"


class LoginSession(Base):
    """A browser that signed in. Its cookie holds only the token; here is only the token's hash."""

    __tablename__ = "login_session"
    __table_args__ = (Index(None, "account_id", "ended_at"),)

    id: Mapped[BigId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    second_factor_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None]
    ip: Mapped[Code] = mapped_column(default="")
    agent: Mapped[Line] = mapped_column(default="")

    account: Mapped[Account] = relationship()


class ApiToken(Base):
    """A key for programs, narrowed to some of its owner's permissions; `hint` is its beginning, to tell it by."""

    __tablename__ = "api_token"
    __table_args__ = (Index(None, "account_id"),)

    id: Mapped[BigId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[Line]
    hint: Mapped[Code]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class LinkPurpose(StrEnum):
    INVITATION = "invitation"
    RESET = "reset"


class AccountLink(Base):
    """A link that was mailed to set a password: works once, until `expires_at`."""

    __tablename__ = "account_link"
    __table_args__ = (Index(None, "account_id", "used_at"),)

    id: Mapped[BigId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    purpose: Mapped[LinkPurpose]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()
