"""Licenses of the whole country: the roster, and ten thousand suspended at one instant."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from bench import cluster
from bench.measure import TARGETS, Goal, measures
from bench.recertification import AGENCIES, PEOPLE, ROWS, ZONE
from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import Agency, CoC, Lead, LeadStaff, Person, StaffRole
from licensing.access.models import License, LicenseState
from licensing.roster import queries as roster
from training.recertification import jobs, opening

PAGES, SUSPENDED, MINUTE = 20, 10_000, 60
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo(ZONE))
LATE = (
    "insert into obligation (campaign_id, lead_id, coc_id, agency_id, person_id, credit, number, times, done, since,"
    " from_at, due_at, state, opened_at, exempt_reason) select :campaign, l.lead_id, l.coc_id, l.agency_id,"
    " l.person_id, 'security', 1, 1, 0, :since, :since, :due, 'owed', :since, ''"
    " from (select * from license order by id limit :many) l"
)  # fmt: skip


@measures(
    "roster", f"a page of the roster of {AGENCIES:,} agencies, {PEOPLE:,} licenses", "ms",
    Goal(500, TARGETS),
)  # fmt: skip
def page_of_roster() -> float:
    return _measured()[0]


@measures("roster-file", f"the whole roster of {AGENCIES:,} agencies and {PEOPLE:,} licenses", "s")
def whole_roster() -> float:
    return _measured()[1]


@measures(
    "suspensions", f"{SUSPENDED:,} licenses suspended at one instant, with the mails of it", "s", Goal(MINUTE, TARGETS)
)
def suspensions() -> float:
    return _measured()[2]


@cache
def _measured() -> tuple[float, float, float]:
    with cluster.database() as server, cluster.application(server), clock.frozen(NOON):
        admin = _everybody()
        principal = principal_for(admin, NOON)
        began = time.monotonic()
        for _ in range(PAGES):
            query = roster.agencies(principal, {"shown": "out"}, NOON).order_by(Agency.name, Agency.id).limit(25)
            roster.lines(db.session.scalars(query).all(), NOON)
        page = (time.monotonic() - began) * 1000 / PAGES
        began = time.monotonic()
        lines = sum(1 for _ in roster.everything(roster.agencies(principal, {}, NOON), NOON))
        whole = time.monotonic() - began
        db.session.rollback()
        began = time.monotonic()
        done = jobs.lapse_due()
        seconds = time.monotonic() - began
        held = select(func.count()).select_from(License).where(License.state == LicenseState.SUSPENDED)
        stopped = db.session.scalar(held)
    if (lines, done, stopped) != (AGENCIES, SUSPENDED, SUSPENDED):
        raise RuntimeError(f"{lines} agencies on the roster, {done} lapsed, {stopped} licenses suspended")
    return page, whole, seconds


def _everybody() -> Person:
    """A Lead with one CoC of the whole country, of which ten thousand people have not done a training by now."""
    since = NOON - timedelta(days=400)
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
        asked = next(one for _, one in opening.plans(lead, NOON) if one.cycle == "recertification")
        campaign = opening.draft(lead, coc, asked, opening.Choice(days=30), NOON)
        campaign.created_at, campaign.opened_at, campaign.once = since, since, "bench"
        session.add(campaign)
        session.flush()
        values = {
            "lead": lead.id, "coc": coc.id, "since": since, "agencies": AGENCIES, "people": PEOPLE,
            "campaign": campaign.id, "due": NOON - timedelta(seconds=1), "many": SUSPENDED,
        }  # fmt: skip
        for statement in (*ROWS[:3], LATE, "analyze"):
            session.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
    return admin
