"""What time in a session earns: by the report, the code and the list, and against the arithmetic."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import openpyxl
import pytest
from sqlalchemy import select

from core.accounts.guard import limiter
from core.audit import AuditEvent
from core.db import db
from core.deadlines import fire_due
from tests.support.factories import World, make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import read, words
from tests.training.sessions.acting import (
    SIX_PM,
    attendance,
    changed,
    comes,
    committed,
    completions,
    do,
    fresh,
    planned,
    zoom,
)
from training.courses.models import Completion
from training.courses.vocabulary import How
from training.sessions.attendance import services
from training.sessions.models import TrainingSession

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world() -> World:
    limiter.reset()
    return make_world("vermont")


def after(row: TrainingSession, travel) -> None:
    travel(row.ends_at)
    fire_due()


def stay(world: World, joined: str, left: str) -> tuple[str, str, str, str]:
    return world.end_user.name, world.end_user.email, f"2026-12-02 {joined}", f"2026-12-02 {left}"


@pytest.mark.rule("VT-TR-6")
@pytest.mark.parametrize(
    ("ends", "joined", "earns"),
    [
        ("19:00", "18:09:59", True),
        ("19:00", "18:10:00", True),
        ("19:00", "18:10:01", False),
        ("20:00", "18:11:59", True),
        ("20:00", "18:12:00", True),
        ("20:00", "18:12:01", False),
    ],
)
def test_missing_more_than_ten_minutes_and_ten_percent_earns_nothing(client, world, travel, ends, joined, earns):
    """Of an hour ten minutes are more, of two hours a tenth: at the limit earns, a second more does not."""
    row = planned(client, world, ends=f"2026-12-02T{ends}")
    after(row, travel)
    committed(client, world, row, zoom(stay(world, joined, f"{ends}:00")))
    found = attendance(row, world.end_user)
    assert (found.is_credited, bool(completions(world.end_user))) == (earns, earns)
    page = words(read(client, world.end_user, f"/training/attendance/{found.id}"))
    assert ("Credit earned" in page) is earns
    assert f"There: 6:{joined[3:5]}" in page
    limit = "12 min" if ends == "20:00" else "10 min"
    assert f"Credit is lost by missing more than {limit}, the greater of" in page
    assert "VT-TR-6" in page


@pytest.mark.rule("VT-TR-6")
def test_early_joining_makes_up_for_nothing_and_two_devices_count_once(client, world, travel):
    row = planned(client, world)
    after(row, travel)
    device = stay(world, "17:00:00", "19:00:00")
    committed(
        client, world, row, zoom(device, stay(world, "18:30:00", "19:10:00"), stay(world, "19:23:00", "20:30:00"))
    )
    found = attendance(row, world.end_user)
    assert (found.attended_seconds, found.missed_seconds, found.is_credited) == (6420, 780, False)
    told = " ".join(found.explanation["because"])
    assert "There: 6:00 PM to 7:10 PM, 7:23 PM to 8:00 PM." in told
    assert "Time before the beginning and after the end does not count." in told
    assert "that time counts once" in told
    assert "missed: 13 min" in told


def test_the_completion_says_how_and_for_which_agency(client, world, travel):
    row = planned(client, world)
    after(row, travel)
    committed(client, world, row, zoom(stay(world, "18:00:00", "20:00:00")))
    (proof,) = completions(world.end_user)
    found = attendance(row, world.end_user)
    assert (proof.how, proof.source_type, proof.source_id) == (How.ATTENDANCE, "attendance", found.id)
    assert (proof.course_id, proof.agency_id, proof.minutes) == (row.course_id, world.agency.id, 120)
    assert proof.at == row.ends_at


def test_without_a_limit_in_the_manual_whoever_attended_at_all_earns_it(client, travel):
    world = make_world("missouri")
    row = planned(client, world)
    after(row, travel)
    committed(client, world, row, zoom(stay(world, "19:59:59", "20:00:00")))
    assert completions(world.end_user)
    assert "sets no limit" in " ".join(attendance(row, world.end_user).explanation["because"])


def test_a_total_earns_and_is_marked_as_unproven(client, world, travel):
    from tests.training.sessions.files import ZOOM_TOTALS

    row = planned(client, world)
    after(row, travel)
    data = ZOOM_TOTALS.format(rows=f"{world.end_user.name},{world.end_user.email},500,No").encode()
    committed(client, world, row, data)
    found = attendance(row, world.end_user)
    assert (found.attended_seconds, found.is_credited, found.is_proven) == (7200, True, False)
    assert "Not all of this time is proven" in read(client, world.trainer, f"/training/attendance/{found.id}")


def test_the_night_the_clocks_change_an_hour_is_an_hour(client, world, travel):
    """11 PM to 3 AM is five hours on November 7, 2027: half an hour may be missed."""
    row = planned(client, world, starts="2027-11-06T23:00", ends="2027-11-07T03:00")
    assert row.ends_at - row.starts_at == timedelta(hours=5)
    after(row, travel)
    name, email = world.end_user.name, world.end_user.email
    committed(client, world, row, zoom((name, email, "2027-11-06 23:30:00", "2027-11-07 03:00:00")))
    assert attendance(row, world.end_user).missed_seconds == 1800
    assert attendance(row, world.end_user).is_credited


# --- deciding otherwise


def decide(client, world, found, decision, reason="Their connection broke; they were in the room."):
    data = {"decision": decision, "reason": reason}
    return sign_in(client, world.trainer).post(f"/training/attendance/{found.id}/override", data=data)


def test_a_trainer_decides_with_a_reason_that_everybody_concerned_reads(client, world, travel):
    row = planned(client, world)
    after(row, travel)
    committed(client, world, row, zoom(stay(world, "18:30:00", "20:00:00")))
    found = attendance(row, world.end_user)
    assert decide(client, world, found, "credit", reason="").status_code == 422
    assert decide(client, world, found, "credit").status_code == 302
    (proof,) = completions(world.end_user)
    assert "connection broke" in proof.reason
    assert "connection broke" in read(client, world.end_user, f"/training/attendance/{found.id}")
    assert "connection broke" in read(client, world.administrator, f"/training/attendance/{found.id}")
    event = select(AuditEvent).where(AuditEvent.action == "attendance.overridden")
    assert db.session.scalars(event).one().data["reason"].startswith("Their connection")
    assert decide(client, world, found, "credit").status_code == 409, "it stands so"


def test_what_is_taken_back_is_revoked_and_given_again_by_a_new_one(client, world, travel):
    row = planned(client, world)
    after(row, travel)
    committed(client, world, row, zoom(stay(world, "18:00:00", "20:00:00")))
    first = attendance(row, world.end_user)
    assert decide(client, world, first, "no-credit", "They only had it run.").status_code == 302
    assert not completions(world.end_user)
    assert decide(client, world, first, "follow", "That was somebody else.").status_code == 302
    second = attendance(row, world.end_user)
    assert second.id != first.id
    assert [proof.source_id for proof in completions(world.end_user)] == [second.id]
    revoked = db.session.scalars(select(Completion).where(Completion.revoked_at.is_not(None))).one()
    assert revoked.revoked_reason == "They only had it run."
    assert sign_in(client, world.trainer).get(f"/training/attendance/{first.id}").status_code == 404


def test_official_times_corrected_afterwards_are_reckoned_anew(client, world, travel):
    row = planned(client, world)
    after(row, travel)
    committed(client, world, row, zoom(stay(world, "18:30:00", "20:00:00")))
    assert not completions(world.end_user)
    answer = changed(client, world, row, starts="2026-12-02T18:25")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    assert completions(world.end_user)


# --- the code


def code_of(row: TrainingSession, at) -> str:
    return services.code_at(fresh(row.id), at)


def shown(client, world, row, travel, at) -> None:
    travel(at)
    assert do(client, world.trainer, row, "code").status_code == 302


def signs_in(client, person, row, code):
    return do(client, person, row, "sign-in", **{"code-code": code})


def test_whoever_types_the_code_in_time_is_there_until_the_end(client, world, travel):
    row = planned(client, world)
    travel(SIX_PM - timedelta(minutes=5))
    assert signs_in(client, world.end_user, row, "ABC234").status_code == 409, "nothing is shown yet"
    shown(client, world, row, travel, SIX_PM - timedelta(minutes=5))
    code = code_of(row, SIX_PM - timedelta(minutes=5))
    assert code[:3] in read(client, world.trainer, f"/training/sessions/{row.id}/code")
    wrong = signs_in(client, world.end_user, row, "ABC234")
    assert (wrong.status_code, "not the code that is shown now" in words(wrong.get_data(as_text=True))) == (422, True)
    assert signs_in(client, world.end_user, row, f" {code[:3].lower()}-{code[3:]} ").status_code == 302
    assert signs_in(client, world.end_user, row, code).status_code == 302, "once more is the same"
    assert attendance(row, world.end_user) is None, "nothing is reckoned before the end"
    after(row, travel)
    found = attendance(row, world.end_user)
    assert (found.attended_seconds, found.is_credited, found.is_proven) == (7200, True, True)


@pytest.mark.parametrize(("seconds", "status"), [(119, 302), (120, 422)])
def test_a_code_is_good_while_it_is_shown_and_a_minute_more(client, world, travel, seconds, status):
    row = planned(client, world)
    shown(client, world, row, travel, SIX_PM)
    code = code_of(row, SIX_PM)
    travel(SIX_PM + timedelta(seconds=seconds))
    assert signs_in(client, world.end_user, row, code).status_code == status


@pytest.mark.rule("VT-TR-6")
@pytest.mark.parametrize(("late", "earns"), [(12 * 60 - 1, True), (12 * 60, True), (12 * 60 + 1, False)])
def test_who_signs_in_late_has_missed_the_time_before(client, world, travel, late, earns):
    row = planned(client, world)
    shown(client, world, row, travel, SIX_PM)
    travel(SIX_PM + timedelta(seconds=late))
    signs_in(client, world.end_user, row, code_of(row, SIX_PM + timedelta(seconds=late)))
    after(row, travel)
    assert attendance(row, world.end_user).is_credited is earns


def test_who_signs_out_is_gone_and_may_come_back(client, world, travel):
    row = planned(client, world)
    shown(client, world, row, travel, SIX_PM)
    signs_in(client, world.end_user, row, code_of(row, SIX_PM))
    travel(SIX_PM + timedelta(minutes=30))
    assert do(client, world.end_user, row, "sign-out").status_code == 302
    assert do(client, world.end_user, row, "sign-out").status_code == 409
    travel(SIX_PM + timedelta(minutes=60))
    signs_in(client, world.end_user, row, code_of(row, SIX_PM + timedelta(minutes=60)))
    after(row, travel)
    assert attendance(row, world.end_user).attended_seconds == 90 * 60
    assert signs_in(client, world.end_user, row, "ABC234").status_code == 409, "it is over"


def test_nobody_guesses_codes_all_day(client, world, travel):
    row = planned(client, world)
    shown(client, world, row, travel, SIX_PM)
    answers = [signs_in(client, world.end_user, row, f"ABC2{n:02}").status_code for n in range(11)]
    assert answers == [422] * 10 + [429]
    assert signs_in(client, world.representative, row, code_of(row, SIX_PM)).status_code == 302, (
        "others are not held up"
    )


# --- the list


def listed(client, world, row, **fields):
    return do(client, world.trainer, row, "attendance", **fields)


def test_the_trainers_list(client, world, travel):
    row = planned(client, world)
    for person in (world.end_user, world.other_end_user, world.director):
        comes(client, person, row)
    one, part, absent = (person.id for person in (world.end_user, world.other_end_user, world.director))
    assert listed(client, world, row, **{f"there-{one}": "all"}).status_code == 409, "it is not over"
    after(row, travel)
    assert f"Attendance of {row.title}" in read(client, world.trainer, "/")
    fields = {
        f"there-{one}": "all", f"there-{part}": "part", f"since-{part}": "18:00", f"until-{part}": "19:00",
        f"there-{absent}": "none", "added": str(world.administrator.id), "is_complete": "y",
    }  # fmt: skip
    assert listed(client, world, row, **fields).status_code == 302
    assert [attendance(row, p).is_credited for p in (world.end_user, world.other_end_user, world.administrator)] == [
        True, False, True,
    ]  # fmt: skip
    assert attendance(row, world.director) is None
    assert fresh(row.id).settled_at
    assert f"Attendance of {row.title}" not in read(client, world.trainer, "/")
    assert listed(client, world, row, **{f"there-{one}": "none"}).status_code == 302
    assert not completions(world.end_user), "a correction takes it back"


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [
        ("", "19:00", "are missing or no times"),
        ("18:00", "noon", "are missing or no times"),
        ("19:00", "18:00", "cannot leave before they came"),
        ("17:00", "19:00", "17:00 is outside of the session"),
    ],
)
def test_times_that_cannot_be_are_named_and_what_was_typed_stays(client, world, travel, since, until, sentence):
    row = planned(client, world)
    comes(client, world.end_user, row)
    after(row, travel)
    number = world.end_user.id
    fields = {f"there-{number}": "part", f"since-{number}": since, f"until-{number}": until}
    answer = listed(client, world, row, **fields)
    assert answer.status_code == 422
    assert sentence in words(answer.get_data(as_text=True))
    assert f'name="until-{number}" value="{until}"' in answer.get_data(as_text=True)


# --- who sees it, and the table to take away


def test_an_agency_sees_its_own_people_and_a_trainee_themselves(client, world, travel):
    row = planned(client, world)
    after(row, travel)
    people = (world.end_user, world.other_end_user)
    committed(
        client,
        world,
        row,
        zoom(*((p.name, p.email, "2026-12-02 18:00:00", "2026-12-02 20:00:00") for p in people)),
    )
    own, other = (attendance(row, person) for person in people)
    for path in ("/training/attendance", f"/training/sessions/{row.id}/attendance", "/training/attendance.csv"):
        page = read(client, world.administrator, path)
        assert world.end_user.name in page
        assert world.other_end_user.name not in page
    for person, status in ((world.end_user, 200), (world.representative, 200), (world.other_end_user, 404)):
        assert sign_in(client, person).get(f"/training/attendance/{own.id}").status_code == status
    assert sign_in(client, world.end_user).get(f"/training/attendance/{other.id}").status_code == 404
    assert sign_in(client, world.end_user).get("/training/attendance").status_code == 403


@pytest.mark.rule("HUD-TR-3")
def test_attendance_to_take_away_by_community_and_period(client, world, travel):
    """Whole days by the viewer's clocks: the session of December 2 is in a period that ends on it, not before."""
    row = planned(client, world, title="Refresher, part 1")
    after(row, travel)
    committed(client, world, row, zoom(stay(world, "18:00:00", "20:00:00")))
    lines = list(csv.reader(StringIO(read(client, world.manager, "/training/attendance.csv"))))
    assert lines[1] == [
        "Refresher, part 1", "2026-12-02T18:00:00-06:00", "America/Chicago", "group", row.course.title, world.coc.code,
        "Harbor House", "Erin Doyle", world.end_user.email, "120", "0", "yes", "the arithmetic", "yes",
    ]  # fmt: skip
    for query, count in (
        ("?since=2026-12-02&until=2026-12-02", 1),
        ("?since=2026-12-03&until=2026-12-09", 0),
        ("?since=2026-11-01&until=2026-12-01", 0),
        (f"?coc={world.coc.id}", 1),
        ("?coc=99999", 0),
    ):
        told = list(csv.reader(StringIO(read(client, world.manager, f"/training/attendance.csv{query}"))))
        assert len(told) - 1 == count, query
    with sign_in(client, world.manager).get("/training/attendance.xlsx") as answer:
        sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    assert [cell.value for cell in sheet[2]][7:10] == ["Erin Doyle", world.end_user.email, 120]
    page = words(read(client, world.manager, "/training/attendance"))
    assert "Harbor House" in page
    assert sign_in(client, world.manager).get("/training/attendance.exe").status_code == 404


def test_what_runs_in_a_spreadsheet_is_text(client, world, travel):
    row = planned(client, world, title="=1+1")
    after(row, travel)
    committed(client, world, row, zoom(stay(world, "18:00:00", "20:00:00")))
    assert "'=1+1," in read(client, world.manager, "/training/attendance.csv")


def test_odd_days_in_the_address_are_no_error(client, world):
    for query in ("?since=x&until=9999-99-99", "?since=2027-01-01&until=2026-01-01", "?coc=-1", "?coc=9" + "9" * 30):
        assert sign_in(client, world.manager).get(f"/training/attendance{query}").status_code == 200
