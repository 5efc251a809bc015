from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line


class Lead(Base):
    """An HMIS Lead: the office that runs the HMIS for one or more CoCs."""

    __tablename__ = "lead"

    id: Mapped[BigId]
    name: Mapped[Line] = mapped_column(unique=True)
    tz: Mapped[Code]
    support_address: Mapped[Line] = mapped_column(default="")
    vendor_name: Mapped[Line] = mapped_column(default="")
    vendor_address: Mapped[Line] = mapped_column(default="")

    closures: Mapped[list[Closure]] = relationship(order_by="Closure.day", back_populates="lead")


class Closure(Base):
    """A day on which the Lead's office is closed beyond the federal holidays."""

    __tablename__ = "closure"
    __table_args__ = (UniqueConstraint("lead_id", "day"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    day: Mapped[date] = mapped_column(Date)
    name: Mapped[Line]

    lead: Mapped[Lead] = relationship(back_populates="closures")


class CoC(Base):
    """A Continuum of Care. `pack` names the policy pack that governs it."""

    __tablename__ = "coc"

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), index=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Line]
    pack: Mapped[Code]
    tz: Mapped[Code]

    lead: Mapped[Lead] = relationship()


def words_of_name(name: Any) -> Any:
    """The words of a name as the search finds them, each by its beginning."""
    return func.to_tsvector(text("'simple'"), name)


class AgencyStatus(StrEnum):
    ONBOARDING = "onboarding"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Agency(Base):
    """A partner agency. Its `tz` is the zone in which its deadlines' days begin and end.

    `came_at` is when it was entered here as one on its way in; empty for one that took part before it was moved in.
    """

    __tablename__ = "agency"
    __table_args__ = (UniqueConstraint("coc_id", "name"), Index(None, "lead_id", "name"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    name: Mapped[Line]
    tz: Mapped[Code]
    status: Mapped[AgencyStatus] = mapped_column(default=AgencyStatus.ACTIVE)
    is_view_only: Mapped[bool] = mapped_column(default=False)
    came_at: Mapped[datetime | None]

    coc: Mapped[CoC] = relationship()
    projects: Mapped[list[Project]] = relationship(order_by="Project.name", back_populates="agency")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tz)


TAKES_PART = text("status in ('active', 'suspended')")
Index("ix_agency_partner", Agency.name, Agency.id, postgresql_where=TAKES_PART)
Index("ix_agency_words", words_of_name(Agency.name), postgresql_using="gin")


class Project(Base):
    """One of an agency's projects; `hud_type` is HUD's project type code (HMIS Data Standards 2.02.6).

    `approver` is whose approval a request for a protected one waits for; empty: the manager of the agency's CoC.
    """

    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)

    id: Mapped[BigId]
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[Line]
    hud_type: Mapped[int]
    is_protected: Mapped[bool] = mapped_column(default=False)
    approver: Mapped[Code] = mapped_column(default="")

    agency: Mapped[Agency] = relationship(back_populates="projects")


class Person(Base):
    """Somebody the service knows, once, whatever agencies they come to work for (MO-CO-4)."""

    __tablename__ = "person"

    id: Mapped[BigId]
    name: Mapped[Line]
    email: Mapped[Line]
    phone: Mapped[Code] = mapped_column(default="")
    tz: Mapped[Code] = mapped_column(default="")
    created_at: Mapped[datetime]

    memberships: Mapped[list[Membership]] = relationship(back_populates="person", order_by="Membership.id")
    designations: Mapped[list[Designation]] = relationship(back_populates="person", order_by="Designation.id")


Index("uq_person_email_lower", func.lower(Person.email), unique=True)
Index("ix_person_name", Person.name)
Index("ix_person_words", words_of_name(Person.name), postgresql_using="gin")


class EmploymentKind(StrEnum):
    """How a person works for an agency; which kinds may hold a license is the pack's to say."""

    PAID_STAFF = "paid-staff"
    SUPERVISED_VOLUNTEER = "supervised-volunteer"
    OFFICIAL_VOLUNTEER = "official-volunteer"
    INTERN = "intern"
    CONTRACTOR = "contractor"


class Membership(Base):
    """A person works at an agency from `started_on`; `ended_at` is the instant their work there ended."""

    __tablename__ = "membership"
    __table_args__ = (Index(None, "agency_id", "person_id"), Index(None, "person_id"))

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    employment: Mapped[EmploymentKind] = mapped_column(default=EmploymentKind.PAID_STAFF)
    job_title: Mapped[Line] = mapped_column(default="")
    started_on: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="memberships")
    agency: Mapped[Agency] = relationship()


class DesignationKind(StrEnum):
    EXECUTIVE_DIRECTOR = "executive-director"
    REPRESENTATIVE = "authorized-representative"
    ADMINISTRATOR = "technical-administrator"
    SECURITY_OFFICER = "security-officer"


class Designation(Base):
    """An agency names a person to a duty for a time; the past ones are kept."""

    __tablename__ = "designation"
    __table_args__ = (Index(None, "agency_id", "kind"), Index(None, "person_id"))

    id: Mapped[BigId]
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[DesignationKind]
    started_on: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship()
    person: Mapped[Person] = relationship(back_populates="designations")


class StaffRole(StrEnum):
    AGENT = "agent"
    TRAINER = "trainer"
    MANAGER = "manager"
    ADMIN = "admin"
    COC_LEADERSHIP = "coc-leadership"
    DATA_COMMITTEE = "data-committee"
    ADVISORY_COMMITTEE = "advisory-committee"
    MANAGING_DIRECTOR = "managing-director"
    ASSISTANT_DIRECTOR = "assistant-director"


SEATS = (
    StaffRole.COC_LEADERSHIP,
    StaffRole.DATA_COMMITTEE,
    StaffRole.ADVISORY_COMMITTEE,
    StaffRole.MANAGING_DIRECTOR,
    StaffRole.ASSISTANT_DIRECTOR,
)


class LeadStaff(Base):
    """A person works for the HMIS Lead in a role: in one CoC, or (`coc_id` none) in all of them.

    Those in SEATS work beside or above its office: they lead a CoC, sit in one of its committees, or direct the Lead.
    """

    __tablename__ = "lead_staff"
    __table_args__ = (Index(None, "person_id"), Index(None, "lead_id", "role"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[StaffRole]
    skills: Mapped[list[str]] = mapped_column(default=list)
    started_on: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None]

    lead: Mapped[Lead] = relationship()
    person: Mapped[Person] = relationship()
