"""What a person keeps: drafts of what they type, and lists and macros under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert

from core import ppi
from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Forbidden, Invalid
from helpdesk.desk import queries
from helpdesk.desk.models import Draft, Macro, SavedView
from helpdesk.desk.permissions import Permission
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.screening import refuse_ppi

DRAFTED = ("answer", "reply", "note", "ask-vendor")
LONGEST_DRAFT = 50_000
LOCK_SPACE = 4_210_011


def keep_draft(ticket: Ticket, by: Principal, box: str, text: str, now: datetime) -> str:
    """Keep what is in a box; an empty box keeps nothing. Returns what to say about it.

    What looks like a client's data is not kept, and no more than was kept before is lost by that.
    """
    if box not in DRAFTED:
        raise Invalid("There is no such box.", "Load the page again.")
    if not text.strip():
        mine = (Draft.person_id == by.person_id, Draft.ticket_id == ticket.id, Draft.box == box)
        db.session.execute(delete(Draft).where(*mine))
        return ""
    if found := ppi.find(text):
        return f"Not kept: this has what looks like a client's {found[0].label}. Use the client ID."
    if _was_sent(ticket, by, text):
        return ""
    values = {"person_id": by.person_id, "ticket_id": ticket.id, "box": box, "text": text[:LONGEST_DRAFT]}
    kept = insert(Draft).values(**values, kept_at=now)
    changed = {"text": kept.excluded.text, "kept_at": kept.excluded.kept_at}
    db.session.execute(kept.on_conflict_do_update(index_elements=["person_id", "ticket_id", "box"], set_=changed))
    return "Draft kept."


def _was_sent(ticket: Ticket, by: Principal, text: str) -> bool:
    """Whether a late post brings what has been sent meanwhile."""
    mine = (TicketMessage.ticket_id == ticket.id, TicketMessage.author_id == by.person_id)
    newest = select(TicketMessage.text).where(*mine).order_by(TicketMessage.at.desc(), TicketMessage.id.desc())
    return db.session.scalar(newest.limit(1)) == text.strip()


def keep_named(
    model: type[SavedView | Macro],
    lead_id: int,
    name: str,
    values: dict[str, Any],
    *,
    shared: bool,
    by: Principal,
    now: datetime,
) -> SavedView | Macro:
    """A view or a macro under its name; the same name again replaces what it stood for."""
    if lead_id not in queries.lead_ids(by):
        raise Forbidden("That is another HMIS Lead's.")
    if shared and not by.can(Permission.SHARE, lead_id=lead_id):
        raise Forbidden("What is shared belongs to those who work for the whole HMIS Lead.", "Keep it as your own.")
    if not name:
        raise Invalid("Give it a name.", field="name")
    refuse_ppi(name, "name")
    owner_id = None if shared else by.person_id
    row = _named(model, lead_id, owner_id, name)
    if row is None:
        row = model(lead_id=lead_id, owner_id=owner_id, name=name)
        db.session.add(row)
    for field, value in values.items():
        setattr(row, field, value)
    row.kept_at, row.kept_by_id = now, by.person_id
    db.session.flush()
    record(f"{model.__tablename__}.kept", row, data={"name": name, "shared": shared})
    return row


def _named(model: type[SavedView | Macro], lead_id: int, owner_id: int | None, name: str) -> SavedView | Macro | None:
    """Whatever has this name, also when it is being kept at this moment."""
    theirs = {"space": LOCK_SPACE, "whose": f"{model.__tablename__} {lead_id} {owner_id}"}
    db.session.execute(sql("select pg_advisory_xact_lock(:space, hashtext(:whose))"), theirs)
    owner = model.owner_id.is_(None) if owner_id is None else model.owner_id == owner_id
    query = select(model.id).where(model.lead_id == lead_id, owner, func.lower(model.name) == name.lower())
    known = db.session.scalar(query)
    row: Any = db.session.get(model, known) if known else None
    return row if isinstance(row, model) else None


def remove(row: SavedView | Macro, by: Principal) -> None:
    if not queries.may_change(by, row):
        raise Forbidden("This is shared by the whole HMIS Lead.", "Ask somebody who works for all of it.")
    record(f"{row.__tablename__}.removed", row, data={"name": row.name})
    db.session.delete(row)
