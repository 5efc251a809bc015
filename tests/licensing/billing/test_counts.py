"""A list asks the database as often for many rows as for few."""

from __future__ import annotations

import pytest

from licensing.billing.invoices import running
from tests.licensing.billing.making import FLAT, counted, run_issued, schedule
from tests.support.counting import queries
from tests.support.factories import make_agency, make_world
from tests.support.signing_in import sign_in


@pytest.mark.parametrize("path", ["/invoices", "/invoices?shown=overdue", "/invoices/runs/{run}", "/fees", "/"])
def test_a_page_of_many_takes_as_many_statements_as_one_of_few(app, at_noon, client, path):
    def cost(count):
        world = make_world("vermont", "America/New_York")
        schedule(world.coc, world.admin, FLAT)
        for number in range(count):
            make_agency(world.coc, f"House {number}")
        run = (counted if path == "/" else run_issued)(world.coc, world.admin)
        running.work()
        signed = sign_in(client, world.manager)
        signed.get(path.format(run=run.id))
        with queries() as asked:
            assert signed.get(path.format(run=run.id)).status_code == 200
        return len(asked)

    few = cost(1)
    assert cost(12) <= few
