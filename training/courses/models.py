from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Lead, Person, words_of_name
from training.courses.vocabulary import CourseKind, How


class CourseState(StrEnum):
    DRAFT = "draft"
    OFFERED = "offered"
    RETIRED = "retired"


class VersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


class Course(Base):
    """Something to learn, of a Lead or (`coc_id`) of one of its CoCs. `credits` and `topics` are codes of the packs."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("lead_id", "code"), Index("ix_course_lead", "lead_id", "state", "title", "id"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    code: Mapped[Code]
    title: Mapped[Line]
    kind: Mapped[CourseKind]
    summary: Mapped[str] = mapped_column(default="")
    credits: Mapped[list[str]] = mapped_column(default=list)
    topics: Mapped[list[str]] = mapped_column(default=list)
    minutes: Mapped[int] = mapped_column(default=0)
    state: Mapped[CourseState] = mapped_column(default=CourseState.DRAFT)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    once: Mapped[Code] = mapped_column(unique=True)

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    versions: Mapped[list[CourseVersion]] = relationship(back_populates="course", order_by="CourseVersion.number")


class CourseVersion(Base):
    """What was taught from when on. A published one never changes: what was passed stays what it was.

    `video`, `test` and `clauses` are plain data that `training.courses.rules` reads and checks.
    """

    __tablename__ = "course_version"
    __table_args__ = (UniqueConstraint("course_id", "number"),)

    id: Mapped[BigId]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(default=VersionState.DRAFT)
    body: Mapped[str] = mapped_column(default="")
    video: Mapped[dict[str, Any]] = mapped_column(default=dict)
    test: Mapped[dict[str, Any]] = mapped_column(default=dict)
    clauses: Mapped[list[str]] = mapped_column(default=list)
    changes: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    course: Mapped[Course] = relationship(back_populates="versions")
    author: Mapped[Person] = relationship()


class Completion(Base):
    """Proof that a person completed a course: when, how, in which version, and what it counts for since then.

    `source_type` and `source_id` name the row it rests on (an attempt, an attendance, a review); a second one for
    the same source is the same completion. One given by mistake is revoked, never deleted.
    """

    __tablename__ = "completion"
    __table_args__ = (
        UniqueConstraint("person_id", "course_id", "source_type", "source_id"),
        Index("ix_completion_person", "person_id", "at", "id"),
        Index("ix_completion_lead", "lead_id", "at", "id"),
        Index("ix_completion_course", "course_id", "at", "id"),
        Index("ix_completion_agency", "agency_id", "at", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("course_version.id"))
    at: Mapped[datetime]
    how: Mapped[How]
    minutes: Mapped[int] = mapped_column(default=0)
    score: Mapped[int | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(default="")
    source_type: Mapped[Code]
    source_id: Mapped[int]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_reason: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    agency: Mapped[Agency | None] = relationship()
    course: Mapped[Course] = relationship()
    version: Mapped[CourseVersion | None] = relationship()
    by: Mapped[Person | None] = relationship(foreign_keys=by_id)
    earned: Mapped[list[CompletionCredit]] = relationship(
        back_populates="completion", order_by="CompletionCredit.credit"
    )


class CompletionCredit(Base):
    """One thing a completion counts for, beside the completion so that a year's obligations are met by one statement.

    It is gone when the completion is revoked.
    """

    __tablename__ = "completion_credit"
    __table_args__ = (Index("ix_completion_credit_counts", "lead_id", "credit", "person_id", "at"),)

    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"), primary_key=True)
    credit: Mapped[Code] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    completion: Mapped[Completion] = relationship(back_populates="earned")


Index("ix_course_words", words_of_name(Course.title), postgresql_using="gin")
