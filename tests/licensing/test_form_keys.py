from __future__ import annotations

from datetime import timedelta

import pytest

from core.authz import principal_for
from core.db import unit_of_work
from core.errors import Conflict
from licensing.departures.models import Channel, Reason
from licensing.departures.services import Told, note_departure
from tests.support.factories import make_world
from tests.support.signing_in import sign_in


def test_a_form_key_used_for_somebody_else_is_a_conflict_and_not_the_same_notice(app, at_noon):
    world = make_world()
    by = principal_for(world.representative, at_noon)
    leaves = at_noon + timedelta(days=9)

    def told(person):
        return Told(person.id, leaves, Reason.LEFT, Channel.FORM, at_noon, by.person_id, "one-key")

    with unit_of_work():
        first = note_departure(world.agency, told(world.end_user), by, at_noon)
    with unit_of_work():
        assert note_departure(world.agency, told(world.end_user), by, at_noon).id == first.id
    with pytest.raises(Conflict, match="sent before"), unit_of_work():
        note_departure(world.agency, told(world.director), by, at_noon)


@pytest.mark.parametrize("url", ["/departures/new", "/access/new"])
def test_a_zero_byte_in_the_hidden_key_is_no_error_of_ours(client, at_noon, url):
    world = make_world()
    sign_in(client, world.representative)
    assert client.post(url, data={"once": "a\0b", "agency": str(world.agency.id)}).status_code < 500
