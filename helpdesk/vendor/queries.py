from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core.authz import Principal, found
from core.db import db
from core.outbox import OutboxMessage
from core.people.models import Agency, Lead, Membership, Person
from helpdesk.mail.models import CopyState, MailCopy
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rules import Kind
from helpdesk.vendor import rules
from helpdesk.vendor.models import (
    Broadcast,
    BroadcastTicket,
    CaseFile,
    CaseMessage,
    CaseStep,
    CaseTicket,
    VendorCase,
    VendorContact,
    VendorProtocol,
)
from helpdesk.vendor.permissions import DESK, Permission
from helpdesk.vendor.rules import NUMBERED, Affected, CaseState, Telling

RECENT = 50
BIGGEST = 2**63 - 1
OPEN = VendorCase.closed_at.is_(None)
SHOWN = {"open": "Open", "overdue": "Overdue", "closed": "Closed", "all": "All"}


def lead_ids(principal: Principal) -> set[int]:
    """The Leads for whose help desk this person works; a case belongs to the whole Lead."""
    if not principal.can(Permission.VIEW):
        return set()
    return {g.lead_id for g in principal.grants if g.role in DESK and g.lead_id}


def lead_of(principal: Principal, permission: Permission = Permission.VIEW) -> Lead:
    """The Lead whose cases somebody works on. Raises NotFound."""
    scope = principal.scope(permission)
    ids = set(scope.lead_ids) | (lead_ids(principal) if permission is not Permission.SET else set())
    lead: Lead = found(db.session.scalar(select(Lead).where(Lead.id.in_(ids)).order_by(Lead.id).limit(1)))
    return lead


def visible(principal: Principal) -> ColumnElement[bool]:
    return VendorCase.lead_id.in_(lead_ids(principal))


def cases(principal: Principal, filters: Mapping[str, str], at: datetime) -> Select[Any]:
    """The cases a person may see, narrowed by the address; what it says wrongly narrows nothing."""
    query = select(VendorCase).where(visible(principal))
    shown = filters.get("shown", "open")
    if shown in ("open", "overdue"):
        query = query.where(OPEN)
    if shown == "overdue":
        query = query.where(VendorCase.next_contact_at < at)
    if shown == "closed":
        query = query.where(VendorCase.closed_at.is_not(None))
    if filters.get("state") in set(CaseState):
        query = query.where(VendorCase.state == CaseState(filters["state"]))
    if (contact := number_in(filters.get("contact", ""))) is not None:
        query = query.where(VendorCase.contact_id == contact)
    if words := filters.get("q", "").strip():
        query = query.where(matches(words))
    return query.options(joinedload(VendorCase.contact), joinedload(VendorCase.keeper))


def order_of(filters: Mapping[str, str]) -> tuple[list[Any], bool]:
    if filters.get("shown") == "overdue":
        return [VendorCase.next_contact_at, VendorCase.id], False
    return [VendorCase.last_activity_at, VendorCase.id], True


def matches(words: str) -> ColumnElement[bool]:
    """By the vendor's number, by words of the title, or by our own number (V12)."""
    words = words.replace("\0", "")[:200]
    parts = [
        func.lower(VendorCase.number) == words.lower(),
        VendorCase.search.op("@@")(func.websearch_to_tsquery("english", words)),
    ]
    if (number := number_in(words.lstrip("vV#"))) is not None:
        parts.append(VendorCase.id == number)
    return or_(and_(VendorCase.number != "", parts[0]), *parts[1:])


def number_in(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= BIGGEST else None


def visible_case(principal: Principal, case_id: int) -> VendorCase:
    """Raises NotFound for another Lead's as for none."""
    query = select(VendorCase).where(VendorCase.id == min(case_id, BIGGEST), visible(principal))
    eager = (joinedload(VendorCase.lead), joinedload(VendorCase.contact), joinedload(VendorCase.keeper))
    case: VendorCase = found(db.session.scalar(query.options(*eager)))
    return case


def thread_of(case: VendorCase, *, everything: bool = False) -> tuple[list[CaseMessage], bool]:
    """The newest messages in the order they were said, and whether there are earlier ones."""
    query = select(CaseMessage).where(CaseMessage.case_id == case.id)
    query = query.order_by(CaseMessage.at.desc(), CaseMessage.id.desc())
    if not everything:
        query = query.limit(RECENT + 1)
    eager = (joinedload(CaseMessage.author), selectinload(CaseMessage.files).joinedload(CaseFile.file))
    rows = list(db.session.scalars(query.options(*eager)))
    more = not everything and len(rows) > RECENT
    return list(reversed(rows[:RECENT] if more else rows)), more


def message_of(case: VendorCase, message_id: int) -> CaseMessage:
    query = select(CaseMessage).where(CaseMessage.id == message_id, CaseMessage.case_id == case.id)
    row: CaseMessage = found(db.session.scalar(query.options(joinedload(CaseMessage.case))))
    return row


def steps_of(case: VendorCase) -> list[CaseStep]:
    """The newest, oldest first. What was said stands in the thread."""
    query = select(CaseStep).where(CaseStep.case_id == case.id).options(joinedload(CaseStep.by))
    rows = db.session.scalars(query.order_by(CaseStep.id.desc()).limit(2 * RECENT))
    return list(reversed(rows.all()))


def file_of(case: VendorCase, file_id: int) -> CaseFile:
    query = select(CaseFile).join(CaseMessage).where(CaseFile.id == file_id, CaseMessage.case_id == case.id)
    row: CaseFile = found(db.session.scalar(query.options(joinedload(CaseFile.file))))
    return row


# --- the requests on it


def on_case(case_id: Any) -> Any:
    """The numbers of the requests that are on a case now."""
    return select(CaseTicket.ticket_id).where(CaseTicket.case_id == case_id, CaseTicket.left_at.is_(None))


def tickets_of(case: VendorCase, within: ColumnElement[bool]) -> Select[Any]:
    """The requests on the case that `within` reaches."""
    query = select(Ticket).where(Ticket.id.in_(on_case(case.id)), within)
    return query.options(joinedload(Ticket.agency), joinedload(Ticket.requester))


def readable(texts: Iterable[str], within: ColumnElement[bool]) -> Callable[[str], str]:
    """What somebody may read of these sentences: a request beyond `within` is only one of another CoC."""
    numbers = {int(found[1]) for text in texts for found in NUMBERED.finditer(text)}
    mine = set(db.session.scalars(select(Ticket.id).where(Ticket.id.in_(numbers), within))) if numbers else set()
    return lambda text: rules.without_numbers(text, numbers - mine)


def count_on(case: VendorCase, *where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(Ticket).where(Ticket.id.in_(on_case(case.id)), *where)
    return db.session.scalar(query) or 0


def counts_of(case_ids: list[int]) -> dict[int, int]:
    """How many requests each of a page's cases has."""
    query = select(CaseTicket.case_id, func.count()).where(CaseTicket.case_id.in_(case_ids))
    query = query.where(CaseTicket.left_at.is_(None)).group_by(CaseTicket.case_id)
    return dict(db.session.execute(query).all())


def place_of(ticket: Ticket) -> CaseTicket | None:
    """The case that the request is on, with when it came there."""
    query = select(CaseTicket).where(CaseTicket.ticket_id == ticket.id, CaseTicket.left_at.is_(None))
    return db.session.scalar(query.options(joinedload(CaseTicket.case).joinedload(VendorCase.contact)))


def asks_for(ticket: Ticket) -> VendorCase | None:
    """The open case that asks the vendor on behalf of this request: then nothing else does."""
    query = select(VendorCase).join(CaseTicket).where(CaseTicket.ticket_id == ticket.id, CaseTicket.left_at.is_(None))
    return db.session.scalar(query.where(OPEN))


def filed_under(principal: Principal, text: str) -> ColumnElement[bool]:
    """The requests on a case, for the queue's filter: by our number, or by the vendor's."""
    theirs = select(VendorCase.id).where(visible(principal))
    number = number_in(text.strip().lstrip("vV"))
    wanted = or_(
        and_(VendorCase.number != "", func.lower(VendorCase.number) == text.strip().replace("\0", "").lower()),
        VendorCase.id == (number if number is not None else 0),
    )
    cases_wanted = theirs.where(wanted)
    return Ticket.id.in_(
        select(CaseTicket.ticket_id).where(CaseTicket.case_id.in_(cases_wanted), CaseTicket.left_at.is_(None))
    )


def family_of(case: VendorCase, *also: Ticket) -> Any:
    """A query of the numbers of all that is or was on the case, and of what was merged into it: who asked in that is
    answered with the whole."""
    ids = select(CaseTicket.ticket_id).where(CaseTicket.case_id == case.id)
    here = or_(Ticket.id.in_(ids), Ticket.id.in_([ticket.id for ticket in also]))
    family = select(Ticket.id).where(here).cte("family", recursive=True)
    family = family.union(select(Ticket.id).join(family, Ticket.merged_into_id == family.c.id))
    return select(family.c.id)


def affected_by(case: VendorCase, *also: Ticket) -> Affected:
    """Everybody whose request is or was part of the case, who else wrote in it or got a copy, and where they work."""
    family = family_of(case, *also)
    asked = _affected(Ticket.id.in_(family))
    wrote = select(Person.name).join(TicketMessage, TicketMessage.author_id == Person.id)
    wrote = wrote.where(TicketMessage.ticket_id.in_(family), TicketMessage.kind.in_([Kind.REQUESTER, Kind.AGENCY]))
    copied = select(MailCopy.name).where(MailCopy.ticket_id.in_(family), MailCopy.state != CopyState.VENDOR)
    others = db.session.scalars(wrote.union(copied))
    people = {*asked.people, *filter(None, others)}
    agencies = select(Ticket.agency_id).where(Ticket.id.in_(family))
    works_there = select(Person.name).join(Membership).where(Membership.agency_id.in_(agencies)).distinct()
    colleagues = set(db.session.scalars(works_there)) - people
    return Affected(tuple(sorted(people)), asked.agencies, tuple(sorted(colleagues)))


def _affected(where: ColumnElement[bool]) -> Affected:
    columns = (Ticket.requester_name, Ticket.requester_address, Person.name, Person.email, Agency.name)
    query = select(*columns).outerjoin(Person, Person.id == Ticket.requester_id)
    query = query.outerjoin(Agency, Agency.id == Ticket.agency_id).where(where).distinct()
    rows = db.session.execute(query).all()
    people = {name for row in rows for name in row[:4] if name}
    return Affected(tuple(sorted(people)), tuple(sorted({row[4] for row in rows if row[4]})))


# --- whose a mail is


def leads_of_vendor(address: str) -> set[int]:
    """The Leads whose vendor writes from there: its address, or that of somebody whom they named."""
    wanted = address.lower()
    leads = select(Lead.id).where(func.lower(Lead.vendor_address) == wanted, Lead.vendor_address != "")
    named = func.lower(VendorContact.address) == wanted
    people = select(VendorContact.lead_id).where(named, VendorContact.ended_at.is_(None))
    return set(db.session.scalars(leads.union(people)))


def case_that_wrote(message_ids: Sequence[str], leads: set[int]) -> VendorCase | None:
    """The case in whose thread we sent one of these mails."""
    ours = select(OutboxMessage.subject_id).where(
        OutboxMessage.message_id.in_(message_ids), OutboxMessage.subject_type == VendorCase.__tablename__
    )
    query = select(VendorCase).where(VendorCase.id.in_(ours), VendorCase.lead_id.in_(leads))
    return db.session.scalar(query.order_by(VendorCase.id.desc()).limit(1)) if message_ids else None


def case_numbered(subject: str, leads: set[int]) -> VendorCase | None:
    """The one case whose number, as the vendor gave it, stands in the subject; None for several."""
    words = {word.lower() for word in rules.CASE_NUMBER.findall(subject)}
    query = select(VendorCase).where(VendorCase.lead_id.in_(leads), VendorCase.number != "")
    rows = db.session.scalars(query.where(func.lower(VendorCase.number).in_(words)).limit(2)).all() if words else []
    return rows[0] if len(rows) == 1 else None


# --- people and what was agreed


def contacts_of(lead_id: int) -> list[VendorContact]:
    """Those who are asked, in their order."""
    query = select(VendorContact).where(VendorContact.lead_id == lead_id, VendorContact.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(VendorContact.rank, VendorContact.id)))


def contact_of(lead_id: int, contact_id: int) -> VendorContact:
    query = select(VendorContact).where(VendorContact.id == contact_id, VendorContact.lead_id == lead_id)
    row: VendorContact = found(db.session.scalar(query.where(VendorContact.ended_at.is_(None))))
    return row


def protocols_of(lead_id: int) -> list[VendorProtocol]:
    """What was agreed, the newest first."""
    query = select(VendorProtocol).where(VendorProtocol.lead_id == lead_id).options(joinedload(VendorProtocol.set_by))
    return list(db.session.scalars(query.order_by(VendorProtocol.id.desc()).limit(20)))


def protocol_of(lead_id: int) -> VendorProtocol | None:
    query = select(VendorProtocol).where(VendorProtocol.lead_id == lead_id)
    return db.session.scalar(query.order_by(VendorProtocol.id.desc()).limit(1))


# --- updates to those who asked


@dataclass(frozen=True)
class Progress:
    total: int
    told: int
    skipped: int
    refused: int

    @property
    def done(self) -> int:
        return self.told + self.skipped + self.refused


def broadcasts_of(case: VendorCase) -> list[Broadcast]:
    query = select(Broadcast).where(Broadcast.case_id == case.id).options(joinedload(Broadcast.by))
    return list(db.session.scalars(query.order_by(Broadcast.id.desc()).limit(10)))


def broadcast_of(case: VendorCase, broadcast_id: int) -> Broadcast:
    query = select(Broadcast).where(Broadcast.id == broadcast_id, Broadcast.case_id == case.id)
    row: Broadcast = found(db.session.scalar(query.options(joinedload(Broadcast.by))))
    return row


def progress_of(row: Broadcast) -> Progress:
    query = select(BroadcastTicket.state, func.count()).where(BroadcastTicket.broadcast_id == row.id)
    counts = dict(db.session.execute(query.group_by(BroadcastTicket.state)).all())
    return Progress(
        row.total, counts.get(Telling.TOLD, 0), counts.get(Telling.SKIPPED, 0), counts.get(Telling.REFUSED, 0)
    )


def not_told(row: Broadcast, within: ColumnElement[bool]) -> list[BroadcastTicket]:
    """Those who did not get it, and why: of the requests that `within` reaches."""
    query = select(BroadcastTicket).where(BroadcastTicket.broadcast_id == row.id)
    query = query.where(BroadcastTicket.state.in_([Telling.REFUSED, Telling.SKIPPED]))
    query = query.where(BroadcastTicket.ticket_id.in_(select(Ticket.id).where(within)))
    return list(db.session.scalars(query.order_by(BroadcastTicket.id).limit(RECENT)))
