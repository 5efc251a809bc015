from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import DDL, Date, ForeignKey, Index, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Person
from core.policy.vocabulary import Requirement
from helpdesk.requests.demands.rules import DemandKind, DemandState


class OutsideDemand(Base):
    """Somebody outside the HMIS wants client data. It is recorded whatever becomes of it.

    `told_at` is when the client or their caseworker was told of the attempt. `sent_to_counsel_at` starts the review.
    """

    __tablename__ = "outside_demand"
    __table_args__ = (
        Index("ix_outside_demand_lead", "lead_id", "received_at", "id"),
        Index("ix_outside_demand_coc", "coc_id", "received_at", "id"),
        Index("ix_outside_demand_agency", "agency_id", "received_at", "id"),
        Index("ix_outside_demand_recorded_by", "recorded_by_id", "received_at", "id"),
        Index(None, "client_id"),
        Index(None, "ticket_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[DemandKind]
    who: Mapped[Line]
    what: Mapped[str]
    client_id: Mapped[Code] = mapped_column(default="")
    received_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[DemandState] = mapped_column(default=DemandState.RECEIVED)
    sent_to_counsel_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(default="")
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    told_at: Mapped[datetime | None]
    told_whom: Mapped[Code] = mapped_column(default="")
    told_how: Mapped[str] = mapped_column(default="")
    ticket_id: Mapped[int | None]
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    once: Mapped[Code] = mapped_column(unique=True)

    coc: Mapped[CoC] = relationship()
    agency: Mapped[Agency | None] = relationship()
    recorded_by: Mapped[Person] = relationship(foreign_keys=recorded_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)
    told_by: Mapped[Person | None] = relationship(foreign_keys=told_by_id)

    @property
    def tz(self) -> str:
        return self.agency.tz if self.agency else self.coc.tz

    @property
    def place(self) -> str:
        return self.agency.name if self.agency else self.coc.name


class DemandLine(Base):
    """Somebody says that a condition holds, and what they saw."""

    __tablename__ = "demand_line"
    __table_args__ = (UniqueConstraint("demand_id", "requirement"),)

    id: Mapped[BigId]
    demand_id: Mapped[int] = mapped_column(ForeignKey("outside_demand.id"))
    requirement: Mapped[Requirement]
    evidence: Mapped[str]
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    confirmed_by: Mapped[Person] = relationship()


class Disclosure(Base):
    """One client's data went to somebody outside: the log, of which nothing is ever changed or deleted.

    `kept_until` is the last day on which the log must still have it; none: for good.
    """

    __tablename__ = "disclosure"
    __table_args__ = (
        Index("ix_disclosure_lead", "lead_id", "released_at", "id"),
        Index("ix_disclosure_coc", "coc_id", "released_at", "id"),
        Index("ix_disclosure_agency", "agency_id", "released_at", "id"),
        Index("ix_disclosure_client", "client_id", "released_at", "id"),
        Index(None, "demand_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    demand_id: Mapped[int] = mapped_column(ForeignKey("outside_demand.id"))
    client_id: Mapped[Code]
    to_whom: Mapped[Line]
    what: Mapped[str]
    ground: Mapped[str]
    rule: Mapped[Code]
    released_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    released_at: Mapped[datetime]
    kept_until: Mapped[date | None] = mapped_column(Date)

    coc: Mapped[CoC] = relationship()
    agency: Mapped[Agency | None] = relationship()
    released_by: Mapped[Person] = relationship()

    @property
    def tz(self) -> str:
        return self.agency.tz if self.agency else self.coc.tz

    @property
    def place(self) -> str:
        return self.agency.name if self.agency else self.coc.name


APPEND_ONLY = (
    """
    create or replace function disclosure_log_is_append_only() returns trigger language plpgsql as $$
    begin
        raise exception 'the log of disclosures is never changed or deleted';
    end $$
    """,
    """
    create trigger disclosure_append_only before update or delete on disclosure
    for each row execute function disclosure_log_is_append_only()
    """,
)

for statement in APPEND_ONLY:
    event.listen(Disclosure.__table__, "after_create", DDL(statement))
