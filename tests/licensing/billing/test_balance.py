"""Whatever is billed, credited and voided in whatever order: invoices, notes, payments and the ledger balance."""

from __future__ import annotations

from random import Random

import pytest

from core import clock
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from licensing.access.ground import hold
from licensing.billing.books.ledger import post_payment
from licensing.billing.invoices import crediting, services
from licensing.billing.invoices.crediting import Cause
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceState
from licensing.billing.invoices.services import Service
from licensing.billing.payments.models import Method, Payment, PaymentPart
from tests.licensing.billing.making import as_principal, invoices, must_balance
from tests.support.factories import make_world


@pytest.mark.parametrize("seed", range(6))
def test_what_was_done_in_any_order_balances(app, at_noon, seed):
    world, rng = make_world("vermont", "America/New_York"), Random(seed)
    by, refused = as_principal(world.admin), 0
    for turn in range(24):
        rows = [row for row in invoices(kind=InvoiceKind.SERVICE) if row.state is InvoiceState.ISSUED]
        deed = rng.choice(["bill", "pay", "pay", "credit", "credit", "void"]) if rows else "bill"
        try:
            with unit_of_work() as session:
                if deed == "bill":
                    told = [
                        Service(services.OTHER, f"Work {n}", rng.randint(1, 3), rng.randint(1, 500_00)) for n in (1, 2)
                    ]
                    [row] = services.bill_services(world.agency, told, by, clock.now(), f"{seed}-{turn}")
                    services.issue(row, clock.now())
                    continue
                hold(world.agency)
                row = session.get_one(Invoice, rng.choice(rows).id, with_for_update=True, populate_existing=True)
                if deed == "pay":
                    _pay(row, rng.randint(1, 600_00), f"{seed}-{turn}", turn)
                elif deed == "credit":
                    cents = {line.id: rng.randint(0, line.cents) for line in row.lines}
                    crediting.credit(row, cents, Cause.ERROR, "Too much.", by, clock.now(), f"{seed}-{turn}")
                else:
                    crediting.void(row, "Wrong.", by, clock.now(), f"{seed}-{turn}")
        except (Invalid, Conflict):
            refused += 1
            db.session.rollback()
        must_balance()
    assert refused < 24


def _pay(row: Invoice, cents: int, once: str, turn: int) -> None:
    off = min(cents, row.open_cents)
    money = Payment(
        lead_id=row.lead_id, coc_id=row.coc_id, debtor_id=row.debtor_id, method=Method.ACH, cents=cents,
        left_cents=cents - off, received_on=clock.now().date(), series="R", year=2026, sequence=turn + 1,
        by_id=row.by_id, at=clock.now(), once=once,
    )  # fmt: skip
    db.session.add(money)
    db.session.flush()
    if off:
        db.session.add(PaymentPart(payment_id=money.id, invoice_id=row.id, cents=off, at=clock.now()))
        row.paid_cents += off
        row.open_cents -= off
    post_payment(money)
