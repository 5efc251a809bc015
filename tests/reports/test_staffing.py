"""People for each full-time place, and who stands in for whom (HUD-HD-4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core import clock
from core.db import unit_of_work
from helpdesk.routing.models import Absence, Backup
from licensing.api import License, LicenseState
from tests.reports.acting import table
from tests.support.counting import queries
from tests.support.factories import make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


def license_people(world, count, **values):
    rows = []
    for _ in range(count):
        person = member(world.agency)
        rows.append(
            License(
                lead_id=world.lead.id,
                coc_id=world.coc.id,
                agency_id=world.agency.id,
                person_id=person.id,
                since=clock.now() - timedelta(days=9),
                **values,
            )
        )
    with unit_of_work() as session:
        session.add_all(rows)


def share(client, world, person, percent, since="2026-11-20"):
    sign_in(client, world.admin)
    return client.post(f"/reports/staffing/{person.id}", data={"share": percent, "since": since})


def stands_in(world, person, cover):
    with unit_of_work() as session:
        session.add(Backup(lead_id=world.lead.id, person_id=person.id, cover_id=cover.id))


def away(world, person, first, last, cover=None):
    with unit_of_work() as session:
        row = Absence(lead_id=world.lead.id, person=person, from_on=first, until_on=last, cover=cover)
        session.add(row)
    return row


def page(client, world, person=None):
    return words(read(client, person or world.agent, "/reports/staffing"))


@pytest.mark.rule("HUD-HD-4")
@pytest.mark.parametrize(("people", "word"), [(74, "Within"), (75, "Within"), (76, "Over")])
def test_about_75_people_for_each_full_time_place(client, world, people, word):
    license_people(world, people)
    assert share(client, world, world.agent, 60).status_code == 302
    assert share(client, world, world.manager, 40).status_code == 302
    told = page(client, world)
    assert f"{word} {people}.0 people for each full-time place; about 75 is the practice." in told
    assert f"{people} people hold a license." in told
    assert f"{people} / 1.00 = {people}.0 people for each place." in told
    assert "HUD-HD-4" in told
    assert ("0.02 full-time places are missing." in told) is (people == 76)
    api = client.get("/api/v1/reports/staffing", headers=api_headers(world.agent)).get_json()
    assert (api["verdict"], api["people_for_each"]) == (word.lower(), people)


@pytest.mark.rule("HUD-HD-4")
def test_without_a_share_nothing_is_divided_and_it_says_what_to_do(client, world):
    license_people(world, 3)
    told = page(client, world)
    assert "3 people hold a license, and no full-time share is set for anybody" in told
    assert "No share is set for Ada Boone, Ana Petrov, Mina Cole; they count as nothing." in told


def test_a_person_counts_once_and_only_while_a_license_holds(client, world):
    license_people(world, 1)
    license_people(world, 1, state=LicenseState.SUSPENDED)
    license_people(world, 1, state=LicenseState.ENDED, ended_at=clock.now() - timedelta(days=1))
    license_people(world, 1, ended_at=clock.now() + timedelta(seconds=1))
    share(client, world, world.agent, 100)
    rows = {row["Person"]: row for row in table(client, world.agent, "/reports/staffing.csv")}
    assert rows["Licensed people"]["Full-time share"] == "3"
    assert rows["People for each place"]["Full-time share"] == "3.0"


@pytest.mark.parametrize(("percent", "status"), [(-1, 422), (0, 302), (100, 302), (101, 422), ("half", 422), ("", 422)])
def test_a_share_is_from_nothing_to_a_full_time_place(client, world, percent, status):
    answer = share(client, world, world.agent, percent)
    assert answer.status_code == status
    if status == 422:
        assert 'value="2026-11-20"' in answer.get_data(as_text=True)


def test_the_same_form_twice_is_one_act_and_what_was_before_is_kept(client, world):
    for percent in (50, 50, 80):
        share(client, world, world.agent, percent)
    told = words(read(client, world.admin, f"/reports/staffing/{world.agent.id}"))
    assert told.count("Ada Boone, Fri, Nov 20, 2026") == 2
    assert "0.80" in told
    assert "0.50" in told


def test_a_share_holds_from_its_day_on(client, world):
    share(client, world, world.agent, 50)
    share(client, world, world.agent, 100, since="2026-11-21")
    assert "0.50" in page(client, world)
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert "1.00" in page(client, world)


def test_only_an_administrator_of_the_lead_sets_it(client, world):
    for person in (world.agent, world.manager):
        sign_in(client, person)
        assert client.post(f"/reports/staffing/{world.agent.id}", data={"share": 50}).status_code == 403
    sign_in(client, world.admin)
    assert client.post(f"/reports/staffing/{world.end_user.id}", data={"share": 50}).status_code == 404
    far = make_world()
    assert client.post(f"/reports/staffing/{far.agent.id}", data={"share": 50}).status_code == 404
    read(client, world.director, "/reports/staffing", 403)


@pytest.mark.rule("HUD-HD-4")
def test_primary_staff_have_backup_cover_or_it_says_so(client, world):
    share(client, world, world.agent, 100)
    share(client, world, world.manager, 0)
    told = page(client, world)
    assert "No cover Ana Petrov has no backup." in told
    assert "Mina Cole has" not in told
    stands_in(world, world.agent, world.manager)
    assert "Covered Ana Petrov has Mina Cole as backup." in page(client, world)


@pytest.mark.rule("HUD-HD-4")
def test_who_is_away_is_covered_by_whom_the_absence_names_else_by_the_backup(client, world):
    share(client, world, world.agent, 100)
    stands_in(world, world.agent, world.manager)
    today = date(2026, 11, 20)
    absence = away(world, world.agent, today, today)
    assert "Covered Ana Petrov is away; Mina Cole, the backup, covers." in page(client, world)
    away(world, world.manager, today, today)
    assert "No cover Ana Petrov is away; Mina Cole, the backup, covers, who is away as well." in page(client, world)
    with unit_of_work():
        absence.cover = world.admin
    assert "Covered Ana Petrov is away; Ada Boone covers." in page(client, world)


def test_an_absence_to_come_without_cover_is_told(client, world):
    away(world, world.agent, date(2026, 12, 1), date(2026, 12, 4))
    told = page(client, world)
    assert "Ana Petrov is away from Tue, Dec 1, 2026 to Fri, Dec 4, 2026" in told
    assert "and nobody is named to cover." in told


def test_the_page_asks_little(client, world):
    sign_in(client, world.agent)
    client.get("/reports/staffing")
    with queries() as told:
        client.get("/reports/staffing")
    assert len(told) <= 16
