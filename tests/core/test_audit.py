from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from core.audit import AuditEvent, acting_as, record, verify
from core.db import db, unit_of_work
from tests.support.factories import make_lead

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def trail():
    lead = make_lead()
    with acting_as("Ana Petrov", 7), unit_of_work():
        for n in range(3):
            record("lead.renamed", lead, data={"to": f"name {n}"})
    return lead


def superuser(statement, **values):
    """Somebody with the keys of the database itself, who puts the guard aside."""
    with db.engine.begin() as connection:
        connection.execute(text("alter table audit_event disable trigger audit_append_only"))
        connection.execute(text(statement), values)
        connection.execute(text("alter table audit_event enable trigger audit_append_only"))


def test_events_name_who_did_what_and_form_a_chain(trail):
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    assert [e.seq for e in events] == [1, 2, 3]
    assert {(e.actor, e.actor_id, e.action, e.chain) for e in events} == {("Ana Petrov", 7, "lead.renamed", 0)}
    assert [e.previous for e in events[1:]] == [e.hash for e in events[:-1]]
    assert list(verify()) == []


@pytest.mark.parametrize("statement", ["update audit_event set actor = 'x'", "delete from audit_event"])
def test_the_application_can_neither_change_nor_delete(trail, statement):
    with pytest.raises(DatabaseError, match="never changed or deleted"), db.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_superusers_edit_is_found_and_named(trail):
    superuser('update audit_event set data = \'{"to": "other"}\' where seq = 2')
    (broken,) = verify()
    assert (broken.seq, broken.reason) == (2, "it was changed after it was written")


def test_a_superusers_deletion_is_found_and_named(trail):
    superuser("delete from audit_event where seq = 2")
    (broken,) = verify()
    assert (broken.seq, broken.reason) == (3, "events 2 to 2 are missing")


def test_each_lead_has_a_chain_of_its_own(trail):
    other = make_lead()
    with unit_of_work():
        record("lead.renamed", other, lead_id=other.id)
    chains = db.session.execute(select(AuditEvent.chain, AuditEvent.seq).order_by(AuditEvent.id)).all()
    assert chains[-1] == (other.id, 1)
