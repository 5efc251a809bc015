from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code
from core.people.models import Lead, Person
from training.courses.models import Completion


class Certificate(Base):
    """A certificate of one completion. `code` is what its public page is found by; nobody can guess it.

    It says what the rows say now: one whose completion was revoked says so.
    """

    __tablename__ = "certificate"

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"), unique=True)
    code: Mapped[Code] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    lead: Mapped[Lead] = relationship()
    completion: Mapped[Completion] = relationship()
    issued_by: Mapped[Person] = relationship()
