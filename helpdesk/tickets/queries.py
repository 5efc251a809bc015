"""What pages read: each in a bounded number of queries, each only what the person may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, with_expression

from core.authz import Principal, Scope, found
from core.connections import by_key
from core.db import db
from core.deadlines import Deadline
from core.deadlines import State as Pending
from core.paging import Sought
from core.people.models import Agency, Person
from core.policy.vocabulary import Tier
from core.search import like
from helpdesk.desk import queries as desk
from helpdesk.tickets.family import said_on
from helpdesk.tickets.models import MessageFile, Ticket, TicketMessage, TierStay
from helpdesk.tickets.permissions import Permission
from helpdesk.tickets.rules import Category, Priority, Side, State
from helpdesk.vendor import queries as vendor

RECENT_MESSAGES = 100
BIGGEST = 2**63 - 1


@dataclass(frozen=True)
class View:
    """A named list. `oldest_first` where what has waited longest comes first."""

    label: str
    where: tuple[ColumnElement[bool], ...]
    oldest_first: bool = False


OPEN = Ticket.closed_at.is_(None)
# For what is counted: a merged request is over, and was neither solved nor declined; the one it is part of counts.
MERGED = Ticket.merged_into_id.is_not(None)
VIEWS = {
    "needs-action": View("Needs an answer", (OPEN, Ticket.state.in_([State.NEW, State.OPEN])), oldest_first=True),
    "waiting": View("Waiting on others", (OPEN, Ticket.state.in_([State.ANSWERED, State.WITH_VENDOR]))),
    "open": View("All open", (OPEN,)),
    "closed": View("Closed", (Ticket.closed_at.is_not(None), ~MERGED)),
    "all": View("All", ()),
}
DEFAULT_VIEW = "open"
ENUMS: dict[str, type[StrEnum]] = {"state": State, "tier": Tier, "category": Category, "priority": Priority}
# What is read with the rows, said once: to build it takes as long as to ask.
WITH_PLACE = (
    joinedload(Ticket.lead),
    joinedload(Ticket.coc),
    joinedload(Ticket.agency).joinedload(Agency.coc),
    joinedload(Ticket.requester),
    joinedload(Ticket.holder),
)
WITH_NAMES = (
    joinedload(Ticket.agency).load_only(Agency.name),
    joinedload(Ticket.holder).load_only(Person.name),
    joinedload(Ticket.requester).load_only(Person.name),
)
WITH_FILES = (joinedload(TicketMessage.author), joinedload(TicketMessage.files).joinedload(MessageFile.file))
WITH_HOLDERS = (joinedload(TierStay.holder_agency), joinedload(TierStay.holder), joinedload(TierStay.moved_by))
PAGING = {"view", "after", "before", "columns"}
SORTS = {"news": (Ticket.last_activity_at, True), "age": (Ticket.opened_at, False), "due": (Ticket.next_due_at, True)}


def visible(principal: Principal) -> ColumnElement[bool]:
    return principal.scope(Permission.TICKET_VIEW).where(Ticket, own=Ticket.requester_id)


def view_named(filters: Mapping[str, str]) -> str:
    return filters.get("view", "") if filters.get("view") in VIEWS else DEFAULT_VIEW


# Why each lies where it does, and which of its promises is due next.
WITH_STANDING = (
    with_expression(
        Ticket.why_here,
        select(TierStay.explanation)
        .where(TierStay.ticket_id == Ticket.id, TierStay.until.is_(None))
        .limit(1)
        .scalar_subquery(),
    ),
    with_expression(
        Ticket.next_promise,
        select(Deadline.title)
        .where(
            Deadline.subject_type == Ticket.__tablename__,
            Deadline.subject_id == Ticket.id,
            Deadline.kind.like("service-%"),
            Deadline.state == Pending.PENDING,
        )
        .order_by(Deadline.due_at, Deadline.id)
        .limit(1)
        .scalar_subquery(),
    ),
)


def queue(principal: Principal, filters: Mapping[str, str]) -> Select[Any]:
    """The tickets a person may see, narrowed by the address; what an address says wrongly narrows nothing.

    Words to look for are left to `sought_in`, which the page of the list takes. Staff get WITH_STANDING along.
    """
    scope = principal.scope(Permission.TICKET_VIEW)
    if scope.is_staff and not filters.keys() - PAGING:
        return _whole_view(scope.lead_ids, scope.coc_ids, view_named(filters))
    told = {name: value for name, value in filters.items() if name != "q" or sought_in(filters) is None}
    query = select(Ticket).where(*conditions_of(principal, told))
    return query.options(*WITH_NAMES, *(WITH_STANDING if scope.is_staff else ()))


@lru_cache(maxsize=256)
def _whole_view(lead_ids: frozenset[int], coc_ids: frozenset[int], view: str) -> Select[Any]:
    """A list without filters, as staff look at it all day: put together once, and planned by its index."""
    query = select(Ticket).where(Scope(lead_ids, coc_ids).where(Ticket), *VIEWS[view].where)
    return by_key(query.options(*WITH_NAMES, *WITH_STANDING))


def counts_of_views(
    principal: Principal, names: Sequence[str], others: Mapping[str, Sequence[ColumnElement[bool]]]
) -> dict[str, str]:
    """How many tickets each of the house's lists has for staff, and each of the others.

    In one question; none is counted past the bound.
    """
    if others:
        return desk.counts({**{name: conditions_of(principal, {"view": name}) for name in names}, **others})
    scope = principal.scope(Permission.TICKET_VIEW)
    return desk.counted(names, _counting(scope.lead_ids, scope.coc_ids, tuple(names)))


@lru_cache(maxsize=256)
def _counting(lead_ids: frozenset[int], coc_ids: frozenset[int], names: Sequence[str]) -> Select[Any]:
    reach = Scope(lead_ids, coc_ids).where(Ticket)
    return by_key(desk.counting([(reach, *VIEWS[name].where) for name in names]))


def sought_in(filters: Mapping[str, str]) -> Sought | None:
    """The words that an address looks for; none where it names a ticket's number, or nothing."""
    words = filters.get("q", "").replace("\0", "").strip()
    return Sought(Ticket.search, partial(has_words, words)) if words and _number_in(words) is None else None


def conditions_of(principal: Principal, filters: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """The same as conditions: what a list shows and what its count counts."""
    due = [Ticket.next_due_at.is_not(None)] if filters.get("sort", "").removeprefix("-") == "due" else []
    return [_listed(principal, filters), *VIEWS[view_named(filters)].where, *_narrowed(principal, filters), *due]


def order_of(filters: Mapping[str, str]) -> tuple[list[Any], bool]:
    """The columns that a list is sorted by, and whether the greatest comes first. The young have little age."""
    named = filters.get("sort", "")
    if named.removeprefix("-") in SORTS:
        column, least_first = SORTS[named.removeprefix("-")]
        return [column, Ticket.id], least_first is named.startswith("-")
    return [Ticket.last_activity_at, Ticket.id], not VIEWS[view_named(filters)].oldest_first


def _listed(principal: Principal, filters: Mapping[str, str]) -> ColumnElement[bool]:
    """What is visible, said so that one index gives it in order: staff find what they asked elsewhere under `mine`."""
    scope = principal.scope(Permission.TICKET_VIEW)
    if filters.get("mine") == "1":
        return visible(principal) & (Ticket.requester_id == principal.person_id)
    return Scope(scope.lead_ids, scope.coc_ids).where(Ticket) if scope.is_staff else visible(principal)


def _narrowed(principal: Principal, filters: Mapping[str, str]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for name, kind in ENUMS.items():
        if filters.get(name) in set(kind):
            conditions.append(getattr(Ticket, name) == kind(filters[name]))
    if agency := filters.get("agency", "").strip():
        conditions.append(_of_agency(principal, agency))
    if tag := filters.get("tag", "").strip():
        conditions.append(desk.tagged(principal, tag))
    if case := filters.get("case", "").strip():
        conditions.append(vendor.filed_under(principal, case))
    if assignee := filters.get("assignee"):
        conditions.extend(_held_by(principal, assignee))
    if words := filters.get("q", "").strip():
        conditions.append(matches(words))
    return conditions


def _of_agency(principal: Principal, text: str) -> ColumnElement[bool]:
    """By number, or by the beginning of the name among the agencies the person may see."""
    text = text.replace("\0", "")
    if (number := _number(text)) is not None:
        return Ticket.agency_id == number
    scope = principal.scope(Permission.TICKET_VIEW)
    in_reach = Agency.lead_id.in_(scope.lead_ids) | Agency.coc_id.in_(scope.coc_ids) | Agency.id.in_(scope.agency_ids)
    return Ticket.agency_id.in_(select(Agency.id).where(in_reach, func.lower(Agency.name).like(like(text))))


def _held_by(principal: Principal, assignee: str) -> list[ColumnElement[bool]]:
    if assignee == "nobody":
        return [Ticket.holder_person_id.is_(None)]
    number = principal.person_id if assignee == "me" else _number(assignee)
    return [Ticket.holder_person_id == number] if number is not None else []


def matches(words: str) -> ColumnElement[bool]:
    """By number (4182 or #4182), else by the words of subject and conversation."""
    words = words.replace("\0", "")
    number = _number_in(words)
    return Ticket.id == number if number is not None else has_words(words, Ticket.search)


def has_words(words: str, column: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.op("@@")(func.websearch_to_tsquery("english", words[:200]))
    return condition


def _number_in(words: str) -> int | None:
    return _number(words.removeprefix("#"))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= BIGGEST else None


def visible_ticket(principal: Principal, ticket_id: int) -> Ticket:
    """Raises NotFound for another agency's as for none."""
    query = select(Ticket).where(Ticket.id == min(ticket_id, BIGGEST), visible(principal)).options(*WITH_PLACE)
    ticket: Ticket = found(db.session.scalar(by_key(query)))
    return ticket


def conversation(
    ticket: Ticket, side: Side, *, everything: bool = False, alone: bool = False
) -> tuple[list[TicketMessage], bool]:
    """The newest messages in the order they were said, and whether there are earlier ones."""
    query = select(TicketMessage).where(*_read_by(ticket, side, alone=alone))
    query = query.order_by(TicketMessage.at.desc(), TicketMessage.id.desc())
    if not everything:
        query = query.limit(RECENT_MESSAGES + 1)
    rows = list(db.session.scalars(by_key(query.options(*WITH_FILES))).unique())
    more = not everything and len(rows) > RECENT_MESSAGES
    return list(reversed(rows[:RECENT_MESSAGES] if more else rows)), more


def _read_by(ticket: Ticket, side: Side, *, alone: bool = False) -> list[ColumnElement[bool]]:
    """What the Lead's staff keep among themselves is theirs alone."""
    public = [] if side is Side.LEAD else [TicketMessage.is_internal.is_(False)]
    return [said_on(ticket, side, alone=alone), *public]


def message_of(ticket: Ticket, message_id: int, side: Side) -> TicketMessage:
    query = select(TicketMessage).where(TicketMessage.id == min(message_id, BIGGEST), *_read_by(ticket, side))
    message: TicketMessage = found(db.session.scalar(query))
    return message


def file_of(ticket: Ticket, file_id: int, side: Side) -> MessageFile:
    query = select(MessageFile).join(TicketMessage)
    query = query.where(MessageFile.id == min(file_id, BIGGEST), *_read_by(ticket, side))
    row: MessageFile = found(
        db.session.scalar(query.options(joinedload(MessageFile.file), joinedload(MessageFile.message)))
    )
    return row


def stays(ticket: Ticket) -> list[TierStay]:
    """Each hop, oldest first, with who held it and who moved it."""
    query = select(TierStay).where(TierStay.ticket_id == ticket.id).options(*WITH_HOLDERS)
    return list(db.session.scalars(by_key(query.order_by(TierStay.since, TierStay.id))))
