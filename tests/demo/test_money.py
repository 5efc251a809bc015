"""The demo's money, over a year of invoices: paid, in part, late, ahead, bounced, with time given; and it adds up."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.deadlines import fire_due
from demo.money import MoneyDays
from licensing.billing.books.models import BudgetLine, Expense
from licensing.billing.payments.models import BankLine, Payment, Respite
from tests.licensing.billing.owing import invoice, unbalanced
from tests.support.factories import make_agency, make_world


def test_its_money_adds_up(app, at_noon, travel):
    world = make_world("vermont", "America/New_York")
    agencies = [make_agency(world.coc) for _ in range(12)]
    desk = SimpleNamespace(
        admin=world.admin, lead=world.lead, workplaces=[SimpleNamespace(agency=one) for one in agencies]
    )
    for one in agencies:
        invoice(one, 24_000, world.admin)
    demo = MoneyDays(None, desk, at_noon)
    for days in (30, 60, 90):
        travel(at_noon + timedelta(days=days))
        fire_due()
        with unit_of_work():
            demo._enter(world.coc, clock.now())
    for one in agencies:
        invoice(one, 12_000, world.admin)
    with unit_of_work():
        demo._keep_books(world.coc, clock.now())
        demo._last_days(world.coc, clock.now())
    payments = db.session.scalars(select(Payment)).all()
    assert {one.state for one in payments} == {"used", "prepaid", "reversed"}
    assert db.session.scalars(select(Respite)).one().ended_at is None
    assert sum(line.debtor_id is not None for line in db.session.scalars(select(BankLine))) == 3
    assert len(db.session.scalars(select(Expense)).all()) == 9
    assert len(db.session.scalars(select(BudgetLine)).all()) == 3
    assert [wrong for one in agencies for wrong in unbalanced(one)] == []
