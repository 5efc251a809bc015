"""Two people at once: the second is told what the first did, and nothing is decided twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from core import clock
from core.authz import principal_for
from core.db import unit_of_work
from core.errors import Conflict
from core.people.models import Person, StaffRole
from licensing.access import queries as access_queries
from licensing.access import services as access
from licensing.access.rules import Act, RequestState
from licensing.departures import queries as departure_queries
from licensing.departures import services as departures
from licensing.departures.rules import DepartureState
from tests.licensing.acting import (
    activate,
    confirm_all,
    decide,
    departure_again,
    leaving,
    license_of,
    mails,
    noted,
    request_again,
    request_made,
    words,
)
from tests.support.factories import make_staff, make_world


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def at_once(app, *deeds):
    """Each deed on a connection of its own, all let go together; returns the sentences of those refused."""
    gate, refused = threading.Barrier(len(deeds)), []

    def run(deed):
        with app.app_context():
            gate.wait()
            try:
                with unit_of_work() as session:
                    deed(session)
            except Conflict as error:
                refused.append(error.message)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return refused


def by(session, person_id):
    return principal_for(session.get_one(Person, person_id), clock.now())


def deciding(request_id, person_id, act):
    def deed(session):
        principal = by(session, person_id)
        row = access_queries.visible_request(principal, request_id, lock=True)
        access.decide(row, principal, act, "Known to us.", clock.now())

    return deed


def test_of_an_approval_and_a_denial_at_once_one_counts_and_the_other_hears_of_it(app, client, world):
    other = make_staff(world.lead, StaffRole.MANAGER, world.coc)
    request_id = request_made(client, world).id
    names = {world.manager.id: world.manager.name, other.id: other.name}
    refused = at_once(
        app, deciding(request_id, world.manager.id, Act.APPROVE), deciding(request_id, other.id, Act.DENY)
    )
    row = request_again(request_id)
    assert len(refused) == 1
    assert refused[0].startswith(f"{names[row.decided_by_id]} {row.state} this request on Fri, Nov 20, 2026")
    assert len(mails("access-approved")) + len(mails("access-denied")) == 1


def test_who_decides_on_an_old_page_is_told_and_keeps_the_words(client, world):
    row = request_made(client, world)
    old = request_again(row.id)
    assert decide(client, world.manager, old).status_code == 302
    client.get("/")
    late = client.post(
        f"/access/{row.id}/deny", data={"decision-reason": "My own words.", "decision-seen": "requested"}
    )
    assert late.status_code == 409
    assert f"{world.manager.name} approved this request on" in words(late)
    assert "My own words." in words(late)
    assert 'name="decision-seen" type="hidden" value="approved"' in late.get_data(as_text=True)
    assert request_again(row.id).state is RequestState.APPROVED


def test_an_approval_can_be_taken_back_by_who_has_seen_it(client, world):
    row = request_made(client, world)
    decide(client, world.manager, row)
    assert decide(client, world.manager, request_again(row.id), "deny", "Not after all.").status_code == 302
    assert request_again(row.id).state is RequestState.DENIED


def test_a_license_is_activated_once(app, client, world):
    row = request_made(client, world)
    decide(client, world.manager, row)
    confirm_all(client, world.manager, row)
    request_id, manager_id = row.id, world.manager.id

    def deed(session):
        held = access_queries.visible_request(by(session, manager_id), request_id, lock=True)
        access.activate(held, clock.now())

    refused = at_once(app, deed, deed)
    assert len(refused) == 1
    assert refused[0].startswith("This request was activated on Fri, Nov 20, 2026")
    assert license_of(request_again(request_id).person, world.agency) is not None
    assert activate(client, world.manager, request_again(request_id)).status_code == 409


def changing(departure_id, person_id, change):
    def deed(session):
        principal = by(session, person_id)
        change(departure_queries.visible_departure(principal, departure_id, lock=True), principal)

    return deed


def test_a_departure_is_undone_once(app, client, world):
    row_id = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-23", "16:30")).id

    def undo(row, principal):
        departures.undo(row, principal, clock.now())

    refused = at_once(app, changing(row_id, world.representative.id, undo), changing(row_id, world.director.id, undo))
    row = departure_again(row_id)
    assert row.state is DepartureState.UNDONE
    assert len(refused) == 1
    assert refused[0].startswith(f"{row.undone_by.name} undid this departure on Fri, Nov 20, 2026")


def test_the_end_in_the_hmis_is_confirmed_once(app, client, world, at_noon, travel):
    row_id = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-23", "16:30")).id
    travel(at_noon + timedelta(days=5))

    def off(row, principal):
        departures.confirm_off(row, principal, f"Seen by {principal.person_id}.", clock.now())

    refused = at_once(app, changing(row_id, world.agent.id, off), changing(row_id, world.manager.id, off))
    row = departure_again(row_id)
    assert len(refused) == 1
    assert refused[0].startswith(f"{row.off_by.name} confirmed this on Wed, Nov 25, 2026")
    assert row.off_evidence == f"Seen by {row.off_by_id}."
