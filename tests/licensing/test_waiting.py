"""Nobody waits for a decision without an end: a reminder, then it goes up, and who asked is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.deadlines import State, deadlines_of, fire_due
from licensing.access.services import DECISION_CLOCK
from licensing.changes.models import LicenseChange
from licensing.changes.services import DECISION_CLOCK as CHANGE_CLOCK
from tests.licensing.acting import decide, mails, request_again, request_made
from tests.licensing.test_changes import asked, fresh, held_by
from tests.support.factories import make_world
from tests.support.signing_in import sign_in

CHICAGO = ZoneInfo("America/Chicago")
ASKED = datetime(2026, 11, 20, 12, tzinfo=CHICAGO)
DUE = datetime(2026, 11, 25, 23, 59, 59, tzinfo=CHICAGO)  # Mon 23, Tue 24, Wed 25
SECOND = timedelta(seconds=1)


@pytest.fixture
def world(app, travel):
    travel(ASKED)
    return make_world("missouri")


def told(subject):
    return {mail.person_id for mail in mails("licensing-news") if mail.subject == subject}


def clock_of(row):
    (one,) = deadlines_of(request_again(row.id), DECISION_CLOCK)
    return one


@pytest.mark.rule("MO-LI-3")
def test_nobody_decides_so_it_goes_up_after_the_last_second_and_who_asked_is_told(client, world, travel):
    row = request_made(client, world)
    assert (clock_of(row).due_at, clock_of(row).rule) == (DUE, "HUD-LI-1")
    travel(DUE - timedelta(days=1))
    fire_due()
    assert told("A decision is due") == {world.manager.id}
    travel(DUE)
    fire_due()
    assert told("A decision is late") == set()
    travel(DUE + SECOND)
    fire_due()
    assert told("A decision is late") == {world.admin.id, world.manager.id}
    assert told("Your request went up to the HMIS Lead") == {world.representative.id}
    assert decide(client, world.manager, row).status_code == 302
    assert (clock_of(row).state, clock_of(row).was_late) == (State.MET, True)


@pytest.mark.parametrize(("deed", "state"), [("deny", State.MET), ("withdraw", State.CANCELLED)])
def test_what_is_decided_or_withdrawn_goes_nowhere(client, world, travel, deed, state):
    row = request_made(client, world)
    if deed == "deny":
        decide(client, world.manager, row, "deny")
    else:
        sign_in(client, world.representative).post(f"/access/{row.id}/withdraw")
    assert clock_of(row).state is state
    travel(DUE + SECOND)
    fire_due()
    assert told("A decision is late") == set()


def test_a_change_of_a_license_has_the_same_clock(client, world, travel):
    number = asked(client, world.representative, held_by(world), "reporting")
    (one,) = deadlines_of(fresh(LicenseChange, number), CHANGE_CLOCK)
    assert (one.due_at, one.opened_at) == (DUE, clock.now())
    travel(DUE + SECOND)
    fire_due()
    assert told("Your request went up to the HMIS Lead") == {world.representative.id}
