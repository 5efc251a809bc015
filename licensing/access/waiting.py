"""Nobody waits for a decision without an end: a reminder before it is due, and then it goes up to the Lead.

The manuals set no time for it; the clock is the baseline pack's own choice, which a community may replace.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Protocol

from core.db import Base, db
from core.deadlines import Deadline, Fires, Kind, cancel, deadlines_of, meet, open_deadline, register_kind
from core.outbox import enqueue
from core.people.models import Agency, Person, StaffRole
from core.people.services import closures_of, managers_of, staff_of
from core.policy.vocabulary import ClockName
from licensing.access.ground import policy_in_force

WARN = (timedelta(days=1),)


class Waits(Protocol):
    """A request that somebody is to decide."""

    @property
    def id(self) -> int: ...
    @property
    def lead_id(self) -> int: ...
    @property
    def coc_id(self) -> int: ...
    @property
    def agency(self) -> Agency: ...
    @property
    def requested_by_id(self) -> int: ...
    @property
    def requested_at(self) -> datetime: ...


def open_clock(kind: str, row: Waits, subject: Base, who: str) -> None:
    """`subject` is the same row; `who` is whom it is for."""
    policy = policy_in_force(row.agency.coc, row.requested_at)
    if not policy.has(ClockName.ACCESS_DECISION):
        return
    closed = {date.fromisoformat(day): name for day, name in closures_of(row.lead_id).items()}
    due = policy.due(ClockName.ACCESS_DECISION, row.requested_at, row.agency.zone, closed)
    open_deadline(
        kind, subject, due, title=f"Decide: {who}, {row.agency.name}", lead_id=row.lead_id, coc_id=row.coc_id,
        agency_id=row.agency.id, holder="lead", warn_before=WARN,
    )  # fmt: skip


def decided(kind: str, subject: Base, at: datetime) -> None:
    for clock in deadlines_of(subject, kind):
        if clock.is_open or clock.is_missed:
            meet(clock, at, "It was decided.")


def over(kind: str, subject: Base, at: datetime, why: str) -> None:
    for clock in deadlines_of(subject, kind):
        if clock.is_open:
            cancel(clock, at, why)


def register(kind: str, label: str, model: type[Base], path: str) -> None:
    """A kind of request whose rows are of `model`; `path` leads to one by its number."""

    def fire(clock: Deadline, now: datetime) -> None:
        clock.outcome = "Nobody decided in time; it went up to the Lead."
        _go_up(clock, model, f"{path}/{clock.subject_id}", now)

    def warn(clock: Deadline, now: datetime) -> None:
        says = f"{clock.title}. A decision is due by tomorrow ({clock.rule})."
        for person in managers_of(clock.lead_id, now, clock.coc_id):
            _send(clock, person, "soon", "A decision is due", says, f"{path}/{clock.subject_id}")

    def link(clock: Deadline) -> str:
        return f"{path}/{clock.subject_id}"

    # The room puts the request itself on Today, for whoever's turn it is.
    register_kind(Kind(kind, label, Fires.AFTER_DUE, fire, warn, link=link, action="Decide", on_today=False))


def _go_up(clock: Deadline, model: type[Base], path: str, now: datetime) -> None:
    """To the Lead's administrators and the managers who did not decide; who asked reads that it went up."""
    row: Waits = db.session.get_one(model, clock.subject_id)  # type: ignore[assignment]
    says = f"{clock.title}. Nobody has decided in time ({clock.rule}), so it comes to you."
    admins = staff_of(clock.lead_id, StaffRole.ADMIN, now, clock.coc_id)
    people = {one.id: one for one in (*admins, *managers_of(clock.lead_id, now, clock.coc_id))}
    for person in people.values():
        _send(clock, person, "up", "A decision is late", says, path)
    asker = db.session.get_one(Person, row.requested_by_id)
    says = f"{clock.title}. Nobody has decided in time, so the HMIS Lead's administrators were told."
    _send(clock, asker, "told", "Your request went up to the HMIS Lead", says, path)


def _send(clock: Deadline, to: Person, once: str, subject: str, says: str, path: str) -> None:
    agency = db.session.get_one(Agency, clock.agency_id)
    told = {"subject_words": subject, "says": says, "agency": agency, "path": path}
    enqueue("licensing-news", to, key=f"decision:{clock.id}:{once}:{to.id}", context=told, subject=clock)
