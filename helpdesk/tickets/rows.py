"""The rows behind the verbs: what is said, who has it, whose move it is. Each is called inside a unit of work."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarResult, select
from sqlalchemy import text as sql

from core import ppi
from core.connections import by_key
from core.db import current_unit, db
from core.deadlines import Deadline
from core.errors import Conflict
from core.events import publish
from core.files.models import StoredFile
from core.people.models import Person
from core.policy.vocabulary import Tier
from helpdesk.tickets import rules
from helpdesk.tickets.events import TicketChanged
from helpdesk.tickets.models import MessageFile, Ticket, TicketChange, TicketMessage, TierStay
from helpdesk.tickets.rules import INTERNAL, Action, Kind, Placement

SEARCHABLE = 40_000
LOCK_SPACE = 4_210_002
SPOKEN = (Kind.REQUESTER, Kind.AGENCY, Kind.LEAD)
TAGS = re.compile(r"<[^>]{0,2000}>")


def hold(ticket: Ticket) -> None:
    """Nobody else changes the ticket until this unit of work ends; what it says is read anew.

    Its clocks first and then itself, which is the order in which a sweep takes them.
    """
    db.session.flush()
    clocks = select(Deadline).where(Deadline.subject_type == Ticket.__tablename__, Deadline.subject_id == ticket.id)
    held = clocks.order_by(Deadline.id).with_for_update().execution_options(populate_existing=True)
    db.session.scalars(held).all()
    db.session.execute(select(Ticket.id).where(Ticket.id == ticket.id).with_for_update())
    db.session.refresh(ticket)


def hold_last(ticket: Ticket) -> Ticket:
    """Hold it, and where it was merged, the one that it is part of too; returns the one that goes on.

    From the part to the whole, as a merge and its undoing do, so that nobody waits for each other.
    """
    hold(ticket)
    while ticket.merged_into_id is not None:
        ticket = db.session.get_one(Ticket, ticket.merged_into_id)
        hold(ticket)
    return ticket


@dataclass(frozen=True)
class Once:
    """A form's own key, and a digest of who did what with it: the same key with anything else is no repetition."""

    key: str
    act: str

    @classmethod
    def of(cls, key: str | None, *act: object, files: Sequence[StoredFile] = ()) -> Once | None:
        """None without a key, as for what comes by mail. A row counts by its number."""
        told = [
            *(str(getattr(part, "id", part)) for part in act),
            *(f"{stored.sha256} {stored.name}" for stored in files),
        ]
        return cls(key, hashlib.sha256(json.dumps(told).encode()).hexdigest()) if key else None


def said_before(once: Once | None) -> TicketMessage | None:
    """What the same form led to, also when its first sending is still under way.

    Raises Conflict when its key was used for something else.
    """
    if once is None:
        return None
    ours = {"space": LOCK_SPACE, "key": once.key}
    db.session.execute(by_key(sql("select pg_advisory_xact_lock(:space, hashtext(:key))")), ours)
    known = db.session.scalar(by_key(select(TicketMessage).where(TicketMessage.nonce == once.key)))
    if known is not None and known.act != once.act:
        raise Conflict("This form was sent before, with other words.", "To send this as well, send it once more.")
    return known


def hold_once(ticket: Ticket, once: Once | None) -> TicketMessage | None:
    """Hold the ticket; what the same form led to, if it was sent before."""
    hold(ticket)
    return said_before(once)


@dataclass(frozen=True)
class Said:
    """News: something was said on a ticket, in the unit of work under way; `opens` it, when nothing was before."""

    message: TicketMessage
    opens: bool = False


def move_on(ticket: Ticket, action: Action, at: datetime) -> None:
    state = rules.after(ticket.state, action)
    if state is None and ticket.merged_into_id is not None:
        raise Conflict(f"This request was merged into #{ticket.merged_into_id}.", "Do it there.")
    if state is None:
        raise Conflict(
            f"This request is {ticket.state.replace('-', ' ')}, so that is not possible now.", "Load the page again."
        )
    ticket.state = state
    ticket.last_activity_at = max(at, ticket.last_activity_at)
    if state in rules.LIVE:
        ticket.closed_at = None


def changed(ticket: Ticket, action: Action | None, at: datetime, *, through: Ticket | None = None) -> None:
    """The last deed of a verb: keep the change for the clocks, and tell the rooms that follow the ticket.

    `through` is a merged one that it came by, which keeps the change should the merge be undone.
    """
    at = max(at, ticket.last_activity_at)
    kept_by = through or ticket
    db.session.add(TicketChange(ticket_id=kept_by.id, at=at, action=action, state=kept_by.state, tier=kept_by.tier))
    db.session.flush()
    publish(TicketChanged(ticket.id, at, action))


def say(
    ticket: Ticket,
    kind: Kind,
    text: str,
    at: datetime,
    *,
    author: Person | None = None,
    address: str = "",
    html: str = "",
    quoted: str = "",
    message_id: str = "",
    internal: bool = False,
    once: Once | None = None,
    opens: bool = False,
) -> TicketMessage:
    said = TicketMessage(
        ticket=ticket,
        kind=kind,
        author=author,
        address=address,
        text=text.strip(),
        html=html,
        quoted=quoted,
        at=at,
        message_id=message_id,
        is_internal=internal or kind in INTERNAL,
        has_ppi=any(ppi.find(part) for part in (text, quoted, TAGS.sub(" ", html))),
        nonce=once.key if once else None,
        act=once.act if once else "",
    )
    db.session.add(said)
    if kind in SPOKEN and not opens:
        ticket.search_text = searchable(text, ticket.search_text)
    db.session.flush()
    publish(Said(said, opens))
    return said


def searchable(text: str, before: str | None = None) -> str:
    """What of a conversation words are looked for in: the newest of it, without clients' personal data."""
    return f"{before or ''}\n{ppi.mask(text)}"[-SEARCHABLE:]


def copied(said: TicketMessage, to: Ticket) -> TicketMessage:
    """The same words on another ticket, with their files, read by the same side as before. It is no news, and no mail
    leads to it: the thread stays where it was."""
    again = TicketMessage(
        ticket=to,
        kind=said.kind,
        author_id=said.author_id,
        address=said.address,
        text=said.text,
        html=said.html,
        quoted=said.quoted,
        at=said.at,
        is_internal=said.is_internal,
        has_ppi=said.has_ppi,
    )
    db.session.add(again)
    db.session.flush()
    attach(again, [attached.file for attached in said.files])
    if said.kind in SPOKEN:
        to.search_text = searchable(said.text, to.search_text)
    return again


def system(
    ticket: Ticket, by: Person, what: str, reason: str, at: datetime, once: Once | None, *, internal: bool = False
) -> TicketMessage:
    text = f"{what} {reason.strip()}".strip()
    return say(ticket, Kind.SYSTEM, text, at, author=by, internal=internal, once=once)


def attach(said: TicketMessage, files: Sequence[StoredFile]) -> None:
    if files:
        db.session.add_all(MessageFile(message_id=said.id, file_id=stored.id) for stored in files)
        db.session.flush()


def put(
    ticket: Ticket, placement: Placement, at: datetime, *, by: Person | None, reason: str = "", first: bool = False
) -> None:
    """On another tier, or on its first. What the vendor has stays in the hands of the person who asked it."""
    at_agency = placement.tier is Tier.AGENCY_ADMINISTRATOR
    was, ticket.tier = ticket.tier, placement.tier
    ticket.holder_agency_id = ticket.agency.id if at_agency and ticket.agency else None
    holder = None if at_agency or was is Tier.AGENCY_ADMINISTRATOR else ticket.holder
    if placement.tier is Tier.VENDOR:
        holder = holder or by
    begin_stay(ticket, at, by=by, holder=holder, reason=reason, placement=placement, first=first)


def begin_stay(
    ticket: Ticket,
    at: datetime,
    *,
    by: Person | None,
    holder: Person | None,
    reason: str = "",
    placement: Placement | None = None,
    first: bool = False,
) -> None:
    """End the stay under way, if it is not the first, and begin the next; without a placement it is the same tier, for
    the same reason."""
    ticket.holder = holder
    db.session.flush()
    last = None if first else _stays_under_way(ticket).one_or_none()
    if last is not None:
        last.until = at
    explanation: dict[str, Any] = placement.explanation if placement else last.explanation if last else {}
    stay = TierStay(
        ticket_id=ticket.id,
        tier=ticket.tier,
        holder_agency_id=ticket.holder_agency_id,
        holder_person_id=holder.id if holder else None,
        since=at,
        moved_by_id=by.id if by else None,
        reason=reason.strip(),
        rule=placement.rule if placement else last.rule if last else "",
        explanation=explanation,
    )
    db.session.add(stay)
    current_unit().memo["stay", ticket.id] = stay


def stay_of(ticket: Ticket) -> TierStay:
    """Where it lies now, and since when."""
    known: TierStay | None = current_unit().memo.get(("stay", ticket.id))
    return known if known is not None else _stays_under_way(ticket).one()


def _stays_under_way(ticket: Ticket) -> ScalarResult[TierStay]:
    query = select(TierStay).where(TierStay.ticket_id == ticket.id, TierStay.until.is_(None))
    return db.session.scalars(by_key(query))
