"""The matrix of requirements by agency and person: who stands where, by which day, on the pages, in files, by API."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.deadlines import Deadline
from core.people.models import StaffRole
from tests.licensing.acting import read, words
from tests.support.counting import queries
from tests.support.factories import make_agency, make_staff, make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.training.acting import begin, did, enrollment_of, make_course, make_series
from tests.training.recertification.acting import SECOND, licensed, owes, started
from training.recertification import jobs
from training.series import services
from training.series.services import Wish

CENTRAL = ZoneInfo("America/Chicago")
PATH = "/training/requirements"
API = "/api/v1/training/requirements"
BEGAN = datetime(2026, 10, 1, 9, tzinfo=CENTRAL)
DUE = datetime(2026, 10, 31, 23, 59, 59, tzinfo=CENTRAL)
LONG_AGO = datetime(2025, 6, 1, tzinfo=CENTRAL)
RECERT = "recertification:holders"


@pytest.fixture
def world(app, travel):
    travel(BEGAN.astimezone(UTC))
    return make_world("missouri")


@pytest.fixture
def campaign(client, world):
    licensed(world.end_user, world.agency, LONG_AGO)
    licensed(world.other_end_user, world.other_agency, LONG_AGO)
    return started(client, world, RECERT)


def enrolled(world, person, agency=None, title="Basics"):
    row = make_series(world, make_course(world.lead, title))
    with unit_of_work():
        return services.enroll(row, person, agency or world.agency, Wish(), clock.now())


def names(page: str) -> list[str]:
    """Who stands on the page, in its order."""
    body = page[page.index("What is required of each person") :] if "What is required of each person" in page else ""
    known = ("Erin Doyle", "Olga Finch", "Rosa Lind", "Tam Nguyen", "Sol Ortiz", "Dana Reyes", "Omar Hale")
    return sorted((name for name in known if name in body), key=body.index)


# ------------------------------------------------------------------ what a line says


@pytest.mark.rule("MO-TR-8")
def test_a_requirement_is_late_from_the_second_after_its_last_one(client, world, campaign, travel):
    travel(DUE.astimezone(UTC))
    assert "Due by Sat, Oct 31, 2026" in read(client, world.administrator, PATH)
    assert names(read(client, world.administrator, f"{PATH}?show=late")) == []
    travel((DUE + SECOND).astimezone(UTC))
    assert "Late since Sat, Oct 31, 2026" in read(client, world.administrator, PATH)
    assert names(read(client, world.administrator, f"{PATH}?show=late")) == ["Erin Doyle"]


@pytest.mark.parametrize(
    ("before", "shown"),
    [(timedelta(days=30, seconds=1), []), (timedelta(days=30), ["Erin Doyle"]), (-SECOND, [])],
)
def test_due_soon_is_from_thirty_days_before_until_it_is_late(client, world, campaign, travel, before, shown):
    travel((DUE - before).astimezone(UTC))
    assert names(read(client, world.administrator, f"{PATH}?show=soon")) == shown


@pytest.mark.rule("MO-TR-8")
def test_what_is_done_says_until_when(client, world, campaign):
    did(world.end_user.id, make_course(world.lead, counts=[row.credit for row in owes(world.end_user)]))
    page = read(client, world.administrator, PATH)
    assert "Done until Thu, Sep 30, 2027" in page
    assert "Due by" not in page
    assert "Erin Doyle" in read(client, world.administrator, f"{PATH}?show=settled")


def test_who_is_excused_is_exempt_until_the_year_ends(client, world, campaign):
    row = owes(world.end_user)[0]
    form = {"once": "x", "reason": "On leave until January."}
    sign_in(client, world.manager).post(f"/training/recertification/obligations/{row.id}/excuse", data=form)
    page = read(client, world.administrator, PATH)
    assert ("Exempt until Thu, Sep 30, 2027" in page, "Due by" in page) == (True, True)


@pytest.mark.rule("SON-TR-1")
def test_a_year_of_ones_own_is_done_until_it_runs_out_and_due_from_thirty_days_before(client, app, travel):
    travel(BEGAN.astimezone(UTC))
    world = make_world("sonoma", "America/Los_Angeles")
    licensed(world.end_user, world.agency, LONG_AGO)
    did(world.end_user.id, make_course(world.lead, counts=["security"]), BEGAN - timedelta(days=30))
    started(client, world, "security-training:holders")
    due = owes(world.end_user)[0].due_at
    travel(due - timedelta(days=30, seconds=1))
    assert "Done until" in read(client, world.administrator, PATH)
    travel(due - timedelta(days=30))
    page = read(client, world.administrator, PATH)
    assert ("Done until" in page, "Due by" in page) == (False, True)


@pytest.mark.rule("VT-TR-2")
def test_a_series_says_its_days_while_they_run_and_that_they_ran_out(client, app, travel):
    travel(BEGAN.astimezone(UTC))
    world = make_world("vermont", "America/New_York")
    enrolled(world, world.end_user)
    assert "Not begun" in read(client, world.administrator, PATH)
    begin(client, world.end_user, enrollment_of(world.end_user.id))
    due = min(row.due_at for row in _clocks())
    travel(due)
    assert names(read(client, world.administrator, f"{PATH}?show=late")) == []
    travel(due + SECOND)
    assert names(read(client, world.administrator, f"{PATH}?show=late")) == ["Erin Doyle"]
    assert "0 of 1" not in read(client, world.administrator, PATH)


def _clocks():
    return db.session.scalars(select(Deadline).where(Deadline.subject_type == "enrollment")).all()


# ------------------------------------------------------------------ the order, and who stands in it


def test_what_is_due_stands_before_what_has_no_day_and_that_before_who_is_done(client, world, campaign):
    enrolled(world, world.representative)
    page = read(client, world.administrator, PATH)
    assert names(page)[:2] == ["Erin Doyle", "Rosa Lind"]
    assert set(names(page)[2:]) == {"Tam Nguyen", "Sol Ortiz", "Dana Reyes"}


def test_a_series_that_ends_sooner_than_the_years_trainings_stands_for_its_person(client, app, travel):
    travel(BEGAN.astimezone(UTC))
    world = make_world("vermont", "America/New_York")
    for person in (world.end_user, world.representative):
        licensed(person, world.agency, LONG_AGO)
    started(client, world, "general-training:holders")
    enrolled(world, world.representative)
    begin(client, world.representative, enrollment_of(world.representative.id))
    page = read(client, world.administrator, PATH)
    assert names(page)[:2] == ["Rosa Lind", "Erin Doyle"]
    told = client.get(API, headers=api_headers(world.administrator)).json["items"]
    assert len(told) == len({one["person_id"] for one in told}) == 5


def test_pages_meet_without_a_gap_or_a_double_both_ways(client, world, campaign):
    for number in range(30):
        person = member(world.agency, name=f"Pat Ames {number:02}")
        if number % 2:
            licensed(person, world.agency, LONG_AGO)
        if number % 5 == 0:
            enrolled(world, person, title=f"Basics {number}")
    jobs.keep_up_all()
    seen, cursors, link = [], [], PATH
    sign_in(client, world.agent)
    while link:
        told = client.get("/api/v1/training/requirements" + link.removeprefix(PATH), headers=api_headers(world.agent))
        seen.append([(row["person_id"], row["agency_id"]) for row in told.json["items"]])
        cursors.append(link)
        link = f"{PATH}?after={told.json['next'].replace('+', '%2B')}" if told.json["next"] else ""
    flat = [pair for page in seen for pair in page]
    assert len(flat) == len(set(flat)) == 37
    back = words(client.get(cursors[1]))
    assert "Previous" in back
    first = client.get(cursors[1]).get_data(as_text=True).split("before=")[1].split('"')[0].split("&")[0]
    assert names(words(client.get(f"{PATH}?before={first}"))) == names(words(client.get(PATH)))


@pytest.mark.parametrize("cursor", ["nonsense", "2026-10-31~1~1", "2026-10-31T00:00:00+00:00~x~1", "~~", "9" * 90])
def test_a_cursor_that_was_tampered_with_gives_the_first_page(client, world, campaign, cursor):
    sign_in(client, world.agent)
    assert names(words(client.get(f"{PATH}?after={cursor}"))) == names(words(client.get(PATH)))


def test_an_agency_sees_its_own_and_the_director_too(client, world, campaign):
    for person in (world.administrator, world.director, world.representative):
        page = read(client, person, PATH)
        assert ("Erin Doyle" in page, "Olga Finch" in page) == (True, False)
        assert sign_in(client, person).get(f"{PATH}/agencies/{world.other_agency.id}").status_code == 404
        assert "Olga Finch" not in read(client, person, f"{PATH}?agency={world.other_agency.id}")
    assert sign_in(client, world.end_user).get(PATH).status_code == 403


def test_an_agency_has_a_page_of_its_own_for_the_lead(client, world, campaign):
    page = read(client, world.agent, f"{PATH}/agencies/{world.other_agency.id}")
    assert ("Olga Finch" in page, "Erin Doyle" in page, "Casa Sol" in page) == (True, False, True)
    assert sign_in(client, world.agent).get(f"{PATH}/agencies/999999").status_code == 404


@pytest.mark.parametrize(("q", "people"), [("erin", ["Erin Doyle"]), ("casa", ["Olga Finch", "Omar Hale"]), ("zz", [])])
def test_by_the_beginning_of_a_name(client, world, campaign, q, people):
    assert names(read(client, world.agent, f"{PATH}?q={q}")) == people


def test_the_leads_own_people_stand_there_with_what_they_owe(client, world):
    make_staff(world.lead, StaffRole.AGENT, name="Lee Park")
    started(client, world, "security-certification:staff", grace_on="2026-11-30")
    page = read(client, world.admin, PATH)
    assert ("Lee Park" in page, world.lead.name in page) == (True, True)
    assert "Lee Park" not in read(client, world.administrator, PATH)


# ------------------------------------------------------------------ one's own, files, the API


def test_the_same_lines_stand_on_ones_own_page(client, world, campaign):
    page = read(client, world.end_user, "/training")
    assert "What is required of you" in page
    assert "Due by Sat, Oct 31, 2026" in page
    assert "What is required of you" not in read(client, world.director, "/training")


def test_the_files_have_a_line_for_each_requirement_and_one_for_who_has_none(client, world, campaign):
    sign_in(client, world.administrator)
    rows = list(csv.DictReader(StringIO(client.get(f"{PATH}.csv").get_data(as_text=True))))
    assert [row["Person"] for row in rows[:3]] == ["Erin Doyle"] * 3
    assert {row["State"] for row in rows[:3]} == {"Due"}
    assert {row["Due"] for row in rows[:3]} == {"2026-10-31T23:59:59-05:00"}
    assert ({row["State"] for row in rows[3:]}, len(rows)) == ({"Nothing asked"}, 7)
    with client.get(f"{PATH}.xlsx?show=soon", buffered=True) as answer:
        assert load_workbook(BytesIO(answer.get_data())).active.max_row == 1
    assert client.get(f"{PATH}.pdf").status_code == 404


def test_the_api_says_the_same(client, world, campaign):
    told = client.get(f"{API}?agency_id={world.agency.id}", headers=api_headers(world.administrator)).json
    first = told["items"][0]
    assert (first["person_id"], first["agency_id"]) == (world.end_user.id, world.agency.id)
    assert datetime.fromisoformat(first["next_due_at"]) == DUE
    assert [one["says"] for one in first["requirements"]] == ["Due by Sat, Oct 31, 2026"] * 3
    assert client.get(f"{API}?show=nonsense", headers=api_headers(world.administrator)).status_code == 422
    mine = client.get(f"{API}/mine", headers=api_headers(world.end_user)).json["items"]
    assert mine == [first]
    assert client.get(API, headers=api_headers(world.end_user)).status_code == 403


def test_a_page_asks_as_much_for_one_as_for_many(client, world, campaign):
    enrolled(world, world.end_user)
    sign_in(client, world.agent)
    client.get(PATH)
    with queries() as few:
        client.get(f"{PATH}?q=erin")
    for number in range(20):
        agency = make_agency(world.coc)
        person = member(agency)
        licensed(person, agency, LONG_AGO)
        enrolled(world, person, agency, f"Basics {number}")
    jobs.keep_up_all()
    with queries() as many:
        client.get(f"{PATH}?q=")
    assert len(many) <= len(few)
