"""The rows behind the verbs of a case: it is held, it moves on, and what was done is a step. Inside a unit of work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from core import ppi
from core.audit import record
from core.authz import granted, principal_for
from core.db import db
from core.errors import Conflict, Forbidden
from core.people.models import Person
from helpdesk.tickets.rows import TAGS, Once
from helpdesk.vendor import rules
from helpdesk.vendor.models import CaseMessage, CaseStep, VendorCase
from helpdesk.vendor.rules import OVER, Act, Said

LOCK_SPACE = 4_210_011


def hold(case: VendorCase) -> None:
    """Nobody else changes the case until this unit of work ends; what it says is read anew."""
    db.session.flush()
    db.session.execute(select(VendorCase.id).where(VendorCase.id == case.id).with_for_update())
    db.session.refresh(case)


def done_before(once: Once | None) -> CaseStep | None:
    """What the same form led to, also when its first sending is still under way. Raises Conflict."""
    if once is None:
        return None
    ours = {"space": LOCK_SPACE, "key": once.key}
    db.session.execute(text("select pg_advisory_xact_lock(:space, hashtext(:key))"), ours)
    known = db.session.scalar(select(CaseStep).where(CaseStep.nonce == once.key))
    if known is not None and known.told != once.act:
        raise Conflict("This form was sent before, with other words.", "To send this as well, send it once more.")
    return known


def must_work(case: VendorCase, by: Person, permission: str, at: datetime) -> None:
    """Whoever serves the Lead, or one CoC of it, in a role with that permission. Raises Forbidden (SON-HD-4)."""
    principal = principal_for(by, at)
    roles = [g.role for g in principal.grants if g.lead_id == case.lead_id]
    if not any(permission in granted(role) for role in roles):
        raise Forbidden("Only the HMIS Lead speaks with the vendor, and this is not yours to do.", "Ask a manager.")


def move_on(case: VendorCase, act: Act, at: datetime) -> None:
    state = rules.after(case.state, act)
    if state is None:
        told = str(case.state).replace("-", " ")
        raise Conflict(f"This case is {told}, so that is not possible now.", "Load the page again.")
    case.state = state
    case.last_activity_at = max(at, case.last_activity_at)
    case.closed_at = (case.closed_at or at) if state in OVER else None


def step(
    case: VendorCase,
    act: Act,
    at: datetime,
    by: Person | None,
    words: str = "",
    *,
    once: Once | None = None,
    ticket_id: int | None = None,
    explanation: dict[str, Any] | None = None,
    **data: Any,
) -> CaseStep:
    """What was done, as the case's history and as an event of the audit."""
    row = CaseStep(
        case_id=case.id,
        at=at,
        by_id=by.id if by else None,
        act=act,
        text=words.strip(),
        explanation=explanation or {},
        ticket_id=ticket_id,
        nonce=once.key if once else None,
        told=once.act if once else "",
    )
    db.session.add(row)
    db.session.flush()
    record(f"vendor.{act}", case, data={"step": row.id, "state": case.state, "ticket": ticket_id, **data})
    return row


def say(
    case: VendorCase,
    kind: Said,
    words: str,
    at: datetime,
    *,
    author: Person | None = None,
    address: str = "",
    html: str = "",
    quoted: str = "",
    message_id: str = "",
) -> CaseMessage:
    said = CaseMessage(
        case_id=case.id,
        kind=kind,
        author=author,
        address=address,
        text=words.strip(),
        html=html,
        quoted=quoted,
        at=at,
        message_id=message_id,
        has_ppi=any(ppi.find(part) for part in (words, quoted, TAGS.sub(" ", html))),
    )
    db.session.add(said)
    db.session.flush()
    return said
