"""What changes once the year is billed: an add-on, a seat given again, an agency that comes, a wrong invoice."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core import clock
from core.db import unit_of_work
from core.people.models import Agency, AgencyStatus
from licensing.access.licenses import end_license, set_reporting
from licensing.access.models import License
from licensing.billing.books import queries as books
from licensing.billing.fees.agencies import NewRelief, end_relief, grant_relief
from licensing.billing.fees.models import Basis, FeeRelief, FeeSchedule, ReliefKind
from licensing.billing.fees.services import NewItem, note_notice
from licensing.billing.invoices.models import InvoiceKind
from licensing.seats.models import SeatOrder, SeatType
from tests.licensing.acting import read, words
from tests.licensing.billing.making import (
    FLAT,
    PER_LICENSE,
    as_principal,
    invoices,
    licensed,
    must_balance,
    run_issued,
    schedule,
)
from tests.licensing.billing.owing import pays_for
from tests.licensing.billing.test_pages import bill
from tests.support.factories import make_agency, make_world
from tests.support.signing_in import sign_in

WHOLE = (date(2026, 7, 1), date(2027, 6, 30))


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


def waive(world, percent):
    told = NewRelief(ReliefKind.WAIVED, percent, *WHOLE, "Its first year.", f"relief-{percent}")
    with unit_of_work():
        return grant_relief(world.agency, told, as_principal(world.admin), clock.now()).id


@pytest.mark.rule("VT-LI-9")
def test_an_add_on_that_comes_later_is_billed_from_then_on_and_its_license_is_not_again(client, world):
    whose = {"lead_id": world.lead.id, "created_at": clock.now()}
    with unit_of_work() as session:
        kind = SeatType(coc_id=world.coc.id, name="Report writer", is_add_on=True, cents=120_00, once="t1", **whose)
        session.add(kind)
        session.flush()
        bought = {"count": 2, "ordered_on": clock.now().date(), "arrived_at": clock.now(), "once": "o1"}
        session.add(SeatOrder(type_id=kind.id, lead_id=world.lead.id, by_id=world.admin.id, at=clock.now(), **bought))
    schedule(world.coc, world.admin, PER_LICENSE, NewItem(Basis.ADD_ON, "Reporting"))
    held = licensed(world.end_user, world.agency)
    run_issued(world.coc, world.admin)
    with unit_of_work() as session:
        set_reporting(session.get_one(License, held.id, with_for_update=True), on=True)
    assert bill(client, world).status_code == 302
    [row] = invoices(kind=InvoiceKind.LICENSES)
    assert [(line.words, line.cents) for line in row.lines] == [("Reporting: Report writer", 80_00)]
    assert "bought on 11/20/2026, so 8 of 12 months are left" in row.lines[0].why[1].lower()
    assert bill(client, world).status_code == 409


@pytest.mark.rule("VT-LI-10")
def test_a_license_that_ended_and_is_given_again_within_the_year_stays_paid(client, world):
    schedule(world.coc, world.admin)
    held = licensed(world.end_user, world.agency)
    run_issued(world.coc, world.admin)
    with unit_of_work() as session:
        end_license(session.get_one(License, held.id, with_for_update=True), clock.now(), "revoked")
    licensed(world.end_user, world.agency, date(2026, 11, 20))
    assert bill(client, world).status_code == 409
    licensed(world.administrator, world.agency, date(2026, 11, 20))
    assert bill(client, world).status_code == 302
    assert [row.total_cents for row in invoices(kind=InvoiceKind.LICENSES)] == [100_00]


def test_an_agency_that_comes_after_the_run_is_billed_the_rest_of_the_year(client, world):
    schedule(world.coc, world.admin, FLAT, PER_LICENSE)
    run_issued(world.coc, world.admin)
    new = make_agency(world.coc, "Late Comers")
    with unit_of_work() as session:
        session.get_one(Agency, new.id).came_at = datetime(2026, 11, 2, 15, tzinfo=UTC)
    licensed(world.end_user, new, date(2026, 11, 10))
    page = read(client, world.manager, f"/invoices/agencies/{new.id}/new")
    assert "The run of this year has no invoice of this agency" in page
    told = {"licenses-once": "late"}
    assert sign_in(client, world.manager).post(f"/invoices/agencies/{new.id}/licenses", data=told).status_code == 302
    [row] = invoices(agency_id=new.id)
    assert (row.kind, [line.cents for line in row.lines]) == (InvoiceKind.YEARLY, [166_67, 100_00])
    assert "Taking part since 11/2/2026, so 8 of 12 months are left" in row.lines[0].why[1]
    assert "Every license" in read(client, world.manager, f"/invoices/agencies/{new.id}/new").replace("’", "'")


@pytest.mark.rule("HUD-LI-6")
def test_an_invoice_waived_by_a_slip_is_void_and_its_licenses_are_billed_again(client, world):
    schedule(world.coc, world.admin)
    licensed(world.end_user, world.agency)
    relief = waive(world, 100)
    run_issued(world.coc, world.admin)
    [row] = invoices(agency_id=world.agency.id)
    assert row.total_cents == 0
    with unit_of_work() as session:
        end_relief(session.get_one(FeeRelief, relief), clock.now())
    void = {"void-reason": "The waiver was another agency's.", "void-once": "void"}
    for _ in range(2):
        assert sign_in(client, world.manager).post(f"/invoices/{row.id}/void", data=void).status_code == 302
    assert "Void" in read(client, world.manager, f"/invoices/{row.id}")
    assert bill(client, world).status_code == 302
    assert [one.total_cents for one in invoices(agency_id=world.agency.id)] == [0, 150_00]
    must_balance()


def test_an_agency_that_left_pays_for_nobody(world):
    schedule(world.coc, world.admin)
    licensed(world.end_user, world.agency)
    pays_for(world.other_agency, world.agency, world.admin)
    with unit_of_work() as session:
        session.get_one(Agency, world.other_agency.id).status = AgencyStatus.ENDED
    run_issued(world.coc, world.admin)
    assert [row.debtor_id for row in invoices()] == [world.agency.id]


def test_a_run_has_its_fund_and_says_that_the_committee_was_not_told(client, world):
    prices = schedule(world.coc, world.admin, FLAT)
    told = {"coc": str(world.coc.id), "year": "2026", "fund": "CoC grant", "once": "run"}
    answer = sign_in(client, world.manager).post("/invoices/runs", data=told)
    page = words(client.get(answer.location))
    assert "The committee has not been told of these prices" in page
    assert "Fund CoC grant" in page
    with unit_of_work() as session:
        note_notice(session.get_one(FeeSchedule, prices.id), date(2026, 6, 1), "At its meeting.", clock.now())
    assert "has not been told" not in words(client.get(answer.location))
    sign_in(client, world.manager).post(f"{answer.location}/issue")
    funds = books.books(world.coc, books.year_at(world.coc, None, clock.now())).by_fund
    assert funds["CoC grant"].invoiced == 2 * 250_00
