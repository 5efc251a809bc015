"""Seats where rooms meet: kept for somebody who has one by now, and a first type begun twice at once."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.errors import Invalid
from core.people.models import CoC, Person
from core.people.services import person_by_email
from licensing.access import services as access
from licensing.seats import services
from licensing.seats.models import SeatType
from tests.licensing.acting import activate, give_license, words
from tests.licensing.test_races import at_once
from tests.licensing.test_seats import _any_license, begin, order_under_way, ready, seats
from tests.support.factories import make_agency, make_world, member
from tests.support.signing_in import sign_in


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", "America/Los_Angeles")


@pytest.mark.rule("SON-LI-2")
def test_a_seat_kept_for_somebody_who_has_got_one_elsewhere_goes_on_to_the_next(client, world):
    """Known only by the address when the seat was kept; the person's one seat serves both licenses."""
    type_id = begin(client, world, 1)
    holder = ready(client, world, "Lena Chen")
    activate(client, world.manager, holder)
    waiting = ready(client, world, "Ines Roy")
    with unit_of_work() as session:
        access.end_license(session.merge(_any_license()), clock.now(), "left")
    assert [row.request_id for row in seats(type_id=type_id, freed_at=None)] == [waiting.id]
    form = {"order-count": "1", "order-ordered_on": "2026-11-19", "order-cost": "10", "order-once": "o1"}
    sign_in(client, world.admin).post(f"/license-seats/{type_id}/orders", data=form)
    client.post(f"/license-seats/{type_id}/orders/{order_under_way(type_id)}/arrive")
    elsewhere = make_agency(world.coc, "Other House")
    person = person_by_email("ines@agency.test") or member(elsewhere, name="Ines Roy", email="ines@agency.test")
    give_license(person, elsewhere)
    with unit_of_work():
        services.settle(world.coc.id, person.id, clock.now())
    assert activate(client, world.manager, waiting).status_code == 302
    assert [(row.person_id, row.request_id) for row in seats(type_id=type_id, freed_at=None)] == [(person.id, None)]


def test_a_price_beyond_all_digits_is_no_amount(client, world):
    type_id = begin(client, world, 1)
    form = {"order-count": "5", "order-ordered_on": "2026-11-01", "order-cost": "1e99", "order-once": "far"}
    answer = client.post(f"/license-seats/{type_id}/orders", data=form)
    assert (answer.status_code, "This is not an amount." in words(answer)) == (422, True)


@pytest.mark.rule("SON-LI-2")
def test_of_two_first_types_begun_at_once_one_is_and_the_other_hears_of_it(app, client, world):
    """No type is there to be locked; both would take every level."""
    coc_id, admin_id, refused = world.coc.id, world.admin.id, []

    def beginning(name):
        def deed(session):
            told = services.NewType(name, False, (), 0, 1, f"first-{name}")
            principal = principal_for(session.get_one(Person, admin_id), clock.now())
            try:
                services.begin(session.get_one(CoC, coc_id), told, principal, clock.now())
                time.sleep(0.2)
            except Invalid as error:
                refused.append(error.message)

        return deed

    assert at_once(app, beginning("Standard"), beginning("Other")) == []
    db.session.expire_all()
    assert len(db.session.scalars(select(SeatType.id)).all()) == 1
    assert refused[0].endswith("takes these licenses already.")
