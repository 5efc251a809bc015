from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Line
from core.people.models import Agency, Person
from licensing.access.models import License
from licensing.reviews.rules import Answer, ReviewState


class ReviewPlan(Base):
    """The Lead has begun its monthly reviews: agencies are asked from the period of `since` on. `ended_at`: no more."""

    __tablename__ = "access_review_plan"
    __table_args__ = (
        Index("uq_access_review_plan_running", "lead_id", unique=True, postgresql_where=text("ended_at is null")),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    since: Mapped[date] = mapped_column(Date)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class AccessReview(Base):
    """One agency's list of users for one period, to be confirmed by `due_at`."""

    __tablename__ = "access_review"
    __table_args__ = (
        UniqueConstraint("agency_id", "period"),
        *(
            Index(f"ix_access_review_{owner}", f"{owner}_id", "state", "id") for owner in ("lead", "coc", "agency")
        ),
    )  # fmt: skip

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    period: Mapped[date] = mapped_column(Date)
    opened_at: Mapped[datetime]
    state: Mapped[ReviewState] = mapped_column(default=ReviewState.OPEN)
    done_at: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship()
    lines: Mapped[list[ReviewLine]] = relationship(back_populates="review", order_by="ReviewLine.id")


class ReviewLine(Base):
    """One user of the list. `answer` none: nobody has said yet. `departure_id` is the notice that the answer gave."""

    __tablename__ = "access_review_line"
    __table_args__ = (
        UniqueConstraint("review_id", "license_id"),
        Index("ix_access_review_line_open", "review_id", "id", postgresql_where=text("answer is null")),
        Index(None, "license_id"),
    )

    id: Mapped[BigId]
    review_id: Mapped[int] = mapped_column(ForeignKey("access_review.id"))
    license_id: Mapped[int] = mapped_column(ForeignKey("license.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    level: Mapped[Line] = mapped_column(default="")
    answer: Mapped[Answer | None]
    note: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime | None]
    departure_id: Mapped[int | None] = mapped_column(ForeignKey("departure_notice.id"))

    review: Mapped[AccessReview] = relationship(back_populates="lines")
    license: Mapped[License] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    by: Mapped[Person | None] = relationship(foreign_keys=by_id)
