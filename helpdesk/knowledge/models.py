from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Computed, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import CoC, Lead, Person
from helpdesk.knowledge.rules import Audience, State

IS_PUBLISHED = text("state = 'published'")
IS_PUBLIC = text("state = 'published' and audience = 'public'")
TOPIC = "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', tags), 'B')"


class Article(Base):
    """What the knowledge base says about one thing, for one community (`coc_id`) or all of the Lead's (none).

    `version` is the newest version's number. `plain` is the text without its Markdown. `topic` holds the words of
    title and tags, `search` those of the text too. `replaced_by_id` is where a retired article sends its readers.
    """

    __tablename__ = "article"
    __table_args__ = (
        Index("ix_article_lead", "lead_id", "updated_at", "id"),
        Index("ix_article_lead_published", "lead_id", "updated_at", "id", postgresql_where=IS_PUBLISHED),
        Index("ix_article_lead_state", "lead_id", "state", "updated_at", "id"),
        Index("ix_article_lead_kind", "lead_id", "kind", "updated_at", "id"),
        Index("ix_article_lead_audience", "lead_id", "audience", "updated_at", "id"),
        Index("ix_article_lead_balance", "lead_id", "balance", "id"),
        Index("ix_article_lead_review", "lead_id", "review_on", "id", postgresql_where=IS_PUBLISHED),
        Index("ix_article_owner_review", "owner_id", "review_on", postgresql_where=IS_PUBLISHED),
        Index("ix_article_public", "updated_at", "id", postgresql_where=IS_PUBLIC),
        Index("ix_article_tags", "tags", postgresql_using="gin"),
        Index("ix_article_topic", "topic", postgresql_using="gin"),
        Index("ix_article_search", "search", postgresql_using="gin"),
    )

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    kind: Mapped[Code]
    audience: Mapped[Audience]
    state: Mapped[State] = mapped_column(default=State.DRAFT)
    title: Mapped[Line]
    body: Mapped[str]
    plain: Mapped[str] = mapped_column(deferred=True)
    tags: Mapped[list[str]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=0)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    review_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    retired_because: Mapped[str] = mapped_column(default="")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("article.id"), index=True)
    helpful: Mapped[int] = mapped_column(default=0)
    unhelpful: Mapped[int] = mapped_column(default=0)
    balance: Mapped[int] = mapped_column(Computed("helpful - unhelpful", persisted=True))
    topic: Mapped[Any] = mapped_column(TSVECTOR, Computed(TOPIC, persisted=True), deferred=True)
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(f"{TOPIC} || setweight(to_tsvector('english', plain), 'D')", persisted=True),
        deferred=True,
    )

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    owner: Mapped[Person] = relationship(foreign_keys=owner_id)

    @property
    def tz(self) -> str:
        return self.coc.tz if self.coc else self.lead.tz


class ArticleVersion(Base):
    """An article as somebody left it: everything that can change, who changed it, when, and why.

    `once` is the form's: sent twice, it is one version. `restores` is the number of the version brought back.
    """

    __tablename__ = "article_version"
    __table_args__ = (UniqueConstraint("article_id", "number"),)

    id: Mapped[BigId]
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    number: Mapped[int]
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    kind: Mapped[Code]
    audience: Mapped[Audience]
    state: Mapped[State]
    title: Mapped[Line]
    body: Mapped[str]
    tags: Mapped[list[str]]
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    review_on: Mapped[date] = mapped_column(Date)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    why: Mapped[str]
    restores: Mapped[int | None]
    once: Mapped[str | None] = mapped_column(String(80), unique=True)

    article: Mapped[Article] = relationship()
    coc: Mapped[CoC | None] = relationship()
    owner: Mapped[Person] = relationship(foreign_keys=owner_id)
    by: Mapped[Person] = relationship(foreign_keys=by_id)


class ArticleVote(Base):
    """Whether an article helped one person, and a word about it; the last answer counts."""

    __tablename__ = "article_vote"
    __table_args__ = (Index("ix_article_vote_article", "article_id", "at", "person_id"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    is_helpful: Mapped[bool]
    word: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class ArticleTicket(Base):
    """An article was made from what solved this request."""

    __tablename__ = "article_ticket"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    article: Mapped[Article] = relationship()
