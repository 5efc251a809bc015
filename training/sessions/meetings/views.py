from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request

from core import clock
from core.authz import Principal, current_principal, found, requires
from core.deadlines import Deadline
from core.people.models import CoC
from core.policy import policy_for
from core.policy.values import Cycle, ItemList
from core.policy.vocabulary import ListName
from core.ui.nav import Area, NavItem, register
from training.sessions.attendance.forms import number
from training.sessions.blueprint import bp
from training.sessions.meetings import queries, rules, services
from training.sessions.meetings.queries import OfAgency, OfSeat
from training.sessions.meetings.rules import Level
from training.sessions.models import TrainingSession
from training.sessions.permissions import Permission
from training.sessions.rules import Meeting
from training.sessions.shown import CYCLES, MEETINGS

register(NavItem(Area.TRAINING, "Meetings", "sessions.meetings", Permission.MEETINGS, order=30))

LEVELS = {
    Level.FULL: ("Everybody", "ok"),
    Level.PART: ("Some", "warn"),
    Level.ABSENT: ("Nobody", "late"),
}


@dataclass(frozen=True)
class Shown:
    """One kind of regular meeting as the page has it."""

    meeting: Meeting
    title: str
    cycle: Cycle
    wanted: int
    held: list[TrainingSession]
    missing: dict[int, list[str]]
    due: Deadline | None
    planned: TrainingSession | None
    agencies: list[OfAgency]
    seats: list[OfSeat]


@bp.get("/meetings")
@requires(Permission.MEETINGS)
def meetings() -> Any:
    """Which agencies have attended how many of the regular meetings, and what is due next (SON-TR-2)."""
    principal, now = current_principal(), clock.now()
    cocs = queries.cocs_in_reach(principal)
    asked = number(request.args.get("coc", ""))
    coc: CoC = found(next((coc for coc in cocs if asked is None or coc.id == asked), None))
    policy = policy_for(coc, now.astimezone(ZoneInfo(coc.tz)).date())
    wanted = {meeting: policy.cycle(cycle) for meeting, cycle in CYCLES.items() if policy.has(cycle)}
    records = policy.list(ListName.MEETING_RECORDS) if policy.has(ListName.MEETING_RECORDS) else None
    minimum = policy.list(ListName.MEETING_ATTENDANCE) if policy.has(ListName.MEETING_ATTENDANCE) else None
    return render_template(
        "training/sessions/meetings.html",
        coc=coc,
        cocs=cocs,
        shown=[_shown(principal, coc, meeting, cycle, records, now) for meeting, cycle in wanted.items()],
        minimum=minimum,
        records=records.items if records else {},
        levels=LEVELS,
        Level=Level,
        may_keep=principal.can(Permission.KEEP, coc=coc),
    )


def _shown(
    principal: Principal, coc: CoC, meeting: Meeting, cycle: Cycle, records: ItemList | None, now: datetime
) -> Shown:
    held = queries.held(coc, meeting, now)
    is_group = meeting is Meeting.USER_GROUP
    return Shown(
        meeting,
        MEETINGS[meeting],
        cycle,
        rules.a_year(cycle),
        held,
        {one.id: _missing(one, records) for one in held},
        services.next_of(coc).get(meeting),
        queries.planned(coc, now).get(meeting),
        queries.by_agency(principal, coc, held) if is_group else [],
        [] if is_group else queries.by_seat(coc, held, now),
    )


def _missing(one: TrainingSession, records: ItemList | None) -> list[str]:
    wanted = records.items if records else {}
    return rules.missing(wanted, agenda=one.agenda, minutes=one.minutes, is_settled=one.settled_at is not None)
