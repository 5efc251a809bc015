from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Person


class Basis(StrEnum):
    """What a fee is counted by. SON-LI-9 names five of these; the others are what communities use beside."""

    FLAT = "flat-rate"
    LICENSES = "licenses"
    LICENSE_TYPE = "license-type"
    ADD_ON = "add-on"
    BEDS = "beds"
    CLIENTS = "clients"
    DATA_QUALITY = "data-quality"
    BUDGET = "budget"
    PROJECTS = "projects"
    TRAINEES = "trainees"


class Proration(StrEnum):
    """Which part of the yearly price a license bought within the year costs: that of the days, months or quarters
    left, each counted from the one it is bought in; or the whole price."""

    WHOLE = "whole"
    DAYS = "days"
    MONTHS = "months"
    QUARTERS = "quarters"


class FeeSchedule(Base):
    """What a CoC's agencies pay from `first_day` through `last_day`, both included, days of the CoC's zone.

    `noticed_on` is the day the committee was told of the prices (VT-LI-8). One with no items is free (SAC-LI-7).
    `least_cents` and `most_cents` bound what one agency pays for a year.
    """

    __tablename__ = "fee_schedule"
    __table_args__ = (UniqueConstraint("once"), Index(None, "lead_id", "id"), Index(None, "coc_id", "first_day"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    name: Mapped[Line]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    proration: Mapped[Proration] = mapped_column(default=Proration.MONTHS)
    least_cents: Mapped[int] = mapped_column(default=0)
    most_cents: Mapped[int | None]
    noticed_on: Mapped[date | None] = mapped_column(Date)
    notice: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    once: Mapped[Code]

    coc: Mapped[CoC] = relationship()
    by: Mapped[Person] = relationship()
    items: Mapped[list[FeeItem]] = relationship(order_by="FeeItem.position", back_populates="schedule")


class FeeItem(Base):
    """One line of a schedule: `cents` a year for each unit of its basis.

    `level` is the pack's access level that a price by license type is for. `bands` are for what is priced by budget or
    data quality: [{"from": 0, "cents": 5000}, ...], each counting up to the next; a band may take money off.
    """

    __tablename__ = "fee_item"
    __table_args__ = (UniqueConstraint("schedule_id", "position"),)

    id: Mapped[BigId]
    schedule_id: Mapped[int] = mapped_column(ForeignKey("fee_schedule.id"))
    position: Mapped[int]
    basis: Mapped[Basis]
    name: Mapped[Line]
    cents: Mapped[int] = mapped_column(default=0)
    level: Mapped[Code] = mapped_column(default="")
    bands: Mapped[list[Any]] = mapped_column(default=list)
    least_cents: Mapped[int | None]
    most_cents: Mapped[int | None]

    schedule: Mapped[FeeSchedule] = relationship(back_populates="items")


class AgencyFigures(Base):
    """What the service cannot know and a fee is counted by, for the billing year that begins on `first_day`."""

    __tablename__ = "agency_figures"
    __table_args__ = (UniqueConstraint("agency_id", "first_day"), Index(None, "coc_id", "first_day", "agency_id"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    first_day: Mapped[date] = mapped_column(Date)
    beds: Mapped[int | None]
    clients: Mapped[int | None]
    data_quality: Mapped[int | None]
    budget_cents: Mapped[int | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    agency: Mapped[Agency] = relationship()


class ReliefKind(StrEnum):
    WAIVED = "waived"
    SUBSIDIZED = "subsidized"


class FeeRelief(Base):
    """Fees of an agency that are waived, or that a funder bears, from `first_day` through `last_day` (HUD-LI-6)."""

    __tablename__ = "fee_relief"
    __table_args__ = (
        UniqueConstraint("once"),
        Index(None, "lead_id", "id"),
        Index(None, "agency_id", "first_day"),
        CheckConstraint("percent between 1 and 100", name="percent"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[ReliefKind]
    percent: Mapped[int]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    funder: Mapped[Line] = mapped_column(default="")
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    once: Mapped[Code]

    agency: Mapped[Agency] = relationship()
    by: Mapped[Person] = relationship()


class Payer(Base):
    """Who pays for an agency, or for one of its licenses (`license_id`), where that is not the agency itself.

    Another agency (`paying_agency_id`), or somebody outside with a name and an address. Open while `ended_at` is none;
    an agency and a license have one at a time. What another agency pays for is suspended by its debts, and not by
    those of the agency where the license is used.
    """

    __tablename__ = "payer"
    __table_args__ = (
        UniqueConstraint("once"),
        Index(
            "uq_payer_agency",
            "agency_id",
            unique=True,
            postgresql_where=text("ended_at is null and license_id is null"),
        ),
        Index("uq_payer_license", "license_id", unique=True, postgresql_where=text("ended_at is null")),
        Index(None, "paying_agency_id", "id"),
        Index(None, "lead_id", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    license_id: Mapped[int | None] = mapped_column(ForeignKey("license.id"))
    paying_agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[Line] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    email: Mapped[Line] = mapped_column(default="")
    purchase_order: Mapped[Line] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    once: Mapped[Code]

    agency: Mapped[Agency] = relationship(foreign_keys=agency_id)
    paying_agency: Mapped[Agency | None] = relationship(foreign_keys=paying_agency_id)
