from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, Index, UniqueConstraint, text
from sqlalchemy.ext.hybrid import hybrid_method
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, Code, Line

SECOND = timedelta(seconds=1)


class State(StrEnum):
    PENDING = "pending"
    PAUSED = "paused"
    MET = "met"
    FIRED = "fired"
    CANCELLED = "cancelled"
    DEAD = "dead"


# Written out, so that the partial indexes serve the queries that use the same words.
IS_OPEN = "deadline.state in ('pending', 'paused')"
IS_PAST = "deadline.state not in ('pending', 'paused')"
# Still to be done, done late, or missed: with a due time that has passed, this is what was or is late.
MAY_BE_LATE = (
    "(deadline.state in ('pending', 'paused', 'dead')"
    " or deadline.state = 'met' and deadline.closed_at - deadline.due_at >= interval '1 second'"
    " or deadline.state = 'fired' and deadline.fire_at > deadline.due_at)"
)


class Deadline(Base):
    """Something due, by whom and why.

    `wake_at` is when the sweep must look at it next: the next warning, or `fire_at`. `explanation` is
    the policy's Decision as it was made; the pack version in it stays whatever the pack says later.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        UniqueConstraint("kind", "subject_type", "subject_id", "occurrence"),
        Index("ix_deadline_wake", "wake_at", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_deadline_subject", "subject_type", "subject_id"),
        Index("ix_deadline_kind", "kind", "due_at", "id"),
        *(
            Index(f"ix_deadline_{owner}_{name}", f"{owner}_id", "due_at", "id", postgresql_where=text(condition))
            for owner in ("lead", "coc", "agency", "person")
            for name, condition in (("open", IS_OPEN), ("past", IS_PAST), ("late", MAY_BE_LATE))
        ),
    )

    id: Mapped[BigId]
    kind: Mapped[Code]
    title: Mapped[Line]
    subject_type: Mapped[Code]
    subject_id: Mapped[int]
    occurrence: Mapped[int] = mapped_column(default=1)

    lead_id: Mapped[int]
    coc_id: Mapped[int | None]
    agency_id: Mapped[int | None]
    person_id: Mapped[int | None]
    holder: Mapped[Code]

    rule: Mapped[Code]
    pack: Mapped[Code]
    pack_version: Mapped[date] = mapped_column(Date)
    clock: Mapped[Code]
    explanation: Mapped[dict[str, Any]]

    anchor_at: Mapped[datetime]
    tz: Mapped[Code]
    due_at: Mapped[datetime]
    fire_at: Mapped[datetime]
    wake_at: Mapped[datetime]
    warn_before: Mapped[list[Any]] = mapped_column(default=list)
    warned_through: Mapped[datetime | None]

    state: Mapped[State] = mapped_column(default=State.PENDING)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    outcome: Mapped[Line] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")

    @property
    def subject_ref(self) -> tuple[str, int]:
        return self.subject_type, self.subject_id

    @hybrid_method
    def is_late(self, at: datetime) -> bool:
        """Whether `at` is past the last instant on time; within that whole second is still on time."""
        return at >= self.due_at + SECOND

    @is_late.expression  # type: ignore[no-redef]
    @classmethod
    def is_late(cls, at: datetime) -> ColumnElement[bool]:
        return cls.due_at <= at - SECOND

    @property
    def acts_at_due(self) -> bool:
        """Whether the service does it by itself at the due instant, rather than say that it was missed."""
        return self.fire_at == self.due_at

    @property
    def is_missed(self) -> bool:
        """Its time ran out and it has not been done since; it stays owed until it is done or dropped."""
        return self.state is State.FIRED and not self.acts_at_due

    @property
    def was_late(self) -> bool:
        """Done late, or missed. What the service did by itself counts from the due instant, whenever a sweep came."""
        if self.state is State.FIRED:
            return not self.acts_at_due
        return self.closed_at is not None and self.is_late(self.closed_at)

    @property
    def tone(self) -> str | None:
        """How the explanation shows it: met, missed, cancelled, paused, or None while it runs."""
        if self.state is State.MET:
            return "missed" if self.was_late else "met"
        return {
            State.FIRED: "met" if self.acts_at_due else "missed",
            State.CANCELLED: "cancelled",
            State.PAUSED: "paused",
        }.get(self.state)

    @property
    def is_open(self) -> bool:
        return self.state in (State.PENDING, State.PAUSED)


class Heartbeat(Base):
    """The last sign of life of a process that must not stop, such as the sweeper."""

    __tablename__ = "heartbeat"

    name: Mapped[Code] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    detail: Mapped[Line] = mapped_column(default="")
