from __future__ import annotations

import pytest
from sqlalchemy import func, select

from core import db as core_db
from core.audit import AuditEvent, record
from core.db import db, do_gathered, gather, on_commit, savepoint, unit_of_work
from core.deadlines import Deadline, open_deadline
from core.outbox import OutboxMessage, enqueue
from core.people.models import Lead
from tests.core.kinds import ACT
from tests.support.decisions import decision
from tests.support.factories import make_lead

pytestmark = pytest.mark.usefixtures("app")


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_nested_units_commit_once_at_the_outer_end():
    told = []
    with unit_of_work() as session:
        with unit_of_work():
            session.add(Lead(name="Inner", tz="America/Chicago"))
            on_commit(lambda: told.append("hook"))
        assert told == []
    assert told == ["hook"]
    assert count(Lead) == 1


def test_an_exception_in_the_inner_unit_undoes_the_outer_one():
    with pytest.raises(ZeroDivisionError), unit_of_work() as session:
        session.add(Lead(name="Lost", tz="America/Chicago"))
        with unit_of_work():
            1 / 0  # noqa: B018 - the failure under test
    assert count(Lead) == 0


def test_a_change_outside_a_unit_of_work_is_refused():
    with pytest.raises(RuntimeError, match="unit_of_work"):
        on_commit(lambda: None)


def test_a_failure_after_the_outbox_insert_leaves_no_mail_no_effect_and_no_audit(at_noon):
    """Catalogue 6."""
    lead = make_lead()
    before = count(AuditEvent)
    woken = []
    with pytest.raises(ZeroDivisionError), unit_of_work():
        open_deadline(ACT, lead, decision(at_noon), title="Never", lead_id=lead.id)
        enqueue("test-note", "a@agency.test", key="never", context={"word": "never"}, subject=lead)
        record("lead.renamed", lead)
        on_commit(lambda: woken.append(1))
        1 / 0  # noqa: B018 - the failure under test
    assert (count(Deadline), count(OutboxMessage), count(AuditEvent) - before, woken) == (0, 0, 0, [])


def test_a_failed_wake_up_is_counted_and_hurts_nobody():
    def broken():
        raise ConnectionError

    before = core_db.failed_hooks
    with unit_of_work() as session:
        session.add(Lead(name="Kept", tz="America/Chicago"))
        on_commit(broken)
    assert count(Lead) == 1
    assert core_db.failed_hooks == before + 1


def test_a_savepoint_that_fails_takes_its_audit_events_along():
    lead = make_lead()
    with unit_of_work():
        record("lead.kept", lead)
        with pytest.raises(ZeroDivisionError), savepoint():
            record("lead.lost", lead)
            1 / 0  # noqa: B018 - the failure under test
    assert list(db.session.scalars(select(AuditEvent.action))) == ["lead.kept"]


def test_what_is_gathered_is_done_once_with_all_of_it_before_the_trail_is_written():
    done = []

    def then(items):
        done.append(items)
        record("test.gathered", lead)

    lead = make_lead()
    with unit_of_work():
        gather(("test",), 1, then)
        with pytest.raises(ZeroDivisionError), savepoint():
            gather(("test",), 2, then)
            1 / 0  # noqa: B018 - the failure under test
        gather(("test",), 3, then)
        assert done == []
        do_gathered(("test",))
        gather(("test",), 4, then)
    assert sorted(one for items in done for one in items) == [1, 2, 3, 4], "what failed is told of, and looked at"
    with unit_of_work():
        do_gathered(("test",))
    assert db.session.scalar(select(func.count()).where(AuditEvent.action == "test.gathered")) == len(done)
