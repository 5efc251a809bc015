from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, Index, LargeBinary, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, Code, Line


class AuditEvent(Base):
    """One deed. `chain` is the HMIS Lead's id (0: none), `seq` counts within it without a gap."""

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        Index(None, "subject_type", "subject_id", "id"),
        Index(None, "agency_id", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "action", "id"),
        Index("ix_audit_event_day", "chain", "at", "id"),
    )

    id: Mapped[BigId]
    chain: Mapped[int]
    seq: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor: Mapped[Line]
    action: Mapped[Code]
    subject_type: Mapped[Code]
    subject_id: Mapped[int]
    agency_id: Mapped[int | None]
    data: Mapped[dict[str, Any]]
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


APPEND_ONLY = (
    """
    create or replace function audit_is_append_only() returns trigger language plpgsql as $$
    begin
        raise exception 'audit events are never changed or deleted';
    end $$
    """,
    """
    create trigger audit_append_only before update or delete on audit_event
    for each row execute function audit_is_append_only()
    """,
)

for statement in APPEND_ONLY:
    event.listen(AuditEvent.__table__, "after_create", DDL(statement))
