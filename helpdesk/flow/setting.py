"""Setting a practice: a new row from a day on. What was set before stays as it was."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Forbidden, Invalid
from core.people.models import CoC, Lead
from helpdesk.elevation.rules import LABELS
from helpdesk.flow.models import ServicePractice
from helpdesk.flow.permissions import Permission
from helpdesk.flow.practice import Practice
from helpdesk.flow.queries import practice_on


def set_practice(
    lead: Lead, coc: CoC | None, practice: Practice, since: date, by: Principal, at: datetime, once: str | None = None
) -> ServicePractice:
    """In force from the beginning of that day. The same form sent twice is one act.

    Raises Invalid for a day that has begun, unless nothing was promised there before: what is open keeps the
    practice of the day on which it was opened.
    """
    if not by.can(Permission.SET, coc=coc, lead_id=lead.id):
        raise Forbidden("Only a manager of this CoC or an administrator of the HMIS Lead sets this.")
    db.session.execute(select(Lead.id).where(Lead.id == lead.id).with_for_update())
    key = f"{by.person_id}:{once}" if once else None
    if key and (known := db.session.scalar(select(ServicePractice).where(ServicePractice.once == key))):
        return known
    today = at.astimezone(ZoneInfo(lead.tz)).date()
    in_force = practice_on(lead.id, coc.id if coc else None, since)
    if since < today or (since == today and in_force is not None):
        raise Invalid("It can begin tomorrow at the earliest.", "What is open keeps its times.", field="since")
    row = ServicePractice(
        lead=lead,
        coc=coc,
        since=since,
        document=practice.model_dump(mode="json"),
        set_by_id=by.person_id,
        set_at=at,
        once=key,
    )
    db.session.add(row)
    db.session.flush()
    before = in_force.practice if in_force else Practice()
    record("practice.set", row, data={"since": since.isoformat(), "changes": changes(before, practice)})
    return row


def changes(before: Practice, after: Practice) -> list[str]:
    """What differs, line by line, in words."""
    old, new = _lines(before), _lines(after)
    return [f"{name}: {old.get(name, 'none')} became {new.get(name, 'none')}" for name in _names(old, new)]


def _names(old: dict[str, str], new: dict[str, str]) -> list[str]:
    return [name for name in dict.fromkeys([*new, *old]) if old.get(name) != new.get(name)]


def _lines(practice: Practice) -> dict[str, str]:
    lines = {f"{p.desk}, {p.promise.replace('-', ' ')}, {p.priority}": str(p.within) for p in practice.promises}
    return lines | {
        "closes after silence of": str(practice.silence or "none"),
        "attempts before that": str(practice.attempts),
        "vendor is asked again after": str(practice.vendor or "none"),
        "what goes above the Lead goes to": LABELS[practice.elevates_to],
        "requests are given to people": "yes" if practice.gives else "no",
    }
