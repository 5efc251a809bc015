"""Whatever is issued, credited, paid, put, taken back and reversed, in whatever order: the books add up."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.errors import DomainError
from licensing.billing.payments import services
from licensing.billing.payments.models import Method, Payment, PaymentPart
from licensing.billing.payments.rules import Owed, oldest_first
from licensing.billing.payments.services import Received
from tests.licensing.billing.owing import again, credit, invoice, unbalanced
from tests.support.factories import make_agency, make_world

_n = count(1)
DEEDS = ("issue", "credit", "void", "pay", "pay-chosen", "put", "take-back", "reverse")
deed = st.tuples(st.sampled_from(DEEDS), st.integers(0, 7), st.integers(1, 5_000))


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


@pytest.mark.rule("HUD-LI-2")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(deed, min_size=3, max_size=12))
def test_the_books_add_up_after_any_deeds(world, deeds):
    debtor = make_agency(world.coc)
    by, invoices = principal_for(world.admin, clock.now()), []
    for kind, which, cents in deeds:
        try:
            _do(world, debtor, by, invoices, kind, which, cents)
        except DomainError:
            db.session.rollback()
        assert unbalanced(debtor) == []


def _do(world, debtor, by, invoices, kind, which, cents):
    payments = db.session.scalars(select(Payment).where(Payment.debtor_id == debtor.id).order_by(Payment.id)).all()
    one = payments[which % len(payments)] if payments else None
    row = invoices[which % len(invoices)] if invoices else None
    if kind == "issue":
        invoices.append(invoice(debtor, cents, world.admin))
    elif kind in ("credit", "void") and row is not None:
        row = again(row)
        left = row.total_cents - row.credited_cents
        if left:
            credit(row, min(cents, left) if kind == "credit" else left, world.admin)
    elif kind in ("pay", "pay-chosen"):
        parts = (
            {row.id: min(cents, max(again(row).open_cents, 1))} if row is not None and kind == "pay-chosen" else None
        )
        told = Received(
            Method.CHECK, cents, clock.now().date(), f"p{next(_n)}", f"{next(_n)}", "", parts, keeps_rest=True
        )
        with unit_of_work():
            services.take(debtor, told, by, clock.now())
    elif one is not None:
        with unit_of_work():
            _change(kind, one, row, cents, by)


def _change(kind, one, row, cents, by):
    if kind == "put" and row is not None:
        services.put_to(one, row.id, cents, by, clock.now())
    elif kind == "reverse":
        services.reverse(one, "It bounced.", by, clock.now())
    elif kind == "take-back":
        part = db.session.scalar(select(PaymentPart).where(PaymentPart.payment_id == one.id).limit(1))
        if part is not None:
            services.take_back(part, clock.now())


@given(st.integers(1, 10_000), st.lists(st.integers(0, 3_000), max_size=6))
def test_the_longest_due_are_paid_first_and_nothing_twice(cents, opens):
    owed = [Owed(number, f"N{number}", 1, 9_999, 0, one) for number, one in enumerate(opens)]
    parts = oldest_first(cents, owed)
    assert sum(parts.values()) == min(cents, sum(opens))
    assert all(0 < parts[number] <= opens[number] for number in parts)
    later = [number for number in parts if any(0 < one > parts.get(n, 0) for n, one in enumerate(opens[:number]))]
    assert not later
