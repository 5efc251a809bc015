from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.files.models import StoredFile
from core.people.models import Agency, Person
from helpdesk.matters.letters.rules import Standing


class ParticipationLetter(Base):
    """A letter as it was issued. Its file is kept, so that the same letter is the same bytes for ever."""

    __tablename__ = "participation_letter"
    __table_args__ = (
        UniqueConstraint("once"),
        UniqueConstraint("number"),
        Index(None, "lead_id", "id"),
        Index(None, "coc_id", "id"),
        Index(None, "agency_id", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    number: Mapped[Code]
    standing: Mapped[Standing]
    addressee: Mapped[Line] = mapped_column(default="")
    issued_at: Mapped[datetime]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    once: Mapped[Code]

    agency: Mapped[Agency] = relationship()
    requested_by: Mapped[Person] = relationship()
    file: Mapped[StoredFile] = relationship()
