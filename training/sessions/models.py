from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.files import StoredFile
from core.people.models import Agency, CoC, Lead, Person, words_of_name
from training.courses.models import Course
from training.sessions.importing.states import Found, ImportState
from training.sessions.reports.report import Product
from training.sessions.rules import Meeting, Place, Registered, State


class TrainingSession(Base):
    """One date at which a course is taught, of a Lead or (`coc_id`) of one of its CoCs.

    `kind`, `audience` and `workflow` are codes of the packs. `sequence` counts how often its calendar entry changed.
    Nobody but those who come, and the staff, ever sees `join_link`. `code_from` is since when a sign-in code is shown;
    `settled_at` when somebody said that the attendance is complete.
    """

    __tablename__ = "training_session"
    __table_args__ = (
        Index("ix_training_session_lead", "lead_id", "starts_at", "id"),
        Index("ix_training_session_coc", "coc_id", "starts_at", "id"),
        Index("ix_training_session_course", "course_id", "starts_at", "id"),
        Index("ix_training_session_trainer", "trainer_id", "starts_at", "id"),
        Index(
            "ix_training_session_meeting", "coc_id", "meeting", "ends_at", postgresql_where=text("meeting is not null")
        ),
        Index("ix_training_session_unsettled", "lead_id", "ends_at", "id", postgresql_where=text("settled_at is null")),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    title: Mapped[Line]
    about: Mapped[str] = mapped_column(default="")
    kind: Mapped[Code]
    place: Mapped[Place]
    venue: Mapped[Line] = mapped_column(default="")
    join_link: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    tz: Mapped[Code]
    is_evening: Mapped[bool]
    closes_at: Mapped[datetime | None]
    capacity: Mapped[int | None]
    has_waiting_list: Mapped[bool] = mapped_column(default=True)
    needs_approval: Mapped[bool] = mapped_column(default=False)
    is_public: Mapped[bool] = mapped_column(default=True)
    audience: Mapped[Code] = mapped_column(default="")
    workflow: Mapped[Code] = mapped_column(default="")
    meeting: Mapped[Meeting | None]
    agenda: Mapped[str] = mapped_column(default="")
    minutes: Mapped[str] = mapped_column(default="")
    state: Mapped[State] = mapped_column(default=State.PLANNED)
    sequence: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime]
    code_from: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    once: Mapped[Code] = mapped_column(unique=True)

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    course: Mapped[Course] = relationship()
    trainer: Mapped[Person | None] = relationship(foreign_keys=trainer_id)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tz)

    @property
    def is_online(self) -> bool:
        return self.place is not Place.IN_PERSON

    @property
    def is_cancelled(self) -> bool:
        return self.state is State.CANCELLED


class SessionRegistration(Base):
    """Somebody and a session, once. `queued_at` is the place in the waiting list, `sequence` that of their own
    calendar entry; `agency_id` is for whom they come, none for the Lead's own people and committee members."""

    __tablename__ = "session_registration"
    __table_args__ = (
        UniqueConstraint("session_id", "person_id"),
        Index("ix_session_registration_queue", "session_id", "state", "queued_at", "id"),
        Index("ix_session_registration_person", "person_id", "state", "id"),
        Index("ix_session_registration_agency", "agency_id", "session_id"),
    )

    id: Mapped[BigId]
    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    state: Mapped[Registered]
    queued_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")
    sequence: Mapped[int] = mapped_column(default=0)

    session: Mapped[TrainingSession] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    agency: Mapped[Agency | None] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)


class SessionProposal(Base):
    """A session that the help desk asks for (HUD-HD-8), on the grounds of `links`. It is planned, or put away."""

    __tablename__ = "session_proposal"
    __table_args__ = (Index("ix_session_proposal_lead", "lead_id", "id"),)

    id: Mapped[BigId]
    proposal_id: Mapped[int] = mapped_column(unique=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    title: Mapped[Line]
    reason: Mapped[str]
    links: Mapped[list[str]] = mapped_column(default=list)
    at: Mapped[datetime]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("training_session.id"))
    put_away_at: Mapped[datetime | None]
    put_away_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    put_away_reason: Mapped[str] = mapped_column(default="")

    session: Mapped[TrainingSession | None] = relationship()
    put_away_by: Mapped[Person | None] = relationship()

    @property
    def is_open(self) -> bool:
        return self.session_id is None and self.put_away_at is None


class AttendanceLine(Base):
    """One piece of evidence that somebody was there: from when to when, or (`seconds` without times) a total.

    `ends_at` none is until the end. `is_proven` is false where a report cannot say that the time was the session's;
    `said` is who it was in the report's words.
    """

    __tablename__ = "attendance_line"
    __table_args__ = (
        Index("ix_attendance_line_person", "session_id", "person_id"),
        Index("ix_attendance_line_import", "import_id"),
    )

    id: Mapped[BigId]
    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    source: Mapped[Code]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("attendance_import.id"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    seconds: Mapped[int | None]
    is_proven: Mapped[bool] = mapped_column(default=True)
    said: Mapped[Line] = mapped_column(default="")
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime]


class Attendance(Base):
    """What a person's evidence comes to, and whether it earns credit: by the arithmetic, or as a trainer decided.

    A completion rests on it. One whose completion was revoked is not current any more when another one is given.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        Index("uq_attendance_current", "session_id", "person_id", unique=True, postgresql_where=text("is_current")),
        Index("ix_attendance_person", "person_id", "starts_at", "id"),
        Index("ix_attendance_lead", "lead_id", "starts_at", "id"),
        Index("ix_attendance_coc", "coc_id", "starts_at", "id"),
        Index("ix_attendance_agency", "agency_id", "starts_at", "id"),
    )

    id: Mapped[BigId]
    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    starts_at: Mapped[datetime]
    attended_seconds: Mapped[int]
    missed_seconds: Mapped[int]
    is_proven: Mapped[bool]
    earns: Mapped[bool]
    explanation: Mapped[dict[str, Any]]
    override: Mapped[bool | None]
    override_reason: Mapped[str] = mapped_column(default="")
    override_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    override_at: Mapped[datetime | None]
    computed_at: Mapped[datetime]
    is_current: Mapped[bool] = mapped_column(default=True)

    session: Mapped[TrainingSession] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    agency: Mapped[Agency | None] = relationship()
    coc: Mapped[CoC | None] = relationship()
    override_by: Mapped[Person | None] = relationship(foreign_keys=override_by_id)

    @property
    def is_credited(self) -> bool:
        return self.earns if self.override is None else self.override


class AttendanceImport(Base):
    """A conferencing product's report for one session, as it was brought. Nobody's attendance changes before it is
    committed; the raw file stays. `day_order` is how its dates read, "" until that is known."""

    __tablename__ = "attendance_import"
    __table_args__ = (Index("ix_attendance_import_session", "session_id", "id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    product: Mapped[Product]
    tz: Mapped[Code]
    day_order: Mapped[Code] = mapped_column(default="")
    state: Mapped[ImportState] = mapped_column(default=ImportState.PREVIEW)
    question: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(default="")
    notes: Mapped[list[str]] = mapped_column(default=list)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    once: Mapped[Code] = mapped_column(unique=True)

    session: Mapped[TrainingSession] = relationship()
    file: Mapped[StoredFile] = relationship()
    by: Mapped[Person] = relationship()
    people: Mapped[list[ImportedPerson]] = relationship(back_populates="brought", order_by="ImportedPerson.id")


class ImportedPerson(Base):
    """Somebody as a report names them, with their times, and who that is here. `candidates` are people it may be."""

    __tablename__ = "imported_person"
    __table_args__ = (UniqueConstraint("import_id", "key"),)

    id: Mapped[BigId]
    import_id: Mapped[int] = mapped_column(ForeignKey("attendance_import.id"))
    key: Mapped[str]
    name: Mapped[Line]
    email: Mapped[Line] = mapped_column(default="")
    entries: Mapped[list[Any]]
    found: Mapped[Found]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    candidates: Mapped[list[int]] = mapped_column(default=list)

    brought: Mapped[AttendanceImport] = relationship(back_populates="people")
    person: Mapped[Person | None] = relationship()


class KnownIdentity(Base):
    """Who somebody is that reports name so: confirmed by a person of the staff when an import was committed."""

    __tablename__ = "known_identity"
    __table_args__ = (UniqueConstraint("lead_id", "key"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    key: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    person: Mapped[Person] = relationship(foreign_keys=person_id)


Index("ix_training_session_words", words_of_name(TrainingSession.title), postgresql_using="gin")
