"""Mail to a request that was merged: by token or by Message-ID it reaches the one that goes on, and is never lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import db
from helpdesk.mail.services import receive
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Kind, State
from tests.bonds.acting import merged, taken_out
from tests.mail.acting import asked, sent_to, tickets, token_of, write
from tests.mail.writing import mail
from tests.support.factories import make_world, member
from tests.tickets.acting import do, fresh, messages_of, read


@pytest.fixture
def world(app):
    return make_world("missouri")


@pytest.fixture
def two(world):
    return asked(world, subject="Cannot save", text="First."), asked(world, subject="Still cannot", text="Second.")


@pytest.mark.parametrize("end", ["close", "decline"])
def test_by_mail_a_reply_opens_what_is_closed_or_declined(client, world, two, end):
    do(client, world.agent, two[0], end)
    outcome = write(world, world.end_user, "Not solved.", to=token_of(two[0], world.end_user))
    assert (outcome.outcome, outcome.ticket) == ("reply", two[0].id)
    assert fresh(two[0].id).state is State.OPEN


@pytest.mark.parametrize("way", ["token", "our mail", "their own mail"])
def test_a_reply_to_a_merged_one_opens_the_one_that_goes_on(client, world, two, way):
    source, target = two
    merged(client, world.agent, source, target)
    do(client, world.agent, target, "close")
    headers = {
        "token": {"to": token_of(source, world.end_user)},
        "our mail": {"in_reply_to": sent_to(world.end_user.email)[0].message_id},
        "their own mail": {"in_reply_to": messages_of(source)[0].message_id},
    }[way]
    outcome = write(world, world.end_user, "It is back.", **headers)
    assert (outcome.outcome, outcome.ticket) == ("reply", target.id)
    assert fresh(target.id).state is State.OPEN
    assert tickets() == 2
    assert "It is back." in read(client, world.end_user, f"/tickets/{target.id}")


def test_a_chain_is_followed_by_mail_too(client, world, two):
    source, middle = two
    last = asked(world, subject="A third time", text="Third.")
    merged(client, world.agent, source, middle)
    merged(client, world.agent, middle, last)
    outcome = write(world, world.end_user, "Through the first.", to=token_of(source, world.end_user))
    assert outcome.ticket == last.id


def test_the_vendor_and_staff_who_answer_the_old_mail_reach_it_too(client, world, two):
    source, target = two
    do(client, world.agent, target, "ask-vendor")
    do(client, world.agent, source, "ask-vendor")
    merged(client, world.agent, source, target)
    write(world, world.lead.vendor_address, "Mended in the next release.", to=token_of(source))
    assert fresh(target.id).state is State.OPEN
    assert Kind.VENDOR_IN in {said.kind for said in messages_of(source)}
    write(world, world.agent, "Please try it now.", to=token_of(source, world.agent))
    assert fresh(target.id).state is State.ANSWERED
    page = read(client, world.end_user, f"/tickets/{target.id}")
    assert "Please try it now." in page
    assert "Mended in the next release." not in page


def test_a_colleagues_reply_by_mail_is_not_read_by_the_other(client, world):
    paula = member(world.agency, name="Paula Quist", email="paula@agency.test")
    theirs, target = (
        asked(world, paula, subject="Saving", text="Hers."),
        asked(world, subject="Saving too", text="His."),
    )
    merged(client, world.agent, theirs, target)
    do(client, world.agent, target, "answer", text="Try again, please.")
    ours = sent_to(paula.email)[-1]
    assert ours.message == "ticket-answer"
    outcome = write(world, paula, "Paula tried again.", in_reply_to=ours.message_id)
    assert (outcome.outcome, outcome.ticket) == ("reply", target.id)
    assert fresh(target.id).state is State.OPEN
    assert "Paula tried again." not in read(client, world.end_user, f"/tickets/{target.id}")
    assert "Paula tried again." in read(client, world.agent, f"/tickets/{target.id}")
    taken_out(client, world.agent, theirs)
    assert (fresh(theirs.id).state, fresh(target.id).state) == (State.OPEN, State.ANSWERED)
    outcome = write(world, paula, "And again.", in_reply_to=ours.message_id)
    assert outcome.ticket == theirs.id


def test_a_stranger_who_knows_a_number_reaches_neither(client, world, two):
    source, target = two
    merged(client, world.agent, source, target)
    outcome = write(world, "who@elsewhere.test", "Let me in.", subject=f"Re: [#{source.id}] Cannot save")
    assert outcome.outcome == "ticket"
    assert set(db.session.scalars(select(Ticket.id))) == {source.id, target.id, outcome.ticket}
    assert outcome.ticket not in (source.id, target.id)


def test_the_same_mail_twice_is_one_reply(client, world, two):
    source, target = two
    merged(client, world.agent, source, target)
    raw = mail(world.end_user.email, text="Once.", to=token_of(source, world.end_user))
    assert [receive(raw).outcome for _ in range(2)] == ["reply", "duplicate"]
    assert read(client, world.agent, f"/tickets/{target.id}").count("Once.") == 1
