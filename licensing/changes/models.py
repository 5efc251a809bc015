from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, ForeignKey, Index, Table, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Person, Project
from core.ui import times
from licensing.access.models import License
from licensing.changes.rules import ChangeKind, ChangeState

OPEN_STATES = (ChangeState.REQUESTED, ChangeState.APPROVED)

license_change_project = Table(
    "license_change_project",
    Base.metadata,
    Column("change_id", ForeignKey("license_change.id"), primary_key=True),
    Column("project_id", ForeignKey("project.id"), primary_key=True),
)


class LicenseChange(Base):
    """An agency asks that a license be changed; once it is done, the row is the license's history.

    `level` and `was_level` are the pack's codes; `projects` are those that are to be added. `approvals` says for each
    protected project, by its number, who approved it, on which day and why. `pack` and `pack_version` are as in an
    access request.
    """

    __tablename__ = "license_change"
    __table_args__ = (
        Index(
            "uq_license_change_open", "license_id", "kind", unique=True,
            postgresql_where=text("state in ('requested', 'approved')"),
        ),
        Index("ix_license_change_lead", "lead_id", "state", "id"),
        Index("ix_license_change_coc", "coc_id", "state", "id"),
        Index("ix_license_change_agency", "agency_id", "state", "id"),
        Index(None, "license_id"),
    )  # fmt: skip

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    license_id: Mapped[int] = mapped_column(ForeignKey("license.id"))
    kind: Mapped[ChangeKind]
    level: Mapped[Code] = mapped_column(default="")
    was_level: Mapped[Code] = mapped_column(default="")
    job_title: Mapped[Line] = mapped_column(default="")
    reason: Mapped[str]
    state: Mapped[ChangeState] = mapped_column(default=ChangeState.REQUESTED)
    is_from_representative: Mapped[bool]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    approvals: Mapped[dict[str, Any]] = mapped_column(default=dict)
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    once: Mapped[Code] = mapped_column(unique=True)

    license: Mapped[License] = relationship()
    agency: Mapped[Agency] = relationship()
    coc: Mapped[CoC] = relationship()
    requested_by: Mapped[Person] = relationship(foreign_keys=requested_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)
    projects: Mapped[list[Project]] = relationship(secondary=license_change_project, order_by=Project.name)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def day_of(self, at: datetime | None) -> str:
        """The day of an instant as the agency's calendar has it; nothing for what has not happened."""
        return times.say_day(at.astimezone(self.agency.zone).date()) if at else ""
