"""The yearly run: counted, looked over, issued; killed anywhere and run again; refused where it cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from click import ClickException
from sqlalchemy import func, select

from core import clock
from core.audit import AuditEvent, verify
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.outbox import OutboxMessage
from core.people.models import DesignationKind
from licensing.billing.books.models import LedgerEntry
from licensing.billing.fees import agencies as debtors
from licensing.billing.fees import services as fees
from licensing.billing.fees.agencies import NewPayer, NewRelief
from licensing.billing.fees.models import Basis, ReliefKind
from licensing.billing.fees.services import NewItem
from licensing.billing.invoices import running
from licensing.billing.invoices.cli import bill
from licensing.billing.invoices.models import InvoicedLicense, InvoiceRun, InvoiceState, RunState
from licensing.seats.models import SeatType
from tests.conftest import NOON
from tests.licensing.billing.making import (
    FLAT,
    PER_LICENSE,
    as_principal,
    counted,
    invoices,
    licensed,
    must_balance,
    run_issued,
    schedule,
)
from tests.support.counting import queries
from tests.support.dying import killed_and_done
from tests.support.factories import join, make_agency, make_world, member

SEED = 20261121
KILLS = 20
_once = count(1)


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


def test_killed_twenty_times_the_sums_are_exact_and_no_number_is_missing_or_twice(app, world):
    """Catalogue 55."""
    schedule(world.coc, world.admin, FLAT, PER_LICENSE)
    for number in range(24):
        agency = make_agency(world.coc, f"House {number}")
        person = member(agency, DesignationKind.REPRESENTATIVE, name=f"Rep {number}")
        licensed(person, agency)
    words = {"coc": world.coc.id, "by": world.admin.id, "at": NOON.isoformat(), "key": "run-once"}
    died = killed_and_done(app, "tests.support.deeds:run_invoices", words, statements=45, kills=KILLS, seed=SEED)
    assert died == KILLS
    db.session.rollback()
    assert list(verify()) == []
    must_balance()
    run = db.session.scalars(select(InvoiceRun)).one()
    rows = invoices()
    assert (run.state, run.drafts, run.issued) == (RunState.DONE, 26, 26)
    assert {row.state for row in rows} == {InvoiceState.ISSUED}
    assert len({row.agency_id for row in rows}) == len(rows) == 26
    assert run.issued_cents == run.drafted_cents == 26 * 250_00 + 24 * 150_00
    assert sorted(row.sequence for row in rows) == list(range(1, 27))
    assert db.session.scalar(select(func.sum(LedgerEntry.cents))) == run.issued_cents
    issued = select(AuditEvent.subject_id).where(AuditEvent.action == "invoice.issued")
    assert sorted(db.session.scalars(issued)) == [row.id for row in rows]
    keys = db.session.scalars(select(OutboxMessage.key).where(OutboxMessage.message == "invoice-issued")).all()
    assert len(keys) == len(set(keys)) >= 26


@pytest.mark.rule("VT-LI-8")
def test_what_an_agency_is_billed_for_july_to_june_and_when_it_is_due(world):
    schedule(world.coc, world.admin)
    whole = licensed(world.end_user, world.agency)
    later = licensed(world.administrator, world.agency, date(2026, 10, 15))
    run = run_issued(world.coc, world.admin)
    assert (run.first_day, run.last_day) == (date(2026, 7, 1), date(2027, 6, 30))
    [row] = invoices()
    assert row.number == f"{world.coc.code.split('-')[0]}-2026-000001"
    assert (row.issued_on, row.due_on) == (date(2026, 11, 20), date(2027, 1, 19)), (
        "60 days after the date of the invoice"
    )
    assert row.due["rule"] == "VT-LI-8"
    first, second = row.lines
    assert (first.cents, second.cents) == (150_00, 112_50)
    assert first.why == ["1 license × $150.00 a year = $150.00."]
    assert "so 9 of 12 months are left" in second.why[1]
    assert "$150.00 × 9/12 = $112.50." in second.why[1]
    billed = db.session.execute(select(InvoicedLicense.line_id, InvoicedLicense.license_id)).all()
    assert set(billed) == {(first.id, whole.id), (second.id, later.id)}
    must_balance()


@pytest.mark.rule("VT-LI-9")
def test_the_reporting_add_on_is_billed_at_the_vendors_cost(world):
    with unit_of_work() as session:
        session.add(
            SeatType(lead_id=world.lead.id, coc_id=world.coc.id, name="Report writer", is_add_on=True, cents=319_00,
                     created_at=clock.now(), once="t1")
        )  # fmt: skip
    schedule(world.coc, world.admin, PER_LICENSE, NewItem(Basis.ADD_ON, "Reporting"))
    licensed(world.end_user, world.agency, has_reporting=True)
    licensed(world.administrator, world.agency)
    counted(world.coc, world.admin)
    [row] = invoices()
    assert [(line.words, line.quantity, line.cents) for line in row.lines] == [
        ("HMIS license", 2, 300_00),
        ("Reporting: Report writer", 1, 319_00),
    ]
    assert row.lines[1].rule == "VT-LI-9"


@pytest.mark.rule("HUD-LI-6")
def test_a_subsidy_is_a_line_of_its_own_that_names_the_funder(world):
    schedule(world.coc, world.admin, FLAT)
    told = NewRelief(
        ReliefKind.SUBSIDIZED, 50, date(2026, 7, 1), date(2026, 12, 31), "Its first year.", "r1", "State fund"
    )
    with unit_of_work():
        debtors.grant_relief(world.agency, told, as_principal(world.admin), clock.now())
    counted(world.coc, world.admin)
    row = next(one for one in invoices() if one.agency_id == world.agency.id)
    assert [line.cents for line in row.lines] == [250_00, -63_01]
    assert row.lines[1].words == "Subsidized, borne by State fund"
    assert row.lines[1].why == ["50 % of $250.00 for 184 of 365 days = $63.01."]


def test_another_agency_pays_for_the_agency_and_somebody_outside_for_one_license(world):
    schedule(world.coc, world.admin)
    mine = licensed(world.end_user, world.agency)
    licensed(world.administrator, world.agency)
    principal = as_principal(world.admin)
    with unit_of_work():
        debtors.name_payer(world.agency, NewPayer("p1", world.other_agency), principal, clock.now())
        outside = NewPayer("p2", name="County", email="pay@county.test", purchase_order="PO 7", license_id=mine.id)
        debtors.name_payer(world.agency, outside, principal, clock.now())
    run_issued(world.coc, world.admin)
    told = {(row.debtor_id, row.payer_name, row.purchase_order, row.total_cents) for row in invoices()}
    other = world.other_agency
    assert told == {(other.id, other.name, "", 150_00), (world.agency.id, "County", "PO 7", 150_00)}
    addresses = db.session.scalars(select(OutboxMessage.address).where(OutboxMessage.message == "invoice-issued")).all()
    assert "pay@county.test" in addresses


def test_a_run_that_cannot_be_is_refused_with_what_to_do(world):
    principal = as_principal(world.admin)

    def begin(year):
        with unit_of_work():
            running.begin(world.coc, year, principal, clock.now(), f"try-{year}")

    with pytest.raises(Invalid, match="No fee schedule"):
        begin(2026)
    schedule(world.coc, world.admin)
    licensed(world.end_user, world.agency)
    with pytest.raises(Invalid, match="has not begun"):
        begin(2027)
    counted(world.coc, world.admin)
    with pytest.raises(Conflict, match="A run of that year is ready"):
        begin(2026)
    row = db.session.scalars(select(InvoiceRun)).one()
    with unit_of_work():
        running.issue(db.session.get_one(InvoiceRun, row.id, with_for_update=True), principal, clock.now())
    running.work()
    with pytest.raises(Conflict, match="was billed for the year"):
        begin(2026)


@pytest.mark.rule("SAC-LI-7")
def test_a_schedule_without_lines_is_free(world):
    with unit_of_work():
        told = fees.NewSchedule("Free", date(2026, 7, 1), None, "free")
        fees.begin(world.coc, told, as_principal(world.admin), clock.now())
    with pytest.raises(Invalid, match="taking part is free"), unit_of_work():
        running.begin(world.coc, 2026, as_principal(world.admin), clock.now(), "free-run")


def test_a_dropped_run_leaves_nothing_billed_and_can_be_made_again(world):
    schedule(world.coc, world.admin)
    licensed(world.end_user, world.agency)
    first = counted(world.coc, world.admin)
    with unit_of_work():
        running.drop(db.session.get_one(InvoiceRun, first.id, with_for_update=True), clock.now())
    assert [row.state for row in invoices()] == [InvoiceState.DROPPED]
    again = run_issued(world.coc, world.admin)
    assert again.issued == 1
    must_balance()
    with pytest.raises(Conflict, match="This run is done"), unit_of_work():
        running.drop(db.session.get_one(InvoiceRun, again.id, with_for_update=True), clock.now())


def test_a_batch_takes_as_many_statements_whatever_its_size(world):
    def cost():
        with unit_of_work():
            row = running.begin(world.coc, 2026, as_principal(world.admin), clock.now(), f"c{next(_once)}")
        with queries() as asked:
            running.work(row.id, most=1)
        with unit_of_work():
            running.drop(db.session.get_one(InvoiceRun, row.id, with_for_update=True), clock.now())
        return len(asked)

    schedule(world.coc, world.admin)
    licensed(world.end_user, world.agency)
    join(world.end_user, world.other_agency)
    few = cost()
    for number in range(12):
        agency = make_agency(world.coc, f"House {number}")
        licensed(member(agency), agency)
    assert cost() <= few + 1


def test_a_license_that_ended_before_the_year_is_not_billed_and_one_revoked_in_it_stays_billed(world, travel):
    schedule(world.coc, world.admin)
    licensed(world.end_user, world.agency, ended_at=datetime(2026, 6, 30, tzinfo=UTC), state="ended")
    licensed(world.administrator, world.agency, ended_at=NOON - timedelta(days=2), state="ended")
    counted(world.coc, world.admin)
    [row] = invoices()
    assert row.total_cents == 150_00


def test_the_command_counts_a_year_and_issues_it_when_asked_to(world):
    schedule(world.coc, world.admin)
    licensed(world.end_user, world.agency)
    by = world.manager.email
    told = bill(world.coc.code, 2026, by, issue=False)
    assert (told["state"], told["drafts"], told["issued"]) == ("ready", 1, 0)
    for _ in range(2):
        told = bill(world.coc.code, 2026, by, issue=True)
        assert (told["state"], told["issued"], told["issued_cents"]) == ("done", 1, 150_00)
    must_balance()
    with pytest.raises(ClickException, match="may not bill"):
        bill(world.coc.code, 2026, world.representative.email, issue=True)
    with pytest.raises(Invalid, match="has not begun"):
        bill(world.coc.code, 2027, by, issue=True)
