"""A list asks the database the same number of questions however long it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock, home
from core.authz import principal_for
from core.db import unit_of_work
from core.deadlines import fire_due
from core.outbox import enqueue
from core.people.models import Agency
from licensing.access import services as access
from licensing.access.services import Asked
from licensing.departures.models import Channel, Reason
from licensing.departures.services import Told, note_departure
from tests.licensing.acting import give_license
from tests.support.counting import queries
from tests.support.factories import make_agency, make_world, member
from tests.support.signing_in import sign_in

FEW, MANY = 5, 50
LISTS = [
    "/",
    "/access",
    "/access?shown=all",
    "/access/licenses",
    "/departures",
    "/departures?shown=to-confirm",
    "/deadlines",
    "/deadlines?shown=late",
    "/deadlines?shown=past",
    "/agencies",
    "/agencies/{agency}",
    "/outbox",
    "/audit",
]


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def one_more(world, n):
    """A request, a license, a departure whose notice is missed, an agency and a mail."""
    agency, now = world.agency, clock.now()
    make_agency(world.coc, f"Agency {n:02}")
    stays, leaves = (member(agency, name=f"{word} {n:02}") for word in ("Stays", "Leaves"))
    give_license(stays, agency)
    with unit_of_work() as session:
        place = session.get_one(Agency, agency.id)
        asked = Asked(f"Asked {n:02}", f"asked{n}@agency.test", "paid-staff", (world.project.id,), f"asked-{n}")
        access.request_access(place, world.representative, asked, now)
        told = Told(leaves.id, now - timedelta(days=9), Reason.LEFT, Channel.FOUND_OUT, None, None, f"left-{n}")
        note_departure(place, told, principal_for(world.agent, now), now)
        enqueue("test-note", stays, key=f"k{n}", context={"word": "lantern"}, lead_id=world.lead.id)
    fire_due()


@pytest.mark.parametrize("role", ["admin", "representative"])
def test_every_list_of_the_office_is_as_many_questions_for_five_rows_as_for_fifty(client, world, role):
    """All lists over one growing office, as building it takes longer than looking at it.

    Today asks twice for each thing it may show, at most.
    """
    person = getattr(world, role)
    paths = [path.format(agency=world.agency.id) for path in LISTS]
    asked = {}
    for n in range(MANY):
        one_more(world, n)
        if n + 1 in (FEW, MANY):
            sign_in(client, person)
            asked[n + 1] = {path: count(client, path) for path in paths}
    assert asked[MANY] == asked[FEW]
    numbers = {path: told for path, (_, told) in asked[MANY].items()}
    assert numbers.pop("/") <= 2 * len(home._providers)
    assert max(numbers.values()) <= 13


def count(client, path):
    client.get(path)
    with queries() as told:
        status = client.get(path).status_code
    return status, len(told)
