from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.files.models import StoredFile
from core.people.models import Lead, Person
from core.policy.vocabulary import Tier
from helpdesk.reports.rules import Outcome
from helpdesk.reports.themes.rules import Act, Sort, State
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category

IS_OPEN = text("ended_at is null")

Index("ix_ticket_agency_opened", Ticket.agency_id, Ticket.opened_at, Ticket.id)
Index("ix_ticket_category_opened", Ticket.lead_id, Ticket.category, Ticket.opened_at, Ticket.id)


class Spell(Base):
    """A ticket was open from `began_at` to `ended_at` (none: it still is); each time it is opened again is one more.

    Written with what happened to the ticket, in its unit of work, and never otherwise than `measuring` counts it
    anew from the history. Days are the Lead's own; `*_s` are seconds, of elapsed and of opening time. The first
    answer stands on the first spell. `number` 1 is the first.
    """

    __tablename__ = "ticket_spell"
    __table_args__ = (
        UniqueConstraint("ticket_id", "number"),
        Index("ix_ticket_spell_began", "lead_id", "began_on"),
        Index("ix_ticket_spell_answered", "lead_id", "answered_on", postgresql_where=text("answered_on is not null")),
        Index("ix_ticket_spell_ended", "lead_id", "ended_on", postgresql_where=text("ended_on is not null")),
        Index("ix_ticket_spell_open", "lead_id", "began_at", postgresql_where=IS_OPEN),
        Index("ix_ticket_spell_agency", "agency_id", "began_on"),
    )

    id: Mapped[BigId]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    lead_id: Mapped[int]
    coc_id: Mapped[int | None]
    agency_id: Mapped[int | None]
    category: Mapped[Category]
    began_at: Mapped[datetime]
    began_on: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None]
    ended_on: Mapped[date | None] = mapped_column(Date)
    outcome: Mapped[Outcome | None]
    elapsed_s: Mapped[int | None]
    open_s: Mapped[int | None]
    ended_tier: Mapped[Tier | None]
    ended_by_id: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    answered_on: Mapped[date | None] = mapped_column(Date)
    answer_elapsed_s: Mapped[int | None]
    answer_open_s: Mapped[int | None]
    answered_tier: Mapped[Tier | None]
    answered_by_id: Mapped[int | None]


class StaffShare(Base):
    """How much of a full-time place somebody works at the help desk, in hundredths, from a day on (HUD-HD-4).

    What was set before is kept. Who stands in for whom is routing's to say.
    """

    __tablename__ = "staff_share"
    __table_args__ = (Index("ix_staff_share_lead", "lead_id", "person_id", "since", "id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    hundredths: Mapped[int] = mapped_column(SmallInteger)
    since: Mapped[date] = mapped_column(Date)
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    set_by: Mapped[Person] = relationship(foreign_keys=set_by_id)


class Theme(Base):
    """Something that is asked more often than before: a category, a tag or a word (HUD-HD-8).

    `recent` in the last weeks where `usual` would be as before. Once it no longer rises it is over, and if it rises
    again that is another row.
    """

    __tablename__ = "theme"
    __table_args__ = (
        Index(
            "uq_theme_rising",
            "lead_id",
            "sort",
            "key",
            unique=True,
            postgresql_where=text("over_at is null"),
        ),
        Index("ix_theme_lead", "lead_id", "found_at", "id"),
        Index("ix_theme_merged", "merged_into_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    sort: Mapped[Sort]
    key: Mapped[Code]
    label: Mapped[Line]
    state: Mapped[State] = mapped_column(default=State.RISING)
    recent: Mapped[int]
    before: Mapped[int]
    counted_on: Mapped[date] = mapped_column(Date)
    found_at: Mapped[datetime]
    over_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))

    lead: Mapped[Lead] = relationship()
    merged_into: Mapped[Theme | None] = relationship(remote_side="Theme.id")


class ThemeReview(Base):
    """What somebody made of a theme, or (`theme_id` none) that they have looked through all of them."""

    __tablename__ = "theme_review"
    __table_args__ = (Index("ix_theme_review_lead", "lead_id", "at", "id"), Index("ix_theme_review_theme", "theme_id"))

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    act: Mapped[Act]
    said: Mapped[str] = mapped_column(default="")
    counts: Mapped[dict[str, Any]]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    once: Mapped[Code] = mapped_column(unique=True)

    theme: Mapped[Theme | None] = relationship()
    by: Mapped[Person] = relationship()


class TrainingProposal(Base):
    """A training session that a theme asks for; whoever plans the training takes it up from here."""

    __tablename__ = "training_proposal"
    __table_args__ = (
        Index("ix_training_proposal_lead", "lead_id", "id"),
        UniqueConstraint("theme_id"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    title: Mapped[Line]
    reason: Mapped[str]
    counts: Mapped[dict[str, Any]]
    links: Mapped[list[Any]]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]

    theme: Mapped[Theme] = relationship()
    proposed_by: Mapped[Person] = relationship()


class EvaluationState(StrEnum):
    """`planned` is the one that is due next."""

    PLANNED = "planned"
    ISSUED = "issued"


class Evaluation(Base):
    """The help desk's own yearly evaluation (HUD-HD-9). Once issued, `document` and the file stay as they are."""

    __tablename__ = "evaluation"
    __table_args__ = (
        Index("ix_evaluation_lead", "lead_id", "id"),
        Index("uq_evaluation_planned", "lead_id", unique=True, postgresql_where=text("state = 'planned'")),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    state: Mapped[EvaluationState] = mapped_column(default=EvaluationState.PLANNED)
    begins: Mapped[date | None] = mapped_column(Date)
    ends: Mapped[date | None] = mapped_column(Date)
    document: Mapped[dict[str, Any]] = mapped_column(default=dict)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    issued_at: Mapped[datetime | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    once: Mapped[Code | None] = mapped_column(unique=True)

    lead: Mapped[Lead] = relationship()
    issued_by: Mapped[Person | None] = relationship()
    file: Mapped[StoredFile | None] = relationship()
