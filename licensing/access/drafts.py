"""What somebody has typed of a request and not sent yet: theirs alone, on every device, until sent or discarded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core.authz import Principal, found
from core.db import db
from core.errors import Conflict, Invalid
from core.once import KeyUsed, one_at_a_time
from core.people.models import Agency
from core.typed import BIGGEST, line, refuse_client_data
from licensing.access.models import AccessDraft, AccessRequest
from licensing.access.permissions import Permission

KEPT = timedelta(days=90)
MOST = 50
LONGEST = 254
WORDS = ("kind", "name", "email", "job_title", "employment", "level", "enters_data")
SAID = ("name", "email", "job_title")


def keep(agency: Agency, by: Principal, typed: Mapping[str, Any], once: str, at: datetime) -> AccessDraft:
    """The same form again replaces what was kept of it. Raises Invalid where nothing is typed or a client's data is,
    Conflict where too many are kept, KeyUsed where the form was sent already."""
    values = _clean(typed)
    if not any(values[name] for name in SAID):
        raise Invalid("Nothing is typed yet.", "Give at least a name.", field="name")
    one_at_a_time(f"draft:{by.person_id}")
    if db.session.scalar(select(AccessRequest.id).where(AccessRequest.once == once)):
        raise KeyUsed
    mine = AccessDraft.person_id == by.person_id
    db.session.execute(delete(AccessDraft).where(mine, AccessDraft.kept_at <= at - KEPT))
    others = select(func.count()).select_from(AccessDraft).where(mine, AccessDraft.once != once)
    if (db.session.scalar(others) or 0) >= MOST:
        raise Conflict(f"You have {MOST} drafts already.", "Send or discard one first.", field="name")
    place = {"agency_id": agency.id, "values": values, "kept_at": at}
    kept = insert(AccessDraft).values(person_id=by.person_id, once=once, **place)
    kept = kept.on_conflict_do_update(index_elements=["person_id", "once"], set_=place)
    number = db.session.scalars(kept.returning(AccessDraft.id)).one()
    return db.session.get_one(AccessDraft, number, populate_existing=True)


def _clean(typed: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {name: line(str(typed.get(name) or ""))[:LONGEST] for name in WORDS}
    for name in ("name", "job_title"):
        refuse_client_data(values[name], name)
    chosen = typed.get("projects") or typed.get("project_ids") or []
    values["projects"] = [str(one)[:18] for one in list(chosen)[:500]]
    values["is_of_age"] = bool(typed.get("is_of_age"))
    return values


def drafts_of(by: Principal, at: datetime, most: int = MOST) -> list[AccessDraft]:
    """One's own, of agencies that one may still ask for, the newest first."""
    here = by.scope(Permission.REQUEST).over_agencies()
    query = select(AccessDraft).join(Agency, Agency.id == AccessDraft.agency_id)
    query = query.where(AccessDraft.person_id == by.person_id, AccessDraft.kept_at > at - KEPT, here)
    return list(db.session.scalars(query.order_by(AccessDraft.id.desc()).limit(most)))


def own_draft(by: Principal, draft_id: int, at: datetime) -> AccessDraft:
    """Somebody else's is not there."""
    wanted = min(draft_id, BIGGEST)
    row: AccessDraft = found(next((one for one in drafts_of(by, at) if one.id == wanted), None))
    return row


def discard(row: AccessDraft) -> None:
    db.session.delete(row)


def sent(person_id: int, once: str) -> None:
    """What was sent is no draft any more; an error undoes this with everything else."""
    db.session.execute(delete(AccessDraft).where(AccessDraft.person_id == person_id, AccessDraft.once == once))
