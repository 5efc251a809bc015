"""What happens when a promise's time comes: somebody is warned or told, or the service does it by itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from helpdesk.flow import mails, moves, services
from helpdesk.flow.rules import Desk, Promise
from helpdesk.tickets.models import Ticket


def _held(clock: Deadline) -> Ticket:
    """The ticket and its other clocks, held. Somebody at work on it is not waited for: the sweep comes again."""
    others = select(Deadline.id).where(
        Deadline.subject_type == clock.subject_type, Deadline.subject_id == clock.subject_id
    )
    db.session.execute(others.order_by(Deadline.id).with_for_update(nowait=True))
    query = select(Ticket).where(Ticket.id == clock.subject_id).with_for_update(of=Ticket, nowait=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _soon(clock: Deadline, now: datetime) -> None:
    mails.soon(_held(clock), clock, now)


def _missed(clock: Deadline, now: datetime) -> None:
    clock.outcome = "It was not kept in time."
    mails.missed(_held(clock), clock, now)


def _escalate(clock: Deadline, now: datetime) -> None:
    up = moves.above_the_lead if clock.holder == Desk.LEAD else moves.climb
    clock.outcome = up(_held(clock), str(clock.explanation["says"]), now)


def _close(clock: Deadline, now: datetime) -> None:
    clock.outcome = moves.close_for_silence(_held(clock), str(clock.explanation["says"]), now)


def _link(clock: Deadline) -> str:
    return f"/tickets/{clock.subject_id}"


for _promise in (Promise.FIRST_ANSWER, Promise.NEXT_ANSWER, Promise.RESOLUTION):
    _kind = services.KINDS[_promise]
    register_kind(Kind(_kind, services.TITLES[_kind], Fires.AFTER_DUE, _missed, _soon, link=_link, on_today=False))
_next_tier = services.KINDS[Promise.ESCALATION]
register_kind(Kind(_next_tier, "Goes to the next tier", Fires.AT_DUE, _escalate, _soon, link=_link))
register_kind(Kind(services.SILENCE, "Closes for silence", Fires.AT_DUE, _close, link=_link))
register_kind(Kind(services.ATTEMPT, services.TITLES[services.ATTEMPT], Fires.AFTER_DUE, _missed, _soon, link=_link))
register_kind(Kind(services.VENDOR, services.TITLES[services.VENDOR], Fires.AFTER_DUE, _missed, _soon, link=_link))
