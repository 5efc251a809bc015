"""Figures: what is counted, for whom, of which period, and that it is the history's own."""

from __future__ import annotations

import random
from datetime import timedelta
from statistics import quantiles

import pytest
from sqlalchemy import delete

from core import clock
from core.closures import services as closures
from core.db import db, unit_of_work
from core.errors import DomainError
from core.people.models import LeadStaff, StaffRole
from helpdesk.reports.models import Spell
from helpdesk.tickets import services
from helpdesk.tickets.rules import Category, Priority
from tests.reports.acting import (
    MONDAY,
    answered,
    asked,
    at,
    counted_anew,
    hours,
    measured,
    reopened,
    settled,
    table,
)
from tests.support.counting import queries
from tests.support.factories import LONG_AGO, make_agency, make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import read, words

pytestmark = pytest.mark.usefixtures("app")
OCTOBER = "/reports/figures.csv?period=month&on=2026-10-31"


@pytest.fixture
def world(app):
    return make_world("sonoma", tz="America/Los_Angeles")


def whole(client, world, url=OCTOBER, person=None):
    """The line of all, now and before."""
    with at(MONDAY + timedelta(days=60)):
        rows = [row for row in table(client, person or world.agent, url) if row["Line"] == "All"]
    assert len(rows) == 2
    return rows


@pytest.mark.rule("HUD-HD-1")
@pytest.mark.parametrize(
    ("took", "elapsed", "opening"),
    [(hours(7), "7.0", "7.0"), (hours(31), "31.0", "31.0"), (timedelta(days=8), "192.0", "120.0")],
)
def test_the_time_to_resolution_is_kept_elapsed_and_by_opening_hours(client, world, took, elapsed, opening):
    """A weekend and a holiday within count to what elapsed, and not to what the desk had."""
    ticket = asked(world, MONDAY)
    settled(world, ticket, MONDAY + took)
    now, before = whole(client, world)
    assert (now["Settled"], before["Settled"]) == ("1", "0")
    assert now["Settled, median elapsed hours"] == elapsed
    assert now["Settled, median opening hours"] == opening


def test_what_happened_belongs_to_the_day_on_which_it_happened(client, world):
    """Asked in the last minute of September, answered in the first of October, each by the Lead's own days."""
    midnight = MONDAY.replace(day=1, hour=7)
    ticket = asked(world, midnight - timedelta(seconds=1))
    answered(world, ticket, midnight)
    now, before = whole(client, world)
    assert (now["New"], before["New"]) == ("0", "1")
    assert (now["First answers"], before["First answers"]) == ("1", "0")
    assert (now["Open at the end"], before["Open at the end"]) == ("1", "1")


def test_the_backlog_is_what_was_open_at_the_end_whatever_came_later(client, world):
    early, late, gone = (asked(world, MONDAY + timedelta(days=n)) for n in (0, 20, 1))
    settled(world, gone, MONDAY + timedelta(days=2))
    settled(world, early, MONDAY + timedelta(days=40))
    reopened(world, gone, MONDAY + timedelta(days=41))
    now, _ = whole(client, world)
    assert now["Open at the end"] == "2"
    assert float(now["Open at the end, oldest in hours"]) == pytest.approx(26 * 24 + 15, abs=1.1)
    november = whole(client, world, "/reports/figures.csv?on=2026-11-30")[0]
    assert november["Open at the end"] == "2"
    assert late.is_open


def test_what_is_opened_again_is_told_against_what_was_settled(client, world):
    for number in range(4):
        ticket = asked(world, MONDAY + hours(number))
        settled(world, ticket, MONDAY + hours(number + 1))
    reopened(world, ticket, MONDAY + hours(9))
    now, _ = whole(client, world)
    assert (now["Settled"], now["Opened again"], now["Opened again, percent of settled"]) == ("4", "1", "25.0")


def test_closing_ones_own_request_answers_nothing(client, world):
    ticket = asked(world, MONDAY)
    settled(world, ticket, MONDAY + hours(1), by=world.end_user)
    other = asked(world, MONDAY)
    settled(world, other, MONDAY + hours(3))
    now, _ = whole(client, world)
    assert (now["Settled"], now["First answers"]) == ("2", "1")
    assert now["First answer, median elapsed hours"] == "3.0"


def test_median_and_ninetieth_percentile_are_those_of_the_values(client, world):
    spent = [1, 2, 3, 4, 5, 6, 7, 8, 9, 40]
    for number in spent:
        settled(world, asked(world, MONDAY), MONDAY + hours(number))
    now, _ = whole(client, world)
    assert float(now["Settled, median elapsed hours"]) == 5
    assert float(now["Settled, 90th percentile elapsed hours"]) == 9 <= quantiles(spent, n=10)[-1]
    assert float(now["Settled, mean elapsed hours"]) == 8.5


def test_by_whom_is_who_answered_and_who_had_it_at_the_end(client, world):
    ticket = asked(world, MONDAY)
    answered(world, ticket, MONDAY + hours(1), by=world.manager)
    with at(MONDAY + hours(2)), unit_of_work():
        services.assign(ticket, world.admin, world.admin, clock.now())
    settled(world, ticket, MONDAY + hours(3), by=world.agent)
    with at(MONDAY + timedelta(days=60)):
        lines = {
            row["Line"]: row for row in table(client, world.agent, f"{OCTOBER}&by=staff") if "October" in row["Period"]
        }
    assert lines["Mina Cole"]["First answers"] == "1"
    assert lines["Ada Boone"]["Settled"] == "1"
    assert lines["Ada Boone"]["New"] == ""


@pytest.mark.parametrize(
    ("person", "shown", "hidden"),
    [("administrator", ["tier", "category"], ["staff", "agency"]), ("director", ["tier", "category"], ["staff"])],
)
def test_an_agency_sees_its_own_and_nothing_of_who_works_how(client, world, person, shown, hidden):
    other = member(world.other_agency)
    settled(world, asked(world, MONDAY), MONDAY + hours(1))
    for _ in range(2):
        ticket = asked(world, MONDAY, requester=other, agency=world.other_agency)
        settled(world, ticket, MONDAY + hours(2))
    who = getattr(world, person)
    assert whole(client, world, person=who)[0]["Settled"] == "1"
    assert whole(client, world)[0]["Settled"] == "3"
    page = read(client, who, "/reports")
    assert all(f'value="{name}"' in page for name in shown)
    assert not any(f'value="{name}"' in page for name in hidden)
    assert "Ana Petrov" not in read(client, who, "/reports?by=staff&on=2026-10-31")
    read(client, who, f"/reports?agency={world.other_agency.id}", 404)
    read(client, world.end_user, "/reports", 403)


@pytest.mark.parametrize("is_of_one_coc", [False, True])
def test_who_serves_another_lead_sees_of_this_one_what_their_agency_sees(client, world, is_of_one_coc):
    """A role in one place is none in another: not who held what, nor how those who asked marked it."""
    far = make_world("sonoma", tz="America/Los_Angeles")
    make = {"lead_id": far.lead.id, "coc_id": far.coc.id if is_of_one_coc else None, "role": StaffRole.MANAGER}
    with unit_of_work() as session:
        row = LeadStaff(person_id=world.administrator.id, skills=[], started_on=LONG_AGO, **make)
        session.add(row)
    ticket = asked(world, MONDAY)
    answered(world, ticket, MONDAY + hours(1))
    with at(MONDAY + hours(2)), unit_of_work():
        services.assign(ticket, world.agent, world.agent, clock.now())
    here = f"/reports/issues.csv?lead={world.lead.id}"
    assert [row["Held by"] for row in table(client, world.administrator, here)] == [""]
    assert [row["Held by"] for row in table(client, world.agent, here)] == ["Ana Petrov"]
    page = read(client, world.administrator, f"/reports?lead={world.lead.id}&by=staff&on=2026-10-31")
    assert 'value="staff"' not in page
    assert "Ana Petrov" not in page
    assert 'value="staff"' in read(client, world.administrator, f"/reports?lead={far.lead.id}")


def test_another_leads_figures_are_not_there(client, world):
    far = make_world("sonoma", tz="America/Los_Angeles")
    settled(far, asked(far, MONDAY), MONDAY + hours(1))
    assert whole(client, world)[0]["Settled"] == "0"
    read(client, world.admin, f"/reports?lead={far.lead.id}", 404)
    read(client, world.admin, f"/reports?agency={far.agency.id}", 404)
    read(client, world.admin, f"/reports?coc={far.coc.id}", 404)


def test_a_manager_sees_the_figures_of_their_coc(client, world):
    settled(world, asked(world, MONDAY), MONDAY + hours(1))
    from tests.support.factories import make_coc

    next_door = make_coc(world.lead, "sonoma", "America/Los_Angeles")
    agency = make_agency(next_door)
    ticket = asked(world, MONDAY, requester=member(agency), agency=agency)
    settled(world, ticket, MONDAY + hours(1))
    assert whole(client, world)[0]["Settled"] == "2"
    assert whole(client, world, person=world.manager)[0]["Settled"] == "1"
    assert whole(client, world, f"{OCTOBER}&coc={next_door.id}")[0]["Settled"] == "1"
    read(client, world.manager, f"/reports?coc={next_door.id}", 404)


@pytest.mark.parametrize(
    ("asks", "first", "last"),
    [
        ("period=month&on=2026-10-05", "2026-10-01", "2026-10-31"),
        ("period=quarter&on=2026-10-05", "2026-10-01", "2026-12-31"),
        ("period=year&on=2026-10-05", "2026-01-01", "2026-12-31"),
        ("period=fiscal-year&on=2026-10-01", "2026-10-01", "2027-09-30"),
        ("period=fiscal-year&on=2026-09-30", "2025-10-01", "2026-09-30"),
        ("period=fortnight&on=yesterday", "2026-12-01", "2026-12-31"),
        ("on=9999-12-31", "2026-12-01", "2026-12-31"),
    ],
)
def test_a_period_is_the_calendars_or_the_packs(client, app, asks, first, last):
    """Missouri's year begins in October, as its pack says."""
    world = make_world("missouri")
    now, before = whole(client, world, f"/reports/figures.csv?{asks}")
    assert (now["From"], now["To"]) == (first, last)
    assert before["To"] < first


def test_the_page_says_both_periods_and_which_time(client, world):
    settled(world, asked(world, MONDAY), MONDAY + timedelta(days=8))
    with at(MONDAY + timedelta(days=60)):
        opening = words(read(client, world.agent, "/reports?on=2026-10-31"))
        elapsed = words(read(client, world.agent, "/reports?on=2026-10-31&time=elapsed"))
    assert "in October 2026 and in September 2026" in opening
    assert "Times count only while the HMIS Lead's desk is open" in opening
    assert "120 h was none" in opening
    assert "Times are elapsed, nights and weekends included" in elapsed
    assert "8 d was none" in elapsed
    assert "1 requests" not in opening


def test_the_months_add_up_backwards(client, world):
    first = asked(world, MONDAY - timedelta(days=40))
    second = asked(world, MONDAY)
    settled(world, first, MONDAY + timedelta(days=1))
    settled(world, second, MONDAY + timedelta(days=35))
    with at(MONDAY + timedelta(days=60)):
        rows = {row["Month"]: row for row in table(client, world.agent, "/reports/months.csv")}
    assert len(rows) == 13
    told = {month: (row["New"], row["Settled"], row["Open at the end"]) for month, row in rows.items()}
    assert told["2026-07-01"] == ("0", "0", "0")
    assert told["2026-08-01"] == ("1", "0", "1")
    assert told["2026-09-01"] == ("0", "0", "1")
    assert told["2026-10-01"] == ("1", "1", "1")
    assert told["2026-11-01"] == ("0", "1", "0")


@pytest.mark.parametrize("url", ["/reports", "/reports?by=agency", "/reports?by=staff&period=quarter"])
def test_a_page_asks_as_much_for_many_as_for_few(client, world, url):
    counts = []
    for number in (1, 6):
        for _ in range(number):
            settled(world, asked(world, MONDAY), MONDAY + hours(1))
        sign_in(client, world.agent)
        client.get(url)
        with queries() as told:
            assert client.get(url).status_code == 200
        counts.append(len(told))
    assert counts[0] == counts[1] <= 30


@pytest.mark.parametrize("seed", range(6))
def test_spells_always_equal_a_recount_from_the_history(world, seed):
    """Whatever is done with tickets in whatever order, what is written equals what the history gives."""
    chance, when, tickets = random.Random(seed), MONDAY, []
    for _ in range(40):
        when += timedelta(minutes=chance.choice((1, 20, 300, 2000)))
        if not tickets or chance.random() < 0.2:
            tickets.append(asked(world, when, chance.choice(list(Category))))
        _do_something(world, chance, chance.choice(tickets), when)
    with at(when), unit_of_work():
        if seed % 2:
            closures.add(world.lead, (MONDAY + timedelta(days=1)).date(), "Snow", when)
    found = measured()
    assert found == counted_anew()
    assert any(row["ended_at"] for row in found)
    with unit_of_work():
        db.session.execute(delete(Spell))
    assert measured() == []


def _do_something(world, chance, ticket, when):
    by = chance.choice([world.agent, world.manager, world.administrator, world.end_user])
    deeds = [
        lambda: services.answer(ticket, by, "Try again.", when),
        lambda: services.close(ticket, by, "Solved.", when),
        lambda: services.reopen(ticket, by, "It is back.", when),
        lambda: services.decline(ticket, world.agent, "Not ours.", when),
        lambda: services.forward_up(ticket, by, "Up.", when),
        lambda: services.assign(ticket, world.agent, world.admin, when),
        lambda: services.set_priority(ticket, world.agent, Priority.LOW, "It can wait.", when),
        lambda: services.add_reply(ticket, world.end_user, "", "More.", at=when),
        lambda: setattr(ticket, "category", chance.choice(list(Category))),
        lambda: setattr(ticket, "agency", chance.choice([world.agency, world.other_agency])),
    ]
    try:
        with at(when), unit_of_work():
            chance.choice(deeds)()
    except DomainError:
        db.session.rollback()


def test_a_closed_day_that_has_been_is_taken_out_of_what_ran_across_it(client, world):
    ticket = asked(world, MONDAY)
    settled(world, ticket, MONDAY + timedelta(days=2))
    assert whole(client, world)[0]["Settled, median opening hours"] == "48.0"
    with at(MONDAY + timedelta(days=10)), unit_of_work():
        closures.add(world.lead, (MONDAY + timedelta(days=1)).date(), "Snow", clock.now())
    assert whole(client, world)[0]["Settled, median opening hours"] == "24.0"


def test_the_figures_by_api(client, world):
    settled(world, asked(world, MONDAY), MONDAY + hours(5))
    url = "/api/v1/reports/figures?period=month&on=2026-10-31&by=category"
    told = client.get(url, headers=api_headers(world.agent)).get_json()
    assert told["whole"]["now"]["settled"]["median_seconds"] == 5 * 3600
    assert [line["label"] for line in told["lines"]] == ["Security"]
    assert told["before"] == {"kind": "month", "begins": "2026-09-01", "ends": "2026-09-30"}
    assert client.get(url, headers=api_headers(world.end_user)).status_code == 403
    assert client.get(f"{url}&agency={world.agency.id + 99}", headers=api_headers(world.agent)).status_code == 404
