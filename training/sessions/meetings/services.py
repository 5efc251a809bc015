"""The clock of the next meeting: met when one is held, and begun again by it. Rules: SON-TR-2."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import clock
from core.db import db, unit_of_work
from core.deadlines import Deadline, Fires, Kind, deadlines_of, meet, open_deadline, register_kind
from core.people.models import CoC
from core.policy import Decision, policy_for
from core.ui.times import say_day
from core.workcalendar import Calendar
from training.sessions.clocks import when_it_ends
from training.sessions.models import TrainingSession
from training.sessions.rules import Meeting
from training.sessions.shown import CYCLES

KINDS = {Meeting.USER_GROUP: "meeting-user-group", Meeting.COMMITTEE: "meeting-data-committee"}
TITLES = {Meeting.USER_GROUP: "Hold the user group's meeting", Meeting.COMMITTEE: "Hold the data committee's meeting"}
WARNED = timedelta(days=14)


def due_next(coc: CoC, meeting: Meeting, since: datetime, why: str) -> Decision | None:
    """When the next one is due, counted from the last or from the day the clock began; None where no manual asks."""
    zone = ZoneInfo(coc.tz)
    policy = policy_for(coc, since.astimezone(zone).date())
    if not policy.has(CYCLES[meeting]):
        return None
    cycle = policy.cycle(CYCLES[meeting])
    due = Calendar(zone, policy.closed, policy.day_ends).due(since, cycle.every)
    return Decision(
        pack=policy.pack, version=policy.version, clock="", anchor=since.astimezone(zone).replace(microsecond=0),
        due=due.at, rule=cycle.rule, source=cycle.source, section=cycle.section,
        title=policy.manual_of(cycle.source), because=(why, *due.because), says=cycle.says,
    )  # fmt: skip


def keep_next(coc: CoC, meeting: Meeting, since: datetime, why: str) -> Deadline | None:
    """The clock of the next meeting of a community, where its manual asks for one."""
    decision = due_next(coc, meeting, since, why)
    if decision is None:
        return None
    number = len(deadlines_of(coc, KINDS[meeting])) + 1
    return open_deadline(
        KINDS[meeting], coc, decision, title=f"{TITLES[meeting]}, {coc.name}"[:300], lead_id=coc.lead_id,
        coc_id=coc.id, occurrence=number, warn_before=(WARNED,),
    )  # fmt: skip


def begin_meetings() -> int:
    """A clock for each community and regular meeting that has none yet; safe to repeat."""
    why = "No meeting is known here yet; the time counts from this day."
    begun = 0
    for meeting, kind in KINDS.items():
        known = select(Deadline.subject_id).where(Deadline.kind == kind, Deadline.subject_type == CoC.__tablename__)
        missing = select(CoC).where(CoC.id.not_in(known)).options(joinedload(CoC.lead)).order_by(CoC.id)
        with unit_of_work() as session:
            rows = session.scalars(missing.with_for_update(of=CoC)).all()
            begun += sum(keep_next(coc, meeting, clock.now(), why) is not None for coc in rows)
    return begun


@when_it_ends
def _held(session: TrainingSession, _: datetime) -> str:
    """A regular meeting took place: what was owed is met, and the next is counted from it."""
    if session.meeting is None or session.coc is None:
        return ""
    for row in deadlines_of(session.coc, KINDS[session.meeting]):
        if row.is_open or row.is_missed:
            meet(row, session.ends_at, f"“{session.title}” was held.")
    day = session.ends_at.astimezone(session.zone).date()
    keep_next(session.coc, session.meeting, session.ends_at, f"The last meeting was held on {say_day(day)}.")
    return "The next meeting is counted from this one."


def next_of(coc: CoC) -> dict[Meeting, Deadline]:
    """The clock that runs, or was missed and is still owed, of each regular meeting."""
    query = select(Deadline).where(
        Deadline.kind.in_(KINDS.values()), Deadline.subject_type == CoC.__tablename__, Deadline.subject_id == coc.id
    )
    by_kind = {kind: meeting for meeting, kind in KINDS.items()}
    rows = db.session.scalars(query.order_by(Deadline.id))
    return {by_kind[row.kind]: row for row in rows if row.is_open or row.is_missed}


def _missed(row: Deadline, _: datetime) -> None:
    row.outcome = "No meeting was held in time."


for _meeting, _kind in KINDS.items():
    register_kind(
        Kind(_kind, TITLES[_meeting], Fires.AFTER_DUE, _missed, link=lambda _: "/training/meetings", action="Plan it")
    )
