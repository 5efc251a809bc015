from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code
from core.people.models import Agency, CoC, Person
from helpdesk.requests.clients.rules import ClientState


class ClientRequest(Base):
    """A client asks an agency to see, copy or correct their own record. The client is a number of the HMIS, no name.

    `received_at` is the stamp of the receipt, `recorded_at` when it was entered here. `own_days` is the agency's own
    limit at that time, where its community lets a shorter one count.
    """

    __tablename__ = "client_request"
    __table_args__ = (
        Index("ix_client_request_lead", "lead_id", "state", "received_at", "id"),
        Index("ix_client_request_coc", "coc_id", "state", "received_at", "id"),
        Index("ix_client_request_agency", "agency_id", "state", "received_at", "id"),
        Index("ix_client_request_client", "client_id", "received_at", "id"),
        Index(None, "ticket_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    client_id: Mapped[Code]
    kind: Mapped[Code]
    is_spoken: Mapped[bool] = mapped_column(default=False)
    what: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime]
    own_days: Mapped[int | None]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    state: Mapped[ClientState] = mapped_column(default=ClientState.OPEN)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(default="")
    ticket_id: Mapped[int | None]
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    once: Mapped[Code] = mapped_column(unique=True)

    coc: Mapped[CoC] = relationship()
    agency: Mapped[Agency] = relationship()
    recorded_by: Mapped[Person] = relationship(foreign_keys=recorded_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)
