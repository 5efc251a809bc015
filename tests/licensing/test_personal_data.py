"""No field of a licensing form takes a client's personal data, and what was typed comes back (MO-HD-5)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from core.db import db
from licensing.access.models import AccessRequest
from licensing.access.rules import RequestState
from tests.licensing.acting import ask, asked, decide, request_again, request_made, words
from tests.support.factories import make_world

TOLD = "This has what looks like a client's SSN. Leave it out."


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize("field", ["name", "job_title"])
@pytest.mark.parametrize("typed", ["Nurse 219-09-9999", "SSN 219/09/9999", "219\u00ad-09-9999"])
def test_a_request_for_access_takes_no_clients_number(client, at_noon, field, typed):
    world = make_world()
    refused = ask(client, world.representative, asked(world.project, **{field: typed}))
    assert refused.status_code == 422
    assert TOLD in words(refused)
    assert typed.replace("\u00ad", "") in refused.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(AccessRequest)) == 0


@pytest.mark.rule("MO-HD-5")
def test_a_reason_takes_no_clients_number(client, at_noon):
    world = make_world()
    row = request_made(client, world)
    refused = decide(client, world.manager, row, "deny", "Her client, SSN 219 09 9999")
    assert refused.status_code == 422
    assert TOLD in words(refused)
    assert "SSN 219 09 9999" in refused.get_data(as_text=True)
    assert request_again(row.id).state is RequestState.REQUESTED
