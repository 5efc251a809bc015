from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Person

IS_OPEN = text("freed_at is null")


class SeatType(Base):
    """A kind of license that the vendor sells to a CoC. A CoC that has none here is not limited (SON-LI-2).

    `levels` are the pack's access levels that take a seat of it; none means every level that no other type names.
    An add-on is a seat of its own, beside that of the license (VT-LI-9). `cents` is what one costs a year.
    """

    __tablename__ = "seat_type"
    __table_args__ = (UniqueConstraint("coc_id", "name"), UniqueConstraint("once"), Index(None, "lead_id", "id"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    name: Mapped[Line]
    is_add_on: Mapped[bool] = mapped_column(default=False)
    levels: Mapped[list[str]] = mapped_column(default=list)
    cents: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    once: Mapped[Code]

    coc: Mapped[CoC] = relationship()


class SeatOrder(Base):
    """Seats ordered from the vendor; they count from `arrived_at`. Fewer than none: given back to the vendor."""

    __tablename__ = "seat_order"
    __table_args__ = (UniqueConstraint("once"), Index(None, "type_id", "id"))

    id: Mapped[BigId]
    type_id: Mapped[int] = mapped_column(ForeignKey("seat_type.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    count: Mapped[int]
    cents: Mapped[int] = mapped_column(default=0)
    reference: Mapped[Line] = mapped_column(default="")
    ordered_on: Mapped[date] = mapped_column(Date)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]
    arrived_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cancelled_at: Mapped[datetime | None]
    once: Mapped[Code]

    by: Mapped[Person] = relationship(foreign_keys=by_id)

    @property
    def state(self) -> str:
        if self.cancelled_at is not None:
            return "cancelled"
        return "arrived" if self.arrived_at is not None else "ordered"


class SeatAllocation(Base):
    """So many seats of a type are set aside for an agency; the others are the pool, for whoever is next."""

    __tablename__ = "seat_allocation"
    __table_args__ = (UniqueConstraint("type_id", "agency_id"),)

    id: Mapped[BigId]
    type_id: Mapped[int] = mapped_column(ForeignKey("seat_type.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    count: Mapped[int]

    agency: Mapped[Agency] = relationship()


class Seat(Base):
    """One seat in use: kept for a request (`kept_at`), or taken by a person (`taken_at`), until it is freed.

    It is one person's and never becomes another's (SON-LI-2): the next person's is a new row. `agency_id` is the agency
    for which it is used, and whose allocation it counts in. `request_id` is no foreign key: whoever changes a request
    holds its row and then waits for the type, so that a key's lock the other way round would let two wait for ever.
    """

    __tablename__ = "seat"
    __table_args__ = (
        Index("uq_seat_person", "type_id", "person_id", unique=True, postgresql_where=IS_OPEN),
        Index("uq_seat_request", "type_id", "request_id", unique=True, postgresql_where=IS_OPEN),
        Index("ix_seat_open", "type_id", "id", postgresql_where=IS_OPEN),
        Index("ix_seat_type", "type_id", "id"),
        Index("ix_seat_agency", "agency_id", "type_id", "id"),
        Index("ix_seat_taken", "type_id", "taken_at"),
        Index("ix_seat_freed", "type_id", "freed_at"),
        Index(None, "person_id"),
    )

    id: Mapped[BigId]
    type_id: Mapped[int] = mapped_column(ForeignKey("seat_type.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    request_id: Mapped[int | None]
    kept_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    freed_at: Mapped[datetime | None]

    type: Mapped[SeatType] = relationship()
    agency: Mapped[Agency] = relationship()
    person: Mapped[Person | None] = relationship()
