"""The help desk's yearly evaluation: what it says, that it stays, and when the next is due (HUD-HD-9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core import clock
from core.db import db, unit_of_work
from core.deadlines import Deadline, State, fire_due
from helpdesk.reports import jobs
from helpdesk.reports.evaluation import services
from helpdesk.reports.models import Evaluation, EvaluationState
from tests.reports.acting import MONDAY, answered, asked, at, hours, settled
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import nonce, read, words

pytestmark = pytest.mark.usefixtures("app")
NEXT_YEAR = datetime(2027, 2, 1, 18, 0, tzinfo=UTC)


@pytest.fixture
def world(app):
    return make_world("sonoma", tz="America/Los_Angeles")


def issue(client, world, status=302, when=NEXT_YEAR, person=None, **values):
    with at(when):
        sign_in(client, person or world.admin)
        typed = {"begins": "2026-01-01", "findings": "Faster.", "plans": "Go on.", "once": nonce(), **values}
        answer = client.post("/reports/evaluations/new", data=typed)
    assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
    db.session.expire_all()
    return answer


def issued():
    return db.session.query(Evaluation).filter(Evaluation.state == EvaluationState.ISSUED).all()


@pytest.mark.rule("HUD-HD-9")
def test_it_reports_response_times_types_of_questions_and_responses_given(client, world):
    ticket = asked(world, MONDAY)
    answered(world, ticket, MONDAY + hours(2))
    settled(world, ticket, MONDAY + hours(5))
    issue(client, world)
    page = words(read(client, world.agent, f"/reports/evaluations/{issued()[0].id}"))
    for title in ("Response times", "Types of questions", "Responses given", "Satisfaction", "Themes"):
        assert title in page
    assert "Half of 1 first answers came within 2 h of opening time (2 h elapsed)" in page
    assert "1 new requests. Most were of the category “Security”: 1." in page
    assert "1 requests were answered; 1 were settled, 0 declined." in page
    assert "Faster." in page
    assert "HUD-HD-9" in page


@pytest.mark.rule("HUD-HD-9")
def test_what_is_issued_stays_and_is_the_same_bytes_again(client, world):
    issue(client, world)
    row = issued()[0]
    first = _file(client, row)
    settled(world, asked(world, MONDAY), MONDAY + hours(5))
    assert _file(client, row) == first
    assert first.startswith(b"%PDF")
    page = words(read(client, world.agent, f"/reports/evaluations/{row.id}"))
    assert "0 new requests." in page
    assert "Calendar year 2026, January 1, 2026, to December 31, 2026" in read(
        client, world.agent, "/reports/evaluations"
    )
    local = row.issued_at.astimezone(UTC)
    assert services.render(row.document, local) == services.render(row.document, local)


def _file(client, row):
    answer = client.get(f"/reports/evaluations/{row.id}/file")
    content = answer.data
    answer.close()
    return content


@pytest.mark.rule("HUD-HD-9")
@pytest.mark.parametrize(("after", "missed"), [(-1, False), (0, False), (1, True)])
def test_the_next_is_due_a_year_later_and_missed_a_second_after(client, world, after, missed):
    """Issued on February 1, so that it is due when that day of the next year ends, where the Lead is."""
    issue(client, world)
    row = db.session.query(Deadline).filter(Deadline.state == State.PENDING).one()
    assert row.due_at == datetime(2028, 2, 2, 7, 59, 59, tzinfo=UTC)
    assert (row.kind, row.rule) == ("help-desk-evaluation", "HUD-HD-9")
    with at(row.due_at + timedelta(seconds=after)):
        fire_due()
    db.session.expire_all()
    assert db.session.get(Deadline, row.id).is_missed is missed


@pytest.mark.rule("HUD-HD-9")
def test_the_first_is_planned_by_itself_stands_on_today_and_is_met_by_issuing(client, world):
    with at(MONDAY):
        jobs.plan_evaluations()
        jobs.plan_evaluations()
    assert db.session.query(Evaluation).count() == 1
    with at(MONDAY + timedelta(days=340)):
        assert "Yearly evaluation of the help desk" in read(client, world.admin, "/")
    issue(client, world)
    states = [row.state for row in db.session.query(Deadline).order_by(Deadline.id)]
    assert states == [State.MET, State.PENDING]


def test_only_months_that_are_over_can_be_chosen(client, world):
    issue(client, world, 422, begins="2027-01-01")
    issue(client, world, 422, begins="yesterday")
    issue(client, world, begins="2025-01-01")


def test_the_same_form_twice_is_one_evaluation(client, world):
    for _ in range(2):
        issue(client, world, once="same")
    assert len(issued()) == 1


def test_words_about_a_client_are_refused_and_what_was_typed_stays(client, world):
    answer = issue(client, world, 422, findings="Client Jane Doe, SSN 123-45-6789, waited.")
    assert "MO-HD-5" in answer.get_data(as_text=True)
    assert "Go on." in answer.get_data(as_text=True)
    assert issued() == []


def test_only_an_administrator_issues_it_and_only_the_lead_reads_it(client, world):
    issue(client, world, 403, person=world.agent)
    issue(client, world)
    row = issued()[0]
    read(client, world.director, f"/reports/evaluations/{row.id}", 403)
    far = make_world("sonoma", tz="America/Los_Angeles")
    read(client, far.admin, f"/reports/evaluations/{row.id}", 404)
    read(client, far.admin, f"/reports/evaluations/{row.id}/file", 404)
    planned = db.session.query(Evaluation).filter(Evaluation.state == EvaluationState.PLANNED).one()
    read(client, world.admin, f"/reports/evaluations/{planned.id}", 404)


def test_it_is_written_and_read_by_api(client, world):
    headers = api_headers(world.admin)
    with at(NEXT_YEAR):
        body = {"begins": "2026-01-01", "findings": "Faster."}
        made = client.post("/api/v1/reports/evaluations", json=body, headers=api_headers(world.admin))
        assert made.status_code == 201, made.get_json()
        listed = client.get("/api/v1/reports/evaluations", headers=api_headers(world.admin)).get_json()["items"]
    assert [row["id"] for row in listed] == [made.get_json()["id"]]
    assert made.get_json()["document"]["findings"] == "Faster."
    assert headers
    assert clock.now()
    with unit_of_work():
        assert services.plan(world.lead, clock.now()).state is EvaluationState.PLANNED
