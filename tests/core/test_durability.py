"""The catalogue's faults, on real processes, threads and servers."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import func, select

from core import clock, sweep
from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.deadlines import Deadline, State, fire_due, open_deadline
from core.outbox import drain, enqueue
from core.people.models import Lead
from core.queues import wake_by_redis
from core.sweep import Every
from tests.core.kinds import ACT
from tests.support.decisions import decision
from tests.support.factories import make_lead

WORKERS, ROUNDS = 12, 1_000


def test_twelve_workers_race_one_row_a_thousand_times_with_one_effect_each(app, at_noon):
    """Catalogue 9."""
    lead_id = make_lead(vendor_name="L").id
    gate, done = threading.Barrier(WORKERS + 1), threading.Event()
    handled = []

    def worker():
        while True:
            gate.wait()
            if done.is_set():
                return
            with app.app_context():
                handled.append(fire_due(limit=1))
            gate.wait()

    threads = [threading.Thread(target=worker, daemon=True) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for number in range(ROUNDS):
        with unit_of_work() as session:
            lead = session.get(Lead, lead_id)
            open_deadline(ACT, lead, decision(at_noon), title="Raced", lead_id=lead_id, occurrence=number)
        gate.wait()
        gate.wait()
    done.set()
    gate.wait()
    for thread in threads:
        thread.join(5)
    effects = db.session.scalar(select(func.count()).where(AuditEvent.action == "test.effect"))
    assert (sum(handled), effects) == (ROUNDS, ROUNDS)
    assert db.session.scalar(select(func.count()).where(Deadline.state == State.FIRED)) == ROUNDS


def test_a_redis_that_is_gone_delays_nothing_but_the_wake_up(app, sink, at_noon):
    """Catalogue 7: the row is written, the answer is given, and the sweep sends the mail."""
    app.extensions["wake"] = wake_by_redis("redis://127.0.0.1:1/0")
    try:
        with unit_of_work():
            enqueue("test-note", "a@agency.test", key="k", context={"word": "lantern"})
    finally:
        del app.extensions["wake"]
    assert sweep.sweep_once([Every(1, drain)])
    assert len(sink.raw) == 1


def test_without_a_sweeper_the_service_is_red_within_a_minute(app, at_noon, travel):
    """Catalogue 13, the first half; the second, that ended access is denied all the same, is with the departures."""
    assert not sweep.is_alive(clock.now())
    sweep.sweep_once([])
    for seconds, alive in ((0, True), (60, True), (61, False)):
        assert sweep.is_alive(at_noon + timedelta(seconds=seconds)) is alive


def test_a_clock_too_far_off_fires_nothing_and_says_so(app, at_noon):
    """Catalogue 21: time stands still at noon of another day than the database's."""
    limited = app.config["HEARTHDESK"]
    app.config["HEARTHDESK"] = type(limited)(**{**limited.__dict__, "clock_skew_limit": 30.0})
    try:
        ran = []
        assert not sweep.sweep_once([Every(1, lambda: ran.append(1))])
    finally:
        app.config["HEARTHDESK"] = limited
    assert ran == []
    assert not sweep.is_alive(clock.now())
    assert "off the database's" in sweep.last_beat().detail


def test_a_periodic_task_that_fails_does_not_keep_the_others_from_their_turn(app, at_noon):
    ran = []
    assert not sweep.sweep_once([Every(1, lambda: 1 / 0), Every(1, lambda: ran.append(1))])
    assert ran == [1]
    assert "ZeroDivisionError" in sweep.last_beat().detail
