"""From a debt to a payment and access given back, and the books, as people see them; narrow and wide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import select

from core.db import db
from core.deadlines import fire_due
from licensing.billing.payments.models import BankLine
from tests.browser.looking import good, picture
from tests.licensing.acting import give_license
from tests.licensing.billing.owing import invoice
from tests.licensing.billing.test_banking import HEAD, brought
from tests.licensing.billing.test_overdue import DUE, give
from tests.licensing.billing.test_payments import pay, taken
from tests.support.factories import World, make_world

PICTURES = {"payments/bank-lists/1": "a-banks-list", "books": "the-books", "books/ageing": "the-ageing"}


@pytest.fixture
def world(app, at_noon) -> World:
    return make_world("vermont", "America/New_York")


def test_from_a_debt_to_the_payment_and_access_given_back(
    live: str, enter: Callable[..., Page], world: World, travel: Callable
) -> None:
    held = give_license(world.end_user, world.agency)
    row = invoice(world.agency, 120_000, world.admin)
    travel(DUE + timedelta(hours=8))
    fire_due()
    own = enter(world.representative, 320)
    own.goto(f"{live}/access/licenses/{held.id}")
    expect(own.get_by_text("Access to the HMIS is locked")).to_be_visible()
    own.goto(f"{live}/overdue/{row.id}")
    good(own)
    view = enter(world.manager, 1280)
    view.goto(f"{live}/overdue")
    good(view)
    view.get_by_role("link", name=row.number).click()
    good(view)
    picture(view, "an-invoice-not-paid")
    view.get_by_role("link", name="Take a payment").click()
    view.get_by_label("Amount, in dollars").fill("1500")
    view.get_by_label("How it came").select_option("Check")
    view.get_by_label("Number of the check").fill("4711")
    view.get_by_role("button", name="Take the payment").click()
    expect(view.get_by_text("$300.00 of it goes to no invoice").first).to_be_visible()
    good(view)
    picture(view, "a-payment-that-is-too-much")
    view.locator("label[for=keeps_rest]").click()
    view.get_by_role("button", name="Take the payment").click()
    expect(view.get_by_text("$300.00 of it is kept as prepaid.")).to_be_visible()
    own.goto(f"{live}/access/licenses/{held.id}")
    expect(own.get_by_text("Access to the HMIS is locked")).not_to_be_visible()


def test_the_rooms_of_money(live: str, enter: Callable[..., Page], world: World, client: FlaskClient) -> None:
    first, second = invoice(world.agency, 120_000, world.admin), invoice(world.other_agency, 7_550, world.admin)
    row = taken(pay(client, world, "500"))
    give(client, world, first, "extension", "2027-03-14")
    told = f"{HEAD}11/18/2026,CASA SOL {second.number},75.50,\n11/19/2026,WHO,1.00,\nyesterday,A,1.00,\n"
    number, bare = brought(client, world, told), brought(client, world, "When,Sum\n2026-11-18,1.00\n")
    line = db.session.scalar(select(BankLine.id).where(BankLine.import_id == number, BankLine.debtor_id.is_(None)))
    client.post(
        "/books/expenses/new",
        data={"on": "2026-11-10", "amount": "20.50", "words": "Trainer", "line": "Training", "once": "e"},
    )
    client.post("/books/budget", data={"plan-side": "income", "plan-line": "License fees", "plan-amount": "1500"})
    pages = (
        "payments", "payments/new?q=harbor", f"payments/new?agency={world.agency.id}", f"payments/{row.id}",
        "payments/bank-lists", "payments/bank-lists/new", f"payments/bank-lists/{number}",
        f"payments/bank-lists/{bare}", f"payments/bank-lists/{number}/lines/{line}?q=casa", "overdue?shown=all",
        f"overdue/{first.id}", "books",
        "books/expenses?out=1", "books/expenses/new", "books/ageing", "books/files",
        f"books/statements/{world.agency.id}",
        f"books/invoices/{first.id}", f"books/payments/{row.id}",
    )  # fmt: skip
    for width in (320, 1280):
        view = enter(world.manager, width, dark=width == 320)
        for page in pages:
            view.goto(f"{live}/{page}")
            good(view)
            if width == 1280 and page in PICTURES:
                picture(view, PICTURES[page])
