"""Every issue, its resolution and the time it took: as a page, CSV, Excel and by API (HUD-HD-1)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.db import db
from helpdesk.reports import issues
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category
from tests.reports.acting import MONDAY, answered, asked, at, hours, settled, sheet, table
from tests.support.counting import queries
from tests.support.factories import make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import read, words

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def world(app):
    return make_world("sonoma", tz="America/Los_Angeles")


@pytest.mark.rule("HUD-HD-1")
def test_an_issue_stands_there_with_its_resolution_and_the_time_it_took(client, world):
    ticket, still = asked(world, MONDAY), asked(world, MONDAY + hours(1))
    answered(world, ticket, MONDAY + hours(2))
    settled(world, ticket, MONDAY + timedelta(days=8, minutes=30))
    page = words(read(client, world.agent, "/reports/issues"))
    assert "The cache was cleared. 120 h 30 min of opening time 8 d elapsed" in page
    rows = {row["Number"]: row for row in table(client, world.agent, "/reports/issues.csv")}
    done, under_way = rows[str(ticket.id)], rows[str(still.id)]
    assert done["Resolution"] == "The cache was cleared."
    assert done["Time to resolution, hours"] == "192.5"
    assert done["Time to resolution, opening hours"] == "120.5"
    assert done["Time to first answer, hours"] == "2.0"
    assert done["Asked at"] == "2026-10-05T09:00:00-07:00"
    assert (under_way["State"], under_way["Time to resolution, hours"]) == ("New", "")
    told = client.get("/api/v1/reports/issues?state=settled", headers=api_headers(world.agent)).get_json()
    assert [item["seconds_to_resolution"] for item in told["items"]] == [192 * 3600 + 1800]


@pytest.mark.rule("HUD-HD-1")
@pytest.mark.parametrize(
    ("asks", "found"),
    [
        ("", {0, 1, 2}),
        ("state=settled", {0}),
        ("state=open", {1, 2}),
        ("category=security", {0, 2}),
        ("since=2026-10-06", {1, 2}),
        ("since=2026-10-06&until=2026-10-06", {1}),
        ("since=never&state=soon&category=fish", {0, 1, 2}),
        ("until=9999-12-31&since=0001-01-01", {0, 1, 2}),
    ],
)
def test_it_is_narrowed_by_what_stands_in_the_address(client, world, asks, found):
    made = [
        asked(world, MONDAY),
        asked(world, MONDAY + timedelta(days=1), Category.ACCESS),
        asked(world, MONDAY + timedelta(days=2)),
    ]
    settled(world, made[0], MONDAY + timedelta(days=3))
    numbers = {int(row["Number"]) for row in table(client, world.agent, f"/reports/issues.csv?{asks}")}
    assert numbers == {made[n].id for n in found}
    page = read(client, world.agent, f"/reports/issues?{asks}")
    assert all((f'/tickets/{ticket.id}"' in page) is (n in found) for n, ticket in enumerate(made))


def test_an_agency_sees_its_own_and_not_who_of_the_lead_held_it(client, world):
    ours = asked(world, MONDAY)
    answered(world, ours, MONDAY + hours(1))
    asked(world, MONDAY, requester=member(world.other_agency), agency=world.other_agency)
    rows = table(client, world.director, "/reports/issues.csv")
    assert [row["Number"] for row in rows] == [str(ours.id)]
    assert rows[0]["Held by"] == ""
    read(client, world.director, f"/reports/issues?agency={world.other_agency.id}", 404)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_would_run_in_a_spreadsheet_is_text(client, world, start):
    ticket = asked(world, MONDAY)
    ticket.subject = f"{start}1+2|cmd"
    db.session.commit()
    row = table(client, world.agent, "/reports/issues.csv")[0]
    assert row["Subject"].startswith("'")
    assert row["Subject"].endswith("1+2|cmd")
    cell = sheet(client, world.agent, "/reports/issues.xlsx")[1][5]
    assert cell.data_type == "s"
    assert cell.value.endswith("1+2|cmd")


def test_excel_has_times_and_numbers_as_such(client, world):
    ticket = asked(world, MONDAY)
    settled(world, ticket, MONDAY + hours(3))
    header, first = sheet(client, world.agent, "/reports/issues.xlsx")
    assert [cell.value for cell in header] == list(issues.HEADER)
    assert first[0].value == ticket.id
    assert first[1].value == datetime(2026, 10, 5, 9, 0)
    assert first[13].value == 3
    assert client.get("/reports/issues.pdf").status_code == 404


def test_a_long_table_is_read_some_at_a_time(client, world):
    for number in range(7):
        asked(world, MONDAY + hours(number))
    rows = table(client, world.agent, "/reports/issues.csv")
    assert [int(row["Number"]) for row in rows] == sorted(t.id for t in db.session.query(Ticket))


def test_pages_follow_one_another_and_ask_little(client, world):
    for number in range(30):
        asked(world, MONDAY + timedelta(minutes=number))
    sign_in(client, world.agent)
    client.get("/reports/issues")
    with queries() as told, at(MONDAY + timedelta(days=1)):
        page = client.get("/reports/issues").get_data(as_text=True)
    assert len(told) <= 16
    assert page.count("<tr>") == 26
    assert "after=" in page
