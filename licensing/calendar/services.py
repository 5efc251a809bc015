"""Security reports stand on a calendar; each is marked done with evidence, and the next one follows. Rule: HUD-LI-5."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import deadlines_of, meet, open_deadline
from core.errors import Conflict, Invalid
from core.once import KeyUsed, one_at_a_time
from core.people.models import CoC
from core.policy.vocabulary import ListName
from core.signing import key_for, signature
from licensing.access.services import local_day, policy_in_force
from licensing.agencies.papers import kept_file
from licensing.calendar.dates import decided
from licensing.calendar.models import ReportDate

DUE = "security-report"
REMIND = (timedelta(days=14), timedelta(days=3))
MOST_MONTHS, FURTHEST = 24, timedelta(days=3 * 366)
LONGEST_MONTH = 31
AFTER = "the report that follows"  # purpose of a key
FOLLOWS = re.compile(r"after-([0-9]{1,18})(?:-|$)")


@dataclass(frozen=True)
class Planned:
    kind: str
    due_on: date
    months: int
    once: str


def kinds(coc: CoC, at: datetime) -> dict[str, str]:
    """The reports that stand on the calendar, in the pack's words."""
    policy = policy_in_force(coc, at)
    return dict(policy.list(ListName.SECURITY_REPORTS).items) if policy.has(ListName.SECURITY_REPORTS) else {}


def plan(coc: CoC, told: Planned, by: Principal, at: datetime) -> ReportDate:
    """Raises Invalid for a report that the manual has not, a day that is past or too far, or months nobody means."""
    one_at_a_time(told.once)
    if known := db.session.scalar(select(ReportDate).where(ReportDate.once == told.once)):
        if (known.coc_id, known.kind, known.due_on) != (coc.id, told.kind, told.due_on):
            raise KeyUsed
        return known
    today = local_day(at, coc.tz)
    if told.kind not in kinds(coc, at):
        raise Invalid("The manual has no such report.", "Choose one of the list.", "kind")
    if not today <= told.due_on <= today + FURTHEST:
        raise Invalid("Give a day from today on, within three years.", field="due_on")
    if not 0 <= told.months <= MOST_MONTHS:
        raise Invalid(f"Give from 0 to {MOST_MONTHS} months.", "0: it is due once.", "months")
    return _write(coc, told, by, at)


def _write(coc: CoC, told: Planned, by: Principal, at: datetime) -> ReportDate:
    row = ReportDate(
        lead_id=coc.lead_id, coc_id=coc.id, coc=coc, kind=told.kind, due_on=told.due_on, months=told.months,
        by_id=by.person_id, at=at, once=told.once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    policy = policy_in_force(coc, at)
    value = policy.list(ListName.SECURITY_REPORTS)
    open_deadline(
        DUE, row, decided(policy, value, DUE, told.due_on, ZoneInfo(coc.tz), at, "The HMIS Lead set the day:"),
        title=f"{kinds(coc, at).get(told.kind, told.kind)}: {coc.code}", lead_id=coc.lead_id, coc_id=coc.id,
        holder="lead", warn_before=REMIND,
    )  # fmt: skip
    record("report.planned", row, data={"kind": row.kind, "due_on": row.due_on, "months": row.months})
    return row


def done(row: ReportDate, evidence: str, file: FileStorage | None, by: Principal, at: datetime) -> ReportDate | None:
    """It was made; late or not follows from the clock. The next one is put on the calendar, counted from the day on
    which this one was due, not before today. Returns that one. The row must be locked."""
    if row.done_at is not None:
        raise Conflict("This report is marked done already.", "Load the page again to see how it stands.")
    if not evidence and not file:
        raise Invalid("Say where the report is, or add it.", "A few words are enough.", "evidence")
    row.done_at, row.done_by_id, row.evidence = at, by.person_id, evidence
    row.file_id = kept_file(file).id if file else None
    for clock in deadlines_of(row, DUE):
        if clock.is_open or clock.is_missed:
            meet(clock, at, "The report was made.")
    record("report.done", row, data={"kind": row.kind, "due_on": row.due_on})
    if not row.months:
        return None
    following = _following(row, local_day(at, row.coc.tz))
    # Nobody can guess the key, so that no form can take it first.
    once = f"after-{row.id}-{signature(key_for(AFTER), str(row.id))[:32]}"
    return _write(row.coc, Planned(row.kind, following, row.months, once), by, at)


def _following(row: ReportDate, today: date) -> date:
    """So many months on, not before today; what is due on a 31st is due on the last day of a shorter month."""
    day, turn = _day_of_month(row), 1
    while True:
        following = row.due_on + relativedelta(months=turn * row.months, day=day)
        if following >= today:
            return following
        turn += 1


def _day_of_month(row: ReportDate) -> int:
    """The day that was once planned: at the end of a short month those before it say which."""
    day = row.due_on.day
    while day < LONGEST_MONTH and (row.due_on + timedelta(days=1)).day == 1:
        before = _before(row)
        if before is None:
            break
        row, day = before, max(day, before.due_on.day)
    return day


def _before(row: ReportDate) -> ReportDate | None:
    """The one that this one followed."""
    made = FOLLOWS.match(row.once)
    if made is None:
        return None
    mine = (ReportDate.coc_id == row.coc_id, ReportDate.kind == row.kind, ReportDate.id < row.id)
    return db.session.scalar(select(ReportDate).where(ReportDate.id == int(made[1]), *mine))
