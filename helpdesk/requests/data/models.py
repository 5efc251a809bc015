from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Person
from helpdesk.requests.data.rules import About, Act, DataState, Level, Requester, Vote


class DataRequest(Base):
    """Somebody asks the Lead for data or a report that the HMIS does not give by itself.

    `for_whom` is who asks when somebody enters it for others. `route` and `score` are the decision and the sum as they
    were made, with their reasons; the pack version in them stays. `approved_at` is when the CoC agreed, where it must.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        Index("ix_data_request_lead", "lead_id", "state", "priority", "id"),
        Index("ix_data_request_coc", "coc_id", "state", "priority", "id"),
        Index("ix_data_request_agency", "agency_id", "state", "priority", "id"),
        Index("ix_data_request_asked_by", "asked_by_id", "state", "priority", "id"),
        Index(None, "ticket_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    for_whom: Mapped[Line] = mapped_column(default="")
    title: Mapped[Line]
    requester: Mapped[Requester]
    level: Mapped[Level]
    about: Mapped[About]
    elements: Mapped[str]
    period: Mapped[Line] = mapped_column(default="")
    reason: Mapped[str]
    recipient: Mapped[Line] = mapped_column(default="")
    need_by: Mapped[date | None] = mapped_column(Date)
    exception: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[DataState] = mapped_column(default=DataState.ASKED)
    needs_approval: Mapped[bool]
    route: Mapped[dict[str, Any]]
    score: Mapped[list[Any]] = mapped_column(default=list)
    priority: Mapped[int] = mapped_column(default=0)
    approved_at: Mapped[datetime | None]
    begins_on: Mapped[date | None] = mapped_column(Date)
    expected_on: Mapped[date | None] = mapped_column(Date)
    fee: Mapped[Line] = mapped_column(default="")
    ticket_id: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    once: Mapped[Code] = mapped_column(unique=True)

    coc: Mapped[CoC] = relationship()
    agency: Mapped[Agency | None] = relationship()
    asked_by: Mapped[Person] = relationship()

    @property
    def tz(self) -> str:
        """The zone in which its days begin and end."""
        return self.agency.tz if self.agency else self.coc.tz

    @property
    def place(self) -> str:
        return self.agency.name if self.agency else self.coc.name

    @property
    def whose(self) -> str:
        return self.for_whom or self.place


class DataRequestStep(Base):
    """What was decided or done: by whom, when, why, and by which rule."""

    __tablename__ = "data_request_step"
    __table_args__ = (Index(None, "request_id", "id"),)

    id: Mapped[BigId]
    request_id: Mapped[int] = mapped_column(ForeignKey("data_request.id"))
    act: Mapped[Act]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    reason: Mapped[str]
    rule: Mapped[Code] = mapped_column(default="")

    by: Mapped[Person] = relationship()


class DataRequestVote(Base):
    """The vote of somebody with a seat in the CoC; until it is decided they may change it."""

    __tablename__ = "data_request_vote"
    __table_args__ = (UniqueConstraint("request_id", "person_id"),)

    id: Mapped[BigId]
    request_id: Mapped[int] = mapped_column(ForeignKey("data_request.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    vote: Mapped[Vote]
    reason: Mapped[str]
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()
