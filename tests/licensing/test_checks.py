"""The line "Background check" of a request: that there was one, for who holds a duty, and never what it found."""

from __future__ import annotations

import pytest

from core import clock
from core.authz import principal_for
from core.db import unit_of_work
from core.people.models import DesignationKind
from licensing.access.models import OPEN_STATES, AccessRequest
from licensing.access.services import eligibilities
from licensing.agencies.naming import record_check
from tests.licensing.acting import lines_of, read, request_made
from tests.support.counting import queries
from tests.support.factories import make_world, member

LEVEL = {"level": "agency-staff"}


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", "America/Los_Angeles")


def asks_for(client, world, person, **values):
    return request_made(client, world, name=person.name, email=person.email, **LEVEL, **values)


@pytest.mark.rule("SON-LI-7")
@pytest.mark.parametrize("kind", [DesignationKind.ADMINISTRATOR, DesignationKind.SECURITY_OFFICER])
@pytest.mark.parametrize("has_concern", [False, True])
def test_who_holds_such_a_duty_waits_for_the_check_and_nobody_reads_what_it_found(client, world, kind, has_concern):
    person = member(world.agency, kind, name="Pia Hope")
    row = asks_for(client, world, person)
    assert lines_of(row)["background-check"] == "missing"
    page = read(client, world.representative, f"/access/{row.id}")
    assert "None is on record, and they are the" in page
    assert "SON-LI-7" in page
    with unit_of_work():
        by = principal_for(world.director, clock.now())
        record_check(world.agency, person, clock.now().date(), by, clock.now(), has_concern=has_concern)
    assert lines_of(row)["background-check"] == "met", "a concern keeps nobody from being an end user"
    page = read(client, world.representative, f"/access/{row.id}")
    assert "Checked on Fri, Nov 20, 2026; it is checked once." in page
    assert "concern" not in page


@pytest.mark.rule("SON-LI-7")
def test_an_end_user_and_who_is_named_elsewhere_need_none(client, world):
    plain = asks_for(client, world, member(world.agency, name="Pia Hope"))
    elsewhere = asks_for(client, world, member(world.other_agency, DesignationKind.SECURITY_OFFICER, name="Ugo Pane"))
    for row in (plain, elsewhere):
        assert "background-check" not in lines_of(row)


def test_where_the_manual_asks_for_none_there_is_no_line(client, app, at_noon):
    world = make_world("missouri")
    row = request_made(client, world, name=world.security_officer.name, email=world.security_officer.email)
    assert "background-check" not in lines_of(row)


def test_more_requests_are_no_more_questions(client, world):
    counts = []
    for number in (1, 4):
        for one in range(number):
            asks_for(client, world, member(world.agency, DesignationKind.SECURITY_OFFICER, name=f"Ofi Cer {one}"))
        with unit_of_work() as session, queries() as asked:
            rows = session.query(AccessRequest).filter(AccessRequest.state.in_(OPEN_STATES)).all()
            eligibilities(rows, clock.now())
        counts.append(len([one for one in asked if "background_check" in one]))
    assert counts == [1, 1]
