from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Person
from helpdesk.matters.changes.rules import ChangeState, Choice


class PolicyChange(Base):
    """A proposed change of a community's policies.

    `agency_id` is whose executive director proposed it; none for the Lead's own. `adopted_at` is the board's
    approval, from which the forwarding is counted.
    """

    __tablename__ = "policy_change"
    __table_args__ = (UniqueConstraint("once"), Index(None, "lead_id", "id"), Index(None, "coc_id", "id"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    title: Mapped[Line]
    text: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    state: Mapped[ChangeState] = mapped_column(default=ChangeState.LISTED)
    put_to_vote_at: Mapped[datetime | None]
    voted_at: Mapped[datetime | None]
    adopted_at: Mapped[datetime | None]
    board_note: Mapped[Line] = mapped_column(default="")
    board_recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    forwarded_at: Mapped[datetime | None]
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    once: Mapped[Code]

    coc: Mapped[CoC] = relationship()
    agency: Mapped[Agency | None] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=proposed_by_id)
    votes: Mapped[list[PolicyVote]] = relationship(back_populates="change", order_by="PolicyVote.id")


class PolicyVote(Base):
    """What one member of the data committee says; another choice replaces it while the vote is open."""

    __tablename__ = "policy_vote"
    __table_args__ = (UniqueConstraint("change_id", "person_id"),)

    id: Mapped[BigId]
    change_id: Mapped[int] = mapped_column(ForeignKey("policy_change.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    choice: Mapped[Choice]
    at: Mapped[datetime]

    change: Mapped[PolicyChange] = relationship(back_populates="votes")


class PolicyDelivery(Base):
    """What was adopted reaches one agency's executive director, who acknowledges it.

    `delivered_at` is none while the agency has nobody with that duty to deliver it to.
    """

    __tablename__ = "policy_delivery"
    __table_args__ = (UniqueConstraint("change_id", "agency_id"), Index(None, "agency_id"))

    id: Mapped[BigId]
    change_id: Mapped[int] = mapped_column(ForeignKey("policy_change.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    delivered_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    change: Mapped[PolicyChange] = relationship()
    agency: Mapped[Agency] = relationship()
    acknowledged_by: Mapped[Person | None] = relationship()
