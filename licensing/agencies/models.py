from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code
from core.files.models import StoredFile
from core.people.models import Person


class How(StrEnum):
    """How somebody told it, in writing."""

    LETTER = "letter"
    MAIL = "mail"
    AGREEMENT = "agreement"
    HERE = "here"


class Paper(Base):
    """Something about an agency that a person answers for: on which day, told how, with what words or file.

    `kind` is a step's code, an item of the close-out, or the deed it records; `number` is the row that it is about
    (0: the agency itself). What was wrong is taken back with a reason, and stays.
    """

    __tablename__ = "agency_paper"
    __table_args__ = (
        Index(
            "uq_agency_paper_in_force", "agency_id", "kind", "number", unique=True,
            postgresql_where=text("taken_back_at is null"),
        ),
        Index(None, "file_id"),
    )  # fmt: skip

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[Code]
    number: Mapped[int] = mapped_column(default=0)
    day: Mapped[date] = mapped_column(Date)
    how: Mapped[How]
    note: Mapped[str] = mapped_column(default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    taken_back_why: Mapped[str] = mapped_column(default="")

    file: Mapped[StoredFile | None] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)
    taken_back_by: Mapped[Person | None] = relationship(foreign_keys=taken_back_by_id)


class BackgroundCheck(Base):
    """That a person's background was checked, and whether it raises concerns; the result itself stays with the agency.

    Made once for each person at an agency (SON-LI-7). Who sees whether there are concerns is `agencies.check`.
    """

    __tablename__ = "background_check"
    __table_args__ = (UniqueConstraint("agency_id", "person_id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    checked_on: Mapped[date] = mapped_column(Date)
    has_concern: Mapped[bool]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    by: Mapped[Person] = relationship(foreign_keys=by_id)
