"""A named user acts for another named agency, and only once that agency has signed (VT-LI-1)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.people.models import DesignationKind
from licensing.agreements import standing
from licensing.agreements.rules import Kind
from tests.licensing.acting import give_license
from tests.licensing.agreements.acting import agreements, newest, published, sign
from tests.support.factories import make_world, member
from tests.support.signing_in import api_headers, sign_in


@pytest.mark.rule("VT-LI-1")
def test_a_named_user_acts_for_the_agency_that_signed_and_no_other(client, app, at_noon):
    world = make_world("vermont")
    director = member(world.other_agency, DesignationKind.EXECUTIVE_DIRECTOR, name="Ola Reed")
    give_license(world.end_user, world.agency)
    row = published(world.coc, world.admin, Kind.COORDINATED)
    form = {
        "once": "x", "document": str(row.id), "person": f"{world.end_user.id}-{world.agency.id}",
        "other": str(world.other_agency.id),
    }  # fmt: skip
    for _ in range(2):
        answer = sign_in(client, world.admin).post("/agreements/coordinated/new", data=form)
        assert answer.status_code == 302
    [sent] = agreements(kind=Kind.COORDINATED)
    same = sign_in(client, world.admin).post("/agreements/coordinated/new", data=form | {"other": str(world.agency.id)})
    assert (same.status_code, b"They work at this agency already." in same.data) == (422, True)
    assert sign(client, world.director, sent).status_code == 403
    assert standing.agencies_acted_for(world.end_user.id, clock.now()) == []
    before = clock.now()
    assert sign(client, director, sent).status_code == 302
    assert [one.name for one in standing.agencies_acted_for(world.end_user.id, clock.now())] == ["Casa Sol"]
    assert standing.agencies_acted_for(world.end_user.id, before - timedelta(seconds=1)) == []
    assert newest(id=sent.id).signer_name == "Ola Reed"
    told = client.get(f"/api/v1/agreements/{sent.id}", headers=api_headers(world.representative)).json
    assert (told["other_agency_id"], told["in_force"], len(told["clauses"])) == (world.other_agency.id, True, 6)
