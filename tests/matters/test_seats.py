"""Who sits where: named, invited when new, and free again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core import clock
from core.db import db
from core.people.models import LeadStaff, StaffRole
from helpdesk.matters.seats.services import holders
from tests.licensing.acting import read, words
from tests.matters.acting import send, told
from tests.support.factories import make_coc, make_lead, make_staff, make_world


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


def give(client, world, **values):
    form = {"seat": "coc-leadership", "coc": str(world.coc.id), "email": "cora@board.test", "name": "Cora Bly"}
    return send(client, world.admin, "/seats", form | values)


def sitting(world, seat=StaffRole.COC_LEADERSHIP) -> list[str]:
    db.session.expire_all()
    return [person.name for person in holders(seat, world.lead.id, world.coc.id, clock.now())]


def test_somebody_new_is_named_and_invited(client, world):
    assert give(client, world).status_code == 302
    assert sitting(world) == ["Cora Bly"]
    assert told("account-invitation") == ["cora@board.test"]
    assert "Cora Bly" in read(client, world.admin, "/seats")
    assert give(client, world).status_code == 409
    assert sitting(world) == ["Cora Bly"]


def test_somebody_known_is_named_by_their_address(client, world):
    assert give(client, world, email=world.director.email.upper(), name="").status_code == 302
    assert sitting(world) == [world.director.name]
    assert told("account-invitation") == []


def test_a_directors_seat_is_for_the_whole_lead(client, world):
    assert give(client, world, seat="managing-director").status_code == 302
    row = db.session.scalars(select(LeadStaff).where(LeadStaff.role == StaffRole.MANAGING_DIRECTOR)).one()
    assert row.coc_id is None


@pytest.mark.parametrize(
    ("values", "said"),
    [({"email": "nobody"}, "does not look like an e-mail address"), ({"name": ""}, "give their name too")],
)
def test_what_cannot_be_used_is_said(client, world, values, said):
    answer = give(client, world, **values)
    assert answer.status_code == 422
    assert said in words(answer)
    assert sitting(world) == []


def test_a_seat_is_given_up_once_and_nobody_elses(client, world):
    give(client, world)
    row = db.session.scalars(select(LeadStaff).where(LeadStaff.role == StaffRole.COC_LEADERSHIP)).one()
    far = make_lead()
    stranger = make_staff(far, StaffRole.ADMIN, name="Far Admin")
    make_coc(far)
    assert send(client, stranger, f"/seats/{row.id}/leave", {}).status_code == 404
    assert send(client, world.manager, f"/seats/{row.id}/leave", {}).status_code == 403
    assert send(client, world.admin, f"/seats/{row.id}/leave", {}).status_code == 302
    assert sitting(world) == []
    assert send(client, world.admin, f"/seats/{row.id}/leave", {}).status_code == 409
