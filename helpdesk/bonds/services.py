"""Merging one request into another, and undoing it. Each writes its rows, audit events and mails in the unit of work.

Nothing moves: the merged one keeps its messages and its changes and points to the other (helpdesk/tickets/family.py);
the clocks of both are replayed from what then belongs together (helpdesk/bonds/history.py).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy import text as sql

from core.audit import record
from core.authz import principal_for
from core.db import db
from core.errors import Conflict, Forbidden
from core.events import publish
from core.people.models import Person
from helpdesk.bonds import queries
from helpdesk.bonds.carrying import carry, take_off, take_off_further
from helpdesk.bonds.history import answers_meanwhile, history_of
from helpdesk.bonds.models import TicketMerge
from helpdesk.bonds.permissions import Permission
from helpdesk.bonds.rules import ended_at, may_merge
from helpdesk.tickets import mails
from helpdesk.tickets.events import TicketChanged
from helpdesk.tickets.family import survivor_of
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rows import Once, changed, copied, hold, hold_last, move_on, said_before, system
from helpdesk.tickets.rules import Action
from helpdesk.tickets.screening import refuse_ppi

LOCK_SPACE = 4_210_012


def permit(by: Person, permission: Permission, ticket: Ticket, at: datetime) -> None:
    principal = principal_for(by, at)
    if not principal.can(permission, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id):
        raise Forbidden("Only the HMIS Lead's help desk does this.", "Add a reply instead.")


def merge(
    source: Ticket, into: Ticket, by: Person, reason: str, at: datetime, *, nonce: str | None = None
) -> TicketMerge:
    """`source` goes on as part of `into`, or of what that is part of by now.

    Raises Conflict with the reason where the two must not become one, or where somebody was faster.
    """
    once = Once.of(nonce, Action.MERGE, source.id, into.id, by, reason)
    one_at_a_time(source.lead_id)
    hold(source)
    if known := said_before(once):
        return _latest(known.ticket_id)
    refuse_ppi(reason, "reason")
    if source.merged_into_id is not None:
        raise Conflict(f"Request #{source.id} is part of #{source.merged_into_id} already.", "Undo that first.")
    target = _to_the_end(source, into)
    for one in (source, target):
        permit(by, Permission.MERGE, one, at)
    if refusal := may_merge(queries.facts_of(source), queries.facts_of(target)):
        raise Conflict(refusal.message, refusal.advice, field="into")
    row = TicketMerge(source=source, target=target, at=at, by=by, reason=reason.strip(), state_before=source.state)
    row.carried = carry(source, target, at)
    db.session.add(row)
    move_on(source, Action.MERGE, at)
    source.closed_at, source.merged_into_id, source.merged_at = source.closed_at or at, target.id, at
    target.last_activity_at = max(target.last_activity_at, source.last_activity_at)
    db.session.flush()
    said = system(source, by, f"Merged into #{target.id}.", reason, at, once, internal=True)
    told = {"reason": reason.strip(), "message": said.id}
    record("ticket.merged", source, data={"into": target.id, **told})
    record("ticket.took_in", target, data={"part": source.id, "carried": row.carried, **told})
    changed(source, Action.MERGE, at)
    _replay(target, Action.MERGE, at)
    _tell(row, "ticket-merged")
    return row


def undo(source: Ticket, by: Person, reason: str, at: datetime, *, nonce: str | None = None) -> TicketMerge:
    """The request stands alone again, as if it had never been merged: with what was said through it meanwhile, and with
    the answers that were given to the whole, which answered it too."""
    once = Once.of(nonce, Action.UNMERGE, source.id, by, reason)
    one_at_a_time(source.lead_id)
    target = hold_last(source)
    if known := said_before(once):
        return _latest(known.ticket_id)
    refuse_ppi(reason, "reason")
    row = queries.live_merge_of(source)
    if row is None:
        raise Conflict(f"Request #{source.id} is not part of another one.", "Load the page again.")
    permit(by, Permission.MERGE, source, at)
    row.undone_at, row.undone_by, row.undone_reason = at, by, reason.strip()
    source.merged_into_id, source.merged_at = None, None
    db.session.flush()
    take_off(source, row.target, row.carried)
    take_off_further(row.carried, queries.merges_after(row))
    _keep_answers(row, source)
    said = system(source, by, f"Taken out of #{target.id} again.", reason, at, once, internal=True)
    system(target, by, f"#{source.id} was taken out of this request again.", reason, at, None, internal=True)
    _replay(source, Action.UNMERGE, at)
    _replay(target, Action.UNMERGE, at)
    told = {"reason": reason.strip(), "message": said.id}
    record("ticket.unmerged", source, data={"from": target.id, **told})
    record("ticket.gave_back", target, data={"part": source.id, **told})
    _tell(row, "ticket-unmerged")
    return row


def one_at_a_time(lead_id: int) -> None:
    """Two merges under a Lead wait for each other, so that no two of them can make a ring."""
    ours = {"space": LOCK_SPACE, "lead": lead_id % 2**31}
    db.session.execute(sql("select pg_advisory_xact_lock(:space, :lead)"), ours)


def _to_the_end(source: Ticket, into: Ticket) -> Ticket:
    """The one that goes on, held. Raises Conflict where that would be the request itself."""
    db.session.refresh(into)
    if into.id != source.id and survivor_of(into).id == source.id:
        raise Conflict(
            f"Request #{into.id} is part of #{source.id} already.", "Load the page again to see it there.", field="into"
        )
    return hold_last(into)


def _latest(source_id: int) -> TicketMerge:
    query = select(TicketMerge).where(TicketMerge.source_id == source_id)
    return db.session.scalars(query.order_by(TicketMerge.id.desc()).limit(1)).one()


def _replay(ticket: Ticket, action: Action, at: datetime) -> None:
    """How it stands by all that belongs to it now; then its clocks."""
    history = history_of(ticket)
    ticket.state, ticket.closed_at = history[-1].state, ended_at(history)
    if action is Action.UNMERGE and ticket.merged_into_id is None:
        changed(ticket, action, at)
    else:
        db.session.flush()
        publish(TicketChanged(ticket.id, at, action))


def _keep_answers(row: TicketMerge, source: Ticket) -> None:
    """What the desk told the whole meanwhile, it told this one; it reads so again now that it stands alone."""
    for said in answers_meanwhile(row):
        copied(said, source)
        source.first_answered_at = min(filter(None, (source.first_answered_at, said.at)))


def _tell(row: TicketMerge, name: str) -> None:
    """Who asked is told once, and the other number only where both were theirs."""
    asker = row.source.requester_id
    into = row.target if asker is not None and asker == row.target.requester_id else None
    mails.tell_of_bond(name, row.source, f"merge:{row.id}:{name}", into=into)
