from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, UniqueConstraint, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Person
from licensing.agreements.rules import OF_PERSONS, Kind, State, Text


class Document(Base):
    """Something that is signed, of a Lead or (`coc_id`) of one of its CoCs. Its versions hold the text.

    `source` names a text that is kept elsewhere, such as a course in which it is signed ("course:12").
    """

    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_lead", "lead_id", "kind", "id"),
        Index(
            "uq_document_source", "lead_id", "coc_id", "source", unique=True,
            postgresql_where=text("source <> ''"), postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    kind: Mapped[Kind]
    title: Mapped[Line]
    source: Mapped[Code] = mapped_column(default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    once: Mapped[Code] = mapped_column(unique=True)

    coc: Mapped[CoC | None] = relationship()
    versions: Mapped[list[DocumentVersion]] = relationship(
        back_populates="document", order_by="DocumentVersion.number.desc()"
    )

    @property
    def is_of_persons(self) -> bool:
        return self.kind in OF_PERSONS


class DocumentVersion(Base):
    """The exact text; never changed once it is published. `covers` says which clause meets which expectation.

    `resigns`: whoever signed an earlier one signs this one too (HUD-LI-4). `effective_on` is a day of the Lead's.
    """

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[BigId]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    body: Mapped[str] = mapped_column(default="")
    clauses: Mapped[list[str]] = mapped_column(default=list)
    covers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changes: Mapped[str] = mapped_column(default="")
    text_sha256: Mapped[Code] = mapped_column(default="")
    effective_on: Mapped[date | None] = mapped_column(Date)
    resigns: Mapped[bool] = mapped_column(default=True)
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]

    document: Mapped[Document] = relationship(back_populates="versions")
    published_by: Mapped[Person | None] = relationship()

    @property
    def text(self) -> Text:
        return Text(self.body, self.clauses, self.covers)


class Agreement(Base):
    """One party's execution of one version of a document.

    The party is an agency; or a person at an agency; or, for coordinated services, a person of `agency_id` who acts
    for `other_agency_id`. It is in force from `effective_at` until the earlier of `ends_at` (known beforehand) and
    `over_at` (it was revoked, replaced, or lapsed). What was signed stays: the name, the words, the hash.
    `due_at` is until when it is to be signed; `lapsed_at` that this passed; `renews` that one before it still counts,
    and ends at `due_at`.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        Index("ix_agreement_lead", "lead_id", "state", "id"),
        Index("ix_agreement_coc", "coc_id", "state", "id"),
        Index("ix_agreement_agency", "agency_id", "state", "id"),
        Index("ix_agreement_other", "other_agency_id", "id", postgresql_where=text("other_agency_id is not null")),
        Index("ix_agreement_person", "person_id", "id", postgresql_where=text("person_id is not null")),
        Index("ix_agreement_document", "document_id", "state", "id"),
        Index("ix_agreement_untold", "id", postgresql_where=text("state = 'sent' and told_at is null")),
        Index(
            "uq_agreement_sent", "document_id", "agency_id", "person_id", "other_agency_id", unique=True,
            postgresql_where=text("state = 'sent'"), postgresql_nulls_not_distinct=True,
        ),
        Index("uq_agreement_source", "source", unique=True, postgresql_where=text("source <> ''")),
    )  # fmt: skip

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    other_agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("document_version.id"))
    kind: Mapped[Kind]
    state: Mapped[State] = mapped_column(default=State.SENT)
    source: Mapped[Code] = mapped_column(default="")

    sent_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    renews: Mapped[bool] = mapped_column(default=False)
    lapsed_at: Mapped[datetime | None]

    signed_at: Mapped[datetime | None]
    signer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signer_name: Mapped[Line] = mapped_column(default="")
    signer_address: Mapped[Code] = mapped_column(default="")
    intent: Mapped[str] = mapped_column(default="")
    text_sha256: Mapped[Code] = mapped_column(default="")

    countersigned_at: Mapped[datetime | None]
    countersigner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    countersigner_name: Mapped[Line] = mapped_column(default="")
    countersigner_address: Mapped[Code] = mapped_column(default="")

    effective_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    over_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    over_reason: Mapped[str] = mapped_column(default="")

    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)

    coc: Mapped[CoC] = relationship()
    agency: Mapped[Agency] = relationship(foreign_keys=agency_id)
    other_agency: Mapped[Agency | None] = relationship(foreign_keys=other_agency_id)
    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    signer: Mapped[Person | None] = relationship(foreign_keys=signer_id)
    over_by: Mapped[Person | None] = relationship(foreign_keys=over_by_id)
    document: Mapped[Document] = relationship()
    version: Mapped[DocumentVersion] = relationship()

    @property
    def party(self) -> str:
        """Whom it binds, in words."""
        if self.other_agency and self.person:
            return f"{self.person.name} for {self.other_agency.name}"
        return self.person.name if self.person else self.agency.name

    def is_in_force(self, at: datetime) -> bool:
        """Whether it counts at that instant, whatever has happened since."""
        ends = [one for one in (self.ends_at, self.over_at) if one is not None]
        return self.effective_at is not None and self.effective_at <= at and all(at < end for end in ends)

    @classmethod
    def in_force(cls, at: datetime) -> ColumnElement[bool]:
        """`is_in_force` for the database."""
        return and_(
            cls.effective_at <= at,
            or_(cls.ends_at.is_(None), cls.ends_at > at),
            or_(cls.over_at.is_(None), cls.over_at > at),
        )
