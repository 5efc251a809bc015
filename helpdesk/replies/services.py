from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy import text as sql

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.people.models import Lead
from helpdesk.replies import rules
from helpdesk.replies.models import CannedReply
from helpdesk.replies.permissions import Permission
from helpdesk.replies.queries import may_change
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.screening import refuse_ppi

LOCK_SPACE = 4_210_004


@dataclass(frozen=True)
class Worded:
    """A reply as somebody typed it; shared by the Lead's staff or their own."""

    name: str
    text: str
    is_shared: bool


def keep(lead: Lead, worded: Worded, by: Principal, now: datetime) -> CannedReply:
    """A new reply. The same one sent twice is one."""
    if worded.is_shared and not by.can(Permission.SHARE, lead_id=lead.id):
        raise Forbidden("Shared replies are for those who work for the whole HMIS Lead.", "Keep it as your own.")
    owner_id = None if worded.is_shared else by.person_id
    same = _named(lead.id, owner_id, worded.name)
    if same and same.text == worded.text:
        return same
    _check(worded, same)
    reply = CannedReply(lead_id=lead.id, owner_id=owner_id, version=0)
    db.session.add(reply)
    _take(reply, worded, by, now)
    record("reply.kept", reply, data={"name": worded.name, "shared": worded.is_shared})
    return reply


def change(reply: CannedReply, worded: Worded, base: int, by: Principal, now: datetime) -> None:
    """Other words; the reply must be locked. Raises Conflict when `base` is not its newest version."""
    _permit(reply, by)
    if (reply.name, reply.text) == (worded.name, worded.text):
        return
    if base != reply.version:
        raise Conflict(
            f"{reply.updated_by.name} changed this reply while you were writing. It now says: {reply.text}",
            "What you typed is still here; save again to put it in place of that.",
        )
    same = _named(reply.lead_id, reply.owner_id, worded.name)
    _check(worded, same if same is not reply else None)
    _take(reply, worded, by, now)
    record("reply.changed", reply, data={"name": worded.name, "version": reply.version})


def remove(reply: CannedReply, by: Principal) -> None:
    """The words stay in the audit trail."""
    _permit(reply, by)
    record("reply.removed", reply, data={"name": reply.name, "text": reply.text})
    db.session.delete(reply)


def facts_of(ticket: Ticket, by: Principal) -> dict[str, str]:
    """What a ticket puts into a reply's places when this person answers."""
    return {
        "requester_name": ticket.requester.name if ticket.requester else ticket.requester_name,
        "ticket_number": f"#{ticket.id}",
        "agency": ticket.agency.name if ticket.agency else "",
        "signature": f"{by.name}\n{ticket.lead.name}",
    }


def _permit(reply: CannedReply, by: Principal) -> None:
    if not may_change(by, reply):
        raise Forbidden("This reply is shared by the whole HMIS Lead.", "Keep a copy as your own and change that.")


def _check(worded: Worded, same: CannedReply | None) -> None:
    """Raises Invalid for a place that nothing fills, a client's data, or a name that is taken."""
    if unknown := rules.unknown_places(worded.text):
        known = ", ".join(f"{{{name}}}" for name in rules.PLACEHOLDERS)
        raise Invalid(f"Nothing fills {{{unknown[0]}}}.", f"Use {known}.", field="text", rule="HUD-HD-7")
    refuse_ppi(worded.name, "name")
    refuse_ppi(worded.text, "text")
    if same is not None:
        raise Invalid(f"There is a reply “{same.name}” already.", "Change that one, or choose another.", field="name")


def _named(lead_id: int, owner_id: int | None, name: str) -> CannedReply | None:
    """The reply of this name, also when it is being kept at this moment."""
    theirs = {"space": LOCK_SPACE, "whose": f"{lead_id} {owner_id}"}
    db.session.execute(sql("select pg_advisory_xact_lock(:space, hashtext(:whose))"), theirs)
    owner = CannedReply.owner_id.is_(None) if owner_id is None else CannedReply.owner_id == owner_id
    query = select(CannedReply).where(CannedReply.lead_id == lead_id, owner)
    return db.session.scalar(query.where(func.lower(CannedReply.name) == name.lower()))


def _take(reply: CannedReply, worded: Worded, by: Principal, now: datetime) -> None:
    reply.name, reply.text = worded.name, worded.text
    reply.version += 1
    reply.updated_at, reply.updated_by_id = now, by.person_id
    db.session.flush()
