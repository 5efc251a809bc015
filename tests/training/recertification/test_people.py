"""Who owes what, on the pages and by API: filters, reasons, excuses, files, one's own part, a campaign's progress."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from core.audit import verify
from core.db import unit_of_work
from licensing.access.models import LicenseState
from tests.licensing.acting import read, words
from tests.support.counting import queries
from tests.support.factories import make_agency, make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.training.acting import did, make_course
from tests.training.recertification.acting import (
    PATH,
    SECOND,
    license_of,
    licensed,
    owed,
    owes,
    started,
    states,
    sweep,
)
from training.recertification import jobs
from training.recertification.rules import Owes

CENTRAL = ZoneInfo("America/Chicago")
BEGAN = datetime(2026, 10, 1, 9, tzinfo=CENTRAL)
OVER = datetime(2026, 11, 1, tzinfo=CENTRAL)
LONG_AGO = datetime(2025, 6, 1, tzinfo=CENTRAL)
RECERT = "recertification:holders"
REASON = "On leave until January."


@pytest.fixture
def world(app, travel):
    travel(BEGAN.astimezone(UTC))
    return make_world("missouri")


@pytest.fixture
def held(world):
    return licensed(world.end_user, world.agency, LONG_AGO)


@pytest.fixture
def campaign(client, world, held):
    licensed(world.other_end_user, world.other_agency, LONG_AGO)
    return started(client, world, RECERT)


def excuse(client, by, row, reason=REASON):
    return sign_in(client, by).post(f"{PATH}/obligations/{row.id}/excuse", data={"once": "x", "reason": reason})


def tick(client, by, rows, once="t1", reason=REASON):
    form = {"once": once, "reason": reason, "obligation": [str(row.id) for row in rows]}
    return sign_in(client, by).post(f"{PATH}/excuse", data=form)


# ------------------------------------------------------------------ excusing


@pytest.mark.rule("MO-TR-8")
def test_who_is_excused_with_a_reason_is_neither_reminded_nor_late(client, world, held, campaign, travel):
    for row in owes(world.end_user):
        assert excuse(client, world.manager, row).status_code == 302
    travel(OVER.astimezone(UTC))
    sweep()
    assert set(states(world.end_user).values()) == {Owes.EXEMPT}
    assert license_of(held).state is LicenseState.ACTIVE
    page = read(client, world.end_user, f"{PATH}/obligations/{owes(world.end_user)[0].id}")
    assert f"Not owed {REASON}" in page
    assert "Excused by Mina Cole" in page
    with unit_of_work():
        assert list(verify()) == []


def test_an_excuse_needs_a_reason_without_a_client_in_it(client, world, campaign):
    row = owes(world.end_user)[0]
    assert excuse(client, world.admin, row, "").status_code == 422
    refused = excuse(client, world.admin, row, "SSN 123-45-6789 is hers")
    assert (refused.status_code, "client" in words(refused)) == (422, True)
    assert owes(world.end_user)[0].state is Owes.OWED


def test_excusing_who_is_locked_out_gives_the_license_back(client, world, held, campaign, travel):
    travel(OVER.astimezone(UTC))
    jobs.lapse_due()
    rows = owes(world.end_user)
    assert tick(client, world.manager, rows[:2]).status_code == 302
    assert license_of(held).state is LicenseState.SUSPENDED
    assert tick(client, world.manager, rows[2:], once="t2").status_code == 302
    assert license_of(held).state is LicenseState.ACTIVE


def test_an_excuse_taken_back_is_owed_again_and_late_at_the_next_look(client, world, held, campaign, travel):
    row = owes(world.end_user)[0]
    excuse(client, world.manager, row)
    press = f"{PATH}/obligations/{row.id}/owe-again"
    assert sign_in(client, world.manager).post(press).status_code == 302
    assert owes(world.end_user)[0].state is Owes.OWED
    assert sign_in(client, world.manager).post(press).status_code == 409
    travel(OVER.astimezone(UTC))
    jobs.lapse_due()
    assert owes(world.end_user)[0].state is Owes.LAPSED


def test_the_ticked_ones_are_excused_together_once_or_not_at_all(client, world, campaign):
    rows = owes(world.end_user)
    assert tick(client, world.manager, rows).status_code == 302
    assert tick(client, world.manager, rows).status_code == 302
    assert set(states(world.end_user).values()) == {Owes.EXEMPT}
    mixed = [*rows[:1], *owes(world.other_end_user)]
    refused = tick(client, world.manager, mixed, once="t2", reason="Another reason.")
    assert (refused.status_code, "not owed already" in words(refused)) == (409, True)
    assert set(states(world.other_end_user).values()) == {Owes.OWED}


@pytest.mark.parametrize(("rows", "reason", "says"), [([], REASON, "Tick at least one."), (None, "", "few words")])
def test_ticking_nothing_or_saying_nothing_changes_nothing(client, world, campaign, rows, reason, says):
    refused = tick(client, world.manager, owes(world.end_user) if rows is None else rows, reason=reason)
    assert (refused.status_code, says in words(refused)) == (422, True)
    assert set(states(world.end_user).values()) == {Owes.OWED}


def test_what_is_done_is_not_excused(client, world, campaign):
    did(world.end_user.id, make_course(world.lead, counts=["data-standards"]))
    refused = excuse(client, world.admin, owed(world.end_user, "data-standards"))
    assert (refused.status_code, "This is done already." in words(refused)) == (409, True)


# ------------------------------------------------------------------ who sees what


def test_an_agency_sees_its_own_people_and_no_others(client, world, campaign):
    page = read(client, world.administrator, f"{PATH}/people")
    assert "Erin Doyle" in page
    assert "Olga Finch" not in page
    theirs = owes(world.other_end_user)[0]
    assert sign_in(client, world.administrator).get(f"{PATH}/obligations/{theirs.id}").status_code == 404
    assert sign_in(client, world.end_user).get(f"{PATH}/obligations/{theirs.id}").status_code == 404
    assert sign_in(client, world.end_user).get(f"{PATH}/people").status_code == 403
    assert sign_in(client, world.administrator).get(f"{PATH}/{campaign.id}").status_code == 403


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ("", {"Erin Doyle", "Olga Finch"}),
        ("?q=erin", {"Erin Doyle"}),
        ("?q=casa", {"Olga Finch"}),
        ("?state=met", set()),
        ("?state=all", {"Erin Doyle", "Olga Finch"}),
        ("?credit=data-standards", {"Erin Doyle", "Olga Finch"}),
        ("?credit=general", set()),
        ("?state=nonsense", {"Erin Doyle", "Olga Finch"}),
    ],
)
def test_the_list_by_its_filters(client, world, campaign, query, people):
    page = read(client, world.agent, f"{PATH}/people{query}")
    assert {name for name in ("Erin Doyle", "Olga Finch") if name in page} == people


def test_the_list_by_agency_and_campaign(client, world, campaign):
    page = read(client, world.agent, f"{PATH}/people?agency={world.agency.id}&campaign={campaign.id}")
    assert ("Erin Doyle" in page, "Olga Finch" in page, campaign.title in page) == (True, False, True)


def test_the_list_asks_as_much_for_one_as_for_many(client, world, campaign):
    sign_in(client, world.agent)
    client.get(f"{PATH}/people")
    with queries() as few:
        client.get(f"{PATH}/people?q=erin")
    for _ in range(20):
        licensed(member(make_agency(world.coc)), world.agency, LONG_AGO)
    jobs.keep_up_all()
    with queries() as many:
        client.get(f"{PATH}/people?q=")
    assert len(many) <= len(few) + 1


def test_the_files_say_the_same_as_the_list(client, world, campaign):
    sign_in(client, world.agent)
    told = client.get(f"{PATH}/people.csv?q=erin").get_data(as_text=True)
    rows = list(csv.DictReader(StringIO(told)))
    assert {(r["Person"], r["State"], r["Due"]) for r in rows} == {("Erin Doyle", "To do", "2026-10-31T23:59:59-05:00")}
    assert len(rows) == 3
    with client.get(f"{PATH}/people.xlsx?q=erin", buffered=True) as answer:
        assert load_workbook(BytesIO(answer.get_data())).active.max_row == 4
    assert client.get(f"{PATH}/people.pdf").status_code == 404


# ------------------------------------------------------------------ a campaign


def test_progress_by_agency_shows_who_is_behind_first(client, world, campaign, travel):
    did(world.end_user.id, make_course(world.lead, counts=["data-standards", "user-agreement"]))
    page = read(client, world.manager, f"{PATH}/{campaign.id}")
    assert page.index("Casa Sol") < page.index("Harbor House")
    assert "2 of 3" in page
    by_name = read(client, world.manager, f"{PATH}/{campaign.id}?sort=name")
    assert by_name.index("Casa Sol 0 of 3") < by_name.index("Harbor House 2 of 3")
    travel((BEGAN + timedelta(days=3)).astimezone(UTC))
    page = read(client, world.manager, f"{PATH}/{campaign.id}")
    assert "4 trainings are left" in page


def test_agencies_come_by_pages_in_their_order(client, world, campaign):
    for number in range(30):
        agency = make_agency(world.coc, f"Place {number:02}")
        licensed(member(agency), agency, LONG_AGO)
    jobs.keep_up_all()
    first = sign_in(client, world.agent).get(f"{PATH}/{campaign.id}?sort=name")
    page = words(first)
    assert ("Place 00" in page, "Place 29" in page) == (True, False)
    cursor = first.get_data(as_text=True).split("after=")[1].split('"')[0].split("&")[0]
    assert "Place 29" in read(client, world.agent, f"{PATH}/{campaign.id}?sort=name&after={cursor}")


def test_a_campaign_is_found_by_its_title(client, world, campaign):
    assert campaign.title in read(client, world.agent, "/search?q=recert")
    assert campaign.title not in read(client, world.administrator, "/search?q=recert")


# ------------------------------------------------------------------ one's own, and Today


def test_today_has_one_line_for_what_is_due_together(client, world, campaign):
    page = read(client, world.end_user, "/")
    assert page.count("Recertification from October 1, 2026") == 1
    assert "Data standards training" in page


def test_today_tells_an_agency_who_is_late(client, world, campaign, travel):
    assert "Training of one person at Harbor House" not in read(client, world.administrator, "/")
    travel((OVER - timedelta(days=7)).astimezone(UTC))
    assert "Training of one person at Harbor House" in read(client, world.administrator, "/")
    travel(OVER.astimezone(UTC))
    jobs.lapse_due()
    assert "1 late, and locked out until it is done" in read(client, world.administrator, "/")


def test_the_persons_page_says_that_a_license_is_locked_and_why(client, world, held, campaign, travel):
    travel(OVER.astimezone(UTC))
    jobs.lapse_due()
    page = read(client, world.representative, f"/people/{world.end_user.id}")
    assert "Suspended" in page
    assert "was due Sat, Oct 31, 2026, end of day and has not been done." in page


# ------------------------------------------------------------------ by API


def test_campaigns_and_obligations_by_api(app, world, held, campaign):
    client = app.test_client()
    headers = api_headers(world.manager)
    [one] = client.get("/api/v1/training/campaigns", headers=headers).json["items"]
    assert (one["title"], one["due_on"], one["days"]) == (campaign.title, "2026-10-31", 30)
    detail = client.get(f"/api/v1/training/campaigns/{one['id']}", headers=headers).json
    assert detail["counts"]["data-standards"] == {"met": 0, "exempt": 0, "owed": 2, "late": 0}
    asked = f"/api/v1/training/obligations?agency_id={world.agency.id}&credit=data-standards"
    [row] = client.get(asked, headers=headers).json["items"]
    assert (row["person_id"], row["due_at"]) == (world.end_user.id, "2026-11-01T04:59:59Z")
    why = client.get(f"/api/v1/training/obligations/{row['id']}", headers=headers).json["explanation"]
    assert (why["rule"], "30" in " ".join(why["because"])) == ("MO-TR-8", True)
    press = f"/api/v1/training/obligations/{row['id']}/excuse"
    assert client.post(press, headers=headers, json={"reason": REASON}).json["state"] == "exempt"
    assert client.post(press, headers=headers, json={"reason": REASON}).status_code == 409
    assert client.post(press, headers=headers, json={}).status_code == 422
    for state, found in (("exempt", 1), ("lapsed", 0)):
        told = client.get(f"/api/v1/training/obligations?state={state}", headers=headers).json["items"]
        assert len(told) == found


def test_an_agency_reads_its_own_by_api_and_excuses_nobody(app, world, campaign):
    client = app.test_client()
    headers = api_headers(world.administrator)
    told = client.get("/api/v1/training/obligations", headers=headers).json["items"]
    assert {row["agency_id"] for row in told} == {world.agency.id}
    press = f"/api/v1/training/obligations/{told[0]['id']}/excuse"
    assert client.post(press, headers=headers, json={"reason": REASON}).status_code == 403


def test_licenses_by_api_say_what_keeps_them_suspended(app, world, held, campaign, travel):
    travel((OVER - SECOND).astimezone(UTC))
    jobs.lapse_due()
    client = app.test_client()
    headers = api_headers(world.manager)
    assert client.get("/api/v1/licenses?state=suspended", headers=headers).json["items"] == []
    travel(OVER.astimezone(UTC))
    jobs.lapse_due()
    told = client.get("/api/v1/licenses?state=suspended", headers=headers).json["items"]
    assert {one["id"] for one in told} >= {held.id}
    assert all("MO-TR-8" in one["holds"][0]["words"] for one in told)
