"""What pages read: each in a bounded number of queries, each only what the person may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select, text
from sqlalchemy.orm import joinedload, selectinload

from core.authz import Principal, found
from core.connections import by_key
from core.db import db
from core.deadlines import Deadline
from core.people.models import Agency, AgencyStatus, Lead, Membership, Person
from helpdesk.notices.models import GOES_ON, IS_MISSING, Notice, NoticeRecipient
from helpdesk.notices.permissions import Permission
from helpdesk.notices.rules import GONE_OUT, HISTORY, SERVICE, Kind, State

BIGGEST = 2**63 - 1
EXPORTED_AT_A_TIME = 2_000
MOST_OPEN = 20


# --- notices


def may_write(principal: Principal) -> ColumnElement[bool]:
    return principal.scope(Permission.SEND).where(Notice)


def received(principal: Principal) -> ColumnElement[bool]:
    mine = and_(NoticeRecipient.notice_id == Notice.id, NoticeRecipient.person_id == principal.person_id)
    return exists().where(mine)


def at_their_agency(principal: Principal, at: datetime) -> ColumnElement[bool]:
    """Notices that went to people of the agencies whose administrator this is."""
    agency_ids = principal.scope(Permission.SEE_AGENCY).agency_ids
    colleagues = and_(NoticeRecipient.notice_id == Notice.id, of_agencies(agency_ids, at))
    leads = select(Agency.lead_id).where(Agency.id.in_(agency_ids))
    return and_(Notice.lead_id.in_(leads), exists().where(colleagues))


def of_agencies(agency_ids: frozenset[int], at: datetime) -> ColumnElement[bool]:
    """Recipients who work at one of these agencies."""
    member = and_(
        Membership.person_id == NoticeRecipient.person_id,
        Membership.agency_id.in_(agency_ids),
        or_(Membership.ended_at.is_(None), Membership.ended_at > at),
    )
    return exists().where(member)


def visible(principal: Principal, at: datetime) -> ColumnElement[bool]:
    reach = [may_write(principal), received(principal)]
    if principal.can(Permission.SEE_AGENCY):
        reach.append(at_their_agency(principal, at))
    return or_(*reach)


def notices(principal: Principal, filters: Mapping[str, str], at: datetime) -> Select[Notice]:
    """A list by what is shown: those one writes, those of one's agency, or those one has received."""
    conditions = {"all": may_write(principal), "agency": at_their_agency(principal, at)}
    query = select(Notice).where(conditions.get(shown(principal, filters), received(principal)))
    if filters.get("state") in set(State):
        query = query.where(Notice.state == State(filters["state"]))
    if filters.get("kind") in set(Kind):
        query = query.where(Notice.kind == Kind(filters["kind"]))
    return query.options(joinedload(Notice.author))


def shown(principal: Principal, filters: Mapping[str, str]) -> str:
    """Which list is asked for and allowed; whoever writes notices begins with those."""
    wanted = filters.get("shown", "")
    if wanted == "agency" and principal.can(Permission.SEE_AGENCY):
        return "agency"
    return "all" if principal.can(Permission.SEND) and wanted != "received" else "received"


def visible_notice(principal: Principal, notice_id: int, at: datetime) -> Notice:
    """Raises NotFound for what is not this person's to know of."""
    query = select(Notice).where(Notice.id == min(notice_id, BIGGEST), visible(principal, at))
    row: Notice = found(db.session.scalar(query.options(joinedload(Notice.author), joinedload(Notice.lead))))
    return row


def own_notice(principal: Principal, notice_id: int, *, lock: bool = False) -> Notice:
    """One that this person writes; `lock` is for who is about to change it."""
    query = select(Notice).where(Notice.id == min(notice_id, BIGGEST), may_write(principal))
    row: Notice = found(db.session.scalar(query.options(joinedload(Notice.lead))))
    return locked(row) if lock else row


def locked(row: Notice) -> Notice:
    """Its clocks first and then itself, which is the order in which a sweep takes them."""
    of_row = (Deadline.subject_type == Notice.__tablename__, Deadline.subject_id == row.id)
    clocks = select(Deadline).where(*of_row).order_by(Deadline.id).with_for_update()
    db.session.scalars(clocks.execution_options(populate_existing=True)).all()
    db.session.refresh(row, with_for_update={"of": Notice})
    return row


def is_writer(principal: Principal, row: Notice) -> bool:
    scope = principal.scope(Permission.SEND)
    return row.lead_id in scope.lead_ids or (row.coc_id is not None and row.coc_id in scope.coc_ids)


def recipient_of(row: Notice, person_id: int) -> NoticeRecipient | None:
    mine = (NoticeRecipient.notice_id == row.id, NoticeRecipient.person_id == person_id)
    return db.session.scalar(select(NoticeRecipient).where(*mine))


def to_read(person_id: int, limit: int) -> list[Notice]:
    """What the person was asked to read and has not, the oldest first."""
    query = select(Notice).join(NoticeRecipient, NoticeRecipient.notice_id == Notice.id)
    query = query.where(NoticeRecipient.person_id == person_id, text(IS_MISSING))
    return list(db.session.scalars(query.order_by(Notice.sent_at, Notice.id).limit(limit)))


def untold(principal: Principal, limit: int) -> list[Notice]:
    """Failures that were written down and told to nobody yet."""
    unsent = (Notice.state == State.DRAFT, Notice.discovered_at.is_not(None))
    query = select(Notice).where(may_write(principal), *unsent).order_by(Notice.discovered_at, Notice.id)
    return list(db.session.scalars(query.limit(limit)))


def on_pages_of(person_id: int, at: datetime) -> list[Any]:
    """Service notices that still stand, for the banner of somebody who was told and has not put it away: number, kind,
    title and whether it is critical."""
    return list(db.session.execute(_standing(), {"person": person_id, "at": at}))


@cache
def _standing() -> Any:
    """Made once: each page asks it."""
    query = select(Notice.id, Notice.kind, Notice.title, Notice.is_critical)
    query = query.join(NoticeRecipient, NoticeRecipient.notice_id == Notice.id).where(
        NoticeRecipient.person_id == bindparam("person"),
        NoticeRecipient.dismissed_at.is_(None),
        text(GOES_ON),
        or_(Notice.ends_at.is_(None), Notice.ends_at > bindparam("at")),
    )
    return by_key(query.order_by(Notice.is_critical.desc(), Notice.sent_at.desc()).limit(3))


# --- who was told, and who has read it


def recipients(row: Notice, principal: Principal, shown: str, at: datetime) -> Select[NoticeRecipient]:
    """All of them for who writes the notice; for an agency's administrator those of the agency."""
    query = select(NoticeRecipient).where(NoticeRecipient.notice_id == row.id)
    if not is_writer(principal, row):
        query = query.where(of_agencies(principal.scope(Permission.SEE_AGENCY).agency_ids, at))
    if shown == "missing":
        query = query.where(text(IS_MISSING))
    if shown == "done":
        query = query.where(NoticeRecipient.acknowledged_at.is_not(None))
    return query


def agencies_by_person(
    person_ids: Sequence[int], lead_id: int, principal: Principal, at: datetime, *, whole: bool
) -> dict[int, str]:
    """Where these people work, in words; for an agency's administrator, at that agency only."""
    query = (
        select(Membership.person_id, func.string_agg(Agency.name.distinct(), ", "))
        .join(Agency, Agency.id == Membership.agency_id)
        .where(
            Membership.person_id.in_(person_ids),
            Agency.lead_id == lead_id,
            Agency.status != AgencyStatus.ENDED,
            or_(Membership.ended_at.is_(None), Membership.ended_at > at),
        )
    )
    if not whole:
        query = query.where(Agency.id.in_(principal.scope(Permission.SEE_AGENCY).agency_ids))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Membership.person_id))}


def have_read(row: Notice) -> int:
    done = (NoticeRecipient.notice_id == row.id, NoticeRecipient.acknowledged_at.is_not(None))
    return db.session.scalar(select(func.count()).select_from(NoticeRecipient).where(*done)) or 0


def exported(row: Notice, principal: Principal, shown: str, at: datetime) -> Iterator[tuple[Any, ...]]:
    """Every recipient by name, some at a time: name, address, agencies, when and how they said that they read it."""
    whole, last = is_writer(principal, row), ("", 0)
    one = NoticeRecipient
    query = recipients(row, principal, shown, at).join(Person, Person.id == one.person_id).order_by(one.name, one.id)
    told = query.with_only_columns(one.id, one.person_id, one.name, Person.email, one.acknowledged_at, one.read_by)
    while True:
        beyond = or_(one.name > last[0], and_(one.name == last[0], one.id > last[1]))
        rows = db.session.execute(told.where(beyond).limit(EXPORTED_AT_A_TIME)).all()
        if not rows:
            return
        places = agencies_by_person([r.person_id for r in rows], row.lead_id, principal, at, whole=whole)
        for r in rows:
            yield r.name, r.email, places.get(r.person_id, ""), r.acknowledged_at, r.read_by or ""
        last = rows[-1].name, rows[-1].id


# --- the public status page


def leads() -> Select[Lead]:
    return select(Lead)


def lead_of(lead_id: int) -> Lead:
    row: Lead = found(db.session.get(Lead, min(lead_id, BIGGEST)))
    return row


def public_going_on(lead_ids: Sequence[int], at: datetime) -> list[Notice]:
    """What is marked public and still stands, with its updates."""
    query = select(Notice).where(
        Notice.lead_id.in_(lead_ids),
        Notice.is_public,
        text(GOES_ON),
        or_(Notice.ends_at.is_(None), Notice.ends_at > at),
    )
    query = query.order_by(Notice.sent_at.desc(), Notice.id.desc()).limit(MOST_OPEN)
    return list(db.session.scalars(query.options(selectinload(Notice.updates))))


def public_history(lead_id: int, at: datetime) -> Select[Notice]:
    """What was marked public and is over, of the last days."""
    over = or_(Notice.state == State.RESOLVED, Notice.ends_at <= at)
    told = (Notice.lead_id == lead_id, Notice.is_public, Notice.state.in_(GONE_OUT), Notice.kind.in_(SERVICE))
    return select(Notice).where(*told, over, Notice.sent_at > at - HISTORY)
