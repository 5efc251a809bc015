"""The service practice of two of the demo's offices: one whose agencies come first, one that answers all itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from core.authz import principal_for
from core.workcalendar import BusinessDays, BusinessHours, Span
from demo.agenda import Agenda
from demo.world import Desk
from helpdesk.flow.practice import Practice, Promised
from helpdesk.flow.rules import Desk as Side
from helpdesk.flow.rules import Promise
from helpdesk.flow.setting import set_practice
from helpdesk.routing import keeping, queries
from helpdesk.routing import services as routing
from helpdesk.tickets.rules import Priority

SPANS: dict[tuple[Side, Promise], tuple[Span, Span, Span, Span]] = {
    (Side.AGENCY, Promise.FIRST_ANSWER): (BusinessDays(2),) * 4,
    (Side.AGENCY, Promise.ESCALATION): (BusinessDays(3), BusinessDays(2), BusinessDays(1), BusinessDays(1)),
    (Side.LEAD, Promise.FIRST_ANSWER): (BusinessHours(16), BusinessHours(8), BusinessHours(4), BusinessHours(1)),
    (Side.LEAD, Promise.NEXT_ANSWER): (BusinessHours(16), BusinessHours(8), BusinessHours(8), BusinessHours(4)),
    (Side.LEAD, Promise.RESOLUTION): (BusinessDays(10), BusinessDays(5), BusinessDays(3), BusinessDays(1)),
}
PROMISES = tuple(
    Promised(desk=side, promise=promise, priority=priority, within=span)
    for (side, promise), spans in SPANS.items()
    for priority, span in zip(Priority, spans, strict=True)
)


def plan_practices(agenda: Agenda, desks: Sequence[Desk], begins: datetime) -> None:
    """In force since the first of the days that are lived through; most agencies have somebody who looks after them."""
    for desk in desks:
        agenda.at(begins, desk.admin, partial(_set, desk))
        agenda.at(agenda.until - timedelta(days=1), desk.admin, partial(_go_away, desk))


def _set(desk: Desk, at: datetime) -> None:
    practice = Practice(promises=PROMISES, silence=BusinessDays(7), attempts=2, vendor=BusinessDays(5))
    since = at.astimezone(ZoneInfo(desk.lead.tz)).date()
    set_practice(desk.lead, None, practice, since, principal_for(desk.admin, at), at)
    for number, place in enumerate(desk.workplaces):
        if number % 3:
            routing.look_after(place.agency, desk.agents[number % len(desk.agents)], at)


def _go_away(desk: Desk, at: datetime) -> None:
    """The first agent will be away and has a backup; the last will be, and nobody stands in yet."""
    by, day = principal_for(desk.admin, at), at.astimezone(ZoneInfo(desk.lead.tz)).date()
    first, last = desk.agents[0], desk.agents[-1]
    if first is not last:
        keeping.keep_staff(desk.lead, first, queries.skills_of(desk.lead.id, first.id, at), last, by, at)
        routing.be_away(desk.lead, first, day + timedelta(days=12), day + timedelta(days=16), None)
    routing.be_away(desk.lead, last, day + timedelta(days=4), day + timedelta(days=5), None)
