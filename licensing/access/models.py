from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Date, ForeignKey, Index, Table, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, EmploymentKind, Person, Project
from core.ui import times
from licensing.access.rules import Confirmed, RequestKind, RequestState

OPEN_STATES = (RequestState.REQUESTED, RequestState.APPROVED)
IS_OPEN = "state in ('requested', 'approved')"

access_request_project = Table(
    "access_request_project",
    Base.metadata,
    Column("request_id", ForeignKey("access_request.id"), primary_key=True),
    Column("project_id", ForeignKey("project.id"), primary_key=True),
)
license_project = Table(
    "license_project",
    Base.metadata,
    Column("license_id", ForeignKey("license.id"), primary_key=True),
    Column("project_id", ForeignKey("project.id"), primary_key=True),
)


class AccessRequest(Base):
    """An agency asks that a person may use the HMIS.

    The person is a name and an address until the license is activated. `pack` and `pack_version` are
    what the request was made under, and from the decision on what it was decided under. `once` is the
    form's own key: the same form sent twice is one request.
    """

    __tablename__ = "access_request"
    __table_args__ = (
        UniqueConstraint("once"),
        Index("ix_access_request_lead", "lead_id", "state", "id"),
        Index("ix_access_request_coc", "coc_id", "state", "id"),
        Index("ix_access_request_agency", "agency_id", "state", "id"),
        Index(None, "person_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[Line]
    email: Mapped[Line]
    kind: Mapped[RequestKind] = mapped_column(default=RequestKind.NEW)
    # The license that the person had before, or has elsewhere until this one is given.
    former_license_id: Mapped[int | None] = mapped_column(ForeignKey("license.id", use_alter=True))
    job_title: Mapped[Line] = mapped_column(default="")
    employment: Mapped[EmploymentKind]
    level: Mapped[Code] = mapped_column(default="")
    enters_data: Mapped[bool] = mapped_column(default=True)
    is_of_age: Mapped[bool] = mapped_column(default=False)
    state: Mapped[RequestState] = mapped_column(default=RequestState.REQUESTED)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    once: Mapped[Code]
    # The one that the approval made, so that the person could train: it ends where the approval is taken back.
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id"))

    agency: Mapped[Agency] = relationship()
    coc: Mapped[CoC] = relationship()
    requested_by: Mapped[Person] = relationship(foreign_keys=requested_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)
    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    projects: Mapped[list[Project]] = relationship(secondary=access_request_project, order_by=Project.name)
    confirmations: Mapped[list[Confirmation]] = relationship(back_populates="request", order_by="Confirmation.id")
    protected_approvals: Mapped[list[ProtectedApproval]] = relationship(order_by="ProtectedApproval.id")

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def day_of(self, at: datetime | None) -> str:
        """The day of an instant as the agency's calendar has it; nothing for what has not happened."""
        return times.say_day(at.astimezone(self.agency.zone).date()) if at else ""


Index(
    "uq_access_request_open",
    AccessRequest.agency_id,
    func.lower(AccessRequest.email),
    unique=True,
    postgresql_where=text(IS_OPEN),
)


class AccessDraft(Base):
    """A request as far as it is typed; `values` are the form's fields, `once` the form's own key."""

    __tablename__ = "access_draft"
    __table_args__ = (UniqueConstraint("person_id", "once"), Index(None, "agency_id"))

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    values: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]
    once: Mapped[Code]

    agency: Mapped[Agency] = relationship()


class Confirmation(Base):
    """The Lead's staff says that a line holds (or is not needed here), and on what ground."""

    __tablename__ = "access_confirmation"
    __table_args__ = (UniqueConstraint("request_id", "line"),)

    id: Mapped[BigId]
    request_id: Mapped[int] = mapped_column(ForeignKey("access_request.id"))
    line: Mapped[Code]
    is_needed: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[str]
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    request: Mapped[AccessRequest] = relationship(back_populates="confirmations")
    confirmed_by: Mapped[Person] = relationship()

    def told(self, on: str) -> Confirmed:
        return Confirmed(self.confirmed_by.name, self.reason, on, is_needed=self.is_needed)


class ProtectedApproval(Base):
    """Who is named for a protected project approves that the request reaches it."""

    __tablename__ = "access_protected_approval"
    __table_args__ = (UniqueConstraint("request_id", "project_id"),)

    id: Mapped[BigId]
    request_id: Mapped[int] = mapped_column(ForeignKey("access_request.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    by: Mapped[Person] = relationship()

    def told(self, on: str) -> Confirmed:
        return Confirmed(self.by.name, self.reason, on)


class LicenseState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class HoldKind(StrEnum):
    """Why a license is suspended."""

    TRAINING = "training"
    AGREEMENT = "agreement"
    BREACH = "breach"
    REVIEW = "review"
    LEAVE = "leave"
    INACTIVITY = "inactivity"
    SUSPICION = "suspicion"
    UNPAID = "unpaid"


class License(Base):
    """One person's right to use the HMIS for one agency; never passed on to another (SON-LI-2).

    `has_reporting`: with the vendor's reporting add-on, which asks for trainings of its own (VT-TR-9); since
    `reporting_since`, where that is empty since the license began.

    `ended_at` may lie ahead: a departure sets it when it is announced, so that the right ends at that
    instant whether or not anything runs then.
    """

    __tablename__ = "license"
    __table_args__ = (
        Index("uq_license_in_force", "agency_id", "person_id", unique=True, postgresql_where=text("state <> 'ended'")),
        Index("ix_license_lead", "lead_id", "state", "id"),
        Index("ix_license_coc", "coc_id", "state", "id"),
        Index("ix_license_agency", "agency_id", "state", "id"),
        Index("ix_license_seen", "coc_id", "last_seen_at", postgresql_where=text("state = 'active'")),
        Index(None, "person_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("access_request.id"))
    level: Mapped[Code] = mapped_column(default="")
    enters_data: Mapped[bool] = mapped_column(default=True)
    has_reporting: Mapped[bool] = mapped_column(default=False)
    reporting_since: Mapped[datetime | None]
    state: Mapped[LicenseState] = mapped_column(default=LicenseState.ACTIVE)
    since: Mapped[datetime]
    # As the HMIS's own list of users says; nothing before such a list was read.
    last_seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[Line] = mapped_column(default="")

    agency: Mapped[Agency] = relationship()
    person: Mapped[Person] = relationship()
    projects: Mapped[list[Project]] = relationship(secondary=license_project, order_by=Project.name)
    holds: Mapped[list[LicenseHold]] = relationship(back_populates="license", order_by="LicenseHold.id")

    @property
    def open_holds(self) -> list[LicenseHold]:
        """What keeps it suspended."""
        return [one for one in self.holds if one.lifted_at is None]

    def is_valid(self, at: datetime) -> bool:
        return self.state is LicenseState.ACTIVE and (self.ended_at is None or self.ended_at > at)


class LicenseHold(Base):
    """A reason for which a license is suspended; it is while one is open. `source` names what lifts it again."""

    __tablename__ = "license_hold"
    __table_args__ = (
        Index(
            "uq_license_hold_open", "license_id", "kind", "source", unique=True,
            postgresql_where=text("lifted_at is null"),
        ),
        # Whoever pays an invoice frees what it held, wherever that is.
        Index("ix_license_hold_unpaid", "source", postgresql_where=text("kind = 'unpaid' and lifted_at is null")),
    )  # fmt: skip

    id: Mapped[BigId]
    license_id: Mapped[int] = mapped_column(ForeignKey("license.id"))
    kind: Mapped[HoldKind]
    source: Mapped[Code]
    words: Mapped[str]
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

    license: Mapped[License] = relationship(back_populates="holds")
