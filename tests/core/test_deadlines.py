from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.deadlines import (
    Deadline,
    State,
    cancel,
    fire_due,
    meet,
    open_deadline,
    pause,
    recompute_for_closures,
    resume,
)
from core.deadlines.sweep import MOST_TRIES
from core.errors import Conflict
from core.people.models import Closure, Lead
from core.policy import catalog
from tests.core.kinds import ACT, MISS, POISON
from tests.support.decisions import decision
from tests.support.factories import make_lead

pytestmark = pytest.mark.usefixtures("app")
SECOND = timedelta(seconds=1)


def open_one(kind, due, lead=None, **values):
    lead = lead or make_lead(vendor_name="L")
    with unit_of_work():
        return open_deadline(kind, lead, decision(due), title="Something", lead_id=lead.id, **values)


def mark_of(row):
    return db.session.get(Lead, row.subject_id, populate_existing=True).vendor_name


@pytest.mark.parametrize(
    ("kind", "moment", "effect"),
    [
        (ACT, -SECOND, "L"),
        (ACT, timedelta(0), "L+"),
        (ACT, SECOND, "L+"),
        (MISS, -SECOND, "L"),
        (MISS, timedelta(0), "L"),
        (MISS, SECOND, "L-"),
    ],
)
def test_an_act_happens_at_the_due_instant_and_a_miss_one_second_later(travel, at_noon, kind, moment, effect):
    row = open_one(kind, at_noon)
    travel(at_noon + moment)
    fire_due()
    assert mark_of(row) == effect


def test_firing_again_does_nothing_twice(at_noon, travel):
    row = open_one(ACT, at_noon)
    travel(at_noon + SECOND)
    assert [fire_due(), fire_due()] == [1, 0]
    assert mark_of(row) == "L+"


@pytest.mark.parametrize(
    ("offset", "late"), [(-SECOND, False), (timedelta(0), False), (0.9 * SECOND, False), (SECOND, True)]
)
def test_late_is_the_same_in_python_and_in_sql(at_noon, offset, late):
    row = open_one(ACT, at_noon)
    at = at_noon + offset
    in_sql = db.session.scalar(select(Deadline.is_late(at)).where(Deadline.id == row.id))
    assert (row.is_late(at), in_sql) == (late, late)


def test_a_poison_row_is_put_off_and_then_dead_and_holds_nobody_up(at_noon, travel):
    poison = open_one(POISON, at_noon)
    good = open_one(ACT, at_noon + SECOND)
    at = at_noon + 2 * SECOND
    for _ in range(MOST_TRIES):
        travel(at)
        fire_due()
        at += timedelta(days=1)
    assert mark_of(good) == "L+"
    db.session.refresh(poison)
    assert poison.state is State.DEAD
    assert mark_of(poison) == "L"
    assert "this effect always fails" in poison.last_error


def test_an_unknown_kind_stays_pending(at_noon, travel):
    row = open_one(ACT, at_noon)
    with unit_of_work():
        row.kind = "from-a-newer-version"
    travel(at_noon + timedelta(days=1))
    assert fire_due() == 0
    assert db.session.get(Deadline, row.id).state is State.PENDING


def test_after_an_outage_each_missed_act_runs_once_in_due_order_and_reminders_coalesce(at_noon, travel):
    lead = make_lead(vendor_name="L")
    for day in (3, 1, 2):
        open_one(ACT, at_noon + timedelta(days=day), lead, occurrence=day)
    warned = open_one(
        ACT, at_noon + timedelta(days=10), occurrence=9, warn_before=[timedelta(days=9), timedelta(days=8)]
    )
    travel(at_noon + timedelta(days=3, hours=1))
    fire_due()
    assert db.session.get(Lead, lead.id, populate_existing=True).vendor_name == "L+++"
    fired = db.session.scalars(
        select(AuditEvent.subject_id).where(AuditEvent.action == "deadline.fired").order_by(AuditEvent.id)
    ).all()
    dues = [db.session.get(Deadline, one).due_at for one in fired]
    assert dues == sorted(dues)
    assert len(dues) == 3
    assert mark_of(warned) == "Lw"


def test_the_same_deadline_cannot_be_opened_twice(at_noon):
    row = open_one(ACT, at_noon)
    lead = db.session.get(Lead, row.subject_id)
    with pytest.raises(Exception, match="uq_deadline"):
        open_one(ACT, at_noon, lead)


@pytest.mark.parametrize("close", [lambda r, at: meet(r, at, "done"), lambda r, at: cancel(r, at, "not owed")])
def test_a_closed_deadline_does_not_fire_and_cannot_be_closed_again(at_noon, travel, close):
    row = open_one(ACT, at_noon)
    with unit_of_work():
        close(row, at_noon)
    travel(at_noon + SECOND)
    assert fire_due() == 0
    with pytest.raises(Conflict), unit_of_work():
        close(row, at_noon)


def test_a_paused_clock_adds_the_time_it_stood_and_says_so(at_noon, travel):
    row = open_one(ACT, at_noon + timedelta(hours=1))
    with unit_of_work():
        pause(row, at_noon, "waiting for the requester")
    travel(at_noon + timedelta(hours=5))
    assert fire_due() == 0
    with unit_of_work():
        resume(row, clock.now())
    assert row.due_at == at_noon + timedelta(hours=6)
    assert "Paused" in row.explanation["because"][-1]
    travel(at_noon + timedelta(hours=6))
    assert fire_due() == 1


def test_a_new_closed_day_moves_open_rows_by_their_own_version_and_leaves_closed_ones(at_noon):
    """Catalogue 19: Friday Nov 20 plus three business days is Wednesday; with Tuesday closed it is
    Friday, because Thursday is Thanksgiving."""
    lead = make_lead(vendor_name="L")
    policy = catalog.in_force("missouri", at_noon.date())
    made = policy.due("departure-notice", at_noon, "America/Chicago")
    with unit_of_work():
        kept = open_deadline(MISS, lead, made, title="Open", lead_id=lead.id, occurrence=1)
        done = open_deadline(MISS, lead, made, title="Closed", lead_id=lead.id, occurrence=2)
        meet(done, at_noon)
    with unit_of_work() as session:
        session.add(Closure(lead_id=lead.id, day=date(2026, 11, 24), name="Office moves"))
        session.flush()
        assert recompute_for_closures(lead) == [kept]
    assert done.due_at == made.due
    assert kept.due_at.astimezone(made.due.tzinfo).isoformat() == "2026-11-27T23:59:59-06:00"
    assert any("Office moves" in line for line in kept.explanation["because"])
    assert db.session.scalar(select(AuditEvent.id).where(AuditEvent.action == "deadline.recomputed")) is not None
