"""Catalogue 28: whatever comes, it is a ticket or a quarantine row, and the next message is not held up."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, select

from core.db import db
from helpdesk.mail.models import InboundMessage, InboundState
from helpdesk.mail.services import receive
from helpdesk.tickets.models import Ticket
from tests.mail.writing import hostile, mail
from tests.support.factories import make_world

MESSAGES = hostile()
SECONDS = 5.0


@pytest.fixture
def world(app, at_noon):
    return make_world()


def test_there_are_enough_of_them():
    assert len(MESSAGES) >= 150


@pytest.mark.parametrize("name", MESSAGES)
def test_it_is_kept_and_the_next_one_is_read(world, name):
    began = time.perf_counter()
    outcome = receive(MESSAGES[name])
    assert time.perf_counter() - began < SECONDS
    assert outcome.outcome in {"ticket", "quarantined", "bounce", "auto-reply", "duplicate"}
    assert outcome.reason or outcome.outcome == "ticket"
    row = db.session.scalars(select(InboundMessage)).one()
    assert row.raw == MESSAGES[name]
    assert row.state in (InboundState.DONE, InboundState.QUARANTINED)
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == (outcome.outcome == "ticket")
    assert receive(mail("tam@agency.test")).outcome == "ticket"


@pytest.mark.parametrize("name", [n for n in MESSAGES if n.startswith(("html", "script", "template", "right"))])
def test_nothing_of_it_runs_on_the_page(world, client, name):
    """Catalogue 43."""
    from tests.support.signing_in import sign_in

    outcome = receive(MESSAGES[name])
    assert outcome.outcome == "ticket", outcome
    sign_in(client, world.agent)
    page = client.get(f"/tickets/{outcome.ticket}").text.lower()
    body = page.split("<main", 1)[1].split("</main", 1)[0]
    for word in ("<script", "onerror=", "onload=", "javascript:", "<iframe", "<base", "<meta", "style=", "data:text"):
        assert word not in body.replace("&lt;", "").replace("&#34;", ""), word
