"""What keeps two machines from answering each other for ever."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import BigInteger, String, Table, bindparam, case, func, insert, select
from sqlalchemy.sql.dml import ReturningInsert

from core.audit import record
from core.db import UtcDateTime, db
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


READ_LATELY = select(func.count()).select_from(
    select(InboundMessage.id)
    .where(
        InboundMessage.from_address == bindparam("address"),
        InboundMessage.received_at.between(bindparam("since"), bindparam("now")),
        InboundMessage.outcome != "",
    )
    .limit(MOST_MESSAGES)
    .subquery()
)
"""How many messages came from an address, counted up to the limit."""


def _replying() -> ReturningInsert[Any]:
    """Muted where as many went to the address in the hour before, those counted up to the limit."""
    address, now = bindparam("to", type_=String), bindparam("now", type_=UtcDateTime)
    sent = select(AutoReply.id).where(AutoReply.address == address, AutoReply.muted_because == "")
    sent = sent.where(AutoReply.at > bindparam("since"), AutoReply.at <= now).limit(MOST_AUTOMATIC_REPLIES)
    count = select(func.count()).select_from(sent.subquery()).scalar_subquery()
    values: dict[str, Any] = {
        **{f"{name}_id": bindparam(name, type_=BigInteger) for name in ("lead", "coc", "ticket")},
        "address": address,
        "at": now,
        "muted_because": case((count >= MOST_AUTOMATIC_REPLIES, MUTED), else_=""),
    }
    table = cast(Table, AutoReply.__table__)
    new = insert(table).from_select(list(values), select(*values.values()))
    return new.returning(table.c.id, table.c.muted_because)


REPLY = _replying()


def may_auto_reply(ticket: Ticket, at: datetime, to: str = "") -> bool:
    """Whether a mail on this ticket, or the form that opened it, is answered by itself: at most three times an
    hour to one address.

    `to`: the requester, unless somebody else is named. Counted are answers to mail alone. One that is not sent stands
    on the ticket and among the automatic replies, so that somebody can answer by hand.
    """
    address = (to or ticket.requester_address).lower()
    told = {"lead": ticket.lead_id, "coc": ticket.coc.id if ticket.coc else None, "ticket": ticket.id}
    row = db.session.execute(REPLY, {**told, "to": address, "now": at, "since": at - HOUR}).one()
    if row.muted_because:
        log.warning("no more automatic replies this hour to one address that got %s", MOST_AUTOMATIC_REPLIES)
        say(ticket, Kind.SYSTEM, f"No automatic reply was sent to {address}. {MUTED}", at, internal=True)
        muted = db.session.get_one(AutoReply, row.id)
        record("mail.muted", muted, data={"address": address, "ticket": ticket.id})
    return not row.muted_because


def is_flood(address: str, at: datetime) -> bool:
    """More messages from one address within the hour than people write."""
    asked = {"address": address.lower(), "since": at - HOUR, "now": at}
    return bool(address) and (db.session.scalar(READ_LATELY, asked) or 0) >= MOST_MESSAGES


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
