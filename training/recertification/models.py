from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Time, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, Code, Line
from core.people.models import Agency, CoC, Lead, Person
from core.policy.vocabulary import CycleName
from training.recertification.rules import Audience, CampaignState, Owes, Pace

IS_OPEN = "state in ('owed', 'lapsed')"


class Campaign(Base):
    """One round of a cycle for a CoC, or (`coc_id` none) for the Lead's own staff; a rolling one never ends.

    What it asks is kept here as its pack said it, so that one statement serves all campaigns. `titles` names each
    credit that is owed; `every_months` and `every_days` are the span of a rolling one; `days` is what the Lead gives
    where the manual gives no number; nobody is late before the end of `grace_on`; `december` is the month whose new
    users owe no more; `citation` is where the manual says so. `stopped_at` is when the Lead let it go on no longer.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        Index(
            "uq_campaign_round", "lead_id", "coc_id", "cycle", "audience", "period_from", unique=True,
            postgresql_nulls_not_distinct=True, postgresql_where=text("stopped_at is null"),
        ),
        Index("ix_campaign_coc", "coc_id", "id"),
    )  # fmt: skip

    id: Mapped[BigId]
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    cycle: Mapped[CycleName]
    audience: Mapped[Audience]
    pace: Mapped[Pace]
    title: Mapped[Line]
    titles: Mapped[dict[str, Any]]
    times: Mapped[int]
    every: Mapped[Code]
    every_months: Mapped[int]
    every_days: Mapped[int]
    day_ends: Mapped[time] = mapped_column(Time)
    period_from: Mapped[date | None] = mapped_column(Date)
    period_to: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    days: Mapped[int | None]
    grace_on: Mapped[date | None] = mapped_column(Date)
    joins: Mapped[bool]
    december: Mapped[int | None]
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    citation: Mapped[dict[str, Any]]
    state: Mapped[CampaignState]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    stopped_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    stopped_at: Mapped[datetime | None]
    stop_reason: Mapped[str] = mapped_column(default="")
    once: Mapped[Code] = mapped_column(unique=True)

    lead: Mapped[Lead] = relationship()
    coc: Mapped[CoC | None] = relationship()
    started_by: Mapped[Person | None] = relationship(foreign_keys=started_by_id)
    stopped_by: Mapped[Person | None] = relationship(foreign_keys=stopped_by_id)

    @property
    def is_fixed(self) -> bool:
        return self.pace is Pace.FIXED

    @property
    def place(self) -> str:
        return self.coc.name if self.coc else f"Staff of {self.lead.name}"


class Obligation(Base):
    """One thing that one person owes once: for one license (or, without an agency, for work at the Lead), one credit.

    `number` counts the rounds of a rolling cycle. Completions at or after `from_at` count; `due_at` is the last second
    on time. `since` is when the license began, `last_at` what a rolling one was counted from, if not from the license.
    """

    __tablename__ = "obligation"
    __table_args__ = (
        Index(
            "uq_obligation_round", "campaign_id", "person_id", "agency_id", "credit", "number", unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_obligation_due", "due_at", "id", postgresql_where=text("state = 'owed'")),
        Index("ix_obligation_remind", "remind_at", "id", postgresql_where=text("state = 'owed'")),
        Index("ix_obligation_person", "person_id", "state", "due_at"),
        Index("ix_obligation_lead_open", "lead_id", "due_at", "id", postgresql_where=text(IS_OPEN)),
        Index("ix_obligation_coc_open", "coc_id", "due_at", "id", postgresql_where=text(IS_OPEN)),
        Index("ix_obligation_agency", "agency_id", "state", "due_at", "id"),
        Index("ix_obligation_campaign", "campaign_id", "state", "due_at", "id"),
    )  # fmt: skip

    id: Mapped[BigId]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    coc_id: Mapped[int | None] = mapped_column(ForeignKey("coc.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    credit: Mapped[Code]
    number: Mapped[int]
    times: Mapped[int]
    done: Mapped[int]
    since: Mapped[datetime]
    last_at: Mapped[datetime | None]
    from_at: Mapped[datetime]
    due_at: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    state: Mapped[Owes]
    met_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]
    exempt_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    exempt_at: Mapped[datetime | None]
    exempt_reason: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]

    campaign: Mapped[Campaign] = relationship()
    lead: Mapped[Lead] = relationship()
    agency: Mapped[Agency | None] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    exempt_by: Mapped[Person | None] = relationship(foreign_keys=exempt_by_id)

    @property
    def words(self) -> str:
        """What is to be done, as the manual calls it."""
        return str(self.campaign.titles.get(self.credit, self.credit))

    @property
    def tz(self) -> str:
        return self.agency.tz if self.agency else self.lead.tz

    @property
    def is_open(self) -> bool:
        return self.state in (Owes.OWED, Owes.LAPSED)

    @property
    def was_late(self) -> bool:
        """Done, but only after its last second."""
        return self.met_at is not None and (self.met_at - self.due_at).total_seconds() >= 1
