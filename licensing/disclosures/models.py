from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code
from core.people.models import Agency, Person


class Disclosed(Base):
    """What a user said for one agency; the newest counts. No names are asked for: whose record it is stays theirs.

    The two answers are never in a list, an export, a search, a mail or the audit.
    """

    __tablename__ = "conflict_disclosure"
    __table_args__ = (Index(None, "agency_id", "person_id", "id"), Index(None, "person_id"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    is_client: Mapped[bool]
    has_family: Mapped[bool]
    at: Mapped[datetime]
    once: Mapped[Code] = mapped_column(unique=True)

    agency: Mapped[Agency] = relationship()
    person: Mapped[Person] = relationship()
