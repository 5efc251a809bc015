from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.files.models import StoredFile
from core.people.models import Agency, CoC, Lead, Person, words_of_name
from training.courses.questions import Kind, Question
from training.courses.vocabulary import CourseKind, How
from training.courses.vocabulary import CourseState as CourseState  # named again, for the rooms above
from training.courses.vocabulary import VersionState as VersionState


class Course(Base):
    """Something to learn, of a Lead or (`coc_id`) of one of its CoCs. `credits` and `topics` are codes of the packs."""

    __tablename__ = "course"
    __table_args__ = (
        UniqueConstraint("lead_id", "code"),
        Index("ix_course_lead", "lead_id", "state", "title", "id"),
        Index("ix_course_titles", "lead_id", "title", "id"),
    )

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

    `test` and `clauses` are plain data that `training.courses.rules` reads and checks. `video_ms` is how long the video
    lasts, in milliseconds as the file itself says; `tolerance` the percentage of it that may be left unwatched.
    """

    __tablename__ = "course_version"
    __table_args__ = (
        UniqueConstraint("course_id", "number"),
        Index("uq_course_version_draft", "course_id", unique=True, postgresql_where=text("state = 'draft'")),
    )

    id: Mapped[BigId]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(default=VersionState.DRAFT)
    body: Mapped[str] = mapped_column(default="")
    video_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    captions_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    video_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    tolerance: Mapped[int] = mapped_column(default=2, server_default="2")
    test: Mapped[dict[str, Any]] = mapped_column(default=dict)
    clauses: Mapped[list[str]] = mapped_column(default=list)
    changes: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    course: Mapped[Course] = relationship(back_populates="versions")
    author: Mapped[Person] = relationship()
    video: Mapped[StoredFile | None] = relationship(foreign_keys=video_id)
    captions: Mapped[StoredFile | None] = relationship(foreign_keys=captions_id)


class CourseQuestion(Base):
    """A question of a course's bank. Never edited: a better one takes its place, and attempts keep the old one."""

    __tablename__ = "course_question"
    __table_args__ = (
        Index("ix_course_question_bank", "course_id", "id", postgresql_where=text("retired_at is null")),
        Index("ix_course_question_course", "course_id", "id"),
    )

    id: Mapped[BigId]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    kind: Mapped[Kind]
    text: Mapped[str]
    body: Mapped[dict[str, Any]]
    tag: Mapped[Code] = mapped_column(default="")
    feedback: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("course_question.id"), unique=True)
    once: Mapped[Code] = mapped_column(unique=True)

    course: Mapped[Course] = relationship()

    @property
    def asked(self) -> Question:
        return Question.of(self.kind, self.text, self.body)


class Sitting(Base):
    """One person's way through one version, from beginning to its completion; the next time is another one.

    `spans` are the parts of the video that were watched, `position` where they were, both in milliseconds;
    `reported_at` is the last report, from which the next is measured.
    """

    __tablename__ = "course_sitting"
    __table_args__ = (
        Index(
            "uq_course_sitting_open",
            "course_id",
            "person_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_course_sitting_person", "person_id", "begun_at", "id"),
        Index("ix_course_sitting_course", "course_id", "begun_at", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    begun_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    spans: Mapped[list[Any]] = mapped_column(default=list)
    position: Mapped[int] = mapped_column(default=0)
    reported_at: Mapped[datetime | None]

    course: Mapped[Course] = relationship()
    version: Mapped[CourseVersion] = relationship()
    person: Mapped[Person] = relationship()
    attempts: Mapped[list[TestAttempt]] = relationship(back_populates="sitting", order_by="TestAttempt.number")
    grants: Mapped[list[AttemptGrant]] = relationship(back_populates="sitting", order_by="AttemptGrant.id")


class TestAttempt(Base):
    """One try at a test: what was asked, in which order it was shown, what was answered, and what came of it.

    `drawn` is a list of {question, order}; `answers` are by the place of the question in it, as
    `training.courses.questions` reads them. `score` is a whole percentage, rounded down.
    """

    __test__ = False  # pytest: it is no test of ours
    __tablename__ = "test_attempt"
    __table_args__ = (
        UniqueConstraint("sitting_id", "number"),
        Index("uq_test_attempt_open", "sitting_id", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix_test_attempt_course", "course_id", "ended_at"),
        Index("ix_test_attempt_lead", "lead_id", "ended_at"),
    )

    id: Mapped[BigId]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("course_sitting.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]
    begun_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    drawn: Mapped[list[Any]]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    right: Mapped[int | None]
    score: Mapped[int | None]
    is_passed: Mapped[bool] = mapped_column(default=False)

    sitting: Mapped[Sitting] = relationship(back_populates="attempts")


class TestAnswer(Base):
    """Whether one question of a finished try was answered right: what the figures by question are counted from."""

    __test__ = False  # pytest: it is no test of ours
    __tablename__ = "test_answer"
    __table_args__ = (Index("ix_test_answer_course", "course_id", "at"),)

    attempt_id: Mapped[int] = mapped_column(ForeignKey("test_attempt.id"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("course_question.id"), primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    is_right: Mapped[bool]
    at: Mapped[datetime]


class AttemptGrant(Base):
    """One more try than the version allows, given by the Lead's staff with a reason."""

    __tablename__ = "attempt_grant"
    __table_args__ = (Index(None, "sitting_id"),)

    id: Mapped[BigId]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("course_sitting.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    reason: Mapped[str]
    once: Mapped[Code] = mapped_column(unique=True)

    sitting: Mapped[Sitting] = relationship(back_populates="grants")
    by: Mapped[Person] = relationship()


class Signature(Base):
    """An agreement signed: who, when, from which address, under which words. `text_sha256` is of the exact text."""

    __tablename__ = "course_signature"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[BigId]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("course_sitting.id"), unique=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    address: Mapped[Code]
    name: Mapped[Line]
    intent: Mapped[str]
    text_sha256: Mapped[Code]
    clauses: Mapped[list[str]]

    course: Mapped[Course] = relationship()
    version: Mapped[CourseVersion] = relationship()
    person: Mapped[Person] = relationship()


class OutsideProof(Base):
    """What somebody completed elsewhere, as the Lead's staff recorded it, with the certificate where there is one."""

    __tablename__ = "outside_proof"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    done_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    once: Mapped[Code] = mapped_column(unique=True)

    course: Mapped[Course] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    file: Mapped[StoredFile | None] = relationship()


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
