"""Recertification of everybody in the country: what opening it costs, and telling all of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from bench import cluster
from bench.measure import TARGETS, Goal, measures
from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.outbox import OutboxMessage
from core.people.models import CoC, Lead, LeadStaff, Person, StaffRole
from training.recertification import jobs, opening
from training.recertification.models import Obligation

PEOPLE, AGENCIES, PARTS = 100_000, 12_000, 3
MINUTE = 60
ZONE = "America/Chicago"
OPENS = datetime(2026, 10, 1, 8, 0, tzinfo=ZoneInfo(ZONE))
ROWS = (
    "insert into agency (lead_id, coc_id, name, tz, status, is_view_only)"
    " select :lead, :coc, 'Agency ' || n,"
    " (array['America/Chicago', 'America/New_York', 'America/Los_Angeles'])[n % 3 + 1], 'active', false"
    " from generate_series(1, :agencies) n",
    "insert into person (name, email, phone, tz, created_at)"
    " select 'Person ' || n, 'person' || n || '@bench.example', '', '', :since from generate_series(1, :people) n",
    "insert into license (lead_id, coc_id, agency_id, person_id, level, enters_data, has_reporting, state, since,"
    " ended_reason) select :lead, :coc, a.first + p.id % :agencies, p.id, '', true, false, 'active', :since, ''"
    " from person p, (select min(id) as first from agency) a where p.email like '%@bench.example'",
    "insert into course (lead_id, code, title, kind, summary, credits, topics, minutes, state, author_id, created_at,"
    " once) select :lead, 'c' || n, 'Course ' || n, 'material', '', '[]', '[]', 0, 'offered', :admin, :since, 'c' || n"
    " from generate_series(1, 3) n",
    "insert into completion (lead_id, person_id, course_id, at, how, minutes, reason, source_type, source_id,"
    " revoked_reason) select :lead, p.id, c.id, :since, 'read', 0, '', 'course', c.id, '' from person p, course c"
    " where p.email like '%@bench.example'",
    "insert into completion_credit (completion_id, credit, lead_id, person_id, at)"
    " select id, (array['user-agreement', 'security-and-privacy', 'data-standards'])[course_id % 3 + 1], :lead,"
    " person_id, at from completion",
    "analyze",
)  # fmt: skip


@measures(
    "recertification", f"recertification opened for {PEOPLE:,} people: {PEOPLE * PARTS:,} obligations", "s",
    Goal(MINUTE, TARGETS),
)  # fmt: skip
def recertification() -> float:
    return _opened_and_told()[0]


@measures("recertification-mail", f"then {PEOPLE:,} mails written, that say who owes what by when", "s")
def recertification_mail() -> float:
    return _opened_and_told()[1]


@cache
def _opened_and_told() -> tuple[float, float]:
    with cluster.database() as server, cluster.application(server), clock.frozen(OPENS):
        lead, coc, admin = _everybody()
        asked = next(one for _, one in opening.plans(lead, OPENS) if one.cycle == "recertification")
        choice = opening.Choice(days=30)
        opened = _seconds(lambda: opening.start(lead, coc, asked, choice, principal_for(admin, OPENS), "bench", OPENS))
        began = time.monotonic()
        told = jobs.remind_due()
        seconds = time.monotonic() - began
        owed = db.session.scalar(select(func.count()).select_from(Obligation))
        mails = db.session.scalar(select(func.count()).select_from(OutboxMessage))
    if (owed, told, mails) != (PEOPLE * PARTS, PEOPLE, PEOPLE):
        raise RuntimeError(f"{owed} obligations and {mails} mails were written")
    return opened, seconds


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    with unit_of_work():
        work()
    return time.monotonic() - began


def _everybody() -> tuple[Lead, CoC, Person]:
    """A Lead with one CoC of the whole country, everybody with a year's trainings behind them."""
    since = OPENS - timedelta(days=400)
    with unit_of_work() as session:
        lead = Lead(name="Prairie HMIS Office", tz=ZONE)
        admin = Person(name="Ada Boone", email="ada@office.example", created_at=since)
        session.add_all([lead, admin])
        session.flush()
        coc = CoC(lead_id=lead.id, code="XX-500", name="The country", pack="missouri", tz=ZONE)
        staff = LeadStaff(
            lead_id=lead.id, person_id=admin.id, role=StaffRole.ADMIN, skills=[], started_on=since.date()
        )  # fmt: skip
        session.add_all([coc, staff])
        session.flush()
        values = {
            "lead": lead.id, "coc": coc.id, "admin": admin.id, "since": since, "agencies": AGENCIES, "people": PEOPLE
        }  # fmt: skip
        for statement in ROWS:
            session.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
    return lead, coc, admin
