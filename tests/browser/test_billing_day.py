"""A year of fees as its people live it: prices, the run, what is not paid, the payment; and the rooms of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.deadlines import fire_due
from core.outbox import OutboxMessage
from licensing.billing.fees.agencies import NewPayer, NewRelief, grant_relief, name_payer
from licensing.billing.fees.models import Basis, ReliefKind
from licensing.billing.fees.services import NewItem
from licensing.billing.invoices import crediting
from licensing.billing.invoices import services as single
from licensing.billing.invoices.crediting import Cause
from licensing.billing.invoices.models import Invoice, InvoiceKind
from licensing.billing.invoices.services import Service
from tests.browser.looking import good, picture
from tests.licensing.acting import give_license
from tests.licensing.billing.making import FLAT, as_principal, counted, run_issued, schedule
from tests.licensing.billing.test_overdue import DUE
from tests.support.factories import World, make_world

NEXT_HALF = (date(2026, 7, 1), date(2026, 12, 31))


@pytest.fixture
def world(app, at_noon) -> World:
    return make_world("vermont", "America/New_York")


@pytest.mark.rule("VT-LI-8")
def test_from_the_prices_to_the_suspension_and_back(
    live: str, enter: Callable[..., Page], world: World, travel: Callable
) -> None:
    give_license(world.end_user, world.agency)
    view = enter(world.manager, 1280)
    view.goto(f"{live}/fees")
    good(view)
    view.get_by_role("link", name="New schedule").click()
    view.get_by_label("CoC").select_option(label=f"{world.coc.code} {world.coc.name}")
    view.get_by_label("Name").fill("Fees 2026-2027")
    view.get_by_label("First day").fill("2026-07-01")
    line = view.get_by_role("group", name="Line 1")
    line.get_by_label("Counted by").select_option("Each license")
    line.get_by_label("As the invoice calls it").fill("HMIS license")
    line.get_by_label("Dollars a year for each").fill("264")
    picture(view, "fee-schedule-new")
    view.get_by_role("button", name="Enter it").click()
    expect(view.get_by_text("The committee has not been told")).to_be_visible()
    good(view)
    view.get_by_label("Told on").fill("2026-06-01")
    view.get_by_label("How").fill("At its meeting in June.")
    view.get_by_role("button", name="Enter it").click()
    expect(view.get_by_text("The committee has not been told")).not_to_be_visible()

    view.goto(f"{live}/invoices/runs")
    view.get_by_label("Year in which the billing year begins").fill("2026")
    view.get_by_role("button", name="Count it").click()
    expect(view.get_by_role("button", name="Issue all 1")).to_be_visible()
    good(view)
    view.get_by_role("button", name="Issue all 1").click()
    view.get_by_role("link", name="XX-2026-000001").click()
    expect(view.get_by_text("$264.00 × 8/12 = $176.00").first).to_be_visible()
    good(view)
    picture(view, "invoice")

    travel(DUE + timedelta(hours=8))
    fire_due()
    own = enter(world.end_user, 320)
    own.goto(f"{live}/")
    expect(own.get_by_text("XX-2026-000001").first).to_be_visible()
    good(own)
    view = enter(world.manager, 1280)
    view.goto(f"{live}/overdue")
    view.get_by_role("link", name="XX-2026-000001").click()
    view.get_by_role("link", name="Take a payment").click()
    view.get_by_label("Amount, in dollars").fill("176")
    view.get_by_label("How it came").select_option("Check")
    view.get_by_label("Number of the check").fill("4711")
    view.get_by_role("button", name="Take the payment").click()
    expect(view.get_by_role("heading", name="R-2027-000001")).to_be_visible()
    own.goto(f"{live}/")
    expect(own.get_by_text("XX-2026-000001")).to_have_count(0)
    sent = select(OutboxMessage.message).where(OutboxMessage.address == world.director.email)
    assert {"invoice-issued", "invoice-overdue", "invoice-restored"} <= set(db.session.scalars(sent))


def test_the_rooms_of_fees_and_invoices(live: str, enter: Callable[..., Page], world: World) -> None:
    """Two years, an agency that somebody else pays for, a draft, a credit note; each role's look at them."""
    for person, agency in ((world.end_user, world.agency), (world.director, world.other_agency)):
        give_license(person, agency)
    by, bed = as_principal(world.admin), NewItem(Basis.BEDS, "Each bed", 5_00)
    last_year = (date(2025, 7, 1), date(2026, 6, 30))
    schedule(world.coc, world.admin, FLAT, name="Fees 2025", first_day=last_year[0], last_day=last_year[1])
    prices = schedule(world.coc, world.admin, NewItem(Basis.LICENSES, "HMIS license", 264_00), bed)
    with unit_of_work():
        outside = NewPayer(
            "p1", name="County of Windham", address="1 Main St\nBrattleboro, VT", purchase_order="PO-7781"
        )
        name_payer(world.other_agency, outside, by, clock.now())
        half = NewRelief(ReliefKind.SUBSIDIZED, 50, *NEXT_HALF, "Its first months.", "r1", "State homelessness fund")
        grant_relief(world.agency, half, by, clock.now())
    run_issued(world.coc, world.admin, 2025)
    run = counted(world.coc, world.admin)
    with unit_of_work():
        told = [Service(single.OTHER, "Report for the board, hours", 6, 85_00)]
        [report] = single.bill_services(world.agency, told, by, clock.now(), "report")
        single.issue(report, clock.now())
        crediting.credit(report, {report.lines[0].id: 85_00}, Cause.ERROR, "Five hours.", by, clock.now(), "credit")
        number = report.id
        [draft] = single.bill_services(world.agency, told, by, clock.now(), "draft")
        drafted = draft.id
    note = db.session.scalars(select(Invoice).where(Invoice.kind == InvoiceKind.CREDIT)).one()
    pages = (
        "fees", "fees/new", f"fees/{prices.id}", f"fees/agencies/{world.agency.id}",
        f"fees/agencies/{world.other_agency.id}", "invoices", "invoices?shown=drafts", f"invoices/{number}",
        f"invoices/{drafted}", f"invoices/{note.id}", f"invoices/agencies/{world.agency.id}/new", "invoices/runs",
        f"invoices/runs/{run.id}", "",
    )  # fmt: skip
    for width in (320, 1280):
        view = enter(world.manager, width, dark=width == 320)
        for page in pages:
            view.goto(f"{live}/{page}")
            good(view)
            if width == 1280 and page in (f"invoices/runs/{run.id}", f"fees/agencies/{world.agency.id}"):
                picture(view, "invoice-run" if "runs" in page else "fees-of-an-agency")
    view = enter(world.director, 320)
    for page in ("invoices", f"invoices/{number}", ""):
        view.goto(f"{live}/{page}")
        good(view)
