"""What keeps two machines from answering each other for ever."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from core.audit import record
from core.connections import by_key
from core.db import db
from helpdesk.mail.models import AutoReply, InboundMessage
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rows import say
from helpdesk.tickets.rules import Kind

log = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
MOST_AUTOMATIC_REPLIES = 3
MOST_MESSAGES = 120
MOST_ECHOES = 3
MUTED = (
    f"{MOST_AUTOMATIC_REPLIES} went to that address within the hour, as when two machines answer each other. "
    "Where a person wrote, answer by hand."
)


def may_auto_reply(ticket: Ticket, at: datetime, to: str = "") -> bool:
    """Whether a mail on this ticket, or the form that opened it, is answered by itself: at most three times an
    hour to one address.

    `to`: the requester, unless somebody else is named. Counted are answers to mail alone. One that is not sent stands
    on the ticket and among the automatic replies, so that somebody can answer by hand.
    """
    address = (to or ticket.requester_address).lower()
    is_muted = _replies_to(address, at) >= MOST_AUTOMATIC_REPLIES
    row = AutoReply(
        lead_id=ticket.lead_id,
        coc_id=ticket.coc.id if ticket.coc else None,
        ticket_id=ticket.id,
        address=address,
        at=at,
        muted_because=MUTED if is_muted else "",
    )
    db.session.add(row)
    db.session.flush()
    if is_muted:
        log.warning("no more automatic replies this hour to one address that got %s", MOST_AUTOMATIC_REPLIES)
        say(ticket, Kind.SYSTEM, f"No automatic reply was sent to {address}. {MUTED}", at, internal=True)
        record("mail.muted", row, data={"address": address, "ticket": ticket.id})
    return not is_muted


def _replies_to(address: str, at: datetime) -> int:
    """How many went to the address in the hour before `at`, counted up to the limit."""
    sent = select(AutoReply.id).where(
        AutoReply.address == address, AutoReply.at > at - HOUR, AutoReply.at <= at, AutoReply.muted_because == ""
    )
    few = select(func.count()).select_from(sent.limit(MOST_AUTOMATIC_REPLIES).subquery())
    return db.session.scalar(by_key(few)) or 0


def is_flood(address: str, at: datetime) -> bool:
    """More messages from one address within the hour than people write."""
    return bool(address) and _from(address, at, InboundMessage.outcome != "", most=MOST_MESSAGES) >= MOST_MESSAGES


def is_echo(ticket_id: int, address: str, words: str, at: datetime) -> bool:
    """Whether the same words came from the address again and again: a machine that does not say it is one."""
    same = select(TicketMessage.id).where(
        TicketMessage.ticket_id == ticket_id,
        TicketMessage.at > at - HOUR,
        func.lower(TicketMessage.address) == address,
        TicketMessage.text == words.strip(),
    )
    if (db.session.scalar(select(func.count()).select_from(same.subquery())) or 0) < MOST_ECHOES:
        return False
    log.warning("one address sent the same words to ticket %s more than %s times in an hour", ticket_id, MOST_ECHOES)
    return True


def _from(address: str, at: datetime, condition: ColumnElement[bool], most: int) -> int:
    """How many messages came from the address in the hour before `at`, counted up to `most`."""
    recent = (
        select(InboundMessage.id)
        .where(
            InboundMessage.from_address == address.lower(), InboundMessage.received_at.between(at - HOUR, at), condition
        )
        .limit(most)
    )
    return db.session.scalar(select(func.count()).select_from(recent.subquery())) or 0
