"""Two at the same instant, each on a connection of its own."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from core import clock
from core.db import db, unit_of_work
from core.errors import Conflict
from core.people.models import Person
from helpdesk.bonds import services
from helpdesk.bonds.models import TicketMerge
from helpdesk.mail.services import receive
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import State
from tests.mail.acting import token_of
from tests.mail.writing import mail
from tests.support.factories import make_world
from tests.tickets.acting import fresh, mails, messages_of, opened


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


@pytest.fixture
def two(world):
    return opened(world), opened(world, subject="Again")


def at_once(app, *deeds):
    """All let go together; returns what was said to those refused."""
    gate, refused = Barrier(len(deeds)), []

    def run(deed):
        with app.app_context():
            gate.wait()
            try:
                deed()
            except Conflict as error:
                refused.append(error.message)

    threads = [Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    db.session.expire_all()
    return refused


def merging(source_id, into_id, by_id, key=None):
    def deed():
        with unit_of_work() as session:
            source, into = session.get_one(Ticket, source_id), session.get_one(Ticket, into_id)
            services.merge(source, into, session.get_one(Person, by_id), "The same.", clock.now(), nonce=key)

    return deed


def undoing(source_id, by_id):
    def deed():
        with unit_of_work() as session:
            source = session.get_one(Ticket, source_id)
            services.undo(source, session.get_one(Person, by_id), "Not the same.", clock.now())

    return deed


def merges() -> int:
    return db.session.scalar(select(func.count()).select_from(TicketMerge)) or 0


def test_each_into_the_other_and_one_wins(app, world, two):
    a, b = (one.id for one in two)
    refused = at_once(app, merging(a, b, world.agent.id), merging(b, a, world.manager.id))
    states = sorted(fresh(number).state for number in (a, b))
    assert states == [State.MERGED, State.NEW]
    assert len(refused) == 1
    assert "already" in refused[0]
    assert merges() == 1


def test_a_double_click_merges_once(app, world, two):
    a, b = (one.id for one in two)
    assert at_once(app, *[merging(a, b, world.agent.id, "same")] * 4) == []
    assert merges() == 1
    assert len(mails("ticket-merged")) == 1


def test_two_undo_it_and_one_is_told(app, world, two):
    a, b = (one.id for one in two)
    merging(a, b, world.agent.id)()
    refused = at_once(app, undoing(a, world.agent.id), undoing(a, world.manager.id))
    assert refused == [f"Request #{a} is not part of another one."]
    assert fresh(a).state is State.NEW


@pytest.mark.parametrize("round_", range(3))
def test_a_reply_that_arrives_during_the_merge_is_read_in_the_one_that_goes_on(app, world, two, round_):
    a, b = (one.id for one in two)
    raw = mail(world.end_user.email, text="Just now.", to=token_of(fresh(a), world.end_user))
    told = []
    refused = at_once(app, merging(a, b, world.agent.id), lambda: told.append(receive(raw)))
    assert refused == []
    assert told[0].outcome == "reply"
    assert [said.text for said in messages_of(fresh(a))].count("Just now.") == 1
    assert (fresh(a).state, fresh(a).merged_into_id, fresh(b).state) == (State.MERGED, b, State.NEW)


def test_replies_undoing_and_merging_do_not_wait_for_each_other_for_ever(app, world, two):
    a, b = (one.id for one in two)
    merging(a, b, world.agent.id)()
    words = [mail(world.end_user.email, text=f"Word {n}.", to=token_of(fresh(a), world.end_user)) for n in range(3)]
    told = []
    deeds = [undoing(a, world.agent.id), *((lambda raw=raw: told.append(receive(raw))) for raw in words)]
    assert at_once(app, *deeds) == []
    assert sorted(outcome.outcome for outcome in told) == ["reply"] * 3
    assert {said.text for said in messages_of(fresh(a))} >= {"Word 0.", "Word 1.", "Word 2."}
    assert fresh(a).state is State.NEW
