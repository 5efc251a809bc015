"""Who pays changes, or money comes free, while something is overdue: access follows at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.db import db, unit_of_work
from core.deadlines import fire_due
from licensing.billing.fees import agencies as debtors
from licensing.billing.fees.agencies import NewPayer
from licensing.billing.fees.models import Payer
from tests.licensing.acting import give_license
from tests.licensing.billing.making import as_principal
from tests.licensing.billing.owing import again, credit, invoice, pays_for, state, unbalanced
from tests.licensing.billing.test_overdue import DUE, SECOND, pay, states
from tests.support.factories import make_world


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


@pytest.mark.rule("VT-LI-8")
def test_who_pays_from_now_on_does_not_pay_what_was_billed_before(world, travel):
    held = give_license(world.end_user, world.agency)
    invoice(world.agency, 10_000, world.admin, licenses=[held])
    pays_for(world.other_agency, world.agency, world.admin)
    travel(DUE + SECOND)
    fire_due()
    assert states(held) == ["suspended"], "this invoice bills it, and is not paid"


def test_another_payer_frees_what_an_older_debt_held_beside_and_ending_that_holds_it_again(world, travel):
    held = give_license(world.end_user, world.agency)
    invoice(world.agency, 10_000, world.admin)
    travel(DUE + SECOND)
    fire_due()
    assert states(held) == ["suspended"]
    named = NewPayer("payer", world.other_agency, license_id=held.id)
    with unit_of_work():
        payer = debtors.name_payer(world.agency, named, as_principal(world.admin), clock.now())
        number = payer.id
    assert states(held) == ["active"]
    with unit_of_work():
        debtors.end_payer(db.session.get_one(Payer, number), clock.now())
    assert states(held) == ["suspended"]


def test_money_that_a_credit_sets_free_pays_what_has_been_due_longest(world, travel):
    held = give_license(world.end_user, world.agency)
    first = invoice(world.agency, 10_000, world.admin)
    pay(world, 10_000)
    second = invoice(world.agency, 8_000, world.admin)
    travel(DUE + timedelta(hours=1))
    fire_due()
    assert states(held) == ["suspended"]
    credit(again(first), 10_000, world.admin)
    assert (states(held), state(second)) == (["active"], (8_000, 0, 0))
    assert unbalanced(world.agency) == []
