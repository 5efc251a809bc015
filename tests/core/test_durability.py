"""The catalogue's faults, on real processes, threads and servers."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from core import clock, sweep
from core import db as core_db
from core.audit import AuditEvent, record
from core.db import before_commit, db, settle, unit_of_work
from core.deadlines import Deadline, Fires, Kind, State, fire_due, open_deadline, recompute_for_closures, register_kind
from core.deadlines import sweep as deadlines_sweep
from core.outbox import drain, enqueue
from core.people.models import Closure, Lead
from core.policy import catalog
from core.queues import wake_by_redis
from core.sweep import Every
from tests.core.kinds import ACT
from tests.support.decisions import decision
from tests.support.factories import make_lead

WORKERS = 12
MAILS = 200
MINUTE = 60
FAILS_LATE, CROSS, FAILS_AT_THE_END = "test-fails-late", "test-cross", "test-fails-at-the-end"


def _write_and_break(row, at):
    lead = db.session.get(Lead, row.subject_id)
    lead.vendor_name = "half done"
    enqueue("test-note", "a@agency.test", key=f"late:{row.id}", context={"word": "lantern"}, subject=lead)
    record("test.effect", lead)
    raise RuntimeError("after the mail was written")


register_kind(Kind(FAILS_LATE, "Fails late", Fires.AT_DUE, _write_and_break))


def _mark(number):
    lead = db.session.get(Lead, number, with_for_update=True, populate_existing=True)
    lead.vendor_name += "+"
    db.session.flush()


def _cross(row, at):
    """The first deadline takes this Lead's row and then the next one's; all others take them the other way round."""
    first, second = (
        (row.subject_id, row.subject_id + 1) if row.occurrence == 1 else (row.subject_id + 1, row.subject_id)
    )
    _mark(first)
    time.sleep(0.4)
    _mark(second)
    record("test.effect", row)


def _fail_at_the_end(row, at):
    _mark(row.subject_id)

    def hook():
        raise RuntimeError("at the end of the unit")

    if row.occurrence == 2:
        before_commit(hook)


register_kind(Kind(CROSS, "Crosses", Fires.AT_DUE, _cross))
register_kind(Kind(FAILS_AT_THE_END, "Fails at the end", Fires.AT_DUE, _fail_at_the_end))


def acts(action: str) -> list[int]:
    """Whom the audit trail says it happened to."""
    return list(db.session.scalars(select(AuditEvent.subject_id).where(AuditEvent.action == action)))


def test_an_effect_that_fails_after_its_mail_was_written_leaves_nothing(app, sink, at_noon):
    """Catalogue 6, in the sweep; one in the same batch that succeeds is not undone with it."""
    bad, good = make_lead(vendor_name="L"), make_lead(vendor_name="L")
    with unit_of_work():
        open_deadline(FAILS_LATE, bad, decision(at_noon), title="Fails", lead_id=bad.id)
        kept = open_deadline(ACT, good, decision(at_noon), title="Works", lead_id=good.id)
    fire_due()
    assert drain() == 0
    assert sink.raw == []
    assert list(db.session.scalars(select(Lead.vendor_name).order_by(Lead.id))) == ["L", "L+"]
    assert acts("test.effect") == [good.id]
    assert acts("deadline.fired") == [kept.id]


def two_leads():
    first, second = make_lead(vendor_name="L"), make_lead(vendor_name="L")
    assert second.id == first.id + 1
    return first, second


def opened(kind, lead, at, count):
    with unit_of_work():
        rows = [
            open_deadline(kind, lead, decision(at), title="Meets", lead_id=lead.id, occurrence=number + 1)
            for number in range(count)
        ]
    return [row.id for row in rows]


def marks():
    db.session.rollback()
    db.session.expire_all()
    return [len(name) - 1 for name in db.session.scalars(select(Lead.vendor_name).order_by(Lead.id))]


def in_threads(app, *deeds):
    """Each with connections of its own; returns what they raised."""
    gate, failed = threading.Barrier(len(deeds)), []

    def run(deed):
        with app.app_context():
            gate.wait()
            try:
                deed()
            except Exception as error:  # noqa: BLE001 - what went wrong is what is asked
                failed.append(error)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(MINUTE)
    return failed


def test_two_sweeps_over_effects_that_touch_the_same_rows_crosswise_lose_nothing_and_put_nothing_off(
    app, at_noon, monkeypatch
):
    """One of them takes the place whole. Both in it would wait for one another until the database ends one."""
    monkeypatch.setattr(deadlines_sweep, "BATCH", 1)
    first, _ = two_leads()
    numbers = opened(CROSS, first, at_noon, 5)
    handled = []
    assert in_threads(app, *[lambda: handled.append(fire_due())] * 2) == []
    assert (sum(handled), marks()) == (5, [5, 5])
    rows = db.session.scalars(select(Deadline).where(Deadline.id.in_(numbers))).all()
    assert {(row.state, row.attempts, row.last_error) for row in rows} == {(State.FIRED, 0, "")}
    assert sorted(acts("test.effect")) == numbers


def test_a_row_that_somebody_holds_is_put_off_and_no_try_is_counted(app, at_noon, travel):
    first, second = two_leads()
    (number,) = opened(CROSS, first, at_noon, 1)
    held, may_end = threading.Event(), threading.Event()

    def hold():
        with unit_of_work() as session:
            session.get(Lead, second.id, with_for_update=True)
            held.set()
            may_end.wait(MINUTE)

    def sweep_and_release():
        held.wait(MINUTE)
        began = time.monotonic()
        fire_due()
        took.append(time.monotonic() - began)
        may_end.set()

    took = []
    assert in_threads(app, hold, sweep_and_release) == []
    row = db.session.get(Deadline, number, populate_existing=True)
    assert (row.state, row.attempts, row.wake_at) == (State.PENDING, 0, at_noon + deadlines_sweep.FIRST_RETRY)
    assert "LockNotAvailable" in row.last_error
    assert (marks(), took[0] < 10) == ([0, 0], True)
    travel(at_noon + deadlines_sweep.FIRST_RETRY)
    assert (fire_due(), marks()) == (1, [1, 1])


def test_a_hook_at_the_end_that_fails_puts_off_its_own_row_only(app, at_noon):
    lead = make_lead(vendor_name="L")
    good, bad, also = opened(FAILS_AT_THE_END, lead, at_noon, 3)
    fire_due()
    rows = {row.id: row for row in db.session.scalars(select(Deadline))}
    assert [rows[number].state for number in (good, bad, also)] == [State.FIRED, State.PENDING, State.FIRED]
    assert [rows[number].attempts for number in (good, bad, also)] == [0, 1, 0]
    assert "at the end of the unit" in rows[bad].last_error
    assert (marks(), sorted(acts("deadline.fired"))) == ([2], [good, also])


def test_a_page_that_holds_what_a_sweep_wants_is_never_the_one_that_is_ended(app, at_noon, travel):
    """The sweep holds what the page wants too, so one of the two must give way."""
    first, second = two_leads()
    (number,) = opened(CROSS, first, at_noon, 1)

    def page():
        with app.test_request_context("/"), unit_of_work() as session:
            session.get(Lead, second.id, with_for_update=True)
            time.sleep(0.25)  # by now the sweep has the first, and will want the second
            session.get(Lead, first.id, with_for_update=True).vendor_name += "+"

    def sweep_it():
        time.sleep(0.1)
        fire_due()

    assert in_threads(app, page, sweep_it) == []
    assert marks()[0] >= 1, "the page has done its work"
    travel(at_noon + timedelta(minutes=1))
    fire_due()
    assert marks() == [2, 1]
    assert db.session.get(Deadline, number).attempts == 0


def test_a_sweep_waits_for_the_trail_which_others_extend_for_longer_than_its_patience(app, at_noon):
    """Two CoCs of one Lead write into one chain; it is the last lock of all, so nobody waits for it in a circle."""
    lead = make_lead(vendor_name="L")
    opened(ACT, lead, at_noon, 2)
    held = threading.Event()

    def extend():
        with unit_of_work():
            record("test.held", lead)
            settle()
            held.set()
            time.sleep(1)

    def sweep_it():
        held.wait(MINUTE)
        handled.append(fire_due())

    handled = []
    assert in_threads(app, extend, sweep_it) == []
    assert (handled, marks()) == ([2], [2])
    assert {(row.state, row.last_error) for row in db.session.scalars(select(Deadline))} == {(State.FIRED, "")}


@pytest.mark.parametrize("rounds", [100, pytest.param(1000, marks=pytest.mark.prove)])
def test_twelve_workers_race_one_row_again_and_again_with_one_effect_each(app, at_noon, rounds):
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
    for number in range(rounds):
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
    assert (sum(handled), effects) == (rounds, rounds)
    assert db.session.scalar(select(func.count()).where(Deadline.state == State.FIRED)) == rounds
    fired = acts("deadline.fired")
    assert (len(fired), len(set(fired))) == (rounds, rounds)


def test_twelve_senders_race_and_each_mail_leaves_once(app, sink, at_noon):
    """Catalogue 9, for what leaves the house."""
    with unit_of_work():
        for number in range(MAILS):
            enqueue("test-note", "a@agency.test", key=f"k{number}", context={"word": "lantern"})
    gate, handled = threading.Barrier(WORKERS), []

    def sender():
        with app.app_context():
            gate.wait()
            handled.append(drain())

    threads = [threading.Thread(target=sender, daemon=True) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(MINUTE)
    assert (len(handled), sum(handled)) == (WORKERS, MAILS)
    assert (len(sink.mails), len({mail["Message-ID"] for mail in sink.mails})) == (MAILS, MAILS)


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


def test_the_sweeper_alone_sends_within_a_minute_what_nobody_woke_it_for(app, sink):
    """Catalogue 7, by the product's own schedule, for a mail that just missed a round."""
    app.extensions["wake"] = wake_by_redis("redis://127.0.0.1:1/0")
    stop, failed = threading.Event(), core_db.failed_hooks
    sweeper = threading.Thread(target=sweep.run_forever, args=(app, stop), daemon=True)
    sweeper.start()
    try:
        until = time.monotonic() + MINUTE
        while sweep.last_beat() is None and time.monotonic() < until:
            db.session.rollback()
            time.sleep(0.05)
        until = time.monotonic() + MINUTE
        with unit_of_work():
            enqueue("test-note", "a@agency.test", key="k", context={"word": "lantern"})
        while not sink.raw and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        del app.extensions["wake"]
        stop.set()
        sweeper.join(MINUTE)
    assert len(sink.raw) == 1
    assert core_db.failed_hooks == failed + 1


def test_a_closed_day_that_is_added_moves_the_firing_too(app, at_noon, travel):
    """Catalogue 19: nothing fires at the time that was, and it fires once after the time that is."""
    lead = make_lead(vendor_name="L")
    made = catalog.in_force("missouri", at_noon.date()).due("departure-notice", at_noon, "America/Chicago")
    with unit_of_work():
        row = open_deadline(ACT, lead, made, title="Open", lead_id=lead.id)
    with unit_of_work() as session:
        session.add(Closure(lead_id=lead.id, day=date(2026, 11, 24), name="Office moves"))
        session.flush()
        recompute_for_closures(lead)
    fired = []
    for moment in (made.due, row.due_at - timedelta(seconds=1), row.due_at, row.due_at + timedelta(days=1)):
        travel(moment)
        fired.append(fire_due())
    assert fired == [0, 0, 1, 0]


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
