"""What is not used is locked after the pack's days, and the Lead gives it back (SAC-LI-2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.db import db, unit_of_work
from licensing.access.models import HoldKind, License, LicenseState
from licensing.api import seen
from licensing.inactivity.services import lock_unused
from tests.licensing.acting import give_license, mails, read, words
from tests.support.counting import queries
from tests.support.factories import make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.training.acting import did, make_course

DAYS = timedelta(days=90)
SECOND = timedelta(seconds=1)


@pytest.fixture
def sacramento(app, at_noon):
    return make_world("sacramento", tz="America/Los_Angeles")


def fresh(held):
    row = db.session.get_one(License, held.id)
    db.session.refresh(row)
    return row


def last_used(held, at):
    with unit_of_work():
        return seen({held.id: at})


@pytest.mark.rule("SAC-LI-2")
@pytest.mark.parametrize(("ago", "is_locked"), [(DAYS - SECOND, False), (DAYS, True), (DAYS + SECOND, True)])
def test_a_license_unused_for_ninety_days_is_locked(client, sacramento, ago, is_locked):
    held = give_license(sacramento.end_user, sacramento.agency)
    last_used(held, clock.now() - ago)
    lock_unused()
    lock_unused()
    row = fresh(held)
    assert (row.state is LicenseState.SUSPENDED) is is_locked
    if is_locked:
        (one,) = row.open_holds
        assert (one.kind, "SAC-LI-2" in one.words) == (HoldKind.INACTIVITY, True)
        (mail,) = mails("licensing-news")
        assert mail.person_id == sacramento.end_user.id


@pytest.mark.rule("SAC-LI-2")
def test_the_lead_unlocks_with_a_reason_and_the_days_count_anew(client, sacramento):
    held = give_license(sacramento.end_user, sacramento.agency)
    last_used(held, clock.now() - DAYS)
    lock_unused()
    path = f"/access/licenses/{held.id}/unused/unlock"
    assert "Last used in the HMIS:" in read(client, sacramento.representative, f"/access/licenses/{held.id}")
    assert sign_in(client, sacramento.administrator).post(path, data={"unlock-reason": "x"}).status_code == 403
    none = sign_in(client, sacramento.manager).post(path, data={"unlock-reason": ""})
    assert (none.status_code, "Say why" in words(none)) == (422, True)
    answer = sign_in(client, sacramento.manager).post(path, data={"unlock-reason": "Took the refresher."})
    assert answer.status_code == 302
    lock_unused()
    assert fresh(held).state is LicenseState.ACTIVE
    again = client.post(
        f"/api/v1/licenses/{held.id}/unused/unlocking", json={"reason": "x"}, headers=api_headers(sacramento.manager)
    )
    assert again.status_code == 409


@pytest.mark.rule("SAC-LI-2")
@pytest.mark.parametrize(("after", "is_told"), [(timedelta(), False), (SECOND, True)])
def test_the_page_of_a_locked_license_says_what_was_learned_since_it_was_last_used(client, sacramento, after, is_told):
    held, course = give_license(sacramento.end_user, sacramento.agency), make_course(sacramento.lead, "Refresher")
    used = clock.now() - DAYS
    last_used(held, used)
    did(sacramento.end_user.id, course, used + after)
    assert "Training since it was last used" not in read(client, sacramento.manager, f"/access/licenses/{held.id}")
    lock_unused()
    for person in (sacramento.manager, sacramento.representative):
        page = read(client, person, f"/access/licenses/{held.id}")
        assert "Training since it was last used" in page
        assert ("Refresher, " in page) == is_told
        assert ("None is on record." in page) == (not is_told)


def test_of_whom_nothing_was_told_nobody_is_locked_and_an_older_word_changes_nothing(client, sacramento):
    held = give_license(sacramento.end_user, sacramento.agency)
    with unit_of_work() as session:
        session.get_one(License, held.id).since = clock.now() - 3 * DAYS
    lock_unused()
    assert fresh(held).state is LicenseState.ACTIVE
    assert last_used(held, clock.now()) == 1
    assert last_used(held, clock.now() - DAYS) == 0
    lock_unused()
    assert fresh(held).state is LicenseState.ACTIVE


def test_where_the_manual_says_nothing_of_it_nobody_is_locked(client, app, at_noon):
    world = make_world("missouri")
    held = give_license(world.end_user, world.agency)
    last_used(held, clock.now() - 5 * DAYS)
    lock_unused()
    assert fresh(held).state is LicenseState.ACTIVE


def test_a_whole_list_of_users_is_one_statement(sacramento):
    rows = [give_license(member(sacramento.agency), sacramento.agency) for _ in range(5)]
    with queries() as asked, unit_of_work():
        assert seen({one.id: clock.now() for one in rows}) == 5
    assert len([one for one in asked if one.startswith("UPDATE")]) == 1
