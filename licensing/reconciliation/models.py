from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.files.models import StoredFile
from core.people.models import Agency, Lead, Person
from licensing.access.models import License
from licensing.reconciliation.rules import FindingState, ImportState, Kind, Vendor


class ColumnMap(Base):
    """How a Lead's list of HMIS users is read: the titles of its columns, and its levels by ours."""

    __tablename__ = "account_columns"

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), unique=True)
    vendor: Mapped[Vendor]
    titles: Mapped[dict[str, Any]] = mapped_column(default=dict)
    levels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Reconciliation(Base):
    """The vendor's list of users as it was on the day it was brought. `counts` are the findings by kind, and `notes`
    what could not be read, as of the preview; once committed, `counts` says what became of them. `sha256` is of
    the file and of how its columns were read."""

    __tablename__ = "reconciliation"
    __table_args__ = (
        Index("ix_reconciliation_lead", "lead_id", "id"),
        Index("ix_reconciliation_file", "lead_id", "sha256"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    sha256: Mapped[Code]
    vendor: Mapped[Vendor]
    state: Mapped[ImportState] = mapped_column(default=ImportState.PREVIEW)
    accounts: Mapped[int]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    notes: Mapped[list[str]] = mapped_column(default=list)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    once: Mapped[Code] = mapped_column(unique=True)

    lead: Mapped[Lead] = relationship()
    file: Mapped[StoredFile] = relationship()
    by: Mapped[Person] = relationship()


class HmisAccount(Base):
    """One row of such a list, and whom here it is: the person, the agency and the license, where they are known.

    `level` is ours, empty where the list says none or one that is not mapped; `state_here` is the license's.
    """

    __tablename__ = "hmis_account"
    __table_args__ = (
        UniqueConstraint("reconciliation_id", "line"),
        Index("ix_hmis_account_person", "reconciliation_id", "person_id"),
        Index("ix_hmis_account_license", "reconciliation_id", "license_id"),
        Index("ix_hmis_account_email", "reconciliation_id", "email"),
    )

    id: Mapped[BigId]
    reconciliation_id: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"))
    line: Mapped[int]
    email: Mapped[Line]
    account: Mapped[Line]
    name: Mapped[Line]
    agency: Mapped[Line]
    level: Mapped[Code]
    said_level: Mapped[Code]
    is_active: Mapped[bool]
    last_login: Mapped[datetime | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    license_id: Mapped[int | None] = mapped_column(ForeignKey("license.id"))


class Finding(Base):
    """A difference between the vendor's list and the licenses, to be settled in the pack's time.

    `key` is what it is about, so that the next list's is the same one. `found_in` showed it first, `seen_in` last.
    `evidence` is what who settled it saw.
    """

    __tablename__ = "account_finding"
    __table_args__ = (
        Index("uq_account_finding_open", "lead_id", "key", unique=True, postgresql_where=text("state = 'open'")),
        *(
            Index(f"ix_account_finding_{owner}", f"{owner}_id", "state", "id")
            for owner in ("lead", "coc", "agency")
        ),
        Index("ix_account_finding_kind", "lead_id", "kind", "state", "id"),
        Index(None, "person_id"),
        Index(None, "found_in"),
    )  # fmt: skip

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    license_id: Mapped[int | None] = mapped_column(ForeignKey("license.id"))
    kind: Mapped[Kind]
    key: Mapped[str]
    email: Mapped[Line]
    account: Mapped[Line]
    name: Mapped[Line]
    agency_said: Mapped[Line]
    said_level: Mapped[Code]
    line: Mapped[int]
    last_login: Mapped[datetime | None]
    found_in: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"))
    seen_in: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"))
    at: Mapped[datetime]
    state: Mapped[FindingState] = mapped_column(default=FindingState.OPEN)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    evidence: Mapped[str] = mapped_column(default="")

    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    agency: Mapped[Agency | None] = relationship()
    license: Mapped[License | None] = relationship()
    closed_by: Mapped[Person | None] = relationship(foreign_keys=closed_by_id)
    first: Mapped[Reconciliation] = relationship(foreign_keys=found_in)
    last: Mapped[Reconciliation] = relationship(foreign_keys=seen_in)


# For the search, which finds by how an address or a user name begins.
Index(
    "ix_account_finding_email", func.lower(Finding.email).label("email"), postgresql_ops={"email": "text_pattern_ops"}
)
Index(
    "ix_account_finding_account", func.lower(Finding.account).label("account"),
    postgresql_ops={"account": "text_pattern_ops"},
)  # fmt: skip
