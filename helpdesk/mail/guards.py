"""What keeps two machines from answering each other for ever."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from core.db import db
from helpdesk.mail.models import InboundMessage
from helpdesk.tickets.models import TicketMessage

log = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
MOST_AUTOMATIC_REPLIES = 3
MOST_MESSAGES = 120
MOST_ECHOES = 3


def may_auto_reply(address: str, at: datetime) -> bool:
    """Whether an acknowledgement may go to this address: at most three an hour, counted by its new tickets."""
    opened = _from(address, at, InboundMessage.outcome == "ticket", most=MOST_AUTOMATIC_REPLIES)
    if opened >= MOST_AUTOMATIC_REPLIES:
        log.warning("no more automatic replies this hour to one address that opened %s tickets by mail", opened)
        return False
    return True


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
