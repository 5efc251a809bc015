"""What a sender writes into their own name and address is on no page when it is a client's number (MO-HD-5)."""

from __future__ import annotations

import pytest

from tests.mail.acting import asked, sent_to
from tests.support.factories import make_world
from tests.support.signing_in import api_headers
from tests.tickets.acting import read


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma")


def everywhere(client, world, ticket) -> str:
    pages = (f"/tickets/{ticket.id}", "/tickets", "/", f"/tickets?open={ticket.id}")
    told = client.get(f"/api/v1/tickets/{ticket.id}", headers=api_headers(world.agent)).text
    return "".join(read(client, world.agent, page) for page in pages) + told


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Jane Doe SSN 219-09-9999", "Jane Doe SSN [SSN hidden]"),
        ("Jane Doe 219\u00ad-09-9999", "Jane Doe [SSN hidden]"),
        ("219-09-9999", "[SSN hidden]"),
        ("Jane Doe 219099999", "Jane Doe [SSN hidden]"),
        ("Jane Doe DOB 01/02/1980", "Jane Doe DOB [birth date hidden]"),
        ("Sam Reed", "Sam Reed"),
        ("Client Support at Harbor House", "Client Support at Harbor House"),
    ],
)
def test_a_number_in_the_senders_name_is_masked_as_it_comes_in(world, client, name, kept):
    ticket = asked(world, f'"{name}" <sam@elsewhere.test>')
    assert ticket.requester_name == kept
    shown = everywhere(client, world, ticket)
    assert kept in shown
    assert "9999" not in shown
    assert "01/02/1980" not in shown


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize("local", ["219-09-9999", "219099999", "jane.219.09.9999", "jane_219_09_9999", "ssn219099999"])
def test_an_address_with_an_ssn_is_masked_on_pages_and_still_written_to(world, client, local):
    ticket = asked(world, f"{local}@elsewhere.test")
    assert ticket.requester_address == f"{local}@elsewhere.test"
    shown = everywhere(client, world, ticket)
    assert "[SSN hidden]@elsewhere.test" in shown
    assert "9999" not in shown
    assert [mail.address for mail in sent_to(f"{local}@elsewhere.test")] == [f"{local}@elsewhere.test"]


def test_a_telephone_number_in_an_address_is_the_senders_own(world, client):
    ticket = asked(world, "8165550134@elsewhere.test")
    assert "8165550134@elsewhere.test" in read(client, world.agent, f"/tickets/{ticket.id}")
