"""The monthly review of an agency's users, at its boundaries, through the pages, the mails and the API. HUD-LI-5."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.deadlines import Deadline, State, fire_due
from core.people.models import Agency, AgencyStatus, Person
from core.policy import catalog
from licensing.access.models import HoldKind, License, LicenseHold, LicenseState
from licensing.access.services import end_license
from licensing.access.services import hold as hold_agency
from licensing.departures.models import DepartureNotice, Reason
from licensing.reviews import queries as review_queries
from licensing.reviews import rules
from licensing.reviews import services as review_services
from licensing.reviews.jobs import open_all
from licensing.reviews.models import AccessReview, ReviewLine
from licensing.reviews.rules import Answer, ReviewState
from tests.licensing.acting import give_license, leaving, mails, noted, read, words
from tests.licensing.test_races import at_once
from tests.support.counting import queries as counted_queries
from tests.support.factories import make_world, member
from tests.support.signing_in import api_headers, sign_in

CHICAGO = ZoneInfo("America/Chicago")
SECOND = timedelta(seconds=1)
OCT1 = datetime(2026, 10, 1, 5, 0, tzinfo=UTC)  # midnight in Chicago
DUE = datetime(2026, 10, 17, 4, 59, 59, tzinfo=UTC)  # ten business days, Columbus Day not among them
pytestmark = pytest.mark.rule("HUD-LI-5")


@pytest.fixture
def world(app, travel):
    travel(OCT1 - timedelta(days=10))
    return make_world("missouri")


@pytest.fixture
def opened(client, world, travel):
    """The review of October, of two users."""
    users = [member(world.agency, name=name) for name in ("Ann Ames", "Bea Bird")]
    for one in users:
        give_license(one, world.agency)
    assert sign_in(client, world.admin).post("/reviews/begin").status_code == 302
    open_all()
    for line in lines():
        answer(client, world.administrator, line, answer="stays")
    travel(OCT1)
    assert open_all() == 1
    return users


def the() -> AccessReview:
    db.session.expire_all()
    return db.session.scalars(select(AccessReview).order_by(AccessReview.id.desc()).limit(1)).one()


def lines() -> list[ReviewLine]:
    return list(db.session.scalars(select(ReviewLine).where(ReviewLine.review_id == the().id).order_by(ReviewLine.id)))


def answer(client, by, line, **fields):
    return sign_in(client, by).post(f"/reviews/{line.review_id}/lines/{line.id}", data=fields)


def clock_of(row) -> Deadline:
    query = select(Deadline).where(Deadline.kind == "access-review", Deadline.subject_id == row.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def states(world) -> list[LicenseState]:
    db.session.expire_all()
    return list(
        db.session.scalars(select(License.state).where(License.agency_id == world.agency.id).order_by(License.id))
    )


def test_each_month_begins_by_the_agency_s_clocks_and_nobody_is_asked_twice(client, world, travel):
    give_license(world.end_user, world.agency)
    assert open_all() == 0, "nothing before the Lead has begun"
    sign_in(client, world.admin)
    for _ in range(2):
        client.post("/reviews/begin")
    assert [open_all(), open_all()] == [1, 0]
    assert the().period == date(2026, 9, 1)
    travel(OCT1 - SECOND)
    assert open_all() == 0
    travel(OCT1)
    assert [open_all(), open_all()] == [1, 0]
    assert the().period == date(2026, 10, 1)
    assert sign_in(client, world.admin).post("/reviews/stop").status_code == 302
    travel(OCT1 + timedelta(days=31))
    assert open_all() == 0
    assert sign_in(client, world.admin).post("/reviews/stop").status_code == 409


def test_an_agency_without_users_or_not_taking_part_is_not_asked(client, world, travel):
    sign_in(client, world.admin).post("/reviews/begin")
    assert open_all() == 0
    give_license(world.end_user, world.agency)
    with unit_of_work() as session:
        session.get_one(Agency, world.agency.id).status = AgencyStatus.SUSPENDED
    assert open_all() == 0


def test_the_due_second_is_on_time_and_one_later_locks(client, world, opened, travel):
    row = the()
    assert clock_of(row).due_at == DUE
    first, second = lines()
    travel(DUE)
    fire_due()
    assert answer(client, world.representative, first, answer="stays").status_code == 302
    assert states(world) == [LicenseState.ACTIVE] * 2
    travel(DUE + SECOND)
    fire_due()
    fire_due()
    assert states(world) == [LicenseState.ACTIVE, LicenseState.SUSPENDED]
    assert the().state is ReviewState.LATE
    [hold] = db.session.scalars(select(LicenseHold)).all()
    assert (hold.kind, hold.lifted_at) == (HoldKind.REVIEW, None)
    assert "October 2026" in hold.words
    assert {mail.person_id for mail in mails("review-late")} == {
        world.administrator.id, world.representative.id, world.manager.id,
    }  # fmt: skip
    [told] = mails("license-held")
    assert "your agency has not confirmed that you need it" in told.body_text
    assert answer(client, world.administrator, second, answer="stays").status_code == 302
    assert states(world) == [LicenseState.ACTIVE] * 2
    assert the().state is ReviewState.DONE
    assert clock_of(row).state is State.MET
    assert clock_of(row).was_late
    assert "Your agency has confirmed you" in mails("license-restored")[0].body_text


def test_all_confirmed_in_time_locks_nobody(client, world, opened, travel):
    travel(DUE)
    numbers = [line.id for line in lines()]
    answered = sign_in(client, world.administrator).post(f"/reviews/{the().id}/confirm", data={"line": numbers})
    assert answered.status_code == 302
    assert (the().state, clock_of(the()).was_late) == (ReviewState.DONE, False)
    travel(DUE + timedelta(days=1))
    fire_due()
    assert states(world) == [LicenseState.ACTIVE] * 2
    assert mails("review-late") == []


@pytest.mark.parametrize(
    ("tz", "month", "due"),
    [
        (
            "America/Chicago",
            date(2026, 11, 1),
            datetime(2026, 11, 17, 5, 59, 59, tzinfo=UTC),
        ),  # clocks go back that day
        ("America/Chicago", date(2027, 3, 1), datetime(2027, 3, 16, 4, 59, 59, tzinfo=UTC)),  # forward in between
        ("Pacific/Honolulu", date(2026, 11, 1), datetime(2026, 11, 17, 9, 59, 59, tzinfo=UTC)),
    ],
)
def test_days_are_counted_over_the_nights_when_clocks_change(tz, month, due):
    policy, zone = catalog.in_force("missouri", month), ZoneInfo(tz)
    begins = rules.opens_at(month, zone)
    assert begins.astimezone(zone).replace(tzinfo=None) == datetime(month.year, month.month, 1)
    assert rules.due(policy, month, begins, zone, ()).due.replace(microsecond=0) == due


def test_reminders_come_when_the_pack_says_and_only_while_somebody_is_left(client, world, opened, travel):
    travel(DUE - timedelta(days=5) - SECOND)
    fire_due()
    assert mails("review-reminder") == []
    travel(DUE - timedelta(days=5))
    fire_due()
    assert len(mails("review-reminder")) == 2
    assert mails("review-reminder")[0].subject.startswith("2 of 2")
    for line in lines():
        answer(client, world.administrator, line, answer="stays")
    travel(DUE - timedelta(days=1))
    fire_due()
    assert len(mails("review-reminder")) == 2


def test_who_has_left_is_a_departure_notice(client, world, opened, travel):
    travel(OCT1 + timedelta(hours=12))
    first, second = lines()
    page = words(answer(client, world.administrator, first, answer="left"))
    assert "Give the last day and the time." in page
    at_once = {"answer": "left", "left_on": "2026-09-29", "left_at": "16:30"}
    refused = answer(client, world.administrator, first, **at_once)
    assert refused.status_code == 409
    assert "would end at once" in words(refused)
    to_come = {"answer": "left", "left_on": "10/05/2026", "left_at": "4:30 PM"}
    for _ in range(2):
        assert answer(client, world.administrator, first, **to_come).status_code == 302
    [notice] = db.session.scalars(select(DepartureNotice)).all()
    assert (notice.reason, notice.noticed_by_id) == (Reason.LEFT, world.administrator.id)
    assert notice.leaves_at == datetime(2026, 10, 5, 16, 30, tzinfo=CHICAGO)
    assert lines()[0].departure_id == notice.id
    assert answer(client, world.administrator, first, answer="stays").status_code == 409
    assert answer(client, world.administrator, second, **{**at_once, "is_meant": "y"}).status_code == 302
    assert states(world) == [LicenseState.ACTIVE, LicenseState.ENDED]
    assert the().state is ReviewState.DONE


def test_a_wrong_level_is_said_and_the_lead_is_told(client, world, opened):
    first, _ = lines()
    assert "Say which level is right." in words(answer(client, world.administrator, first, answer="level"))
    for _ in range(2):
        answer(client, world.administrator, first, answer="level", note="Reads only.")
    [mail] = mails("review-level")
    assert (mail.person_id, "Reads only." in mail.body_text) == (world.manager.id, True)
    assert lines()[0].answer is Answer.LEVEL


def test_a_license_that_ends_meanwhile_is_not_asked_about(client, world, opened, travel):
    travel(OCT1 + timedelta(hours=12))
    form = leaving(opened[0], "2026-09-29", "16:30")
    noted(client, world.representative, world.agency, form)
    first, second = lines()
    assert (first.answer, second.answer) == (Answer.LEFT, None)
    travel(DUE + SECOND)
    fire_due()
    assert states(world) == [LicenseState.ENDED, LicenseState.SUSPENDED]


def test_only_the_agency_answers_and_others_see_or_know_nothing(client, world, opened):
    line, path = lines()[0], f"/reviews/{the().id}"
    assert "0 of 2" in read(client, world.manager, "/reviews")
    assert answer(client, world.manager, line, answer="stays").status_code == 403
    assert answer(client, world.director, line, answer="stays").status_code == 403
    assert sign_in(client, world.director).get(path).status_code == 200
    assert sign_in(client, world.other_representative).get(path).status_code == 404
    assert sign_in(client, world.end_user).get(path).status_code == 403


def test_by_api(client, world, opened):
    headers, path = api_headers(world.representative), f"/api/v1/access-reviews/{the().id}"
    [one] = client.get("/api/v1/access-reviews?state=open", headers=headers).json["items"]
    assert (one["answered"], one["total"], one["period"], one["rule"]) == (0, 2, "2026-10-01", "HUD-LI-5")
    first, second = client.get(f"{path}/lines", headers=headers).json["items"]
    done = client.post(f"{path}/confirmation", json={"lines": [first["id"]]}, headers=headers)
    assert (done.status_code, done.json["answered"]) == (200, 1)
    given = {"answer": "not-needed", "left_on": "2026-10-05", "left_at": "12:00:00"}
    told = client.post(f"{path}/lines/{second['id']}/answer", json=given, headers=headers)
    assert told.json["departure_id"] == db.session.scalar(select(DepartureNotice.id))
    assert client.get(path, headers=headers).json["state"] == "done"
    admin = api_headers(world.admin)
    assert client.put("/api/v1/access-review-plan", json={"is_running": False}, headers=admin).json == {"since": None}
    assert client.get("/api/v1/access-review-plan", headers=admin).json == {"since": None}
    again = client.put("/api/v1/access-review-plan", json={"is_running": True}, headers=admin)
    assert again.json == {"since": "2026-10-01"}


def test_pages_ask_as_much_for_many_users_as_for_few(client, world, travel):
    asked = {}
    sign_in(client, world.admin).post("/reviews/begin")
    for month, number in ((9, 3), (10, 20)):
        for n in range(number):
            give_license(member(world.agency, name=f"User {month} {n}"), world.agency)
        travel(datetime(2026, month, 25, 18, 0, tzinfo=UTC))
        open_all()
        sign_in(client, world.administrator)
        for path in ("/reviews", f"/reviews/{the().id}"):
            client.get(path)
            with counted_queries() as told:
                assert client.get(path).status_code == 200
            asked.setdefault(path.rstrip("0123456789"), []).append(len(told))
    assert all(few == many for few, many in asked.values()), asked
    assert db.session.scalar(select(func.count()).select_from(ReviewLine)) == 26


def test_an_answer_can_be_given_anew_once_its_departure_was_undone(client, world, opened, travel):
    travel(OCT1 + timedelta(hours=12))
    first, _ = lines()
    to_come = {"answer": "left", "left_on": "10/05/2026", "left_at": "4:30 PM"}
    assert answer(client, world.administrator, first, **to_come).status_code == 302
    undo = f"/departures/{lines()[0].departure_id}/undo"
    assert sign_in(client, world.representative).post(undo).status_code == 302
    assert answer(client, world.administrator, first, **to_come).status_code == 302
    again = lines()[0].departure_id
    notices = db.session.scalars(select(DepartureNotice).order_by(DepartureNotice.id)).all()
    assert [notice.undone_at is None for notice in notices] == [False, True]
    assert sign_in(client, world.representative).post(f"/departures/{again}/undo").status_code == 302
    assert answer(client, world.administrator, first, answer="stays").status_code == 302
    assert (lines()[0].answer, lines()[0].departure_id) == (Answer.STAYS, None)


def test_of_two_last_ones_answered_for_at_one_time_the_review_is_done_all_the_same(client, world, opened, travel):
    """Neither saw the other, so that nobody closed it; the clock does, and says to nobody that they are late."""
    with unit_of_work() as session:
        session.execute(update(ReviewLine).where(ReviewLine.review_id == the().id).values(answer=Answer.STAYS))
    travel(DUE + SECOND)
    fire_due()
    assert (the().state, mails("review-late")) == (ReviewState.DONE, [])


def test_a_departure_while_the_last_answer_is_written_closes_the_review(app, client, world, opened, travel):
    """Both hold the agency first: the answer, and the end of the last license that nobody answered for."""
    travel(OCT1 + timedelta(hours=12))
    first, second = lines()
    confirming, leaver, agency_id = (first.review_id, first.id), second.person_id, world.agency.id
    person_id = world.administrator.id

    def confirm(session):
        by = principal_for(session.get_one(Person, person_id), clock.now())
        row = review_queries.visible_review(by, confirming[0], lock=True)
        review_services.confirm(row, {confirming[1]}, by, clock.now())
        time.sleep(0.5)

    def leave(session):
        time.sleep(0.2)
        held = session.scalars(select(License).where(License.person_id == leaver, License.agency_id == agency_id)).one()
        hold_agency(held.agency)
        end_license(held, clock.now(), "left")

    assert at_once(app, confirm, leave) == []
    assert [line.answer for line in lines()] == [Answer.STAYS, Answer.LEFT]
    assert the().state is ReviewState.DONE
