"""Taking a request to the CoC or its data committee, what is said there, and how it ends (HUD-HD-2)."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.people.models import Person, StaffRole
from helpdesk.elevation import queries
from helpdesk.elevation.models import Elevation, ElevationWord
from helpdesk.elevation.permissions import Permission
from helpdesk.elevation.rules import LABELS, NAMES, Body, Ground, State, may_elevate
from helpdesk.matters.mails import tell
from helpdesk.matters.seats.services import holders as seated
from helpdesk.tickets import mails
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rows import changed, hold, move_on, say
from helpdesk.tickets.rules import Action, Kind
from helpdesk.tickets.screening import refuse_ppi
from helpdesk.tickets.standing import policy_of

Kept = TypeVar("Kept", Elevation, ElevationWord)
BY_HAND = "The HMIS Lead could not settle it."


def members(body: Body, lead_id: int, coc_id: int, at: datetime) -> list[Person]:
    return seated(StaffRole(body), lead_id, coc_id, at)


def ground(ticket: Ticket, body: Body, at: datetime, because: str = BY_HAND) -> Ground:
    """Whether the request may go there now, and on what it rests."""
    there = queries.is_before(ticket, body)
    policy = policy_of(ticket, at)
    return may_elevate(policy, ticket.tier, body, is_open=ticket.is_open, is_there=there, because=because)


def elevate(
    ticket: Ticket, body: Body, reason: str, by: Principal, at: datetime, *, once: str | None = None
) -> Elevation:
    """By hand, with a reason that the body reads. The same form again is one act.

    Raises Conflict where nobody has a seat in it or it is there already.
    """
    if not by.can(Permission.RAISE, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id):
        raise Forbidden("Only the HMIS Lead's help desk takes a request there.")
    hold(ticket)
    if known := _known(Elevation, once):
        return known
    if not reason.strip():
        raise Invalid("Say what is to be decided or advised.", field="reason")
    refuse_ppi(reason, "reason")
    stands = ground(ticket, body, at)
    if stands.refused:
        raise Conflict(stands.refused, field="body")
    assert ticket.coc_id is not None, "a policy governs, so the CoC is known"
    if not members(body, ticket.lead_id, ticket.coc_id, at):
        raise Conflict(f"Nobody has a seat in {NAMES[body]}.", "An administrator names somebody first.", field="body")
    return _elevated(ticket, body, reason.strip(), stands, at, by_id=by.person_id, once=once)


def elevate_by_itself(ticket: Ticket, body: Body, reason: str, at: datetime) -> str:
    """Because its time is up; returns what was done. Where nobody has a seat it waits there for whoever takes one."""
    stands = ground(ticket, body, at, reason)
    if stands.refused:
        return stands.refused
    row = _elevated(ticket, body, reason, stands, at)
    empty = "" if members(body, row.lead_id, row.coc_id, at) else " Nobody has a seat there yet."
    return f"It went to {NAMES[body]} by itself.{empty}"


def _elevated(
    ticket: Ticket,
    body: Body,
    reason: str,
    stands: Ground,
    at: datetime,
    *,
    by_id: int | None = None,
    once: str | None = None,
) -> Elevation:
    row = Elevation(
        lead_id=ticket.lead_id,
        coc_id=ticket.coc_id,
        ticket=ticket,
        body=body,
        reason=reason,
        rule=stands.rule,
        explanation=stands.explanation,
        elevated_at=at,
        elevated_by_id=by_id,
        once=once,
    )
    db.session.add(row)
    move_on(ticket, Action.ELEVATE, at)
    by = db.session.get(Person, by_id) if by_id else None
    say(ticket, Kind.SYSTEM, f"The HMIS Lead took this to {NAMES[body]}. It stays with the HMIS Lead.", at, author=by)
    record("ticket.elevated", ticket, data={"elevation": row.id, "to": body, "rule": row.rule, "reason": reason})
    changed(ticket, Action.ELEVATE, at)
    tell(
        members(body, row.lead_id, row.coc_id, at),
        row,
        f"/elevations/{row.id}",
        f"A request that the HMIS Lead could not settle is before {NAMES[body]}.",
        once="elevated",
        explanation=row.explanation,
    )
    return row


def speak(
    row: Elevation, by: Principal, text: str, at: datetime, *, is_decision: bool, once: str | None = None
) -> ElevationWord:
    """Advice, or the decision that ends it; whoever works on the request is told, and sees it there."""
    if not queries.may_answer(by, row):
        raise Forbidden(f"Only those with a seat in {NAMES[row.body]} answer this.")
    _hold(row)
    if known := _known(ElevationWord, once):
        return known
    if not text.strip():
        raise Invalid("Write something first.", field="text")
    refuse_ppi(text, "text")
    _must_be_open(row)
    said = ElevationWord(
        elevation_id=row.id, person_id=by.person_id, text=text.strip(), is_decision=is_decision, at=at, once=once
    )
    db.session.add(said)
    if is_decision:
        row.state, row.ended_at, row.ended_by_id, row.outcome = State.DECIDED, at, by.person_id, said.text
    db.session.flush()
    what = "decided" if is_decision else "advises"
    me = db.session.get_one(Person, by.person_id)
    say(row.ticket, Kind.SYSTEM, f"{LABELS[row.body]} {what}: {said.text}", at, author=me, internal=True)
    record(f"elevation.{'decided' if is_decision else 'advised'}", row, data={"ticket": row.ticket_id})
    _tell_desk(row, f"{LABELS[row.body]} {what} on a request of yours.", f"word-{said.id}", at)
    return said


def withdraw(row: Elevation, by: Principal, reason: str, at: datetime, *, once: str | None = None) -> None:
    """It is settled, or was taken there in error. The same form again is one act."""
    if not by.can(Permission.RAISE, coc=row.coc):
        raise Forbidden("Only the HMIS Lead's help desk withdraws a request from there.")
    _hold(row)
    if once and row.withdrawn_once == once:
        return
    if not reason.strip():
        raise Invalid("Say why, in a sentence.", field="reason")
    refuse_ppi(reason, "reason")
    _must_be_open(row)
    row.state, row.ended_at, row.ended_by_id, row.outcome = State.WITHDRAWN, at, by.person_id, reason.strip()
    row.withdrawn_once = once
    record("elevation.withdrawn", row, data={"ticket": row.ticket_id, "reason": reason})
    people = members(row.body, row.lead_id, row.coc_id, at)
    told = f"A request that was before {NAMES[row.body]} was withdrawn."
    tell(people, row, f"/elevations/{row.id}", told, once="withdrawn")


def _tell_desk(row: Elevation, says: str, once: str, at: datetime) -> None:
    people = [*mails.holders(row.ticket, at), *([row.elevated_by] if row.elevated_by else [])]
    tell(dict.fromkeys(people), row, f"/tickets/{row.ticket_id}", says, once=once)


def _hold(row: Elevation) -> None:
    hold(row.ticket)
    db.session.refresh(row, ["state", "ended_at", "outcome", "withdrawn_once"], with_for_update=True)


def _must_be_open(row: Elevation) -> None:
    if row.ended_at is not None:
        raise Conflict(f"This was {row.state} before.", "Load the page again to see how it stands.")


def _known(model: type[Kept], once: str | None) -> Kept | None:
    return db.session.scalar(select(model).where(model.once == once)) if once else None
