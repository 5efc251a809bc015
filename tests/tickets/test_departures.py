from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.authz import principal_for
from core.db import unit_of_work
from core.events import publish
from helpdesk.tickets.departures import mailed_notice
from helpdesk.tickets.rules import Channel, Kind
from licensing.api import DepartureNoted
from tests.support.factories import make_world
from tests.tickets.acting import messages_of, opened, read

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world()


@pytest.fixture
def mail(world):
    return opened(world, world.representative, subject="R. Vale leaves us", channel=Channel.EMAIL)


def told(ticket, person):
    return mailed_notice(ticket.id, principal_for(person, clock.now()))


def test_a_mail_is_a_notice_from_when_it_came(world, mail):
    notice = told(mail, world.agent)
    assert (notice.received_at, notice.person_id) == (mail.opened_at, world.representative.id)
    assert notice.address == world.representative.email


@pytest.mark.parametrize("role", ["other_representative", "end_user", "trainer"])
def test_a_mail_that_one_may_not_see_is_no_notice(world, mail, role):
    assert told(mail, getattr(world, role)) is None


@pytest.mark.parametrize("channel", [c for c in Channel if c is not Channel.EMAIL])
def test_what_came_otherwise_is_no_mail(world, channel):
    assert told(opened(world, world.representative, channel=channel), world.agent) is None


def test_whoever_may_record_departures_is_offered_it_on_a_mail(client, world, mail):
    link = f"/departures/new?ticket={mail.id}"
    assert link in read(client, world.agent, f"/tickets/{mail.id}")
    assert link in read(client, world.administrator, f"/tickets/{mail.id}")
    assert link not in read(client, world.representative, f"/tickets/{mail.id}")
    assert "/departures/new?ticket=" not in read(client, world.agent, f"/tickets/{opened(world).id}")
    assert read(client, world.agent, link)


def test_the_departure_is_on_the_ticket(world, mail):
    with unit_of_work():
        publish(DepartureNoted(1, world.agency.id, world.end_user.id, mail.id, clock.now() + timedelta(days=1)))
        publish(DepartureNoted(2, world.agency.id, world.end_user.id, None, clock.now()))
    said = messages_of(mail)[-1]
    assert (said.kind, said.text) == (Kind.SYSTEM, "A departure was recorded from this mail.")
