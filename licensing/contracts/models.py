from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.files.models import StoredFile
from core.people.models import CoC, Person


class Contract(Base):
    """An executed agreement of a CoC's HMIS with a party outside of its agencies and users (HUD-LI-3).

    `kind` is one of the pack's list. It counts from `effective_on` through `ends_on`, or until it is over before that.
    """

    __tablename__ = "contract"
    __table_args__ = (UniqueConstraint("once"), Index(None, "lead_id", "id"), Index(None, "coc_id", "kind", "id"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    kind: Mapped[Code]
    party: Mapped[Line]
    about: Mapped[Line] = mapped_column(default="")
    effective_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    over_at: Mapped[datetime | None]
    over_why: Mapped[str] = mapped_column(default="")
    once: Mapped[Code]

    coc: Mapped[CoC] = relationship()
    by: Mapped[Person] = relationship()
    file: Mapped[StoredFile | None] = relationship()

    def state(self, today: date) -> str:
        if self.over_at is not None:
            return "over"
        if self.effective_on > today:
            return "to come"
        return "ended" if self.ends_on is not None and self.ends_on < today else "in force"
