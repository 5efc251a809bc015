"""Two who act on the same money at once: nothing is paid twice, and nobody waits for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.deadlines import fire_due
from core.errors import Unavailable
from core.people.models import Agency, Person
from licensing.access.models import License
from licensing.billing.fees.queries import visible_schedule
from licensing.billing.invoices import printing
from licensing.billing.invoices.queries import locked_invoice, visible_run
from licensing.billing.payments import services
from licensing.billing.payments.models import Method, Payment
from licensing.billing.payments.services import Received
from tests.licensing.acting import give_license
from tests.licensing.billing.making import counted, schedule
from tests.licensing.billing.owing import again, drafted, invoice, state, unbalanced
from tests.licensing.billing.test_overdue import DUE, SECOND, pay
from tests.licensing.test_races import at_once
from tests.support.factories import make_world


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


def paying(world, cents, once, debtor=None, **values):
    debtor_id, by_id, day = (debtor or world.agency).id, world.admin.id, clock.now().date()

    def deed(session):
        told = Received(Method.CHECK, cents, day, once, values.get("reference", once), keeps_rest=True)
        by = principal_for(session.get_one(Person, by_id), clock.now())
        services.take(session.get_one(Agency, debtor_id), told, by, clock.now())

    return deed


def payments():
    db.session.expire_all()
    return db.session.scalars(select(Payment).order_by(Payment.sequence)).all()


def test_of_two_payments_at_once_the_second_finds_what_is_left(app, world):
    row = invoice(world.agency, 10_000, world.admin)
    assert at_once(app, paying(world, 7_000, "one"), paying(world, 8_000, "two")) == []
    assert state(row) == (10_000, 0, 0)
    assert sum(one.left_cents for one in payments()) == 5_000
    assert [one.sequence for one in payments()] == [1, 2]
    assert unbalanced(world.agency) == []


def test_the_same_form_pressed_twice_at_once_is_one_payment(app, world):
    row = invoice(world.agency, 10_000, world.admin)
    assert at_once(app, paying(world, 4_000, "same"), paying(world, 4_000, "same")) == []
    assert state(row) == (4_000, 0, 6_000)
    assert len(payments()) == 1


def test_the_same_check_entered_by_two_at_once_is_asked_about(app, world):
    invoice(world.agency, 10_000, world.admin)
    deeds = [paying(world, 4_000, once, reference="check 7") for once in ("one", "two")]
    [refused] = at_once(app, *deeds)
    assert "is on record already: R-2026-000001." in refused


def test_payments_of_many_agencies_at_once_take_numbers_without_a_gap(app, world):
    invoice(world.agency, 10_000, world.admin)
    invoice(world.other_agency, 10_000, world.admin)
    deeds = [paying(world, 100 + n, f"p{n}", world.agency if n % 2 else world.other_agency) for n in range(6)]
    assert at_once(app, *deeds) == []
    assert [one.sequence for one in payments()] == [1, 2, 3, 4, 5, 6]


def test_an_invoice_that_is_issued_while_a_payment_comes_in_is_paid_once(app, world):
    from licensing.billing.invoices import issuing
    from licensing.billing.invoices.models import Invoice

    number = drafted(world.agency, 10_000, world.admin).id

    def issue(session):
        services.hold(session.get_one(Agency, world.agency.id))
        issuing.issue(session.get_one(Invoice, number), clock.now())

    assert at_once(app, issue, paying(world, 10_000, "one")) == []
    row = db.session.get_one(Invoice, number, populate_existing=True)
    assert (row.paid_cents, row.open_cents) == (10_000, 0)
    assert unbalanced(world.agency) == []


def test_a_payment_in_the_moment_in_which_the_time_is_up_leaves_the_license_active(app, world, travel):
    held = give_license(world.end_user, world.agency)
    row = invoice(world.agency, 10_000, world.admin)
    travel(DUE + SECOND)

    def sweep(_session):
        with app.app_context():
            fire_due()

    at_once(app, paying(world, 10_000, "one"), sweep)
    travel(DUE + timedelta(minutes=2))
    fire_due()
    assert state(row) == (10_000, 0, 0)
    with unit_of_work() as session:
        assert session.get_one(License, held.id, populate_existing=True).state.value == "active"
    assert again(row).open_cents == 0


def points_at(table, number):
    """What a row that points at this one asks for when it is written, on a connection that waits for nobody."""
    with db.engine.connect() as other:
        other.execute(text("set lock_timeout = '200ms'"))
        other.execute(text(f"select from {table} where id = {number} for key share"))


def test_who_only_points_at_what_is_held_does_not_wait_and_who_holds_it_too_does(app, world):
    """Waiting crosswise, a schedule's end and the year's run, or a bank's line and a payment, stopped each other."""
    schedule_id = schedule(world.coc, world.admin).id
    run_id, paid, row = counted(world.coc, world.admin).id, pay(world, 100), invoice(world.agency, 900, world.admin)
    payment_id, invoice_id, debtor_id = paid.id, row.id, world.agency.id
    held = {
        "schedule": ("fee_schedule", schedule_id, lambda by: visible_schedule(by, schedule_id, lock=True)),
        "run": ("invoice_run", run_id, lambda by: visible_run(by, run_id, lock=True)),
        "invoice": ("invoice", invoice_id, lambda by: locked_invoice(by, invoice_id)),
        "invoices": ("invoice", invoice_id, lambda _: services.locked_invoices([invoice_id])),
        "payments": ("payment", payment_id, lambda _: services.locked_payments(debtor_id)),
    }
    for table, number, hold in held.values():
        with unit_of_work() as session:
            hold(principal_for(session.get_one(Person, world.admin.id), clock.now()))
            points_at(table, number)
            with db.engine.connect() as other, pytest.raises(OperationalError):
                other.execute(text("set lock_timeout = '50ms'"))
                other.execute(text(f"select from {table} where id = {number} for no key update"))


def test_a_payment_does_not_wait_until_an_invoice_is_printed(app, world, monkeypatch):
    row = invoice(world.agency, 900, world.admin)
    seen = []

    def printed(held):
        points_at("invoice", held.id)
        seen.append(held.id)
        raise Unavailable("No printer.", "Wait.")

    monkeypatch.setattr(printing, "keep", printed)
    assert printing.look() == 0
    with pytest.raises(Unavailable):
        printing.file_of(row.id)
    assert seen == [row.id, row.id]
