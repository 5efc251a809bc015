"""The roster: every agency on one page, with what is out, why and by which rule, as of any day."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.db import db, unit_of_work
from core.people.models import Agency
from core.policy import catalog
from licensing.access import services as access
from licensing.access.holds import hold, lift
from licensing.access.models import HoldKind
from licensing.agreements.models import Agreement
from licensing.roster import hooks, rules
from licensing.roster.rules import Cell, Column, Mark, period_before, period_owed
from tests.guards.learning import owed_by
from tests.licensing.acting import give_license, license_of, read, words
from tests.licensing.agreements.acting import published
from tests.support.counting import queries
from tests.support.factories import make_agency, make_world, member
from tests.support.signing_in import api_headers, sign_in
from training.recertification.models import Obligation

ZONE = "America/Los_Angeles"


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", ZONE)


def agreed(world, *agencies):
    """An agreement in force, as if everybody had signed."""
    published(world.coc, world.admin)
    with unit_of_work() as session:
        for agency in agencies:
            row = session.query(Agreement).filter_by(agency_id=agency.id, kind="agency-agreement").one()
            row.effective_at = clock.now() - timedelta(days=60)


def signed_off(client, world, agency, month="2026-10-01", day="2026-11-02"):
    form = {"agency": str(agency.id), "month": month, "signed_on": day, "once": f"s{agency.id}{month}"}
    return sign_in(client, world.admin).post("/roster/sign-offs/new", data=form)


def line(client, world, agency, on=None):
    query = {"on": on} if on else {}
    told = client.get("/api/v1/roster", query_string=query, headers=api_headers(world.admin)).json["items"]
    [mine] = [one for one in told if one["agency_id"] == agency.id]
    return {cell["column"]: (cell["mark"], cell["words"], cell["rule"]) for cell in mine["cells"]} | {
        "why": mine["why"]
    }


@pytest.mark.rule("HUD-LI-1")
def test_an_agency_in_order_and_one_that_is_out_with_every_reason(client, world):
    agreed(world, world.agency)
    give_license(world.end_user, world.agency)
    assert signed_off(client, world, world.agency).status_code == 302
    give_license(world.other_end_user, world.other_agency)
    with unit_of_work():
        held = license_of(world.other_end_user, world.other_agency)
        hold(held, HoldKind.AGREEMENT, "x", "Not signed.", clock.now())
    assert line(client, world, world.agency) == {
        "licenses": ("ok", "1 valid", ""),
        "training": ("ok", "Current", ""),
        "agreement": ("ok", "In force", ""),
        "data": ("ok", "Oct 2026 signed off", ""),
        "fees": ("none", "Nothing invoiced", ""),
        "violations": ("unknown", "Not kept here", ""),
        "why": "",
    }
    out = line(client, world, world.other_agency)
    assert out["licenses"] == ("out", "1 of 1 suspended", "HUD-LI-1")
    assert out["agreement"] == ("out", "None in force", "HUD-LI-1")
    assert out["data"] == ("out", "Oct 2026 not signed off", "SON-CO-7")
    assert out["why"].startswith("Licenses: 1 of 1 suspended (HUD-LI-1); Agreement: None in force (HUD-LI-1); Data")
    for shown, here, gone in (("out", "Casa Sol", "Harbor House"), ("in", "Harbor House", "Casa Sol")):
        page = read(client, world.manager, f"/roster?shown={shown}")
        assert (here in page, gone in page) == (True, False)
    assert "Casa Sol" in read(client, world.manager, "/roster?shown=agreement")
    assert "Casa Sol" not in read(client, world.manager, "/roster?shown=training")


@pytest.mark.rule("HUD-LI-1")
def test_training_is_late_from_the_second_after_it_was_due(client, world, travel, at_noon):
    person = world.end_user
    give_license(person, world.agency)
    number = owed_by(person, db.session.get_one(Agency, world.agency.id))["obligation"]
    due = at_noon + timedelta(days=2)
    with unit_of_work() as session:
        session.get_one(Obligation, number).due_at = due
    for at, said in ((due, "ok"), (due + timedelta(seconds=1), "out")):
        travel(at)
        assert line(client, world, world.agency)["training"][0] == said
    assert line(client, world, world.agency)["training"][1] == "1 person is late"
    with unit_of_work() as session:
        session.get_one(Obligation, number).met_at = clock.now()
    travel(due + timedelta(days=1))
    assert line(client, world, world.agency)["training"][0] == "ok"


@pytest.mark.rule("HUD-LI-1")
def test_the_roster_of_an_earlier_day_shows_what_was_so_then(client, world, travel, at_noon):
    give_license(world.end_user, world.agency)
    with unit_of_work():
        hold(license_of(world.end_user, world.agency), HoldKind.TRAINING, "x", "Late.", clock.now())
    travel(at_noon + timedelta(days=3))
    with unit_of_work():
        held = license_of(world.end_user, world.agency)
        lift(held, HoldKind.TRAINING, clock.now())
        access.end_license(held, clock.now(), "left")
    travel(at_noon + timedelta(days=10))
    told = {
        on: line(client, world, world.agency, on)["licenses"][:2] for on in ("2026-11-19", "2026-11-22", "2026-11-24")
    }
    assert told == {
        "2026-11-19": ("none", "No license"),
        "2026-11-22": ("out", "1 of 1 suspended"),
        "2026-11-24": ("none", "No license"),
    }


def test_an_agency_sees_itself_only_and_an_end_user_nothing(client, world):
    page = read(client, world.director, "/roster")
    assert ("Harbor House" in page, "Casa Sol" in page) == (True, False)
    assert sign_in(client, world.end_user).get("/roster").status_code == 403


@pytest.mark.parametrize(
    ("month", "day", "sentence"),
    [
        ("2026-11-01", "2026-11-19", "That month is not over yet."),
        ("2026-10-01", "2026-11-21", "That day has not come yet."),
        ("2026-10-01", "2026-09-30", "That is before the month began."),
        ("nonsense", "2026-11-02", "Choose the month."),
    ],
)
@pytest.mark.rule("SON-CO-7")
def test_a_sign_off_that_cannot_be_is_refused_at_its_field(client, world, month, day, sentence):
    answer = signed_off(client, world, world.agency, month, day)
    assert answer.status_code == 422
    assert sentence in words(answer)


def test_the_same_sign_off_is_once_and_another_day_for_it_is_told(client, world):
    for _ in range(2):
        assert signed_off(client, world, world.agency).status_code == 302
    answer = signed_off(client, world, world.agency, day="2026-11-05")
    assert answer.status_code == 409
    assert "signed off October 2026 on" in words(answer)


def test_the_whole_list_as_csv_excel_and_pdf(client, world):
    make_agency(world.coc, "=Sum House")
    browser = sign_in(client, world.manager)
    rows = list(csv.reader(StringIO(browser.get("/roster/file/csv").get_data(as_text=True))))
    assert rows[0][:4] == ["Agency", "CoC", "Out", "Licenses"]
    assert [row[0] for row in rows[1:]] == ["'=Sum House", "Casa Sol", "Harbor House"]
    with browser.get("/roster/file/xlsx") as book:
        sheet = openpyxl.load_workbook(BytesIO(book.data)).active
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["=Sum House", "Casa Sol", "Harbor House"]
    with browser.get("/roster/file/pdf?shown=out") as paper:
        assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
    assert browser.get("/roster/file/doc").status_code == 404


def test_the_roster_asks_the_same_number_of_questions_for_many_agencies(client, world):
    def asked(path):
        client.get(path)
        with queries() as told:
            assert client.get(path).status_code == 200
        return len(told)

    paths = ("/roster", "/roster?shown=out", "/roster/file/csv")
    sign_in(client, world.admin)
    few = [asked(path) for path in paths]
    for number in range(20):
        agency = make_agency(world.coc, f"Agency {number:02}")
        give_license(member(agency), agency)
        signed_off(client, world, agency)
    sign_in(client, world.admin)
    assert [asked(path) for path in paths] == few
    assert max(few) <= 16


def test_another_room_says_what_it_knows_of_fees(client, world, monkeypatch):
    monkeypatch.setattr(hooks, "_says", {})
    unpaid = Cell(Mark.OUT, "$120.00 overdue", "VT-LI-8")
    hooks.register_column(
        Column.FEES, lambda ids, at: dict.fromkeys(ids, unpaid), lambda at: Agency.id == world.agency.id
    )
    assert line(client, world, world.agency)["fees"] == ("out", "$120.00 overdue", "VT-LI-8")
    page = read(client, world.manager, "/roster?shown=fees")
    assert ("Harbor House" in page, "Casa Sol" in page) == (True, False)


# ------------------------------------------------------------------ rules


SONOMA = catalog.in_force("sonoma", date(2026, 11, 20))


@pytest.mark.rule("SON-CO-7")
@pytest.mark.parametrize(
    ("today", "owed"),
    [
        (date(2026, 11, 30), date(2026, 10, 1)),
        (date(2026, 12, 1), date(2026, 11, 1)),
        (date(2027, 1, 1), date(2026, 12, 1)),
    ],
)
def test_the_last_whole_month_is_owed(today, owed):
    assert period_owed(SONOMA, today) == owed


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)))
def test_the_period_is_over_and_the_next_is_not(today):
    period = period_before(SONOMA.cycle("data-quality-sign-off"), today)
    following = (period + timedelta(days=32)).replace(day=1)
    assert period.day == 1
    assert following <= today < (following + timedelta(days=32)).replace(day=1)


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3), st.booleans())
def test_who_is_out_has_a_reason_for_it(licenses, suspended, behind, has_agreement):
    facts = rules.Facts(licenses, min(licenses, suspended), behind, has_agreement, signed_off=date(2026, 10, 1))
    cells = rules.line(facts, SONOMA, date(2026, 11, 20))
    assert list(cells) == list(Column)
    assert rules.is_out(cells) == bool(rules.why_out(cells))
    assert all(cell.rule for cell in cells.values() if cell.is_out)


@pytest.mark.rule("HUD-LI-1")
@pytest.mark.parametrize(("days", "is_there"), [(-1, False), (0, True), (1, True)])
def test_an_agency_that_came_later_is_on_no_roster_before(client, world, travel, at_noon, days, is_there):
    form = {"once": "new-agency", "coc": str(world.coc.id), "name": "Late House", "tz": ZONE}
    answer = sign_in(client, world.admin).post("/agencies/new", data=form)
    assert answer.status_code == 302, words(answer)
    assert "Late House" in read(client, world.admin, "/agencies")  # where it is also said that it was entered
    travel(at_noon + timedelta(days=30))
    day = (at_noon.astimezone(ZoneInfo(ZONE)) + timedelta(days=days)).date()
    page = read(client, world.manager, f"/roster?on={day}")
    assert ("Late House" in page) == is_there
    assert "Harbor House" in page, "one that was there before anything was kept stands on every day"
