"""The search box finds contracts, types of seats and what differs in the HMIS, for whom they may be shown."""

from __future__ import annotations

import pytest

from tests.licensing.acting import read
from tests.licensing.reconciliation.test_reconciliation import compared, found, line
from tests.licensing.test_filing import put
from tests.licensing.test_seats import begin
from tests.support.counting import queries
from tests.support.factories import make_world
from tests.support.signing_in import sign_in


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


@pytest.fixture
def stranger(app, at_noon, world):
    """The administrator of another Lead."""
    return make_world("vermont", tz="America/New_York").admin


def hits(client, person, text):
    return read(client, person, f"/search?q={text}")


@pytest.mark.rule("HUD-LI-3")
def test_a_contract_is_found_by_its_party_for_the_lead_alone(client, world, stranger):
    assert put(client, world, party="Northlight Research").status_code == 302
    for person in (world.manager, world.admin):
        assert "Northlight Research" in hits(client, person, "northl").replace("northl ", "")
        assert f"{world.coc.code}" in hits(client, person, "northl")
        assert 'href="/contracts"' in client.get("/search?q=northl").text
    for person in (world.representative, world.end_user, stranger):
        assert "Northlight" not in hits(client, person, "northl")


def test_a_type_of_seat_is_found_by_its_name_for_the_lead_alone(client, world, stranger):
    number = begin(client, world, 3, name="Reporting 50%")
    for person in (world.manager, world.admin, world.agent):
        sign_in(client, person)
        assert f'href="/license-seats/{number}"' in client.get("/search?q=reporting+50%25").text
        assert f'href="/license-seats/{number}"' not in client.get("/search?q=reporting+5%25").text, "a plain character"
    for person in (world.representative, world.administrator, world.end_user, stranger):
        sign_in(client, person)
        assert "/license-seats/" not in client.get("/search?q=reporting").text


@pytest.mark.rule("HUD-LI-5")
def test_what_differs_is_found_by_person_address_and_user_name(client, world, stranger):
    name = world.end_user.name
    compared(client, world, line(world.end_user), line(email="vol@partners.test", account="vol17", agency="Partners"))
    ours, other = sorted(found(), key=lambda row: row.person_id is None)
    for text, row in ((name, ours), ("vol@partners", other), ("VOL17", other)):
        sign_in(client, world.admin)
        assert f'href="/reconciliation/findings/{row.id}"' in client.get("/search", query_string={"q": text}).text
    for person in (world.representative, world.administrator, world.end_user, stranger):
        sign_in(client, person)
        for text in (name, "vol17"):
            page = client.get("/search", query_string={"q": text}).text
            assert "/reconciliation/findings/" not in page, person.name


def test_many_hits_cost_no_more_statements_than_one(client, world):
    def counted():
        sign_in(client, world.admin)
        with queries() as told:
            assert client.get("/search?q=vol").status_code == 200
        return len(told)

    compared(client, world, line(email="vol0@partners.test", agency="Partners"))
    put(client, world, party="Volta 0")
    begin(client, world, 1, name="Volume 0", levels=[])
    before = counted()
    rows = [line(email=f"vol{n}@partners.test", agency="Partners") for n in range(9)]
    compared(client, world, *rows, once="once-2")
    for number in range(1, 5):
        put(client, world, party=f"Volta {number}")
    assert counted() <= before
