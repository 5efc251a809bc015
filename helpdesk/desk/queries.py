from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.connections import by_key
from core.db import UtcDateTime, among, db
from core.people.models import Agency, Designation, DesignationKind, Lead, LeadStaff, Person, StaffRole
from helpdesk.desk import rules
from helpdesk.desk.models import (
    BulkAct,
    Draft,
    Macro,
    Mention,
    Presence,
    SavedView,
    Tag,
    TicketTag,
    TimeSpent,
    Watcher,
)
from helpdesk.desk.permissions import DESK, Permission
from helpdesk.replies.models import CannedReply
from helpdesk.tickets.beside import Asked, asks
from helpdesk.tickets.family import parts_of
from helpdesk.tickets.models import Ticket

HELP_DESK = (StaffRole.AGENT, StaffRole.MANAGER, StaffRole.ADMIN)
READERS = (DesignationKind.ADMINISTRATOR, DesignationKind.EXECUTIVE_DIRECTOR)


def lead_ids(principal: Principal) -> set[int]:
    """The Leads at whose help desk this person works."""
    if not principal.can(Permission.USE):
        return set()
    return {g.lead_id for g in principal.grants if g.role in DESK and g.lead_id}


def leads_of(principal: Principal) -> list[Lead]:
    return list(db.session.scalars(select(Lead).where(Lead.id.in_(lead_ids(principal))).order_by(Lead.name)))


def usable(principal: Principal, model: Any) -> ColumnElement[bool]:
    """Of saved views and macros: what the Lead shares, and one's own."""
    theirs = or_(model.owner_id.is_(None), model.owner_id == principal.person_id)
    return and_(model.lead_id.in_(lead_ids(principal)), theirs)


def may_change(principal: Principal, row: SavedView | Macro) -> bool:
    own = row.owner_id == principal.person_id
    return own or (row.owner_id is None and principal.can(Permission.SHARE, lead_id=row.lead_id))


@dataclass(frozen=True)
class Kept:
    """Something to choose by its name; `filters` only of a saved view."""

    id: int
    name: str
    filters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AtHand:
    """What the queue's page offers beside the rows, each by name."""

    views: list[Kept]
    colleagues: list[Kept]
    replies: list[Kept]


def kept_at_hand(principal: Principal, now: datetime) -> AtHand:
    """In one question."""
    told = {"leads": list(lead_ids(principal)), "me": principal.person_id, **_times(now)}
    by_kind: dict[str, list[Kept]] = {"view": [], "colleague": [], "reply": []}
    for kind, number, name, filters in db.session.execute(_at_hand(), told):
        by_kind[kind].append(Kept(number, name, filters or {}))
    return AtHand(*by_kind.values())


@cache
def _at_hand() -> Any:
    """Made once: the queue asks it each time it is looked at."""
    me = bindparam("me", type_=BigInteger)
    serves = select(LeadStaff.person_id).where(
        LeadStaff.lead_id.in_(bindparam("leads", expanding=True)),
        LeadStaff.role.in_(HELP_DESK),
        *_in_force(LeadStaff),
    )
    views = _named("view", SavedView, SavedView.filters).where(_theirs(SavedView, me)).limit(rules.MOST_VIEWS)
    colleagues = _named("colleague", Person).where(Person.id.in_(serves), Person.id != me)
    replies = _named("reply", CannedReply).where(_theirs(CannedReply, me))
    parts = (views, colleagues.limit(rules.MOST_AT_ONCE), replies.limit(rules.MOST_AT_ONCE))
    return by_key(union_all(*(select(part.subquery()) for part in parts)))


def _named(kind: str, model: Any, filters: Any = None) -> Select[Any]:
    also = cast(null(), JSONB) if filters is None else filters
    columns = (literal(kind, Text).label("kind"), model.id, model.name, also.label("filters"))
    return select(*columns).order_by(model.name, model.id)


def _theirs(model: Any, me: ColumnElement[int]) -> ColumnElement[bool]:
    shared_or_own = or_(model.owner_id.is_(None), model.owner_id == me)
    return and_(model.lead_id.in_(bindparam("leads", expanding=True)), shared_or_own)


def saved_views(principal: Principal) -> list[SavedView]:
    query = select(SavedView).where(usable(principal, SavedView)).order_by(SavedView.name, SavedView.id)
    return list(db.session.scalars(by_key(query.limit(rules.MOST_VIEWS))))


def visible_view(principal: Principal, view_id: int) -> SavedView:
    row: SavedView = found(
        db.session.scalar(select(SavedView).where(SavedView.id == view_id, usable(principal, SavedView)))
    )
    return row


def visible_macro(principal: Principal, macro_id: int) -> Macro:
    query = select(Macro).where(Macro.id == macro_id, usable(principal, Macro)).options(joinedload(Macro.lead))
    row: Macro = found(db.session.scalar(query))
    return row


def counts(conditions: Mapping[str, Sequence[ColumnElement[bool]]]) -> dict[str, str]:
    """How many tickets each list has, in one question; none is counted past the bound."""
    return counted(conditions, counting(conditions.values()))


def counting(conditions: Iterable[Sequence[ColumnElement[bool]]]) -> Select[Any]:
    one: ColumnElement[int] = literal_column("1")
    parts = []
    for number, where in enumerate(conditions):
        some = select(one).select_from(Ticket).where(*where).limit(rules.MOST_COUNTED + 1).subquery()
        parts.append(select(func.count()).select_from(some).scalar_subquery().label(f"list_{number}"))
    return select(*parts)


def counted(names: Iterable[str], query: Select[Any]) -> dict[str, str]:
    row = db.session.execute(query).one()
    return {name: rules.shown_count(count) for name, count in zip(names, row, strict=True)}


def tagged(principal: Principal, name: str) -> ColumnElement[bool]:
    tags = select(Tag.id).where(Tag.lead_id.in_(lead_ids(principal)), Tag.name == rules.tag_named(name))
    return Ticket.id.in_(select(TicketTag.ticket_id).where(TicketTag.tag_id.in_(tags)))


def tags_of(ticket_ids: Sequence[int]) -> dict[int, list[str]]:
    query = select(TicketTag.ticket_id, Tag.name).join(Tag).where(among(TicketTag.ticket_id, ticket_ids))
    told: dict[int, list[str]] = {}
    for ticket_id, name in db.session.execute(by_key(query.order_by(Tag.name))):
        told.setdefault(ticket_id, []).append(name)
    return told


def bulk_act(principal: Principal, act_id: int) -> BulkAct:
    row: BulkAct = found(
        db.session.scalar(select(BulkAct).where(BulkAct.id == act_id, BulkAct.person_id == principal.person_id))
    )
    return row


def drafts_of(person_id: int, ticket_id: int) -> dict[str, Draft]:
    query = select(Draft).where(Draft.person_id == person_id, Draft.ticket_id == ticket_id)
    return {row.box: row for row in db.session.scalars(query)}


def others_here(ticket_id: int, person_id: int, now: datetime) -> list[tuple[str, bool]]:
    """Who else looks at a ticket, by name, and whether they are typing."""
    since = now - rules.FADES_AFTER
    typing = select(Draft.id).where(
        Draft.ticket_id == Presence.ticket_id, Draft.person_id == Presence.person_id, Draft.kept_at > since
    )
    query = select(Person.name, typing.exists()).join(Presence, Presence.person_id == Person.id)
    query = query.where(Presence.ticket_id == ticket_id, Presence.person_id != person_id, Presence.seen_at > since)
    return [(name, types) for name, types in db.session.execute(query.order_by(Person.name).limit(20))]


def watchers_of(ticket_id: int) -> list[Watcher]:
    query = select(Watcher).join(Watcher.person).where(Watcher.ticket_id == ticket_id)
    return list(db.session.scalars(query.options(joinedload(Watcher.person)).order_by(Person.name)))


def at_hand_on(ticket: Ticket, principal: Principal, now: datetime) -> tuple[list[Kept], list[Kept]]:
    """Who could watch it, and the macros for it, each by name, in one question.

    Watching is for the Lead's help desk, and for those of the agency who may read its tickets; not for who asked, whom
    every answer is told anyway.
    """
    place = {"lead": ticket.lead_id, "coc": ticket.coc_id, "agency": ticket.agency_id, "who": ticket.requester_id or 0}
    mine = {"leads": list(lead_ids(principal)), "me": principal.person_id}
    by_kind: dict[str, list[Kept]] = {"person": [], "macro": []}
    for kind, number, name, _ in db.session.execute(_at_hand_on(), {**place, **mine, **_times(now)}):
        by_kind[kind].append(Kept(number, name))
    return by_kind["person"], by_kind["macro"]


@cache
def _at_hand_on() -> Any:
    lead, coc, agency, who = (bindparam(name, type_=BigInteger) for name in ("lead", "coc", "agency", "who"))
    staff = select(LeadStaff.person_id).where(
        LeadStaff.lead_id == lead,
        or_(LeadStaff.coc_id.is_(None), LeadStaff.coc_id == coc),
        LeadStaff.role.in_(HELP_DESK),
        *_in_force(LeadStaff),
    )
    readers = select(Designation.person_id).where(
        Designation.agency_id == agency, Designation.kind.in_(READERS), *_in_force(Designation)
    )
    people = _named("person", Person).where(Person.id.in_(staff.union(readers)), Person.id != who)
    macros = _named("macro", Macro).where(Macro.lead_id == lead, _theirs(Macro, bindparam("me", type_=BigInteger)))
    return by_key(union_all(*(select(part.limit(rules.MOST_AT_ONCE).subquery()) for part in (people, macros))))


def _times(now: datetime) -> dict[str, Any]:
    return {"now": now, "day": now.date()}


def _in_force(model: Any) -> tuple[ColumnElement[bool], ...]:
    """At what the statement is given as `now` and `day`."""
    now, day = bindparam("now", type_=UtcDateTime), bindparam("day", type_=Date)
    return model.started_on <= day, or_(model.ended_at.is_(None), model.ended_at > now)


def time_of(ticket_id: int) -> list[TimeSpent]:
    """Also what was spent on those that are part of it."""
    parts = parts_of(ticket_id)
    query = select(TimeSpent).where(TimeSpent.ticket_id.in_(select(parts.c.id))).options(joinedload(TimeSpent.person))
    return list(db.session.scalars(query.order_by(TimeSpent.at, TimeSpent.id)))


def unseen_mention(principal: Principal, ticket_id: int) -> Mention | None:
    query = select(Mention).where(Mention.ticket_id == ticket_id, Mention.person_id == principal.person_id)
    return db.session.scalar(query.where(Mention.seen_at.is_(None)).options(joinedload(Mention.by)).limit(1))


def time_by_agency(principal: Principal, since: datetime, until: datetime) -> list[tuple[str, int, int]]:
    """Agency, requests, minutes of a period, the most minutes first (HUD-HD-4)."""
    scope = principal.scope(Permission.USE)
    minutes = func.sum(TimeSpent.minutes)
    query = (
        select(Agency.name, func.count(TimeSpent.ticket_id.distinct()), minutes)
        .select_from(TimeSpent)
        .outerjoin(Agency, Agency.id == TimeSpent.agency_id)
        .where(TimeSpent.at >= since, TimeSpent.at < until, scope.where(TimeSpent))
        .group_by(Agency.id, Agency.name)
        .order_by(minutes.desc(), Agency.name)
    )
    return [(name or "No agency", int(tickets), int(total)) for name, tickets, total in db.session.execute(query)]


def month_around(day: datetime, ago: int) -> tuple[datetime, datetime]:
    """The first moment of the month so many months ago, and of the one after it."""
    begin = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(ago):
        begin = (begin - timedelta(days=1)).replace(day=1)
    return begin, (begin + timedelta(days=32)).replace(day=1)


# --- whether a ticket has any of it at all


@asks("drafts")
def _drafts(asked: Asked) -> ColumnElement[bool]:
    return exists().where(Draft.person_id == asked.person_id, Draft.ticket_id == asked.ticket_id)


@asks("watchers")
def _watchers(asked: Asked) -> ColumnElement[bool]:
    return exists().where(Watcher.ticket_id == asked.ticket_id)


@asks("tags")
def _tags(asked: Asked) -> ColumnElement[bool]:
    return exists().where(TicketTag.ticket_id == asked.ticket_id)


@asks("time")
def _time(asked: Asked) -> ColumnElement[bool]:
    return exists().where(TimeSpent.ticket_id == asked.ticket_id)


@asks("mention")
def _mention(asked: Asked) -> ColumnElement[bool]:
    unseen = Mention.seen_at.is_(None)
    return exists().where(Mention.ticket_id == asked.ticket_id, Mention.person_id == asked.person_id, unseen)
