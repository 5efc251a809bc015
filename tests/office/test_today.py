"""Today: what needs whom, in which order, and what stays owed after it was missed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import home
from core.authz import principal_for
from core.db import unit_of_work
from core.deadlines import fire_due, meet, pause
from core.home import Section, Turn, WorkItem
from licensing.departures.models import Channel, Reason
from licensing.departures.services import Told, note_departure
from tests.core.kinds import ACT
from tests.licensing.acting import leaving, noted, read
from tests.office.test_pages import owed_by, page
from tests.support.factories import make_world
from tests.support.signing_in import sign_in

CHICAGO = ZoneInfo("America/Chicago")
AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def item(title, *, hours=None, **values):
    due = None if hours is None else AT + timedelta(hours=hours)
    return WorkItem(title, "/", "Open", "Area", due_at=due, **values)


def test_what_is_late_comes_first_then_what_is_near_and_undated_work_before_what_is_far(monkeypatch):
    given = [
        item("undated, waits longer", since=AT - timedelta(days=2)),
        item("undated, urgent", since=AT, is_urgent=True),
        item("by itself", hours=1, group=Turn.NOBODYS),
        item("others, late", hours=-5, group=Turn.WAITING),
        item("others, in time", hours=5, group=Turn.WAITING),
        item("next month", hours=24 * 30),
        item("in three days", hours=72),
        item("today, late", hours=3),
        item("today, early", hours=2),
        item("today, early, urgent", hours=2, is_urgent=True),
        item("one hour over", hours=-1),
        item("two hours over", hours=-2),
    ]
    monkeypatch.setattr(home, "_providers", [lambda principal, at, limit: given])
    today = home.today(None, AT, CHICAGO)
    assert [one.title for items in today.sections.values() for one in items] == [
        "two hours over",
        "one hour over",
        "others, late",
        "today, early, urgent",
        "today, early",
        "today, late",
        "in three days",
        "undated, urgent",
        "undated, waits longer",
        "next month",
        "by itself",
        "others, in time",
    ]
    assert [one.title for one in today.sections[Section.OVERDUE]] == ["two hours over", "one hour over"]
    assert today.needs_me == 9


def headings(text):
    return re.findall(
        r"(Overdue|Late with others|Due today|This week|Later|Waiting for you|Will happen by itself|Waiting on others)"
        r" \(",
        text,
    )


@pytest.mark.parametrize("role", ["manager", "agent", "representative"])
def test_what_the_service_does_by_itself_is_nobodys_to_do(client, world, at_noon, role):
    owed_by(world.agency, at_noon + timedelta(hours=2), "End access", kind=ACT, holder="lead")
    text = read(client, getattr(world, role), "/")
    assert headings(text) == ["Will happen by itself"]
    assert "Will happen by itself at Fri, Nov 20, 2026" in text


def found_out(world, at, days=4):
    """The Lead learns of a departure that the agency has not told of."""
    told = Told(world.end_user.id, at - timedelta(days=days), Reason.LEFT, Channel.FOUND_OUT, None, None, "found")
    with unit_of_work():
        return note_departure(world.agency, told, principal_for(world.agent, at), at)


@pytest.mark.rule("MO-LI-4")
def test_a_missed_notice_stays_on_the_agencys_today_until_it_is_given(client, world, at_noon):
    row = found_out(world, at_noon)
    fire_due()
    theirs = read(client, world.representative, "/")
    assert headings(theirs) == ["Overdue"]
    assert "Notice that Erin Doyle leaves Harbor House" in theirs
    assert "No notice came in time; it is owed until you give it" in theirs
    assert "h late" in theirs
    assert "MO-LI-4" in theirs
    waits = read(client, world.agent, "/")
    assert headings(waits)[0] == "Late with others"
    assert "The agency missed its notice and owes it" in waits
    assert "Notice that Erin Doyle" not in read(client, world.other_representative, "/")
    assert sign_in(client, world.representative).post(f"/departures/{row.id}/notice").status_code == 302
    assert "Nothing needs you right now" in read(client, world.representative, "/")


@pytest.mark.rule("MO-LI-4")
def test_the_late_tab_shows_what_is_owed_what_was_missed_and_what_was_done_late(client, world, at_noon):
    found_out(world, at_noon)
    fire_due()
    owed_by(world.agency, at_noon - timedelta(seconds=1), "Still open, over", 1)
    owed_by(world.agency, at_noon, "Still open, on the last second", 2)
    with unit_of_work():
        meet(owed_by(world.agency, at_noon - timedelta(hours=3), "Was late", 3), at_noon)
        meet(owed_by(world.agency, at_noon - timedelta(hours=3), "Was in time", 4), at_noon - timedelta(hours=3))
    text = read(client, world.manager, "/deadlines?shown=late")
    for told in (
        "Still open, over",
        "Open, 1 min late",
        "Done 3 h late",
        "Missed, still owed: 12 h late",
    ):
        assert told in text
    assert "on the last second" not in text
    assert "Was in time" not in text


def test_a_missed_notice_that_comes_after_all_is_done_late_on_the_board(client, world, at_noon):
    row = found_out(world, at_noon)
    fire_due()
    sign_in(client, world.representative).post(f"/departures/{row.id}/notice")
    text = read(client, world.manager, "/deadlines?shown=late")
    assert "Done 12 h late" in text
    assert "still owed" not in text


def test_the_late_tab_has_pages(client, world, at_noon):
    for n in range(30):
        owed_by(world.agency, at_noon - timedelta(hours=1 + n), f"Owed [{n}]", n + 1)
    first = page(client, world.manager, "/deadlines?shown=late")
    link = re.search(r'href="([^"]*after=[^"]*)"', first)[1].replace("&amp;", "&")
    second = page(client, world.manager, link)
    shown = [set(re.findall(r"Owed \[(\d+)\]", text)) for text in (first, second)]
    assert [len(numbers) for numbers in shown] == [25, 5]
    assert not shown[0] & shown[1]


@pytest.mark.rule("SON-LI-4")
@pytest.mark.rule("SAC-LI-3")
@pytest.mark.parametrize(
    ("pack", "notice", "end"),
    [
        (
            "sonoma",
            "The notice was due Sat, Nov 21, 2026, 4:30 PM (PST), by the clock departure-notice of SON-LI-4. "
            "It came Tue, Nov 24, 2026, 12:00 PM (PST),",
            "The end of access was due Tue, Nov 24, 2026, 12:00 PM (PST), by the clock deactivation of SON-LI-4.",
        ),
        (
            "sacramento",
            "The notice was due Mon, Nov 23, 2026, end of day (PST), by the clock departure-notice of SAC-LI-3. "
            "It came Tue, Nov 24, 2026, 12:00 PM (PST), 12 hours late.",
            "The end of access was due Tue, Nov 24, 2026, 12:00 PM (PST), under SAC-LI-3, which sets no clock for it.",
        ),
    ],
)
def test_the_end_after_a_late_notice_names_both_instants_with_clock_and_rule(client, app, travel, pack, notice, end):
    travel(datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("America/Los_Angeles")))
    world = make_world(pack, tz="America/Los_Angeles")
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    text = read(client, world.representative, f"/departures/{row.id}").split("The end of access", 1)[1]
    assert notice in text
    assert end in text


def test_what_waits_for_months_says_how_long_and_the_group_says_once_that_it_has_no_time(
    client, world, at_noon, monkeypatch
):
    given = [
        item("since spring", since=at_noon - timedelta(days=257)),
        item("since yesterday", since=at_noon - timedelta(days=1)),
    ]
    monkeypatch.setattr(home, "_providers", [lambda principal, at, limit: given])
    text = read(client, world.manager, "/")
    assert "Waits since Sun, Mar 8, 2026: 8 months" in text
    assert "Waits: 1 day" in text
    assert text.count("No set time") == 1


def test_lateness_is_said_in_the_same_words_on_today_and_on_the_board(client, world, at_noon):
    owed_by(world.agency, at_noon - timedelta(days=7, hours=14), "The one that is late")
    assert "8 days late" in read(client, world.representative, "/")
    assert "Open, 8 days late" in read(client, world.representative, "/deadlines")


@pytest.mark.rule("MO-LI-4")
def test_the_boards_first_tab_tells_of_what_was_missed_and_is_owed(client, world, at_noon):
    assert "still owed" not in read(client, world.manager, "/deadlines")
    found_out(world, at_noon)
    fire_due()
    text = page(client, world.manager, "/deadlines?holder=agency")
    assert "1 was missed and still owed" in text
    assert 'href="/deadlines?holder=agency&amp;shown=late"' in text
    assert "still owed" not in page(client, world.manager, "/deadlines?holder=lead")
    assert "still owed" not in page(client, world.other_representative, "/deadlines")


@pytest.mark.parametrize(("hours", "said"), [(2, "Paused; would be due"), (-2, "Paused; was due")])
def test_a_paused_time_to_come_would_be_due(client, world, at_noon, hours, said):
    row = owed_by(world.agency, at_noon + timedelta(hours=hours), "Paused one")
    with unit_of_work() as session:
        pause(session.merge(row), at_noon - timedelta(hours=3), "asked")
    assert said in read(client, world.manager, "/deadlines")


def test_an_empty_day_leads_to_the_help_desk(client, world):
    assert re.search(r'href="/tickets/new"[^>]*>Ask for help', page(client, world.end_user, "/"))
