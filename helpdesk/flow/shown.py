"""A ticket's clocks as its page shows them: the promise, when it is due, how much is left, paused for whom, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists

from helpdesk.flow.models import ServicePractice
from helpdesk.flow.queries import practice_of, replay
from helpdesk.flow.rules import Clock, Desk, Promise, Standing
from helpdesk.flow.services import KINDS, explanation_of, title_of
from helpdesk.tickets.beside import Asked, asks
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Side, State, lasted

DESKS = {Desk.AGENCY: "agency", Desk.LEAD: "HMIS Lead"}
PAUSED_FOR = {State.ANSWERED: "the requester", State.WITH_VENDOR: "the vendor"}


@dataclass(frozen=True)
class Shown:
    """`state` and `tone` as ui.why and ui.status take them; `left` is empty once it is over."""

    title: str
    desk: str
    due_at: datetime
    tz: str
    state: str | None
    tone: tuple[str, str] | None
    left: str
    paused_for: str
    explanation: dict[str, Any]


@asks("practice")
def _practice(asked: Asked) -> ColumnElement[bool]:
    """Where the Lead has none, nothing is promised."""
    return exists().where(ServicePractice.lead_id == asked.lead_id)


def promises_of(ticket: Ticket, at: datetime, side: Side) -> list[Shown]:
    """Those that run first, then those that are over, the latest first. Whoever asked reads by when they are answered
    and helped; what is over, and where the request goes by itself, is the desk's."""
    in_force = practice_of(ticket)
    if in_force is None or ticket.merged_into_id is not None:
        return []
    told = replay(ticket, at, in_force)
    clocks = told.clocks if side is not Side.REQUESTER else [c for c in told.clocks if _concerns_who_asked(c)]
    clocks = sorted(clocks, key=lambda c: (c.ended_at is not None, -c.began_at.timestamp()))
    return [_shown(ticket, clock, explanation_of(ticket, told, clock)) for clock in clocks]


def _concerns_who_asked(clock: Clock) -> bool:
    return clock.ended_at is None and clock.promise is not Promise.ESCALATION


def _shown(ticket: Ticket, clock: Clock, explanation: dict[str, Any]) -> Shown:
    over = clock.ended_at is not None
    is_paused = clock.standing is Standing.PAUSED
    return Shown(
        title=title_of(KINDS[clock.promise], clock.desk),
        desk=DESKS[clock.desk],
        due_at=clock.would_be_due_at,
        tz=str(clock.would_be_due_at.tzinfo),
        state="paused" if is_paused else ("met" if clock.standing is Standing.MET else "missed") if over else None,
        tone=_tone(clock),
        left="" if over or clock.standing is Standing.MISSED else _time(clock.left),
        paused_for=PAUSED_FOR.get(ticket.state, "somebody else") if is_paused else "",
        explanation=explanation,
    )


def _tone(clock: Clock) -> tuple[str, str] | None:
    match clock.standing:
        case Standing.MISSED:
            return ("Missed", "late") if clock.ended_at is None else ("Late", "late")
        case Standing.MET:
            return "Met", "ok"
        case Standing.PAUSED:
            return "Paused", "wait"
        case _:
            return None


def _time(left: timedelta) -> str:
    """In hours: a day of opening time is none of the calendar's."""
    hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if hours and minutes else f"{hours} h" if hours else lasted(left)
