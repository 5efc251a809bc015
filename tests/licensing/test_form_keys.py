from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.authz import principal_for
from core.db import db, unit_of_work
from core.errors import Conflict
from licensing.access.models import AccessRequest
from licensing.departures.models import Channel, Reason
from licensing.departures.services import Told, note_departure
from tests.licensing.acting import ask, asked, leaving, tell, words
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


OTHER = [{"name": "Lena Chan"}, {"email": "other@agency.test"}, {"employment": "intern"}, {"job_title": "Nurse"}]


@pytest.mark.parametrize("change", OTHER)
def test_a_request_whose_key_was_used_for_another_comes_back_with_a_fresh_key(client, at_noon, change):
    world = make_world()
    form = asked(world.project, once="one-key")
    first = ask(client, world.representative, form)
    assert ask(client, world.representative, form).location == first.location
    refused = ask(client, world.representative, form | change)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert "sent before, for something else" in words(refused)
    assert next(iter(change.values())) in page
    assert key_in(page) != "one-key"
    assert db.session.scalar(select(func.count()).select_from(AccessRequest)) == 1


@pytest.mark.parametrize("change", [{"left_at": "16:31"}, {"left_on": "2026-11-24"}, {"reason": "transferred"}])
def test_a_notice_whose_key_was_used_for_another_comes_back_with_a_fresh_key(client, at_noon, change):
    world = make_world()
    form = leaving(world.end_user, "2026-11-23", "16:30", once="one-key")
    first = tell(client, world.representative, world.agency, form)
    assert tell(client, world.representative, world.agency, form).location == first.location
    refused = tell(client, world.representative, world.agency, form | change)
    assert refused.status_code == 409
    assert next(iter(change.values())) in refused.get_data(as_text=True)
    fresh = key_in(refused.get_data(as_text=True))
    assert fresh != "one-key"
    again = tell(client, world.representative, world.agency, form | change | {"once": fresh})
    assert "We have a notice for Erin Doyle already" in words(again)


def key_in(page):
    return re.search(r'name="once" type="hidden" value="([^"]*)"', page)[1]


@pytest.mark.parametrize("url", ["/departures/new", "/access/new"])
def test_a_zero_byte_in_the_hidden_key_is_no_error_of_ours(client, at_noon, url):
    world = make_world()
    sign_in(client, world.representative)
    assert client.post(url, data={"once": "a\0b", "agency": str(world.agency.id)}).status_code < 500
