from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Lead, Person
from training.courses.models import Course, CourseState, VersionState
from training.practice.content import Content
from training.practice.rules import Act, CaseState, SegmentState, TrackState, Verdict

WAITS = text("reviewed_at is null")


class PracticeCase(Base):
    """An invented household to practice on, for one of HUD's project types (2.02.6); accepted, it gives its course."""

    __tablename__ = "practice_case"
    __table_args__ = (
        Index("ix_practice_case_lead", "lead_id", "title", "id"),
        Index("ix_practice_case_type", "lead_id", "hud_type", "state", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    title: Mapped[Line]
    hud_type: Mapped[int]
    state: Mapped[CourseState] = mapped_column(default=CourseState.DRAFT)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    once: Mapped[Code] = mapped_column(unique=True)

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    course: Mapped[Course] = relationship()
    versions: Mapped[list[PracticeVersion]] = relationship(back_populates="case", order_by="PracticeVersion.number")

    @property
    def newest(self) -> PracticeVersion:
        return self.versions[-1]

    @property
    def published(self) -> PracticeVersion | None:
        """The version that is given to people now."""
        return next((row for row in reversed(self.versions) if row.state is VersionState.PUBLISHED), None)


class PracticeVersion(Base):
    """The household, sheets and answer key as they were from when on. A published one never changes."""

    __tablename__ = "practice_version"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("practice_case.id"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(default=VersionState.DRAFT)
    stored: Mapped[dict[str, Any]]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    case: Mapped[PracticeCase] = relationship(back_populates="versions")

    @property
    def content(self) -> Content:
        return Content.of(self.stored)


class PracticeTrack(Base):
    """One person's practicing for one kind of project at one agency, over one case or several.

    `until` is the last second of what runs by the clock: provisional access, or the wait before another try.
    `pack` and `pack_version` are what it began under. Another try is a row of its own that names the one before it.
    """

    __tablename__ = "practice_track"
    __table_args__ = (
        Index("ix_practice_track_person", "person_id", "hud_type", "id"),
        Index("ix_practice_track_lead", "lead_id", "state", "id"),
        Index("ix_practice_track_coc", "coc_id", "state", "id"),
        Index("ix_practice_track_agency", "agency_id", "state", "id"),
        Index("ix_practice_track_enrollment", "enrollment_id"),
        Index(
            "uq_practice_track_working",
            "person_id",
            "agency_id",
            "hud_type",
            unique=True,
            postgresql_where=text("state in ('working', 'committee', 'provisional')"),
        ),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    enrollment_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment.id"))
    hud_type: Mapped[int]
    state: Mapped[TrackState] = mapped_column(default=TrackState.WORKING)
    language: Mapped[Code] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    begun_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    until: Mapped[datetime | None]
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("practice_track.id"))
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC] = relationship()
    agency: Mapped[Agency] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    mentor: Mapped[Person | None] = relationship(foreign_keys=mentor_id)
    assignments: Mapped[list[PracticeAssignment]] = relationship(
        back_populates="track", order_by="PracticeAssignment.number"
    )
    steps: Mapped[list[PracticeStep]] = relationship(back_populates="track", order_by="PracticeStep.id")

    @property
    def current(self) -> PracticeAssignment | None:
        """The case being worked on, or the last one."""
        return self.assignments[-1] if self.assignments else None


class PracticeAssignment(Base):
    """A case that somebody was given: the first of a track, the second, the third. It is what a completion rests on."""

    __tablename__ = "practice_assignment"
    __table_args__ = (
        UniqueConstraint("track_id", "number"),
        UniqueConstraint("person_id", "case_id"),
        Index("ix_practice_assignment_case", "case_id", "id"),
    )

    id: Mapped[BigId]
    track_id: Mapped[int] = mapped_column(ForeignKey("practice_track.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("practice_case.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("practice_version.id"))
    number: Mapped[int]
    state: Mapped[CaseState] = mapped_column(default=CaseState.WORKING)
    given_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    track: Mapped[PracticeTrack] = relationship(back_populates="assignments")
    case: Mapped[PracticeCase] = relationship()
    version: Mapped[PracticeVersion] = relationship()
    segments: Mapped[list[PracticeSegment]] = relationship(
        back_populates="assignment", order_by="PracticeSegment.position"
    )

    @property
    def open_segment(self) -> PracticeSegment | None:
        """The one that is out: with the trainee or with the trainers."""
        return next((row for row in self.segments if row.is_out), None)


class PracticeSegment(Base):
    """One part of a case that somebody works on; the parts are released one after the other (MO-TR-4)."""

    __tablename__ = "practice_segment"
    __table_args__ = (UniqueConstraint("assignment_id", "position"),)

    id: Mapped[BigId]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("practice_assignment.id"))
    position: Mapped[int]
    step: Mapped[Code]
    title: Mapped[Line]
    state: Mapped[SegmentState] = mapped_column(default=SegmentState.LATER)
    released_at: Mapped[datetime | None]

    assignment: Mapped[PracticeAssignment] = relationship(back_populates="segments")
    attempts: Mapped[list[PracticeAttempt]] = relationship(back_populates="segment", order_by="PracticeAttempt.number")

    @property
    def is_out(self) -> bool:
        return self.state in (SegmentState.OPEN, SegmentState.SUBMITTED, SegmentState.RETURNED)

    @property
    def failed(self) -> int:
        """How many attempts at it came back with corrections."""
        return sum(row.is_accepted is False for row in self.attempts)


class PracticeAttempt(Base):
    """A segment as it was handed in, and what the trainers said to it.

    `client_number` is the household's head in the training site. `found` is what an export showed of the practice
    household, by the key's lines; the export itself is kept nowhere. `is_accepted` is None while nobody has reviewed.
    `language` is the one the trainee wants to be answered in.
    """

    __tablename__ = "practice_attempt"
    __table_args__ = (
        UniqueConstraint("segment_id", "number"),
        Index("ix_practice_attempt_queue", "lead_id", "submitted_at", "id", postgresql_where=WAITS),
        Index("ix_practice_attempt_trainer", "trainer_id", "submitted_at", "id"),
        Index("ix_practice_attempt_reviewed", "lead_id", "reviewed_at"),
    )

    id: Mapped[BigId]
    segment_id: Mapped[int] = mapped_column(ForeignKey("practice_segment.id"))
    track_id: Mapped[int] = mapped_column(ForeignKey("practice_track.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    number: Mapped[int]
    client_number: Mapped[Code]
    note: Mapped[str] = mapped_column(default="")
    language: Mapped[Code] = mapped_column(default="")
    found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checked_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime]
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    taken_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_accepted: Mapped[bool | None]
    summary: Mapped[str] = mapped_column(default="")

    segment: Mapped[PracticeSegment] = relationship(back_populates="attempts")
    track: Mapped[PracticeTrack] = relationship()
    trainer: Mapped[Person | None] = relationship(foreign_keys=trainer_id)
    reviewer: Mapped[Person | None] = relationship(foreign_keys=reviewer_id)
    marks: Mapped[list[PracticeMark]] = relationship(back_populates="attempt", order_by="PracticeMark.id")


class PracticeMark(Base):
    """What a trainer said to one line of the answer key; `place` names the line, `element` is its number at HUD."""

    __tablename__ = "practice_mark"
    __table_args__ = (
        UniqueConstraint("attempt_id", "place"),
        Index("ix_practice_mark_lead", "lead_id", "at", "verdict"),
    )

    id: Mapped[BigId]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("practice_attempt.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("practice_case.id"))
    place: Mapped[Code]
    element: Mapped[Code]
    code: Mapped[Code]
    verdict: Mapped[Verdict]
    remark: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]

    attempt: Mapped[PracticeAttempt] = relationship(back_populates="marks")


class PracticeSession(Base):
    """One-on-one training: who gave it, when, for how many minutes, and what it was about."""

    __tablename__ = "practice_session"
    __table_args__ = (Index("ix_practice_session_track", "track_id", "id"),)

    id: Mapped[BigId]
    track_id: Mapped[int] = mapped_column(ForeignKey("practice_track.id"))
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("practice_assignment.id"))
    trainer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    held_at: Mapped[datetime]
    minutes: Mapped[int]
    about: Mapped[str]

    trainer: Mapped[Person] = relationship()


class PracticeStep(Base):
    """What happened on a track, in the order of their numbers: the ladder of MO-TR-7 is replayed from these rows.

    `once` makes a form's act one act. `by` is none where the service did it.
    """

    __tablename__ = "practice_step"
    __table_args__ = (Index("ix_practice_step_track", "track_id", "id"),)

    id: Mapped[BigId]
    track_id: Mapped[int] = mapped_column(ForeignKey("practice_track.id"))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    act: Mapped[Act]
    text: Mapped[str] = mapped_column(default="")
    once: Mapped[Code | None] = mapped_column(unique=True)

    track: Mapped[PracticeTrack] = relationship(back_populates="steps")
    by: Mapped[Person | None] = relationship()


class PracticeRemark(Base):
    """A remark that trainers use again, about one element (HUD's number) or, without one, about any."""

    __tablename__ = "practice_remark"
    __table_args__ = (UniqueConstraint("lead_id", "element", "text"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    element: Mapped[Code] = mapped_column(default="")
    text: Mapped[Line]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
