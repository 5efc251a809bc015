"""Agreements with outside parties are on file, with who has none; security reports stand on a calendar."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from itertools import count

import pytest
from sqlalchemy import select

from core import clock
from core.db import db
from core.deadlines import Deadline, fire_due
from licensing.calendar.models import ReportDate
from licensing.contracts.models import Contract
from tests.licensing.acting import mails, read, words
from tests.support.counting import queries
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in

_n = count(1)


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def put(client, world, **values):
    form = {
        "coc": str(world.coc.id), "kind": "vendor", "party": "Cedar Systems", "effective_on": "2026-01-01",
        "ends_on": "2027-02-28", "once": f"c{next(_n)}",
    }  # fmt: skip
    form = {key: value for key, value in (form | values).items() if value is not None}
    return sign_in(client, world.admin).post("/contracts/new", data=form)


def one(kind):
    db.session.expire_all()
    return db.session.scalars(select(Deadline).where(Deadline.kind == kind).order_by(Deadline.id)).all()[-1]


@pytest.mark.rule("HUD-LI-3")
def test_who_has_no_agreement_is_named_until_one_is_in_force(client, world, travel, at_noon):
    page = read(client, world.manager, "/contracts")
    assert f"{world.coc.code}: The software vendor" in page
    assert f"{world.coc.code}: The CoC" in page
    form = {"file": (BytesIO(b"what was signed"), "vendor.txt")}
    assert put(client, world, **form).status_code == 302
    page = read(client, world.manager, "/contracts")
    assert f"{world.coc.code}: The software vendor" not in page
    assert "In force" in page
    number = db.session.scalars(select(Contract.id)).one()
    with client.get(f"/contracts/{number}/file") as paper:
        assert paper.data == b"what was signed"
    travel(at_noon + timedelta(days=100))  # the last day itself
    assert f"{world.coc.code}: The software vendor" not in read(client, world.manager, "/contracts")
    travel(at_noon + timedelta(days=101))
    assert f"{world.coc.code}: The software vendor" in read(client, world.manager, "/contracts")


@pytest.mark.rule("HUD-LI-3")
def test_the_end_is_told_two_months_and_two_weeks_before_and_when_it_is_there(client, world, travel):
    put(client, world)
    end = one("contract-end")
    assert "HUD-LI-3" in end.explanation["rule"]
    for at in (end.due_at - timedelta(days=60), end.due_at - timedelta(days=14), end.due_at + timedelta(seconds=1)):
        travel(at)
        fire_due()
    subjects = [mail.subject for mail in mails("license-news") if mail.address == world.manager.email]
    assert subjects == ["An agreement ends soon", "An agreement ends soon", "An agreement has ended"]


def test_one_that_is_over_is_reminded_of_no_more_and_stays_on_file(client, world):
    put(client, world)
    number = db.session.scalars(select(Contract.id)).one()
    assert client.post(f"/contracts/{number}/end").status_code == 302
    assert client.post(f"/contracts/{number}/end").status_code == 409
    assert one("contract-end").state == "cancelled"
    assert "Cedar Systems" not in read(client, world.admin, "/contracts")
    assert "Cedar Systems" in read(client, world.admin, "/contracts?shown=all")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"party": ""}, "Give the party's name."),
        ({"kind": "neighbor"}, "The manual has no such party."),
        ({"ends_on": "2025-12-31"}, "It ends before it begins."),
        ({"ends_on": "12/31/9999"}, "That day is too far ahead."),
        ({"effective_on": "01/01/0026"}, "Write the year with four digits."),
        ({"effective_on": "soon"}, "This is not a date."),
    ],
)
def test_what_is_wrong_with_a_contract_is_said_at_its_field(client, world, values, sentence):
    answer = put(client, world, about="Hosting", **values)
    assert (answer.status_code, sentence in words(answer)) == (422, True)
    assert 'value="Hosting"' in answer.get_data(as_text=True)


def plan(client, world, **values):
    form = {
        "coc": str(world.coc.id),
        "kind": "audit-report",
        "due_on": "2026-12-01",
        "months": "3",
        "once": f"r{next(_n)}",
    }
    return sign_in(client, world.admin).post("/report-calendar/new", data=form | values)


@pytest.mark.rule("HUD-LI-5")
def test_a_report_is_due_late_and_done_with_evidence_and_the_next_follows(client, world, travel):
    assert plan(client, world).status_code == 302
    clock_row = one("security-report")
    travel(clock_row.due_at)
    fire_due()
    assert "Late: to be made" not in read(client, world.admin, "/report-calendar")
    assert "A report is late" not in {mail.subject for mail in mails("license-news")}
    travel(clock_row.due_at + timedelta(seconds=1))
    fire_due()
    assert mails("license-news")[-1].subject == "A report is late"
    assert "Late: to be made" in read(client, world.admin, "/report-calendar")
    number = db.session.scalars(select(ReportDate.id)).one()
    path = f"/report-calendar/{number}/done"
    empty = sign_in(client, world.admin).post(path, data={"evidence": ""})
    assert (empty.status_code, "Say where the report is, or add it." in words(empty)) == (422, True)
    assert client.post(path, data={"evidence": "Sent to the committee."}).status_code == 302
    assert client.post(path, data={"evidence": "Again."}).status_code == 409
    first, following = db.session.scalars(select(ReportDate).order_by(ReportDate.id)).all()
    assert (first.evidence, first.done_at is not None) == ("Sent to the committee.", True)
    assert following.due_on.isoformat() == "2027-03-01"
    assert "Sent to the committee." in read(client, world.admin, f"/report-calendar/{number}")
    page = read(client, world.admin, "/report-calendar")
    assert ("Mon, Mar 1, 2027" in page or "Mar 1" in page, "To be made" in page) == (True, True)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"due_on": "2026-11-19"}, "Give a day from today on, within three years."),
        ({"kind": "poem"}, "The manual has no such report."),
        ({"months": "5"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_with_a_report_is_said_at_its_field(client, world, values, sentence):
    answer = plan(client, world, **values)
    assert (answer.status_code, sentence in words(answer)) == (422, True)


@pytest.mark.rule("HUD-LI-3")
@pytest.mark.rule("HUD-LI-5")
def test_both_by_api_once_for_each_key(client, world):
    headers = api_headers(world.admin) | {"Idempotency-Key": "key-number-1"}
    filed = {"coc_id": world.coc.id, "kind": "consultant", "party": "Data Helpers", "effective_on": "2026-01-01"}
    made = [client.post("/api/v1/contracts", json=filed, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json["id"] == made[1].json["id"]
    planned = {"coc_id": world.coc.id, "kind": "user-access-report", "due_on": "2026-12-01"}
    report = client.post("/api/v1/report-dates", json=planned, headers=headers).json
    path = f"/api/v1/report-dates/{report['id']}/done"
    assert client.post(path, json={"evidence": "Filed."}, headers=headers).json["evidence"] == "Filed."
    assert [row["id"] for row in client.get("/api/v1/report-dates", headers=headers).json["items"]] == [report["id"]]
    assert client.get("/api/v1/contracts", headers=headers).json["items"][0]["party"] == "Data Helpers"
    ended = client.post(f"/api/v1/contracts/{made[0].json['id']}/end", json={"reason": "Replaced."}, headers=headers)
    assert ended.json["over_at"] is not None
    assert clock.now()


def test_the_lists_ask_the_same_number_of_questions_for_many(client, world):
    def asked(path):
        client.get(path)
        with queries() as told:
            assert client.get(path).status_code == 200
        return len(told)

    put(client, world)
    plan(client, world)
    few = [asked(path) for path in ("/contracts", "/report-calendar")]
    for number in range(20):
        put(client, world, party=f"Party {number}")
        plan(client, world)
    sign_in(client, world.admin)
    assert [asked(path) for path in ("/contracts", "/report-calendar")] == few


@pytest.mark.rule("HUD-LI-5")
@pytest.mark.parametrize(
    ("first", "months", "days"),
    [
        ("2027-01-31", "1", ["02-28", "03-31", "04-30", "05-31"]),
        ("2027-08-31", "3", ["11-30", "02-29", "05-31", "08-31"]),
        ("2026-12-30", "1", ["01-30", "02-28", "03-30", "04-30", "05-30"]),
        ("2027-02-28", "12", ["02-28", "02-28"]),
    ],
)
def test_what_is_due_on_the_last_of_a_month_stays_there(client, world, first, months, days):
    plan(client, world, due_on=first, months=months)
    told = []
    for _ in days:
        number = db.session.scalars(select(ReportDate.id).order_by(ReportDate.id.desc()).limit(1)).one()
        assert client.post(f"/report-calendar/{number}/done", data={"evidence": "Sent."}).status_code == 302
        following = db.session.scalars(select(ReportDate.due_on).order_by(ReportDate.id.desc()).limit(1)).one()
        told.append(f"{following:%m-%d}")
    assert told == days


@pytest.mark.rule("HUD-LI-5")
def test_no_form_takes_the_key_of_the_report_that_follows(client, world):
    plan(client, world)
    number = db.session.scalars(select(ReportDate.id)).one()
    other = make_world("sonoma", "America/Los_Angeles")
    plan(client, other, kind="user-access-report", once=f"after-{number}")
    done = sign_in(client, world.admin).post(f"/report-calendar/{number}/done", data={"evidence": "Sent."})
    assert done.status_code == 302


def test_a_filter_that_holds_a_zero_byte_is_only_a_filter(client, world):
    put(client, world)
    assert sign_in(client, world.admin).get("/contracts?kind=%00").status_code == 200
