"""The public calendar and its feed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar

from tests.conftest import NOON
from tests.support.factories import World, make_lead, make_world
from tests.support.signing_in import sign_out
from tests.tickets.acting import words
from tests.training.sessions.acting import changed, do, make_course, planned

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world() -> World:
    return make_world("vermont")


def page(client, query: str = "") -> str:
    sign_out(client)
    answer = client.get(f"/training/calendar{query}")
    assert answer.status_code == 200
    return words(answer.get_data(as_text=True))


def events(client, query: str = "") -> dict[str, dict[str, str]]:
    sign_out(client)
    answer = client.get(f"/training/calendar.ics{query}")
    assert answer.mimetype == "text/calendar"
    found = Calendar.from_ical(answer.get_data(as_text=True)).walk("VEVENT")
    return {str(e["SUMMARY"]): {key: str(e[key]) for key in ("UID", "SEQUENCE", "STATUS")} for e in found}


@pytest.mark.rule("HUD-TR-2")
def test_everybody_sees_what_is_planned_by_audience_and_workflow(client, world):
    planned(client, world, title="First steps", audience="new", workflow="shelter")
    planned(client, world, title="Deep end", audience="advanced", workflow="coordinated-entry")
    planned(client, world, title="Inner matters", is_public="")
    assert "First steps" in page(client)
    assert "Deep end" in page(client)
    assert "Inner matters" not in page(client)
    assert "secret" not in page(client), "no link to join"
    for query, title, other in (
        ("?audience=new", "First steps", "Deep end"),
        ("?workflow=coordinated-entry", "Deep end", "First steps"),
    ):
        assert title in page(client, query)
        assert other not in page(client, query)
        assert list(events(client, query)) == [title]
    for month, is_there in (("2026-12", True), ("2027-01", False)):
        assert ("First steps" in page(client, f"?view=month&month={month}")) is is_there


@pytest.mark.rule("HUD-TR-2")
@pytest.mark.parametrize(
    ("starts", "is_evening"),
    [
        ("2026-12-02T16:59", False),
        ("2026-12-02T17:00", True),
        ("2026-12-04T23:00", True),
        ("2026-12-05T09:00", True),
        ("2026-12-07T09:00", False),
    ],
)
def test_evening_is_from_five_on_or_a_weekend(client, world, starts, is_evening):
    planned(client, world, title="Refresher", starts=starts, ends=starts[:11] + "23:59")
    assert ("Refresher" in page(client, "?evening=1")) is is_evening
    assert ("Refresher" in events(client, "?evening=1")) is is_evening


@pytest.mark.rule("HUD-TR-2")
def test_evening_is_by_the_sessions_own_clocks(client, world):
    planned(client, world, starts="2026-12-02T16:00", ends="2026-12-02T17:00", tz="America/Los_Angeles")
    assert "Refresher" not in page(client, "?evening=1"), "6 PM in Chicago, but 4 PM where it is"


@pytest.mark.rule("HUD-TR-4")
def test_office_hours_are_a_kind_of_their_own(client, world):
    planned(client, world, title="Bring your questions", kind="office-hours")
    planned(client, world, title="Refresher")
    assert "Office hours" in page(client)
    assert "Refresher" not in page(client, "?kind=office-hours")
    assert list(events(client, "?kind=office-hours")) == ["Bring your questions"]


def test_the_feed_follows_what_is_moved_and_called_off(client, world):
    row = planned(client, world, venue="Room 2")
    first = events(client)["Refresher"]
    assert (first["SEQUENCE"], first["STATUS"]) == ("0", "CONFIRMED")
    assert changed(client, world, row, starts="2026-12-03T18:00", ends="2026-12-03T20:00").status_code == 302
    assert events(client)["Refresher"] == first | {"SEQUENCE": "1"}
    assert do(client, world.trainer, row, "cancel", **{"cancel-reason": "The trainer is ill."}).status_code == 302
    assert events(client)["Refresher"] == first | {"SEQUENCE": "2", "STATUS": "CANCELLED"}
    assert "Cancelled" in page(client)
    assert "secret" not in client.get("/training/calendar.ics").get_data(as_text=True)
    sign_out(client)
    shown = client.get(f"/training/calendar/{row.id}").get_data(as_text=True)
    assert "This session was cancelled." in shown
    assert "secret" not in shown
    assert client.get("/training/calendar/999").status_code == 404


def test_of_several_offices_one_is_chosen(client, world):
    planned(client, world)
    make_lead("Another office")
    assert "Refresher" not in page(client)
    assert "Another office" in page(client)
    assert "Refresher" in page(client, f"?lead={world.lead.id}")
    assert "Refresher" in events(client), "a feed of all"


def test_the_past_leaves_the_list_and_stays_in_the_feed_for_a_while(client, world, travel):
    planned(client, world, course=make_course(world))
    travel(NOON + timedelta(days=13))
    assert "Refresher" not in page(client)
    assert "Refresher" in events(client)
    assert "Nothing is planned yet." in page(client)
    travel(NOON + timedelta(days=120))
    assert "Refresher" not in events(client)
