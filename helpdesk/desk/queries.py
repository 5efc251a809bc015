from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, literal_column, or_, select
from sqlalchemy.orm import joinedload, load_only

from core.authz import Principal, found
from core.connections import by_key
from core.db import among, db
from core.deadlines import Deadline, State
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
from helpdesk.tickets.beside import Asked, asks
from helpdesk.tickets.family import parts_of
from helpdesk.tickets.models import Ticket, TierStay

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


def saved_views(principal: Principal) -> list[SavedView]:
    query = select(SavedView).where(usable(principal, SavedView)).order_by(SavedView.name, SavedView.id)
    return list(db.session.scalars(by_key(query.limit(rules.MOST_VIEWS))))


def visible_view(principal: Principal, view_id: int) -> SavedView:
    row: SavedView = found(
        db.session.scalar(select(SavedView).where(SavedView.id == view_id, usable(principal, SavedView)))
    )
    return row


def macros(principal: Principal, lead_id: int | None = None) -> list[Macro]:
    query = select(Macro).where(usable(principal, Macro)).order_by(Macro.name, Macro.id).options(load_only(Macro.name))
    if lead_id is not None:
        query = query.where(Macro.lead_id == lead_id)
    return list(db.session.scalars(by_key(query.limit(rules.MOST_AT_ONCE))))


def visible_macro(principal: Principal, macro_id: int) -> Macro:
    query = select(Macro).where(Macro.id == macro_id, usable(principal, Macro)).options(joinedload(Macro.lead))
    row: Macro = found(db.session.scalar(query))
    return row


def counts(conditions: Mapping[str, Sequence[ColumnElement[bool]]]) -> dict[str, str]:
    """How many tickets each list has, in one question; none is counted past the bound."""
    if not conditions:
        return {}
    one: ColumnElement[int] = literal_column("1")
    parts = []
    for number, where in enumerate(conditions.values()):
        some = select(one).select_from(Ticket).where(*where).limit(rules.MOST_COUNTED + 1).subquery()
        parts.append(select(func.count()).select_from(some).scalar_subquery().label(f"list_{number}"))
    row = db.session.execute(select(*parts)).one()
    return {name: rules.shown_count(count) for name, count in zip(conditions, row, strict=True)}


def tagged(principal: Principal, name: str) -> ColumnElement[bool]:
    tags = select(Tag.id).where(Tag.lead_id.in_(lead_ids(principal)), Tag.name == rules.tag_named(name))
    return Ticket.id.in_(select(TicketTag.ticket_id).where(TicketTag.tag_id.in_(tags)))


def tags_of(ticket_ids: Sequence[int]) -> dict[int, list[str]]:
    query = select(TicketTag.ticket_id, Tag.name).join(Tag).where(among(TicketTag.ticket_id, ticket_ids))
    told: dict[int, list[str]] = {}
    for ticket_id, name in db.session.execute(by_key(query.order_by(Tag.name))):
        told.setdefault(ticket_id, []).append(name)
    return told


def why_here(ticket_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Why each lies where it does, as its ladder says it."""
    query = select(TierStay.ticket_id, TierStay.explanation)
    query = query.where(among(TierStay.ticket_id, ticket_ids), TierStay.until.is_(None))
    return {row[0]: row[1] for row in db.session.execute(by_key(query))}


def next_promises(ticket_ids: Sequence[int]) -> dict[int, str]:
    """Which promise of each is due next, by its name."""
    query = select(Deadline.subject_id, Deadline.title).where(
        Deadline.subject_type == Ticket.__tablename__,
        among(Deadline.subject_id, ticket_ids),
        Deadline.kind.like("service-%"),
        Deadline.state == State.PENDING,
    )
    soonest_last = db.session.execute(by_key(query.order_by(Deadline.due_at.desc(), Deadline.id.desc())))
    return {row[0]: row[1].partition(":")[0] for row in soonest_last}


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


def could_watch(ticket: Ticket, now: datetime) -> list[Row[tuple[int, str]]]:
    """Number and name of the Lead's help desk, and of those of the agency who may read its tickets; not of who asked,
    who is told anyway."""
    staff = select(LeadStaff.person_id).where(
        LeadStaff.lead_id == ticket.lead_id,
        or_(LeadStaff.coc_id.is_(None), LeadStaff.coc_id == ticket.coc_id),
        LeadStaff.role.in_(HELP_DESK),
        *_in_force(LeadStaff, now),
    )
    readers = select(Designation.person_id).where(
        Designation.agency_id == ticket.agency_id, Designation.kind.in_(READERS), *_in_force(Designation, now)
    )
    query = select(Person.id, Person.name).where(Person.id.in_(staff.union(readers)))
    if ticket.requester_id is not None:
        query = query.where(Person.id != ticket.requester_id)
    return list(db.session.execute(by_key(query.order_by(Person.name).limit(rules.MOST_AT_ONCE))))


def colleagues(principal: Principal, now: datetime) -> list[Row[tuple[int, str]]]:
    """Who else works at the same help desks: number and name."""
    serves = select(LeadStaff.person_id).where(
        LeadStaff.lead_id.in_(lead_ids(principal)), LeadStaff.role.in_(HELP_DESK), *_in_force(LeadStaff, now)
    )
    query = select(Person.id, Person.name).where(Person.id.in_(serves), Person.id != principal.person_id)
    return list(db.session.execute(by_key(query.order_by(Person.name).limit(rules.MOST_AT_ONCE))))


def _in_force(model: Any, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return model.started_on <= now.date(), or_(model.ended_at.is_(None), model.ended_at > now)


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
