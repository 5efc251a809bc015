from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code
from core.files.models import StoredFile
from core.people.models import CoC, Person


class ReportDate(Base):
    """A security report that is due on a day (HUD-LI-5); done, with what was seen or the report itself.

    `kind` is one of the pack's list. `months`: how long after it the next one is due; 0 for none.
    """

    __tablename__ = "report_date"
    __table_args__ = (
        UniqueConstraint("once"),
        Index("ix_report_date_open", "lead_id", "due_on", "id", postgresql_where=text("done_at is null")),
        Index(None, "lead_id", "due_on", "id"),
        Index(None, "coc_id", "due_on", "id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    kind: Mapped[Code]
    due_on: Mapped[date] = mapped_column(Date)
    months: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    evidence: Mapped[str] = mapped_column(default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    once: Mapped[Code]

    coc: Mapped[CoC] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)
    done_by: Mapped[Person | None] = relationship(foreign_keys=done_by_id)
    file: Mapped[StoredFile | None] = relationship()

    def is_late(self, at: datetime) -> bool:
        """Its day is over by the community's clocks, and it was not made (HUD-LI-5)."""
        return self.done_at is None and self.due_on < at.astimezone(ZoneInfo(self.coc.tz)).date()
