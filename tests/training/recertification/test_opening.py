"""Starting a cycle: the plan page, who owes what by when, once, and as people come and go."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from core.audit import verify
from core.db import db, unit_of_work
from core.people.models import Person, StaffRole
from core.policy import Policy
from core.workcalendar import Calendar, ClosedDays, Years
from licensing.access.models import LicenseState
from tests.licensing.acting import read, words
from tests.support.factories import make_agency, make_coc, make_staff, make_world, member
from tests.support.signing_in import sign_in
from tests.training.acting import did, make_course
from tests.training.recertification.acting import (
    PATH,
    SECOND,
    licensed,
    mails,
    owed,
    owes,
    start,
    started,
    states,
    sweep,
)
from training.recertification import jobs, opening, owing
from training.recertification.models import Campaign, Obligation
from training.recertification.rules import CampaignState, Owes, plan

CHICAGO, NEW_YORK = ZoneInfo("America/Chicago"), ZoneInfo("America/New_York")
OCTOBER = datetime(2026, 10, 1, 9, 0, tzinfo=CHICAGO)
RECERT, GENERAL = "recertification:holders", "general-training:holders"
REPORTING, SECURITY = "reporting-training:holders", "security-training:holders"


@pytest.fixture
def missouri(app, travel):
    travel(OCTOBER.astimezone(UTC))
    return make_world("missouri")


@pytest.fixture
def vermont(app, travel):
    travel(datetime(2026, 3, 2, 9, 0, tzinfo=NEW_YORK).astimezone(UTC))
    return make_world("vermont", tz="America/New_York")


# ------------------------------------------------------------------ recertification in Missouri


@pytest.mark.rule("MO-TR-8")
def test_every_user_owes_the_three_parts_from_the_first_of_october(client, missouri):
    licensed(missouri.end_user, missouri.agency, OCTOBER - timedelta(days=400))
    page = read(client, missouri.admin, PATH)
    assert "Every user recertifies at the start of each HUD fiscal year to keep access." in page
    row = started(client, missouri, RECERT, days="30")
    assert set(states(missouri.end_user)) == {"user-agreement", "security-and-privacy", "data-standards"}
    assert {o.due_at for o in owes(missouri.end_user)} == {
        datetime(2026, 10, 31, 23, 59, 59, tzinfo=CHICAGO).astimezone(UTC)
    }
    told = read(client, missouri.manager, f"{PATH}/{row.id}")
    assert "The manual gives no number of days; the HMIS Lead gives 30, until Sat, Oct 31, 2026." in told
    assert "0 of 3" in told
    assert states(missouri.other_end_user) == {}
    with unit_of_work():
        assert list(verify()) == []


@pytest.mark.rule("MO-TR-8")
@pytest.mark.parametrize(
    ("since", "is_owed"),
    [(datetime(2026, 9, 30, 23, 59, 59, tzinfo=CHICAGO), True), (datetime(2026, 10, 1, tzinfo=CHICAGO), False)],
)
def test_a_hire_just_before_owes_it_and_is_told_that_there_is_no_exception(client, missouri, since, is_owed):
    licensed(missouri.end_user, missouri.agency, since)
    started(client, missouri, RECERT)
    assert bool(owes(missouri.end_user)) is is_owed
    if is_owed:
        page = read(client, missouri.end_user, "/training")
        assert "The license began on Wed, Sep 30, 2026, shortly before." in page
        assert "The manual makes no exception for new users: it is owed." in page


@pytest.mark.rule("MO-TR-8")
def test_what_was_done_since_the_first_of_october_counts_and_what_was_done_before_does_not(client, missouri):
    licensed(missouri.end_user, missouri.agency, OCTOBER - timedelta(days=400))
    standards = make_course(missouri.lead, counts=["data-standards"])
    privacy = make_course(missouri.lead, counts=["security-and-privacy"])
    begins = datetime(2026, 10, 1, tzinfo=CHICAGO)
    did(missouri.end_user.id, standards, begins)
    did(missouri.end_user.id, privacy, begins - SECOND)
    started(client, missouri, RECERT)
    assert states(missouri.end_user) == {
        "data-standards": Owes.MET, "security-and-privacy": Owes.OWED, "user-agreement": Owes.OWED,
    }  # fmt: skip


@pytest.mark.rule("HUD-TR-1")
def test_the_refresher_is_due_with_the_recertification_where_there_is_one(client, missouri):
    licensed(missouri.end_user, missouri.agency, OCTOBER - timedelta(days=400))
    started(client, missouri, "refresher-training:holders", days="45")
    assert set(states(missouri.end_user)) == {"software", "confidentiality-and-privacy", "data-security"}
    assert {o.due_at.astimezone(CHICAGO).date() for o in owes(missouri.end_user)} == {date(2026, 11, 15)}


@pytest.mark.rule("HUD-TR-1")
def test_elsewhere_the_refresher_is_due_a_year_after_it_was_taken(client, vermont):
    licensed(vermont.end_user, vermont.agency, datetime(2026, 1, 5, tzinfo=NEW_YORK))
    did(vermont.end_user.id, make_course(vermont.lead, counts=["software"]), datetime(2026, 2, 1, 8, tzinfo=NEW_YORK))
    started(client, vermont, "refresher-training:holders")
    due = {o.credit: o.due_at.astimezone(NEW_YORK).date() for o in owes(vermont.end_user)}
    assert due == {
        "software": date(2027, 2, 1), "confidentiality-and-privacy": date(2027, 1, 5),
        "data-security": date(2027, 1, 5),
    }  # fmt: skip


# ------------------------------------------------------------------ Vermont's counts


@pytest.mark.rule("VT-TR-8")
def test_two_general_trainings_in_the_calendar_year_of_which_the_series_is_one(client, vermont):
    series = make_course(vermont.lead, counts=["new-user-series", "general"])
    did(vermont.end_user.id, series, datetime(2026, 1, 1, tzinfo=NEW_YORK))
    licensed(vermont.end_user, vermont.agency, datetime(2026, 1, 8, tzinfo=NEW_YORK))
    started(client, vermont, GENERAL)
    row = owed(vermont.end_user)
    assert (row.done, row.times, row.state) == (1, 2, Owes.OWED)
    assert row.due_at == datetime(2026, 12, 31, 23, 59, 59, tzinfo=NEW_YORK).astimezone(UTC)
    did(vermont.end_user.id, make_course(vermont.lead, counts=["general"]))
    assert owed(vermont.end_user).state is Owes.MET


@pytest.mark.rule("VT-TR-8")
@pytest.mark.parametrize(
    ("finished", "state"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, tzinfo=NEW_YORK), Owes.OWED),
        (datetime(2026, 12, 1, tzinfo=NEW_YORK), Owes.EXEMPT),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=NEW_YORK), Owes.EXEMPT),
    ],
)
def test_who_takes_the_series_in_december_owes_no_other_that_year(client, vermont, travel, finished, state):
    started(client, vermont, GENERAL)
    travel(finished.astimezone(UTC))
    did(vermont.end_user.id, make_course(vermont.lead, counts=["new-user-series", "general"]), finished)
    licensed(vermont.end_user, vermont.agency, finished)
    sweep()
    row = owed(vermont.end_user)
    assert (row.state, row.done) == (state, 1)
    if state is Owes.EXEMPT:
        page = read(client, vermont.end_user, "/training")
        assert "The new-user series was completed in December" in page
        assert "no other general training is owed that year" in page


@pytest.mark.rule("VT-TR-8")
def test_december_is_no_exemption_for_who_has_had_the_license_for_long(client, vermont, travel):
    licensed(vermont.end_user, vermont.agency, datetime(2025, 5, 1, tzinfo=NEW_YORK))
    started(client, vermont, GENERAL)
    travel(datetime(2026, 12, 10, 12, tzinfo=NEW_YORK).astimezone(UTC))
    did(vermont.end_user.id, make_course(vermont.lead, counts=["new-user-series", "general"]))
    sweep()
    assert (owed(vermont.end_user).state, owed(vermont.end_user).done) == (Owes.OWED, 1)


@pytest.mark.rule("VT-TR-9")
def test_the_reporting_add_on_asks_for_two_reporting_trainings_besides_the_general_ones(client, vermont):
    held = licensed(vermont.end_user, vermont.agency, datetime(2025, 5, 1, tzinfo=NEW_YORK))
    licensed(vermont.administrator, vermont.agency, datetime(2025, 5, 1, tzinfo=NEW_YORK))
    started(client, vermont, GENERAL)
    started(client, vermont, "reporting-training:reporting")
    assert set(states(vermont.end_user)) == {"general"}
    answer = sign_in(client, vermont.admin).post(f"/access/licenses/{held.id}/reporting", data={"on": "1"})
    assert answer.status_code == 302
    sweep()
    assert states(vermont.end_user) == {"general": Owes.OWED, "reporting": Owes.OWED}
    assert set(states(vermont.administrator)) == {"general"}
    course = make_course(vermont.lead, counts=["reporting"])
    did(vermont.end_user.id, course)
    assert owed(vermont.end_user, "reporting").state is Owes.OWED
    did(vermont.end_user.id, make_course(vermont.lead, counts=["reporting"]))
    assert states(vermont.end_user) == {"general": Owes.OWED, "reporting": Owes.MET}


def test_who_gives_the_add_on_back_owes_no_reporting_training_any_more(client, vermont):
    held = licensed(vermont.end_user, vermont.agency, datetime(2025, 5, 1, tzinfo=NEW_YORK), has_reporting=True)
    started(client, vermont, "reporting-training:reporting")
    assert owed(vermont.end_user).state is Owes.OWED
    sign_in(client, vermont.admin).post(f"/access/licenses/{held.id}/reporting", data={"on": ""})
    sweep()
    assert owed(vermont.end_user).state is Owes.ENDED


# ------------------------------------------------------------------ each person's own year


@pytest.mark.rule("VT-TR-7")
def test_security_is_due_a_year_after_the_last_or_after_the_license(client, vermont):
    course = make_course(vermont.lead, counts=["security"])
    licensed(vermont.end_user, vermont.agency, datetime(2025, 4, 1, tzinfo=NEW_YORK))
    did(vermont.end_user.id, course, datetime(2025, 7, 10, 15, tzinfo=NEW_YORK))
    licensed(vermont.administrator, vermont.agency, datetime(2026, 2, 28, 20, tzinfo=NEW_YORK))
    started(client, vermont, SECURITY)
    assert owed(vermont.end_user).due_at.astimezone(NEW_YORK) == datetime(2026, 7, 10, 23, 59, 59, tzinfo=NEW_YORK)
    assert owed(vermont.administrator).due_at.astimezone(NEW_YORK).date() == date(2027, 2, 28)
    page = read(client, vermont.end_user, "/training")
    assert "It was last done on Thu, Jul 10, 2025, and is done again within 1 year." in page


@pytest.mark.rule("VT-TR-7")
@pytest.mark.rule("SON-TR-1")
@pytest.mark.parametrize(("pack", "zone"), [("vermont", NEW_YORK), ("sonoma", ZoneInfo("America/Los_Angeles"))])
def test_the_next_year_begins_with_the_training_that_met_the_last(client, app, travel, pack, zone):
    travel(datetime(2026, 3, 2, 9, tzinfo=zone).astimezone(UTC))
    world = make_world(pack, tz=zone.key)
    licensed(world.end_user, world.agency, datetime(2025, 6, 1, tzinfo=zone))
    started(client, world, SECURITY)
    travel(datetime(2026, 5, 20, 12, tzinfo=zone).astimezone(UTC))
    did(world.end_user.id, make_course(world.lead, counts=["security"]))
    assert [o.state for o in owes(world.end_user)] == [Owes.MET]
    sweep()
    first, second = owes(world.end_user)
    assert (first.state, second.state, second.number) == (Owes.MET, Owes.OWED, 2)
    assert second.due_at.astimezone(zone) == datetime(2027, 5, 20, 23, 59, 59, tzinfo=zone)
    sweep()
    assert len(owes(world.end_user)) == 2


@pytest.mark.rule("HUD-TR-6")
def test_the_leads_own_staff_owe_the_security_certification_and_those_in_seats_do_not(client, missouri):
    seat = make_staff(missouri.lead, StaffRole.DATA_COMMITTEE, missouri.coc)
    refused = start(client, missouri.admin, missouri, "security-certification:staff")
    assert refused.status_code == 422
    assert "would be late at once" in words(refused)
    started(client, missouri, "security-certification:staff", grace_on="2026-11-15")
    for person in (missouri.agent, missouri.trainer, missouri.manager, missouri.admin):
        assert owed(person).due_at == datetime(2026, 11, 15, 23, 59, 59, tzinfo=CHICAGO).astimezone(UTC)
    assert owes(seat) == []
    assert owes(missouri.end_user) == []
    page = read(client, missouri.agent, "/training")
    assert "The HMIS Lead began with this cycle here and counts nobody late before Sun, Nov 15, 2026." in page


@pytest.mark.rule("HUD-TR-6")
def test_end_users_certify_their_security_where_no_training_of_the_manual_covers_it(client, missouri):
    licensed(missouri.end_user, missouri.agency, datetime(2026, 5, 1, tzinfo=CHICAGO))
    started(client, missouri, "security-certification:holders")
    assert owed(missouri.end_user).due_at.astimezone(CHICAGO).date() == date(2027, 5, 1)


def test_a_training_that_had_run_out_before_the_license_does_not_make_it_late_at_once(client, vermont):
    did(vermont.end_user.id, make_course(vermont.lead, counts=["security"]), datetime(2023, 1, 1, tzinfo=NEW_YORK))
    licensed(vermont.end_user, vermont.agency, datetime(2026, 3, 1, tzinfo=NEW_YORK))
    started(client, vermont, SECURITY)
    assert owed(vermont.end_user).due_at.astimezone(NEW_YORK).date() == date(2027, 3, 1)


# ------------------------------------------------------------------ the same count as the calendar's


ANCHORS = [
    datetime(2024, 2, 29, 12, 0), datetime(2027, 2, 28, 23, 59, 59), datetime(2028, 2, 29, 0, 0),
    datetime(2025, 3, 9, 1, 59, 59), datetime(2025, 3, 9, 3, 0), datetime(2025, 11, 2, 1, 30),
    datetime(2026, 3, 8, 12, 0), datetime(2026, 11, 1, 0, 30), datetime(2026, 12, 31, 23, 59, 59),
    datetime(2027, 1, 1, 0, 0), datetime(2026, 7, 4, 18, 0, 0, 500_000),
]  # fmt: skip


@pytest.mark.parametrize("zone", ["America/Chicago", "America/New_York", "America/Los_Angeles"])
@pytest.mark.parametrize("day_ends", [time(23, 59, 59), time(17, 0), time(1, 30), time(2, 30)])
def test_the_database_counts_a_year_as_the_calendar_does(app, at_noon, zone, day_ends):
    tz = ZoneInfo(zone)
    world = make_world("sonoma", tz=zone)
    people = [member(world.agency) for _ in ANCHORS]
    for person, naive in zip(people, ANCHORS, strict=True):
        licensed(person, world.agency, naive.replace(tzinfo=tz) - timedelta(days=1200))
        did(person.id, make_course(world.lead, counts=["security"]), naive.replace(tzinfo=tz).astimezone(UTC))
    policy: Policy = opening.policy_for(world.coc, date(2026, 11, 20))
    asked = next(one for one in plan(policy) if one.cycle == "security-training")
    row = opening.draft(world.lead, world.coc, asked, opening.Choice(), at_noon)
    row.day_ends = day_ends
    told = db.session.execute(owing.missing(owing.of_one(row), datetime(2030, 1, 1, tzinfo=UTC))).all()
    due = {one.person_id: one.due_at for one in told}
    calendar = Calendar(tz, ClosedDays(), day_ends)
    for person, naive in zip(people, ANCHORS, strict=True):
        assert due[person.id] == calendar.due(naive.replace(tzinfo=tz), Years(1)).at.astimezone(UTC), naive


# ------------------------------------------------------------------ once


def test_the_same_form_twice_and_a_second_start_are_one_campaign(client, missouri):
    licensed(missouri.end_user, missouri.agency, OCTOBER - timedelta(days=400))
    first = started(client, missouri, RECERT)
    again = started(client, missouri, RECERT)
    assert again.id == first.id
    refused = start(client, missouri.manager, missouri, RECERT, once="another")
    assert (refused.status_code, "This cycle was started before." in words(refused)) == (409, True)
    assert len(owes(missouri.end_user)) == 3


def test_two_processes_that_look_at_once_write_each_row_once(client, missouri, app):
    started(client, missouri, RECERT)
    people = [member(missouri.agency) for _ in range(20)]
    for person in people:
        licensed(person, missouri.agency, OCTOBER - timedelta(days=400))

    def look(_: int) -> int:
        with app.app_context():
            try:
                return jobs.keep_up_all()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(look, range(4)))
    assert sum(written) == 60
    assert db.session.scalar(select(func.count()).select_from(Obligation)) == 60


def test_one_license_is_one_row_for_each_agency(client, missouri):
    other = make_agency(missouri.coc, "Second House")
    licensed(missouri.end_user, missouri.agency, OCTOBER - timedelta(days=400))
    licensed(missouri.end_user, other, OCTOBER - timedelta(days=400))
    started(client, missouri, RECERT)
    assert {(o.agency_id, o.credit) for o in owes(missouri.end_user)} == {
        (agency.id, credit)
        for agency in (missouri.agency, other)
        for credit in ("user-agreement", "security-and-privacy", "data-standards")
    }
    did(missouri.end_user.id, make_course(missouri.lead, counts=["data-standards"]))
    assert {o.state for o in owes(missouri.end_user, "data-standards")} == {Owes.MET}


# ------------------------------------------------------------------ as time goes on


def test_the_next_year_opens_by_itself_on_its_first_day_with_the_same_days(client, missouri, travel):
    licensed(missouri.end_user, missouri.agency, OCTOBER - timedelta(days=400))
    first = started(client, missouri, RECERT, days="20")
    did(missouri.end_user.id, make_course(missouri.lead, counts=["user-agreement", "security-and-privacy"]))
    travel(datetime(2027, 9, 30, 23, 59, 59, tzinfo=CHICAGO).astimezone(UTC))
    sweep()
    assert db.session.scalar(select(func.count()).select_from(Campaign)) == 1
    travel(datetime(2027, 10, 1, 0, 0, tzinfo=CHICAGO).astimezone(UTC))
    sweep()
    sweep()
    db.session.expire_all()
    rows = db.session.scalars(select(Campaign).order_by(Campaign.id)).all()
    assert [(r.state, r.period_from, r.due_on) for r in rows] == [
        (CampaignState.OVER, date(2026, 10, 1), date(2026, 10, 21)),
        (CampaignState.OPEN, date(2027, 10, 1), date(2027, 10, 21)),
    ]
    assert first.id == rows[0].id
    assert len(owes(missouri.end_user)) == 6


def test_a_cycle_can_wait_for_its_next_year(client, missouri, travel):
    licensed(missouri.end_user, missouri.agency, OCTOBER - timedelta(days=400))
    row = started(client, missouri, RECERT, first="next")
    assert (row.state, owes(missouri.end_user)) == (CampaignState.PLANNED, [])
    assert "It begins by itself on Fri, Oct 1, 2027" in read(client, missouri.admin, f"{PATH}/{row.id}")
    travel(datetime(2027, 9, 30, 23, 59, 59, tzinfo=CHICAGO).astimezone(UTC))
    sweep()
    assert owes(missouri.end_user) == []
    travel(datetime(2027, 10, 1, tzinfo=CHICAGO).astimezone(UTC))
    sweep()
    assert len(owes(missouri.end_user)) == 3


def test_who_gets_a_license_later_owes_the_rest_of_the_calendar_year(client, vermont, travel):
    started(client, vermont, GENERAL)
    travel(datetime(2026, 6, 1, 9, tzinfo=NEW_YORK).astimezone(UTC))
    held = licensed(vermont.end_user, vermont.agency, datetime(2026, 6, 1, 8, tzinfo=NEW_YORK))
    sweep()
    assert owed(vermont.end_user).state is Owes.OWED
    with unit_of_work():
        row = db.session.get_one(type(held), held.id)
        row.state, row.ended_at = LicenseState.ENDED, datetime(2026, 6, 2, tzinfo=NEW_YORK)
    sweep()
    assert owed(vermont.end_user).state is Owes.ENDED
    licensed(vermont.end_user, vermont.agency, datetime(2026, 6, 1, 8, tzinfo=NEW_YORK))
    sweep()
    assert [o.state for o in owes(vermont.end_user)] == [Owes.ENDED, Owes.OWED]


# ------------------------------------------------------------------ the plan page


def test_the_preview_says_how_many_would_owe_what_and_writes_nothing(client, missouri):
    licensed(missouri.end_user, missouri.agency, OCTOBER - timedelta(days=400))
    licensed(missouri.administrator, missouri.agency, OCTOBER - timedelta(days=400))
    did(missouri.end_user.id, make_course(missouri.lead, counts=["data-standards"]))
    answer = start(client, missouri.admin, missouri, RECERT, preview="1", days="10", grace_on="2026-10-25")
    page = words(answer)
    assert answer.status_code == 200
    assert "People who would owe something 2" in page
    assert "Trainings owed 5" in page
    assert "Done already 1" in page
    assert "By Sun, Oct 25, 2026" in page
    assert db.session.scalar(select(func.count()).select_from(Campaign)) == 0


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"days": "0"}, "Give from 1 to 364 days."),
        ({"days": "365"}, "Give from 1 to 364 days."),
        ({"days": ""}, "Give a number of days."),
        ({"grace_on": "2026-09-30"}, "This day is past."),
        ({"grace_on": "2027-10-01"}, "This day is too late"),
        ({"grace_on": "soon"}, "This is not a date."),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_and_what_was_typed_stays(client, missouri, values, says):
    answer = start(client, missouri.admin, missouri, RECERT, **values)
    assert (answer.status_code, says in words(answer)) == (422, True)
    assert db.session.scalar(select(func.count()).select_from(Campaign)) == 0


@pytest.mark.parametrize("days", ["1", "364"])
def test_the_first_and_the_last_number_of_days(client, missouri, days):
    assert started(client, missouri, RECERT, days=days).days == int(days)


def test_who_works_for_one_coc_starts_its_cycles_and_no_others(client, missouri):
    elsewhere = make_coc(missouri.lead, "vermont")
    assert start(client, missouri.manager, missouri, RECERT).status_code == 302
    answer = start(client, missouri.manager, missouri, GENERAL, coc=str(elsewhere.id))
    assert answer.status_code == 404
    assert start(client, missouri.manager, missouri, "security-certification:staff").status_code == 404
    assert start(client, missouri.trainer, missouri, RECERT).status_code == 403
    assert start(client, missouri.administrator, missouri, RECERT).status_code == 403


def test_everybody_is_told_what_they_owe_when_it_opens_in_one_mail(client, missouri):
    licensed(missouri.end_user, missouri.agency, OCTOBER - timedelta(days=400))
    started(client, missouri, RECERT)
    sweep()
    sweep()
    [mail] = mails("training-due")
    assert mail.person_id == missouri.end_user.id
    for part in ("User policy and responsibilities agreement", "Data standards training", "by Sat, Oct 31, 2026"):
        assert part in mail.body_text
    assert "MO-TR-8" in mail.body_text
    assert db.session.get_one(Person, missouri.end_user.id).email == mail.address
