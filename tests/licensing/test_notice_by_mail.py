"""A departure told by mail: the notice counts from when the mail arrived."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.authz import principal_for
from core.db import unit_of_work
from licensing.api import open_of_ticket
from licensing.departures.models import Channel
from licensing.departures.rules import DepartureState
from licensing.departures.source import mailed_notice
from tests.licensing.acting import give_license, late, leaving, noted, read, tell, words
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import opened

LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def world(app, travel):
    travel(datetime(2026, 11, 20, 9, 0, tzinfo=LOS_ANGELES))
    return make_world("sonoma", tz="America/Los_Angeles")


def mail_of(world, person):
    return opened(world, person, subject="Erin has left", text="Erin Doyle left on Thursday.", channel="email")


@pytest.mark.rule("SON-LI-4")
@pytest.mark.parametrize(
    ("arrived", "entered", "agency_late", "lead_late"),
    [
        ((16, 30, 0), (16, 30, 0), "", ""),
        ((16, 30, 0), (16, 30, 1), "", "1 second"),
        ((16, 30, 1), (17, 30, 1), "1 second", "1 hour"),
    ],
)
def test_each_side_answers_for_its_own_clock(client, world, travel, arrived, entered, agency_late, lead_late):
    travel(datetime(2026, 11, 20, *arrived, tzinfo=LOS_ANGELES))
    ticket = mail_of(world, world.representative)
    travel(datetime(2026, 11, 20, *entered, tzinfo=LOS_ANGELES))
    form = leaving(world.end_user, "2026-11-19", "16:30", ticket=str(ticket.id))
    row = noted(client, world.agent, world.agency, form)
    assert (row.channel, row.noticed_by_id, row.ticket_id) == (Channel.MAIL, world.representative.id, ticket.id)
    assert (row.noticed_at, row.effective_at) == (ticket.opened_at, clock.now())
    assert late(row) == (agency_late, lead_late)
    assert open_of_ticket(ticket.id).id == row.id


@pytest.mark.rule("MO-LI-4")
def test_word_from_somebody_who_does_not_speak_for_the_agency_is_not_its_notice(client, world):
    ticket = mail_of(world, world.security_officer)
    page = read(client, world.agent, f"/departures/new?ticket={ticket.id}")
    assert "does not speak for the agency" in page
    form = leaving(world.end_user, "2026-11-19", "16:30", ticket=str(ticket.id))
    row = noted(client, world.agent, world.agency, form)
    assert (row.channel, row.noticed_at, row.state) == (Channel.FOUND_OUT, None, DepartureState.EFFECTIVE)


def test_the_ticket_leads_to_the_form_and_back(client, world):
    ticket = mail_of(world, world.representative)
    page = sign_in(client, world.agent).get(f"/tickets/{ticket.id}")
    assert f'href="/departures/new?ticket={ticket.id}"' in page.get_data(as_text=True)
    form_page = read(client, world.agent, f"/departures/new?ticket={ticket.id}")
    assert "Harbor House" in form_page
    assert "That is when the agency told us." in form_page
    form = leaving(world.end_user, "2026-11-19", "16:30", ticket=str(ticket.id))
    row = noted(client, world.agent, world.agency, form)
    assert f"/departures/{row.id}" in sign_in(client, world.agent).get(f"/tickets/{ticket.id}").get_data(as_text=True)
    assert f"Ticket {ticket.id}" in read(client, world.agent, f"/departures/{row.id}")


def test_a_ticket_of_another_agency_is_no_source(client, world):
    ticket = mail_of(world, world.representative)
    sign_in(client, world.other_representative)
    assert client.get(f"/departures/new?ticket={ticket.id}").status_code == 404
    form = leaving(world.other_end_user, "2026-11-19", "16:30", ticket=str(ticket.id))
    assert tell(client, world.other_representative, world.other_agency, form).status_code == 404
    assert mailed_notice(ticket.id, principal_for(world.other_representative, clock.now())) is None
    for ticket_id in ("0", "x", "9" * 30):
        assert client.get(f"/departures/new?ticket={ticket_id}").status_code == 404


def test_an_end_user_sees_neither_license_nor_departure_beside_the_ticket(client, world):
    ticket = mail_of(world, world.end_user)
    page = words(sign_in(client, world.end_user).get(f"/tickets/{ticket.id}"))
    assert "This is a departure" not in page
    assert "None in force." not in page


def test_a_strangers_mail_offers_no_departure_and_the_license_is_headed_by_whose_it_is(client, world):
    give_license(world.representative, world.agency)
    ticket = mail_of(world, world.representative)
    assert f"License of {world.representative.name}" in read(client, world.agent, f"/tickets/{ticket.id}")
    with unit_of_work():
        ticket.agency_id = None
        ticket.requester_id = None
    assert "Record a departure" not in read(client, world.admin, f"/tickets/{ticket.id}")
