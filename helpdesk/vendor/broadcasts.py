"""An update written once, for everybody whose request waits for the case: each in their own thread, once.

Whom it goes to is rows, written with the update; each is then told in a unit of work of its own, so that a process
that dies leaves the rest to the next round and nobody is told twice. Nobody learns of anybody else.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from core import clock
from core.audit import acting_as, record
from core.authz import Principal, principal_for
from core.db import db, on_commit, savepoint, unit_of_work
from core.errors import DomainError, Forbidden, Invalid
from core.people.models import Person
from core.policy.vocabulary import Tier
from helpdesk.tickets import mails as ticket_mails
from helpdesk.tickets import services as tickets
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as TicketPermission
from helpdesk.tickets.rows import Once, hold
from helpdesk.tickets.rows import say as say_on_ticket
from helpdesk.tickets.rules import Kind
from helpdesk.tickets.screening import refuse_ppi
from helpdesk.tickets.standing import may
from helpdesk.vendor import queries, rules
from helpdesk.vendor.models import Broadcast, BroadcastTicket, VendorCase
from helpdesk.vendor.permissions import Permission
from helpdesk.vendor.rows import done_before, move_on, must_work, step
from helpdesk.vendor.rows import hold as hold_case
from helpdesk.vendor.rules import Act, Telling, Then

log = logging.getLogger(__name__)

AT_ONCE = 5
NOBODY = "Nobody's request is on this case, so nobody would get it."


@dataclass(frozen=True)
class Update:
    """`includes_closed`: also those whose request was closed meanwhile."""

    text: str
    then: Then = Then.WAIT
    includes_closed: bool = False


@dataclass(frozen=True)
class Preview:
    """Whom an update would reach: `count` in all, `closed` of them closed; `beyond` are others' to tell."""

    count: int
    closed: int
    beyond: int


def reached(by: Principal) -> ColumnElement[bool]:
    """The requests that this person may answer."""
    return by.scope(TicketPermission.TICKET_ANSWER).where(Ticket)


def preview(case: VendorCase, told: Update, by: Principal) -> Preview:
    """Raises Invalid for an update that may not go out, or goes to nobody."""
    _check(case, told)
    mine = reached(by)
    live = queries.count_on(case, mine, Ticket.closed_at.is_(None))
    closed = queries.count_on(case, mine, Ticket.closed_at.is_not(None))
    wanted = live + (closed if told.includes_closed else 0)
    if not wanted:
        raise Invalid(NOBODY, "Put requests on it first.", field="text")
    beyond = queries.count_on(case) - live - closed
    return Preview(wanted, closed, beyond)


def _check(case: VendorCase, told: Update) -> None:
    if not told.text.strip():
        raise Invalid("Say what is new.", field="text")
    refuse_ppi(told.text, "text")
    inside = [case.number, case.lead.vendor_address]
    for contact in queries.contacts_of(case.lead_id):
        inside += [contact.name, contact.address]
    numbers = list(db.session.scalars(queries.family_of(case)))
    if leak := rules.leak_in(told.text, queries.affected_by(case), numbers, filter(None, inside)):
        raise Invalid(
            f"“{leak.words}” names {leak.what}, and the update goes to everybody.",
            "Say it without: each gets it in their own request.",
            field="text",
            rule="SON-HD-4",
        )


def begin(case: VendorCase, told: Update, by: Person, at: datetime, *, nonce: str) -> Broadcast:
    """Fix whom it goes to; the telling follows by itself. The same form sent again is the same update."""
    once = Once.of(nonce, Act.TELL, case.id, by, told.text, told.then, told.includes_closed)
    hold_case(case)
    must_work(case, by, Permission.WORK, at)
    if known := done_before(once):
        return _of_step(case, known.id)
    principal = principal_for(by, at)
    count = preview(case, told, principal).count
    move_on(case, Act.TELL, at)
    row = Broadcast(
        case_id=case.id,
        text=told.text.strip(),
        then=told.then,
        includes_closed=told.includes_closed,
        by_id=by.id,
        at=at,
        total=count,
        step_id=step(case, Act.TELL, at, by, once=once, count=count, then=told.then).id,
    )
    db.session.add(row)
    db.session.flush()
    row.total = _fix(row, case, told, principal)
    on_commit(_soon)
    return row


def _of_step(case: VendorCase, step_id: int) -> Broadcast:
    query = select(Broadcast).where(Broadcast.case_id == case.id, Broadcast.step_id == step_id)
    return db.session.scalars(query).one()


def _fix(row: Broadcast, case: VendorCase, told: Update, by: Principal) -> int:
    wanted = select(literal(row.id), Ticket.id, literal(Telling.WAITING.value), literal("")).where(
        Ticket.id.in_(queries.on_case(case.id)), reached(by)
    )
    if not told.includes_closed:
        wanted = wanted.where(Ticket.closed_at.is_(None))
    names = ["broadcast_id", "ticket_id", "state", "refused"]
    written = insert(BroadcastTicket).from_select(names, wanted.order_by(Ticket.id))
    done = db.session.execute(written, execution_options={"preserve_rowcount": True})
    return int(done.rowcount)  # type: ignore[attr-defined]


def _soon() -> None:
    """A few at once, so that a small update is out when its page comes back."""
    tell_on(AT_ONCE)


def tell_on(limit: int | None = None) -> int:
    """Tell those who wait, one by one; returns how many. Another process's are left to it."""
    told = 0
    with acting_as("system:vendor-update"):
        while (limit is None or told < limit) and _tell_next():
            told += 1
        _finish()
    return told


def _tell_next() -> bool:
    with unit_of_work() as session:
        query = select(BroadcastTicket).where(BroadcastTicket.state == Telling.WAITING)
        query = query.order_by(BroadcastTicket.broadcast_id, BroadcastTicket.id).limit(1)
        row = session.scalar(query.with_for_update(skip_locked=True))
        if row is None:
            return False
        try:
            with savepoint():
                row.state, row.refused = _tell(row)
        except DomainError as error:
            row.state, row.refused = Telling.REFUSED, f"{error.message} {error.advice}".strip()
        except OperationalError:
            raise
        except Exception as error:
            log.exception("update %s could not be put on request %s", row.broadcast_id, row.ticket_id)
            row.state, row.refused = Telling.REFUSED, f"The service could not do it ({type(error).__name__})."
    return True


def _tell(row: BroadcastTicket) -> tuple[Telling, str]:
    said, ticket, now = row.broadcast, row.ticket, clock.now()
    hold(ticket)
    key = f"vendor-update-{said.id}-{ticket.id}"
    if ticket.merged_into_id is not None:
        return Telling.SKIPPED, f"It is part of #{ticket.merged_into_id}, which is told."
    place = queries.place_of(ticket)
    if place is None or place.case_id != said.case_id:
        return Telling.SKIPPED, "It left the case meanwhile."
    if not ticket.is_open:
        if not said.includes_closed:
            return Telling.SKIPPED, "It was closed meanwhile."
        _tell_closed(ticket, said, now)
    elif said.then is Then.CLOSED:
        tickets.close(ticket, said.by, said.text, now, nonce=key)
    else:
        if said.then is Then.ANSWERED and ticket.tier is Tier.VENDOR:
            tickets.hand_back(ticket, said.by, "The vendor's case was answered.", now, nonce=f"{key}-back")
        tickets.answer(ticket, said.by, said.text, now, nonce=key)
    return Telling.TOLD, ""


def _tell_closed(ticket: Ticket, said: Broadcast, now: datetime) -> None:
    """An answer that leaves the request closed, of somebody who may still give one."""
    if not may(principal_for(said.by, now), TicketPermission.TICKET_ANSWER, ticket):
        raise Forbidden("Whoever wrote the update works on this request no more.", "Send it once more yourself.")
    message = say_on_ticket(ticket, Kind.LEAD, said.text, now, author=said.by, address=said.by.email)
    record("ticket.answered", ticket, data={"message": message.id, "update": said.id})
    ticket_mails.tell_requester("ticket-answer", ticket, message)


def _finish() -> None:
    """What has nobody left to tell is done."""
    with unit_of_work() as session:
        left = exists().where(BroadcastTicket.broadcast_id == Broadcast.id, BroadcastTicket.state == Telling.WAITING)
        done = update(Broadcast).where(Broadcast.done_at.is_(None), ~left).values(done_at=clock.now())
        session.execute(done, execution_options={"synchronize_session": False})
