"""Every issue with its resolution and the time it took, as a list and as a table to take away (HUD-HD-1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased, joinedload

from core.authz import Principal
from core.db import db
from core.people.models import Agency, Person
from helpdesk.reports.asking import Asked
from helpdesk.reports.figures import word_of
from helpdesk.reports.measuring import Hours
from helpdesk.reports.permissions import Permission
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category, State

HEADER = (
    "Number", "Asked at", "Agency", "Asked by", "Category", "Subject", "State", "Tier", "Held by", "First answered at",
    "Time to first answer, hours", "Settled at", "Resolution", "Time to resolution, hours",
    "Time to resolution, opening hours",
)  # fmt: skip
AT_A_TIME = 1_000
HOLDER = aliased(Person)
PLAIN = [
    "id",
    "lead_id",
    "coc_id",
    "opened_at",
    "requester_name",
    "category",
    "subject",
    "state",
    "tier",
    "first_answered_at",
    "closed_at",
    "resolution",
]
STATES = {
    "open": ("Open", Ticket.closed_at.is_(None)),
    "settled": ("Settled", Ticket.state == State.CLOSED),
    "declined": ("Declined", Ticket.state == State.DECLINED),
    "merged": ("Merged", Ticket.state == State.MERGED),
}


def issues(principal: Principal, asked: Asked, filters: Mapping[str, str]) -> Select[Ticket]:
    """Those the person may see, narrowed by the address; what it says wrongly narrows nothing."""
    place = asked.place
    query = select(Ticket).where(Ticket.lead_id == place.lead.id, principal.scope(Permission.VIEW).where(Ticket))
    if place.coc_ids is not None:
        query = query.where(Ticket.coc_id.in_(place.coc_ids))
    if place.agency_ids is not None:
        query = query.where(Ticket.agency_id.in_(place.agency_ids))
    if filters.get("category") in set(Category):
        query = query.where(Ticket.category == Category(filters["category"]))
    if filters.get("state") in STATES:
        query = query.where(STATES[filters["state"]][1])
    for name, later, column in (("since", 0, Ticket.opened_at), ("until", 1, Ticket.opened_at)):
        if (day := _day(filters.get(name, ""))) is not None:
            at = datetime.combine(day + timedelta(days=later), time(0), place.zone)
            query = query.where(column < at if later else column >= at)
    return query


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min + timedelta(days=2) < day < date.max - timedelta(days=2) else None


def shown(query: Select[Ticket]) -> Select[Ticket]:
    return query.options(joinedload(Ticket.agency))


def took(ticket: Any, hours: Hours) -> tuple[int, int] | None:
    """Seconds from asking to settling, elapsed and of opening time (HUD-HD-1); none while it is open.

    One that was merged was not settled; the one that it is part of is.
    """
    return None if ticket.state is State.MERGED else _between(ticket, ticket.closed_at, hours)


def answered_in(ticket: Any, hours: Hours) -> tuple[int, int] | None:
    return _between(ticket, ticket.first_answered_at, hours)


def _between(ticket: Any, until: datetime | None, hours: Hours) -> tuple[int, int] | None:
    if until is None:
        return None
    opening = hours.of(ticket.lead_id, ticket.coc_id, ticket.opened_at)
    spent = opening.business_time_between(ticket.opened_at, until)
    return int((until - ticket.opened_at).total_seconds()), int(spent.total_seconds())


def exported(query: Select[Ticket], *, with_staff: bool) -> Iterator[tuple[Any, ...]]:
    """Every row, some at a time, oldest first. Who of the Lead held it is the Lead's own to know."""
    hours, last = Hours(), 0
    columns = (
        *(getattr(Ticket, name) for name in PLAIN),
        Agency.name.label("agency_name"),
        HOLDER.name.label("holder_name"),
    )
    query = query.outerjoin(Agency, Agency.id == Ticket.agency_id).outerjoin(
        HOLDER, HOLDER.id == Ticket.holder_person_id
    )
    query = query.with_only_columns(*columns).order_by(Ticket.id).limit(AT_A_TIME)
    while rows := db.session.execute(query.where(Ticket.id > last)).all():
        for ticket in rows:
            yield _row(ticket, hours, with_staff=with_staff)
        last = rows[-1].id


def _row(ticket: Any, hours: Hours, *, with_staff: bool) -> tuple[Any, ...]:
    first, whole = answered_in(ticket, hours), took(ticket, hours)
    return (
        ticket.id,
        ticket.opened_at,
        ticket.agency_name,
        ticket.requester_name,
        word_of(ticket.category),
        ticket.subject,
        state_word(ticket),
        word_of(ticket.tier),
        ticket.holder_name if with_staff else "",
        ticket.first_answered_at,
        _hours(first and first[0]),
        ticket.closed_at,
        ticket.resolution,
        _hours(whole and whole[0]),
        _hours(whole and whole[1]),
    )


def state_word(ticket: Any) -> str:
    return {State.CLOSED: "Settled", State.DECLINED: "Declined"}.get(ticket.state, word_of(ticket.state))


def _hours(seconds: int | None) -> float | None:
    return round(seconds / 3600, 2) if seconds is not None else None
