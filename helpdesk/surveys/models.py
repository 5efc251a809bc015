from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import CoC, Lead, Person
from helpdesk.surveys.rules import LEAST, Question, State


class Survey(Base):
    """Questions to everybody who works at the Lead's agencies, or (`coc_id`) at those of one CoC.

    Where it is anonymous no answer names a person, and with fewer than `least_answers` none is shown. `closes_at` is
    the last second in which an answer is on time.
    """

    __tablename__ = "survey"
    __table_args__ = (Index("ix_survey_lead", "lead_id", "created_at", "id"),)

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    title: Mapped[Line]
    intro: Mapped[str]
    questions: Mapped[list[Any]]
    is_anonymous: Mapped[bool]
    open_days: Mapped[int]
    remind_days: Mapped[int]
    least_answers: Mapped[int] = mapped_column(default=LEAST)
    state: Mapped[State] = mapped_column(default=State.DRAFT)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    invited: Mapped[int] = mapped_column(default=0)
    once: Mapped[Code] = mapped_column(unique=True)

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    author: Mapped[Person] = relationship()

    @property
    def asked(self) -> list[Question]:
        return [Question.of(stored) for stored in self.questions]


class SurveyInvite(Base):
    """Somebody who was asked, and whether they answered: kept apart from what they said."""

    __tablename__ = "survey_invite"
    __table_args__ = (
        UniqueConstraint("survey_id", "person_id"),
        Index("ix_survey_invite_waits", "person_id", "survey_id", postgresql_where=text("not has_answered")),
    )

    id: Mapped[BigId]
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    has_answered: Mapped[bool] = mapped_column(default=False)


class SurveySheet(Base):
    """One person's answers by the question's place. An anonymous one has no person and no time; its number is drawn."""

    __tablename__ = "survey_sheet"
    __table_args__ = (Index("ix_survey_sheet_survey", "survey_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answers: Mapped[dict[str, Any]]

    person: Mapped[Person | None] = relationship()
