from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, load_only

from core.authz import Principal, found
from core.connections import by_key
from core.db import db
from core.people.models import Lead
from core.search import like
from helpdesk.replies.models import CannedReply
from helpdesk.replies.permissions import DESK, Permission

MOST_TO_CHOOSE = 200


def leads_of(principal: Principal) -> list[Lead]:
    """The Leads at whose help desk this person works, by name."""
    query = select(Lead).where(Lead.id.in_(_lead_ids(principal))).order_by(Lead.name)
    return list(db.session.scalars(query))


def _lead_ids(principal: Principal) -> set[int]:
    if not principal.can(Permission.USE):
        return set()
    return {g.lead_id for g in principal.grants if g.role in DESK and g.lead_id}


def usable(principal: Principal) -> ColumnElement[bool]:
    """What the Lead shares, and one's own."""
    theirs = or_(CannedReply.owner_id.is_(None), CannedReply.owner_id == principal.person_id)
    return and_(CannedReply.lead_id.in_(_lead_ids(principal)), theirs)


def replies(principal: Principal, filters: Mapping[str, str]) -> Select[CannedReply]:
    query = select(CannedReply).where(usable(principal)).options(joinedload(CannedReply.lead))
    if filters.get("whose") == "mine":
        query = query.where(CannedReply.owner_id == principal.person_id)
    elif filters.get("whose") == "shared":
        query = query.where(CannedReply.owner_id.is_(None))
    if words := filters.get("q", "").replace("\0", "").strip():
        query = query.where(func.lower(CannedReply.name).like(like(words[:100])))
    return query


def first(principal: Principal) -> list[CannedReply]:
    """Those that this person may use, by name, as many as a list to choose from holds; without their words."""
    query = select(CannedReply).where(usable(principal)).order_by(CannedReply.name, CannedReply.id)
    query = query.options(load_only(CannedReply.name, CannedReply.owner_id))
    return list(db.session.scalars(by_key(query.limit(MOST_TO_CHOOSE))))


def visible_reply(principal: Principal, reply_id: int, *, lock: bool = False) -> CannedReply:
    """Raises NotFound for another's own as for none."""
    query = select(CannedReply).where(CannedReply.id == reply_id, usable(principal))
    query = query.options(joinedload(CannedReply.lead), joinedload(CannedReply.updated_by))
    if lock:
        query = query.with_for_update(of=CannedReply).execution_options(populate_existing=True)
    row: CannedReply = found(db.session.scalar(query))
    return row


def may_change(principal: Principal, reply: CannedReply) -> bool:
    """One's own; a shared one by whoever works for the whole Lead."""
    own = reply.owner_id == principal.person_id
    return own or (reply.owner_id is None and principal.can(Permission.SHARE, lead_id=reply.lead_id))
