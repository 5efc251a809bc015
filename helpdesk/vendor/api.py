"""What vendor cases contribute to Today and to the search box."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import joinedload

from core import home
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline
from core.home import Turn, WorkItem
from core.search import Hit, provider
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import State as TicketState
from helpdesk.vendor import queries
from helpdesk.vendor.clocks import NEXT_CONTACT
from helpdesk.vendor.models import CaseTicket, VendorCase
from helpdesk.vendor.permissions import Permission
from helpdesk.vendor.rules import OVER, CaseState

AREA = "Help desk"
NEXT = {
    CaseState.OPEN: ("Nobody has asked the vendor yet", "Write to it"),
    CaseState.US: ("The vendor answered", "Read it"),
    CaseState.FIXED: ("The vendor says that it is fixed", "See for yourself"),
}


@home.provider
def waiting_for(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """Of the cases one keeps: when to ask again, whose next move is ours, what is over but not told. And what waits
    for a decision of those who make it."""
    if not principal.can(Permission.WORK):
        return []
    mine = VendorCase.keeper_id == principal.person_id
    ours = _rows(principal, limit, mine, queries.OPEN, VendorCase.state.in_(list(NEXT)))
    items = [_item(case, *NEXT[case.state]) for case in ours]
    items += _asked_again(_rows(principal, limit, mine, queries.OPEN, VendorCase.next_contact_at.is_not(None)), at)
    if principal.can(Permission.DECIDE):
        raised = _rows(principal, limit, queries.OPEN, VendorCase.raised_at.is_not(None))
        items += [_item(case, "The vendor does not resolve it", "Decide", urgent=True) for case in raised]
    untold = _rows(principal, limit, mine, VendorCase.state.in_(OVER), _has_waiting())
    return items + [_item(case, "It is over, and requests still wait for it", "Tell them") for case in untold]


def _asked_again(cases: list[VendorCase], at: datetime) -> list[WorkItem]:
    """Each with the time of its clock, which is the vendor's until it has passed, and what counted it."""
    query = select(Deadline).where(Deadline.subject_type == VendorCase.__tablename__, Deadline.kind == NEXT_CONTACT)
    rows = db.session.scalars(query.where(Deadline.subject_id.in_([case.id for case in cases])).order_by(Deadline.id))
    counted = {row.subject_id: row.explanation for row in rows}
    return [
        WorkItem(
            title=f"Ask the vendor again: case V{case.id} {case.title}",
            url=f"/vendor-cases/{case.id}",
            action="Ask again",
            area=AREA,
            detail="No word from the vendor" if case.misses else "Waiting for the vendor",
            due_at=case.next_contact_at,
            explanation=counted.get(case.id),
            since=case.last_activity_at,
            group=Turn.MINE if case.next_contact_at and case.next_contact_at < at else Turn.WAITING,
        )
        for case in cases
    ]


def _rows(principal: Principal, limit: int, *where: object) -> list[VendorCase]:
    query = select(VendorCase).where(queries.visible(principal), *where)  # type: ignore[arg-type]
    return list(db.session.scalars(query.order_by(VendorCase.last_activity_at, VendorCase.id).limit(limit)))


def _has_waiting() -> object:
    waits = (CaseTicket.case_id == VendorCase.id, CaseTicket.left_at.is_(None))
    return exists().where(*waits, Ticket.id == CaseTicket.ticket_id, Ticket.state == TicketState.WITH_VENDOR)


def _item(case: VendorCase, detail: str, action: str, *, urgent: bool = False) -> WorkItem:
    return WorkItem(
        title=f"V{case.id} {case.title}",
        url=f"/vendor-cases/{case.id}",
        action=action,
        area=AREA,
        detail=detail,
        since=case.last_activity_at,
        group=Turn.MINE,
        is_urgent=urgent,
    )


@provider("Vendor cases")
def search(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the vendor's number, by ours (V12), by words of the title."""
    if not principal.can(Permission.VIEW):
        return []
    query = select(VendorCase).where(queries.visible(principal), or_(queries.matches(text)))
    query = query.options(joinedload(VendorCase.contact)).order_by(VendorCase.last_activity_at.desc(), VendorCase.id)
    return [
        Hit(f"V{c.id} {c.title}", f"/vendor-cases/{c.id}", "Vendor cases", _detail(c))
        for c in db.session.scalars(query.limit(limit))
    ]


def _detail(case: VendorCase) -> str:
    return ", ".join(filter(None, (case.number, case.state.replace("-", " "))))
