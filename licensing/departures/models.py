from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code
from core.people.models import Agency, CoC, Person
from licensing.departures.rules import DepartureState


class Reason(StrEnum):
    LEFT = "left"
    TRANSFERRED = "transferred"
    JOB_CHANGE = "job-change"
    VIOLATION = "violation"


REASONS = {
    Reason.LEFT: "left the agency",
    Reason.TRANSFERRED: "moved to another agency",
    Reason.JOB_CHANGE: "no longer needs access",
    Reason.VIOLATION: "access ended after a violation",
}


class Channel(StrEnum):
    """How the notice came. FOUND_OUT: the agency said nothing (yet), the Lead learned of it otherwise."""

    FORM = "form"
    MAIL = "mail"
    FOUND_OUT = "found-out"


# The agency has not told the Lead. Written out, so that the partial indexes serve the queries that use the same words.
IS_OWED = "departure_notice.noticed_at is null and departure_notice.state <> 'undone'"


class DepartureNotice(Base):
    """Somebody leaves an agency, or stays and no longer needs access.

    `leaves_at` is when they leave; `noticed_at` is when the agency told the Lead (none: it has not).
    `ends_at` is when access ends, and `effective_at` when it did. Both clocks are deadline rows of this one.
    `ticket_id` is the mail ticket it came from, which the help desk owns.
    """

    __tablename__ = "departure_notice"
    __table_args__ = (
        Index(
            "uq_departure_notice_scheduled",
            "agency_id",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'scheduled'"),
        ),
        Index("ix_departure_notice_lead", "lead_id", "leaves_at", "id"),
        Index("ix_departure_notice_coc", "coc_id", "leaves_at", "id"),
        Index("ix_departure_notice_agency", "agency_id", "leaves_at", "id"),
        *(
            Index(f"ix_departure_notice_{owner}_owed", f"{owner}_id", "leaves_at", "id", postgresql_where=text(IS_OWED))
            for owner in ("lead", "coc", "agency")
        ),
        Index("ix_departure_notice_unconfirmed", "lead_id", "effective_at", postgresql_where=text("off_at is null")),
        Index(None, "person_id"),
        Index(None, "ticket_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    leaves_at: Mapped[datetime]
    reason: Mapped[Reason]
    channel: Mapped[Channel]
    ticket_id: Mapped[int | None]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    noticed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    noticed_at: Mapped[datetime | None]
    state: Mapped[DepartureState] = mapped_column(default=DepartureState.SCHEDULED)
    ends_at: Mapped[datetime]
    effective_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    off_at: Mapped[datetime | None]
    off_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    off_evidence: Mapped[str] = mapped_column(default="")
    once: Mapped[Code] = mapped_column(unique=True)

    agency: Mapped[Agency] = relationship()
    coc: Mapped[CoC] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    recorded_by: Mapped[Person] = relationship(foreign_keys=recorded_by_id)
    noticed_by: Mapped[Person | None] = relationship(foreign_keys=noticed_by_id)
    undone_by: Mapped[Person | None] = relationship(foreign_keys=undone_by_id)
    off_by: Mapped[Person | None] = relationship(foreign_keys=off_by_id)

    @property
    def ends_membership(self) -> bool:
        """Who changes jobs within the agency goes on working there."""
        return self.reason is not Reason.JOB_CHANGE
