"""Asking when a request closes, taking the answer, and looking into a low one. Rules: HUD-HD-5."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy import text as sql

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.events import subscribe
from core.once import one_at_a_time
from core.outbox.services import is_suppressed
from core.people.models import Lead
from core.policy.vocabulary import SwitchName
from helpdesk.satisfaction import links, queries, rules
from helpdesk.satisfaction.models import Satisfaction, SatisfactionPractice
from helpdesk.satisfaction.permissions import Permission
from helpdesk.satisfaction.rules import Closing, Gone, Practice
from helpdesk.tickets.asking import asks
from helpdesk.tickets.events import TicketChanged
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Action
from helpdesk.tickets.screening import refuse_ppi
from helpdesk.tickets.standing import policy_of

LOCK_SPACE = 4_210_031
ENDS = (Action.CLOSE, Action.DECLINE)
TOLD = {
    Gone.OPEN_AGAIN: ("This request is open again.", "You can say how it was when it is closed."),
    Gone.TOO_LATE: ("The time for this answer is over.", "If something still bothers you, answer any mail about it."),
}


@subscribe(TicketChanged)
def note_closing(event: TicketChanged) -> None:
    """Each closing is one row, asked about or not, so that figures know how many could have answered."""
    if event.action not in ENDS:
        return
    ticket = db.session.get_one(Ticket, event.ticket_id)
    earlier, ended = queries.closings_of(ticket.id), queries.closed_by(ticket.id)
    by = ended.author_id if ended else None
    practice, who = queries.practice_of(ticket.lead_id), who_asked(ticket)
    ours = {"space": LOCK_SPACE, "who": who}
    db.session.execute(sql("select pg_advisory_xact_lock(:space, hashtext(:who))"), ours)
    closing = Closing(
        at=event.at,
        is_surveyed=_is_surveyed(ticket, event.at),
        address="" if is_suppressed(ticket.requester_address) else ticket.requester_address.lower(),
        own_addresses=frozenset(a.lower() for a in (ticket.lead.vendor_address, ticket.lead.support_address) if a),
        by_requester=by is not None and by == ticket.requester_id,
        by_silence=by is None,
        asked_for_silence=any(row.by_silence and row.asked_at for row in earlier),
        last_asked_at=queries.last_asked(who),
    )
    unasked = rules.why_not(closing, practice)
    db.session.add(
        Satisfaction(
            ticket_id=ticket.id,
            closing=len(earlier) + 1,
            lead_id=ticket.lead_id,
            coc_id=ticket.coc.id if ticket.coc else None,
            agency_id=ticket.agency.id if ticket.agency else None,
            staff_id=_staff_of(ticket, by),
            who=who,
            tier=ticket.tier,
            category=ticket.category,
            closed_at=event.at,
            until=rules.until(event.at, practice),
            by_silence=closing.by_silence,
            asked_at=None if unasked else event.at,
            unasked=unasked,
        )
    )
    db.session.flush()


def who_asked(ticket: Ticket) -> str:
    """Tells requesters apart, whether the service knows them or not."""
    return f"person:{ticket.requester_id}" if ticket.requester_id else ticket.requester_address.lower()


def _is_surveyed(ticket: Ticket, at: datetime) -> bool:
    """What the community's manual says; where nobody knows the community, what the Lead's all say."""
    policy = policy_of(ticket, at)
    if policy is None:
        return True
    return policy.switch(SwitchName.TICKET_SATISFACTION_SURVEY).on


def _staff_of(ticket: Ticket, closed_by: int | None) -> int | None:
    """Whoever had it, else whoever answered or closed it; nobody where that was the requester."""
    if ticket.holder is not None:
        return ticket.holder.id
    closer = closed_by if closed_by != ticket.requester_id else None
    return queries.last_answerer(ticket.id) or closer


@asks
def path_to_ask(ticket: Ticket) -> str:
    """The closing mail's link, where this closing is asked about."""
    row = queries.newest_of(ticket.id)
    return f"/how-was-it/{links.token(row.id)}" if row is not None and row.asked_at is not None else ""


def standing(row: Satisfaction, now: datetime) -> Gone | None:
    """Why nothing is taken for this closing any more; none while an answer can be given or changed."""
    newest = queries.newest_of(row.ticket_id)
    is_newest = newest is not None and newest.id == row.id
    return rules.gone(now, row.until, is_newest=is_newest, is_open=row.ticket.is_open)


def say(row: Satisfaction, mark: int, comment: str, now: datetime) -> bool:
    """How it was, of whoever asked; the row must be locked. Said again, the last answer counts.

    Returns whether anything changed. Raises Conflict when it is too late or the request is open again.
    """
    if why := standing(row, now):
        raise Conflict(*TOLD[why])
    if mark not in rules.MARKS:
        raise Invalid("Choose one of the five.", field="mark")
    refuse_ppi(comment, "comment")
    if (row.mark, row.comment) == (mark, comment):
        return False
    row.mark, row.comment, row.said_at = mark, comment, now
    row.needs_look = mark <= rules.LOW
    record("satisfaction.said", row, data={"ticket": row.ticket_id, "mark": mark})
    return True


def look(row: Satisfaction, by: Principal, text: str, now: datetime) -> None:
    """What came of looking into a low mark; the row must be locked."""
    if not may_follow(by, row):
        raise Forbidden("Low marks are looked into by a manager.", "Ask a manager of the HMIS Lead.")
    refuse_ppi(text, "text")
    if row.follow_up == text and not row.needs_look:
        return
    if not row.needs_look:
        raise Conflict("Somebody has looked at this already.", "What they noted stands on the page.")
    row.needs_look, row.follow_up = False, text
    row.looked_at, row.looked_by_id = now, by.person_id
    record("satisfaction.looked", row, data={"ticket": row.ticket_id})


def may_follow(by: Principal, row: Satisfaction) -> bool:
    return by.can(Permission.FOLLOW, agency=row.agency, coc=row.ticket.coc, lead_id=row.lead_id)


def set_practice(lead: Lead, practice: Practice, by: Principal, once: str, now: datetime) -> SatisfactionPractice:
    """From now on; what has closed before keeps its time. The same form sent twice is one setting."""
    one_at_a_time(once)
    known = db.session.scalar(select(SatisfactionPractice).where(SatisfactionPractice.once == once))
    if known is not None:
        return known
    refuse_ppi(practice.reason, "reason")
    row = SatisfactionPractice(
        lead_id=lead.id,
        ask_days=practice.ask_days,
        answer_days=practice.answer_days,
        reason=practice.reason,
        set_by_id=by.person_id,
        set_at=now,
        once=once,
    )
    db.session.add(row)
    db.session.flush()
    told = {"ask_days": row.ask_days, "answer_days": row.answer_days, "reason": row.reason}
    record("satisfaction.practice", row, data=told)
    return row
