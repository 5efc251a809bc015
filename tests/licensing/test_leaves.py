"""A leave of more than 45 days locks the license, and the return unlocks it (SON-LI-5); other leaves do not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count, product
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core import clock
from core.audit import verify
from core.db import db
from core.deadlines import State, fire_due
from licensing.access.models import HoldKind, License, LicenseState
from licensing.leaves.models import Leave
from licensing.leaves.rules import TRANSITIONS, Act, LeaveState
from licensing.leaves.services import BACK, LOCK, clock_of
from tests.licensing.acting import give_license, leaving, mails, noted, read, words
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in

_once = count(1)
WEST = ZoneInfo("America/Los_Angeles")
SECOND = timedelta(seconds=1)
FIRST = date(2026, 12, 1)
FIFTH = datetime(2026, 12, 8, 23, 59, 59, tzinfo=WEST)  # Wed 2, Thu 3, Fri 4, Mon 7, Tue 8


@pytest.fixture
def sonoma(app, travel):
    travel(datetime(2026, 11, 20, 12, tzinfo=WEST))
    return make_world("sonoma", tz="America/Los_Angeles")


@pytest.fixture
def held(sonoma):
    return give_license(sonoma.end_user, sonoma.agency)


def last(days, first=FIRST):
    return first + timedelta(days=days - 1)


def tell(client, person, held, first, last, **values):
    form = {"once": f"leave-{next(_once)}", "first_day": first.isoformat(), "last_day": last.isoformat(), **values}
    return sign_in(client, person).post(f"/leaves/new/{held.id}", data=form)


def told(client, person, held, first, last):
    answer = tell(client, person, held, first, last)
    assert answer.status_code == 302, words(answer)
    return fresh(Leave, int(answer.location.rsplit("/", 1)[1]))


def fresh(model, number):
    row = db.session.get_one(model, number)
    db.session.refresh(row)
    return row


def state(held):
    return fresh(License, held.id).state


def do(client, person, row, deed, **values):
    return sign_in(client, person).post(f"/leaves/{row.id}/{deed}", data=values)


def test_every_pair_of_state_and_act():
    allowed = {pair for pair in product(LeaveState, Act) if pair in TRANSITIONS}
    assert allowed == {(LeaveState.RUNNING, act) for act in Act}


@pytest.mark.rule("SON-LI-5")
@pytest.mark.parametrize(("days", "is_locked"), [(45, False), (46, True)])
def test_a_leave_of_46_days_locks_at_its_first_instant_and_one_of_45_does_not(
    client, sonoma, held, travel, days, is_locked
):
    row = told(client, sonoma.representative, held, FIRST, last(days))
    start = datetime(2026, 12, 1, tzinfo=WEST)
    travel(start - SECOND)
    fire_due()
    assert state(held) is LicenseState.ACTIVE
    travel(start)
    fire_due()
    assert (state(held) is LicenseState.SUSPENDED) is is_locked
    page = read(client, sonoma.representative, f"/leaves/{row.id}")
    assert ("more than 45: the license is locked from the first day (SON-LI-5)" in page) is is_locked
    row = fresh(Leave, row.id)
    if not is_locked:
        assert (row.locked_at, clock_of(row, LOCK)) == (None, None)
        return
    lock = clock_of(row, LOCK)
    assert (row.locked_at, lock.state, lock.due_at, lock.rule) == (start, State.MET, FIFTH, "SON-LI-5")
    (one,) = fresh(License, held.id).open_holds
    assert (one.kind, "SON-LI-5" in one.words) == (HoldKind.LEAVE, True)


@pytest.mark.rule("SON-LI-5")
@pytest.mark.parametrize(("seconds", "is_late"), [(-1, False), (0, False), (1, True)])
def test_a_leave_that_is_told_late_locks_at_once_and_the_fifth_business_day_is_the_last_on_time(
    client, sonoma, held, travel, seconds, is_late
):
    travel(FIFTH + seconds * SECOND)
    row = told(client, sonoma.administrator, held, FIRST, last(90))
    assert state(held) is LicenseState.SUSPENDED
    lock = clock_of(row, LOCK)
    assert (lock.due_at, lock.was_late) == (FIFTH, is_late)
    assert list(verify()) == []


@pytest.mark.rule("SON-LI-5")
def test_the_return_unlocks_at_once_on_the_day_or_sooner(client, sonoma, held, travel):
    row = told(client, sonoma.representative, held, FIRST, last(90))
    early = do(client, sonoma.administrator, row, "return")
    assert early.status_code == 409
    assert "This leave has not begun yet." in words(early)
    travel(datetime(2026, 12, 20, 9, tzinfo=WEST))
    fire_due()
    assert state(held) is LicenseState.SUSPENDED
    assert do(client, sonoma.administrator, row, "return").status_code == 302
    assert state(held) is LicenseState.ACTIVE
    row = fresh(Leave, row.id)
    assert (row.state, row.returned_at, clock_of(row, BACK).state) == (LeaveState.RETURNED, clock.now(), State.MET)
    again = do(client, sonoma.administrator, row, "return")
    assert again.status_code == 409
    assert "Tam Nguyen noted it: this leave is returned" in words(again)
    assert {one.subject for one in mails("licensing-news") if one.person_id == sonoma.end_user.id} == {
        "Your HMIS license is locked",
        "Your HMIS license is active again",
    }


@pytest.mark.rule("SON-LI-5")
def test_a_leave_that_grows_beyond_45_days_while_it_lasts_locks_when_that_is_told(client, sonoma, held, travel):
    row = told(client, sonoma.representative, held, FIRST, last(30))
    at = datetime(2026, 12, 28, 9, tzinfo=WEST)
    travel(at)
    fire_due()
    assert state(held) is LicenseState.ACTIVE
    assert do(client, sonoma.representative, row, "move", **{"move-last_day": last(46).isoformat()}).status_code == 302
    row = fresh(Leave, row.id)
    assert (state(held), row.locked_at, clock_of(row, LOCK).was_late) == (LicenseState.SUSPENDED, at, False)
    assert do(client, sonoma.representative, row, "move", **{"move-last_day": last(45).isoformat()}).status_code == 302
    assert state(held) is LicenseState.ACTIVE


@pytest.mark.rule("SON-LI-5")
@pytest.mark.parametrize(
    ("first", "start", "due"),
    [
        (date(2027, 3, 14), "2027-03-14T08:00:00+00:00", "2027-03-19T23:59:59-07:00"),
        (date(2027, 11, 7), "2027-11-07T07:00:00+00:00", "2027-11-15T23:59:59-08:00"),
    ],
)
def test_on_the_nights_when_the_clocks_change_it_locks_with_the_day(client, sonoma, held, travel, first, start, due):
    """Its days are the agency's: the first has 23 hours in March, 25 in November, and Veterans Day counts for none."""
    row = told(client, sonoma.representative, held, first, last(60, first))
    assert clock_of(row, LOCK).due_at == datetime.fromisoformat(due)
    travel(datetime.fromisoformat(start) - SECOND)
    fire_due()
    assert state(held) is LicenseState.ACTIVE
    travel(datetime.fromisoformat(start))
    fire_due()
    assert state(held) is LicenseState.SUSPENDED


@pytest.mark.rule("SON-LI-5")
def test_who_does_not_say_that_somebody_is_back_is_asked_and_the_lock_stays(client, sonoma, held, travel):
    row = told(client, sonoma.representative, held, FIRST, last(60))
    over = datetime.combine(last(60), datetime.max.time(), tzinfo=WEST).replace(microsecond=0)
    travel(over)
    fire_due()
    asked = "Is Erin Doyle back from leave?"
    assert asked not in {one.subject for one in mails("licensing-news")}
    travel(over + SECOND)
    fire_due()
    told_to = {one.person_id for one in mails("licensing-news") if one.subject == asked}
    assert told_to == {sonoma.administrator.id, sonoma.representative.id}
    assert state(held) is LicenseState.SUSPENDED
    assert fresh(Leave, row.id).state is LeaveState.RUNNING


def test_another_reason_keeps_it_locked_after_the_return(client, sonoma, held, travel):
    from core.db import unit_of_work
    from licensing.access.holds import hold

    row = told(client, sonoma.representative, held, FIRST, last(60))
    travel(datetime(2026, 12, 2, 9, tzinfo=WEST))
    fire_due()
    with unit_of_work() as session:
        hold(session.get_one(License, held.id), HoldKind.TRAINING, "test", "A training is late.", clock.now())
    assert do(client, sonoma.representative, row, "return").status_code == 302
    assert state(held) is LicenseState.SUSPENDED


def test_a_license_that_ends_takes_the_leave_with_it(client, sonoma, held):
    row = told(client, sonoma.representative, held, FIRST, last(60))
    noted(client, sonoma.representative, sonoma.agency, leaving(sonoma.end_user, "2026-11-20", "11:00"))
    row = fresh(Leave, row.id)
    assert (row.state, row.closed_why) == (LeaveState.CANCELLED, "The license ended.")


def test_a_leave_to_come_can_be_called_off(client, sonoma, held, travel):
    row = told(client, sonoma.representative, held, FIRST, last(60))
    assert do(client, sonoma.representative, row, "cancel").status_code == 302
    travel(datetime(2026, 12, 2, 9, tzinfo=WEST))
    fire_due()
    assert state(held) is LicenseState.ACTIVE


@pytest.mark.parametrize(
    ("first", "last_day", "sentence"),
    [
        ("2026-12-10", "2026-12-01", "The last day lies before the first."),
        ("2026-11-20", "2026-11-19", "The last day lies before the first."),
        ("2026-10-01", "2026-12-01", "has had the license since Fri, Nov 20, 2026."),
        ("2028-01-01", "2028-03-01", "That is more than a year ahead."),
        ("2026-12-01", "2031-12-01", "That is longer than three years."),
        ("soon", "2026-12-01", "This is not a date."),
    ],
)
def test_days_that_cannot_be_are_said_at_their_field_and_nothing_is_written(
    client, sonoma, held, first, last_day, sentence
):
    form = {"once": "x", "first_day": first, "last_day": last_day}
    answer = sign_in(client, sonoma.representative).post(f"/leaves/new/{held.id}", data=form)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert f'value="{last_day}"' in answer.get_data(as_text=True)
    assert db.session.scalar(select(Leave)) is None


def test_the_same_form_twice_is_one_and_a_second_leave_is_refused(client, sonoma, held):
    once = {"once": "the-same"}
    first = tell(client, sonoma.representative, held, FIRST, last(60), **once)
    assert tell(client, sonoma.representative, held, FIRST, last(60), **once).location == first.location
    answer = tell(client, sonoma.representative, held, FIRST, last(50))
    assert answer.status_code == 409
    assert "has a leave from Tue, Dec 1, 2026 already" in words(answer)


def test_where_the_manual_says_nothing_of_leaves_it_locks_nobody(client, app, travel):
    travel(datetime(2026, 11, 20, 12, tzinfo=WEST))
    world = make_world("missouri")
    held = give_license(world.end_user, world.agency)
    told(client, world.representative, held, date(2026, 11, 20), date(2027, 6, 1))
    fire_due()
    assert state(held) is LicenseState.ACTIVE


def test_the_api_tells_lists_moves_and_returns(client, sonoma, held, travel):
    headers = api_headers(sonoma.administrator)
    body = {"first_day": "2026-11-20", "last_day": "2027-02-01"}
    made = client.post(f"/api/v1/licenses/{held.id}/leaves", json=body, headers=headers)
    assert made.status_code == 201, made.json
    assert made.json["locked_at"] is not None
    path = f"/api/v1/leaves/{made.json['id']}"
    moved = client.post(f"{path}/last-day", json={"last_day": "2027-03-01"}, headers=headers)
    assert moved.json["last_day"] == "2027-03-01"
    assert client.post(f"{path}/return", headers=headers).json["state"] == "returned"
    listed = client.get("/api/v1/leaves", headers=api_headers(sonoma.manager)).json
    assert [one["id"] for one in listed["items"]] == [made.json["id"]]
    assert client.get(path, headers=api_headers(sonoma.other_representative)).status_code == 404
