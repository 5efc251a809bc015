"""Seats: one is taken when a license is activated and freed when it ends; where none is free, requests wait in line."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core import clock
from core.audit import AuditEvent
from core.authz import principal_for
from core.db import db, unit_of_work
from core.deadlines import fire_due
from core.people.models import Person
from licensing.access import queries as access_queries
from licensing.access import services as access
from licensing.access.holds import hold
from licensing.access.models import HoldKind, License, LicenseState
from licensing.access.rules import RequestState
from licensing.seats import services
from licensing.seats.models import Seat, SeatOrder, SeatType
from licensing.seats.rules import Stock, Waiting, forecast, promoted
from tests.licensing.acting import (
    activate,
    confirm_all,
    decide,
    give_license,
    leaving,
    license_of,
    mails,
    noted,
    read,
    request_again,
    request_made,
    words,
)
from tests.licensing.test_races import at_once
from tests.support.counting import queries
from tests.support.factories import join, make_agency, make_world, member
from tests.support.signing_in import api_headers, sign_in

SEAT = "seat-available"
_n = count(1)


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", "America/Los_Angeles")


@pytest.fixture
def missouri(app, at_noon):
    return make_world("missouri")


def begin(client, world, there, **values):
    form = {"coc": str(world.coc.id), "name": "Standard", "there": str(there), "cost": "120.50", "once": f"k{next(_n)}"}
    answer = sign_in(client, world.admin).post("/license-seats/new", data=form | values)
    assert answer.status_code == 302, words(answer)
    return int(answer.location.rsplit("/", 1)[1])


def ready(client, world, name, **values):
    """A request that lacks nothing but, perhaps, a seat."""
    email = f"{name.split()[0].lower()}@agency.test"
    level = {"level": "agency-staff"} if world.coc.pack == "sonoma" else {}
    row = request_made(client, world, name=name, email=email, **level, **values)
    assert decide(client, world.manager, row).status_code == 302
    confirm_all(client, world.manager, request_again(row.id), but=SEAT)
    return request_again(row.id)


def seats(**where):
    db.session.expire_all()
    query = select(Seat).filter_by(**where).order_by(Seat.id)
    return list(db.session.scalars(query))


def line(client, world, row):
    page = read(client, world.representative, f"/access/{row.id}")
    return page[page.index("Seat") :][:400]


@pytest.mark.rule("SON-LI-2")
def test_a_cocs_last_seat_is_taken_and_the_next_request_waits(client, world):
    type_id = begin(client, world, 1)
    first, second, third = (ready(client, world, name) for name in ("Lena Chen", "Ines Roy", "Otto Bell"))
    assert "1 of 1 seats of “Standard” are free for this agency." in line(client, world, first)
    assert activate(client, world.manager, first).status_code == 302
    answer = activate(client, world.manager, second)
    assert answer.status_code == 409
    assert "Not yet: seat." in words(answer)
    assert "None of the 1 seats of “Standard” is free for this agency. This request is number 1 of 2 in line." in line(
        client, world, second
    )
    assert "number 2 of 2 in line" in line(client, world, third)
    assert [row.person.name for row in seats(type_id=type_id)] == ["Lena Chen"]


@pytest.mark.rule("SON-LI-2")
def test_the_first_in_line_gets_the_seat_in_the_moment_in_which_it_is_freed(client, world, travel, at_noon):
    """Held until the end itself, not freed when the departure is announced; and the next person's is a new row."""
    begin(client, world, 1)
    first = ready(client, world, "Lena Chen")
    activate(client, world.manager, first)
    second, third = ready(client, world, "Ines Roy"), ready(client, world, "Otto Bell")
    noted(client, world.representative, world.agency, leaving(request_again(first.id).person, "2026-11-23", "16:30"))
    assert [row.freed_at for row in seats()] == [None]
    travel(at_noon + timedelta(days=4))
    fire_due()
    old, new = seats()
    assert (old.person.name, old.freed_at is not None) == ("Lena Chen", True)
    assert (new.request_id, new.person_id, new.kept_at is not None) == (second.id, None, True)
    assert {mail.address for mail in mails("seat-kept")} == {world.representative.email, world.manager.email}
    assert "has been kept for this request since" in line(client, world, second)
    assert activate(client, world.manager, third).status_code == 409
    assert activate(client, world.manager, second).status_code == 302
    assert [row.person.name for row in seats()] == ["Lena Chen", "Ines Roy"]


def test_a_kept_seat_goes_on_to_the_next_when_its_request_is_withdrawn(client, world):
    type_id = begin(client, world, 0)
    first, second = ready(client, world, "Lena Chen"), ready(client, world, "Ines Roy")
    form = {"order-count": "1", "order-ordered_on": "2026-11-19", "order-cost": "10", "order-once": "o1"}
    assert sign_in(client, world.admin).post(f"/license-seats/{type_id}/orders", data=form).status_code == 302
    assert "number 1 of 2 in line" in line(client, world, first), "what is ordered is not there yet"
    order_id = order_under_way(type_id)
    sign_in(client, world.admin).post(f"/license-seats/{type_id}/orders/{order_id}/arrive")
    assert [row.request_id for row in seats(freed_at=None)] == [first.id]
    again = sign_in(client, world.admin).post(f"/license-seats/{type_id}/orders/{order_id}/arrive")
    assert again.status_code == 409
    assert sign_in(client, world.representative).post(f"/access/{first.id}/withdraw").status_code == 302
    assert [row.request_id for row in seats(freed_at=None)] == [second.id]


def order_under_way(type_id):
    query = select(SeatOrder.id).where(SeatOrder.type_id == type_id, SeatOrder.arrived_at.is_(None))
    return db.session.scalars(query).one()


@pytest.mark.rule("SON-LI-2")
def test_two_activations_at_once_for_the_last_seat(app, client, world):
    begin(client, world, 1)
    other = make_agency(world.coc, "Third House")
    first, second = ready(client, world, "Lena Chen"), ready(client, world, "Ines Roy")
    with unit_of_work():
        request_again(second.id).agency_id = other.id  # so that the agency's own lock does not decide it
    ids, manager_id = (first.id, second.id), world.manager.id

    def activating(request_id):
        def deed(session):
            principal = principal_for(session.get_one(Person, manager_id), clock.now())
            held = access_queries.visible_request(principal, request_id, lock=True)
            access.activate(held, clock.now())

        return deed

    refused = at_once(app, *(activating(number) for number in ids))
    assert len(refused) == 1
    assert refused[0].startswith(("No seat of “Standard” is free: 1 of 1 are in use.", "Not yet: seat."))
    states = sorted(request_again(number).state for number in ids)
    assert states == [RequestState.ACTIVATED, RequestState.APPROVED]
    assert len(seats(freed_at=None)) == 1


def test_a_coc_without_an_inventory_is_not_limited(client, missouri):
    row = request_made(client, missouri)
    assert "seat-available" not in {one.key for one in access.eligibility(request_again(row.id), clock.now())}


def test_a_manual_without_seats_still_waits_where_the_lead_keeps_an_inventory(client, missouri):
    begin(client, missouri, 0)
    row = ready(client, missouri, "Lena Chen")
    assert activate(client, missouri.manager, row).status_code == 409
    assert "number 1 of 1 in line" in line(client, missouri, row)
    assert "The HMIS Lead keeps an inventory of the seats that it bought." in line(client, missouri, row)


@pytest.mark.rule("SON-LI-2")
def test_a_suspended_license_keeps_its_seat(client, world):
    give_license(world.end_user, world.agency)
    begin(client, world, 1)
    with unit_of_work():
        held = license_of(world.end_user, world.agency)
        hold(held, HoldKind.TRAINING, "leave", "On leave.", clock.now())
    assert license_of(world.end_user, world.agency).state is LicenseState.SUSPENDED
    assert [row.person_id for row in seats(freed_at=None)] == [world.end_user.id]


def test_one_seat_for_a_person_at_two_agencies_until_both_licenses_have_ended(client, world):
    join(world.end_user, world.other_agency)
    for agency in (world.agency, world.other_agency):
        give_license(world.end_user, agency)
    begin(client, world, 5)
    assert [row.agency_id for row in seats(freed_at=None)] == [world.agency.id]
    for agency, left in ((world.agency, [world.other_agency.id]), (world.other_agency, [])):
        with unit_of_work():
            access.end_license(license_of(world.end_user, agency), clock.now(), "left")
        assert [row.agency_id for row in seats(freed_at=None)] == left


def test_a_seat_that_an_end_frees_is_there_for_the_license_given_in_the_same_moment(client, world):
    begin(client, world, 1)
    activate(client, world.manager, ready(client, world, "Lena Chen"))
    with unit_of_work():
        held = _any_license()
        access.end_license(held, clock.now(), "left")
        give_license(world.end_user, world.agency)
        services.settle(world.coc.id, world.end_user.id, clock.now())
    assert [row.person_id for row in seats(freed_at=None)] == [world.end_user.id]


def test_of_many_that_end_together_each_frees_its_seat_for_one_in_line(client, world):
    begin(client, world, 2)
    for name in ("Lena Chen", "Ines Roy"):
        activate(client, world.manager, ready(client, world, name))
    waiting = [ready(client, world, name).id for name in ("Otto Bell", "Maya Fox", "Jude Hall")]
    with unit_of_work() as session:
        for held in session.scalars(select(License).where(License.state == LicenseState.ACTIVE)).all():
            access.end_license(held, clock.now(), "left")
    assert [row.request_id for row in seats(freed_at=None)] == waiting[:2]


def test_a_type_that_names_a_level_takes_those_who_have_it_from_the_one_that_named_none(client, world):
    for person, level in ((world.end_user, "site-manager"), (world.administrator, "agency-staff")):
        give_license(person, world.agency)
        with unit_of_work():
            license_of(person, world.agency).level = level
    every = begin(client, world, 2)
    waits = ready(client, world, "Lena Chen")
    some = begin(client, world, 5, name="Site managers", levels="site-manager")
    assert [row.person_id for row in seats(type_id=some, freed_at=None)] == [world.end_user.id]
    left = seats(type_id=every, freed_at=None)
    assert [(row.person_id, row.request_id) for row in left] == [(world.administrator.id, None), (None, waits.id)]


@pytest.mark.rule("VT-LI-9")
def test_the_add_on_is_a_seat_of_its_own(client, world):
    held = give_license(world.end_user, world.agency)
    begin(client, world, 5)
    add_on = begin(client, world, 0, name="Reporting", is_add_on="y")
    path = f"/access/licenses/{held.id}/reporting"
    assert sign_in(client, world.manager).post(path, data={"on": "1"}).status_code == 409
    assert not license_of(world.end_user, world.agency).has_reporting
    headers = api_headers(world.admin)
    made = client.post(f"/api/v1/seat-types/{add_on}/orders", json={"count": 1, "cents": 7500}, headers=headers).json
    there = client.post(f"/api/v1/seat-types/{add_on}/orders/{made['orders'][0]['id']}/arrival", headers=headers).json
    assert (there["bought"], there["free"]) == (1, 1)
    assert sign_in(client, world.manager).post(path, data={"on": "1"}).status_code == 302
    assert [row.type_id for row in seats(type_id=add_on, freed_at=None)] == [add_on]
    assert services.costs_of(world.agency.id) == [("Standard", 1, 12050), ("Reporting", 1, 12050)]
    assert sign_in(client, world.manager).post(path, data={}).status_code == 302
    assert seats(type_id=add_on, freed_at=None) == []


def test_what_is_set_aside_for_an_agency_is_no_other_agencys(client, world):
    type_id = begin(client, world, 2)

    def aside(number):
        form = {"allocate-agency": str(world.other_agency.id), "allocate-count": number, "allocate-once": f"a{number}"}
        return sign_in(client, world.admin).post(f"/license-seats/{type_id}/allocations", data=form)

    assert aside("2").status_code == 302
    row = ready(client, world, "Lena Chen")
    assert activate(client, world.manager, row).status_code == 409
    refused = aside("3")
    assert refused.status_code == 422
    assert "So many are not free: the pool has 0." in words(refused)
    assert aside("1").status_code == 302
    assert [seat.request_id for seat in seats()] == [row.id], "what went back into the pool is the first one's in line"
    assert activate(client, world.manager, request_again(row.id)).status_code == 302


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"there": "many"}, "Give a whole number, such as 25."),
        ({"there": "-1"}, "That number cannot be meant."),
        ({"cost": "1.999"}, "This is not an amount. Write it like 125.00."),
        ({"cost": "NaN"}, "This is not an amount. Write it like 125.00."),
        ({"name": ""}, "Give a name."),
        ({"levels": "wizard"}, "The manual has no level wizard."),
    ],
)
def test_what_is_wrong_with_a_type_is_said_at_its_field(client, world, values, sentence):
    form = {"coc": str(world.coc.id), "name": "Mine own", "there": "3", "cost": "1", "once": "x"} | values
    answer = sign_in(client, world.admin).post("/license-seats/new", data=form)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert db.session.scalar(select(SeatType.id)) is None


def test_the_same_form_again_is_the_same_type_and_a_second_name_is_refused(client, world):
    first = begin(client, world, 3, once="same")
    assert begin(client, world, 3, once="same") == first
    form = {"coc": str(world.coc.id), "name": "standard", "there": "3", "cost": "1", "once": "y"}
    answer = sign_in(client, world.admin).post("/license-seats/new", data=form)
    assert (answer.status_code, "has a type called standard already" in words(answer)) == (422, True)


def test_only_free_seats_of_the_pool_go_back(client, world):
    give_license(world.end_user, world.agency)
    type_id = begin(client, world, 3)

    def back(number):
        form = {"back-count": str(number), "back-once": f"b{number}"}
        return sign_in(client, world.admin).post(f"/license-seats/{type_id}/give-back", data=form)

    assert "The pool has 2 free to give back." in words(back(3))
    assert back(2).status_code == 302
    assert "None is free now" in read(client, world.admin, f"/license-seats/{type_id}")


def test_an_order_of_tomorrow_and_of_none_are_refused_with_what_was_typed(client, world):
    type_id = begin(client, world, 3)
    form = {"order-count": "0", "order-ordered_on": "2026-11-20", "order-cost": "10", "order-reference": "PO-77"}
    answer = sign_in(client, world.admin).post(f"/license-seats/{type_id}/orders", data=form)
    assert (answer.status_code, "Give how many seats are ordered." in words(answer)) == (422, True)
    assert 'value="PO-77"' in answer.get_data(as_text=True)
    late = form | {"order-count": "2", "order-ordered_on": "2026-11-21"}
    answer = sign_in(client, world.admin).post(f"/license-seats/{type_id}/orders", data=late)
    assert "That day has not come yet." in words(answer)


def test_every_change_is_in_the_audit_trail(client, world):
    type_id = begin(client, world, 1)
    activate(client, world.manager, ready(client, world, "Lena Chen"))
    with unit_of_work():
        access.end_license(_any_license(), clock.now(), "left")
    told = set(db.session.scalars(select(AuditEvent.action)))
    assert {"seats.begun", "seat.taken", "seat.freed"} <= told
    assert type_id


def _any_license():
    return db.session.scalars(select(License).where(License.state == LicenseState.ACTIVE)).one()


def test_the_pages_ask_the_same_number_of_questions_for_many(client, world):
    def asked(path):
        client.get(path)
        with queries() as asked:
            assert client.get(path).status_code == 200
        return len(asked)

    type_id = begin(client, world, 10)
    paths = ("/license-seats", f"/license-seats/{type_id}", "/access")
    request_made(client, world, level="agency-staff")
    sign_in(client, world.admin)
    few = [asked(path) for path in paths]
    for number in range(12):
        begin(client, world, 2, name=f"Add-on {number}", is_add_on="y")
        person = member(world.agency, name=f"Holder {number}")
        give_license(person, world.agency)
        with unit_of_work():
            services.settle(world.coc.id, person.id, clock.now()) if number < 9 else None
        request_made(client, world, name=f"Asker {number}", email=f"asker{number}@a.test", level="agency-staff")
    sign_in(client, world.admin)
    assert [asked(path) for path in paths] == few


# ------------------------------------------------------------------ rules


AGENCIES = st.integers(1, 4)
STOCK = st.tuples(st.integers(0, 12), st.dictionaries(AGENCIES, st.integers(0, 3))).map(lambda told: Stock(*told))


@given(STOCK, st.lists(AGENCIES, max_size=30))
def test_taking_only_what_is_free_never_uses_more_than_there_is(stock, takers):
    if not stock.is_sound:
        return
    for agency in takers:
        if stock.free_for(agency):
            stock = stock.taking(agency)
    assert stock.is_sound
    assert stock.in_use <= stock.total
    for agency, set_aside in stock.allocated.items():
        assert stock.used.get(agency, 0) >= set_aside or stock.free_for(agency) > 0


@given(STOCK, st.lists(AGENCIES, max_size=12))
def test_nobody_in_line_is_passed_over_for_what_they_could_have_had(stock, agencies):
    line = [Waiting(number, agency) for number, agency in enumerate(agencies)]
    got = promoted(line, stock)
    assert got == sorted(got, key=lambda one: one.request_id)
    for one in got:
        stock = stock.taking(one.agency_id)
    assert not [one for one in line if one not in got and stock.free_for(one.agency_id)]


@pytest.mark.parametrize(
    ("free", "taken", "freed", "on"),
    [
        (9, 9, 0, date(2027, 2, 18)),
        (9, 10, 1, date(2027, 2, 18)),
        (9, 1, 1, None),
        (9, 0, 4, None),
        (0, 5, 5, date(2026, 11, 20)),
        (1, 90, 0, date(2026, 11, 21)),
        (1_000_000, 1, 0, None),
    ],
)
def test_when_the_last_seat_will_be_gone(free, taken, freed, on):
    assert forecast(free, taken, freed, date(2026, 11, 20)).on == on
