from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Lead, Person
from training.courses.models import Course, CourseState
from training.series.rules import EnrollmentState, StepKind, StepState


class Purpose(StrEnum):
    """What the series is for; a CoC has one offered series for new users."""

    NEW_USER = "new-user"
    OTHER = "other"


class Series(Base):
    """Courses in an order, of a Lead or (`coc_id`) of one of its CoCs. Those who began keep their steps.

    `course_id` is the series as a whole, so that completing it counts for something of its own (VT-TR-8).
    """

    __tablename__ = "series"
    __table_args__ = (
        UniqueConstraint("lead_id", "code"),
        Index("ix_series_lead", "lead_id", "state", "title", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    code: Mapped[Code]
    title: Mapped[Line]
    purpose: Mapped[Purpose] = mapped_column(default=Purpose.OTHER)
    summary: Mapped[str] = mapped_column(default="")
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    state: Mapped[CourseState] = mapped_column(default=CourseState.DRAFT)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    once: Mapped[Code] = mapped_column(unique=True)

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    course: Mapped[Course] = relationship()
    steps: Mapped[list[SeriesStep]] = relationship(back_populates="series", order_by="SeriesStep.position")


class SeriesStep(Base):
    """One step; `after` are the positions that must be met before it opens, `key` the pack's name for it."""

    __tablename__ = "series_step"
    __table_args__ = (UniqueConstraint("series_id", "position"),)

    id: Mapped[BigId]
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    position: Mapped[int]
    kind: Mapped[StepKind] = mapped_column(default=StepKind.COURSE)
    key: Mapped[Code] = mapped_column(default="")
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    after: Mapped[list[int]] = mapped_column(default=list)

    series: Mapped[Series] = relationship(back_populates="steps")
    course: Mapped[Course] = relationship()


class Enrollment(Base):
    """One person's way through a series at one agency. `started_at` is when they opened its first step.

    `ground_type` and `ground_id` name the row of another package for which it is taken (an access request).
    `hud_types` are the kinds of project they will enter data for (MO-TR-3). `pack` and `pack_version` are what it
    began under. A retake is a row of its own that names the one before it.
    """

    __tablename__ = "enrollment"
    __table_args__ = (
        Index("ix_enrollment_person", "person_id", "id"),
        Index("ix_enrollment_lead", "lead_id", "state", "id"),
        Index("ix_enrollment_coc", "coc_id", "state", "id"),
        Index("ix_enrollment_agency", "agency_id", "state", "id"),
        Index("ix_enrollment_trainer", "trainer_id", "state", "id"),
        Index("ix_enrollment_ground", "ground_type", "ground_id"),
        Index(
            "uq_enrollment_open",
            "series_id",
            "person_id",
            "agency_id",
            unique=True,
            postgresql_where=text("state in ('assigned', 'running')"),
        ),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[EnrollmentState] = mapped_column(default=EnrollmentState.ASSIGNED)
    hud_types: Mapped[list[int]] = mapped_column(default=list)
    is_returning: Mapped[bool] = mapped_column(default=False)
    assigned_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_reason: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    number: Mapped[int] = mapped_column(default=1)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment.id"))
    ground_type: Mapped[Code] = mapped_column(default="")
    ground_id: Mapped[int | None]
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC] = relationship()
    agency: Mapped[Agency] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    trainer: Mapped[Person | None] = relationship(foreign_keys=trainer_id)
    series: Mapped[Series] = relationship()
    steps: Mapped[list[EnrollmentStep]] = relationship(back_populates="enrollment", order_by="EnrollmentStep.position")

    @property
    def is_open(self) -> bool:
        return self.state in (EnrollmentState.ASSIGNED, EnrollmentState.RUNNING)


class EnrollmentStep(Base):
    """A step as it was when the person was enrolled; `completion_id` is what met it.

    `hud_types` are the kinds of project for which a practice case was accepted, one entry for each case.
    """

    __tablename__ = "enrollment_step"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "position"),
        Index("ix_enrollment_step_waits", "course_id", "enrollment_id", postgresql_where=text("state <> 'met'")),
    )

    id: Mapped[BigId]
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    position: Mapped[int]
    kind: Mapped[StepKind]
    key: Mapped[Code] = mapped_column(default="")
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    title: Mapped[Line]
    after: Mapped[list[int]] = mapped_column(default=list)
    state: Mapped[StepState] = mapped_column(default=StepState.TO_DO)
    met_at: Mapped[datetime | None]
    completion_id: Mapped[int | None] = mapped_column(ForeignKey("completion.id"))
    hud_types: Mapped[list[int]] = mapped_column(default=list)

    enrollment: Mapped[Enrollment] = relationship(back_populates="steps")
    course: Mapped[Course] = relationship()
