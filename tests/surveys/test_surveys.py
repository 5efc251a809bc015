from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from core.db import db
from core.deadlines import Deadline, fire_due
from helpdesk.surveys import links, services
from helpdesk.surveys.models import Survey, SurveyInvite, SurveySheet
from helpdesk.surveys.rules import State
from tests.conftest import NOON
from tests.satisfaction.acting import by_link
from tests.support.factories import World, make_agency, make_coc, make_world, member
from tests.support.signing_in import api_headers, sign_in, sign_out
from tests.tickets.acting import mails, read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")
LINES = "scale: How was it?\nchoice: How do you ask? | By mail | By phone\ntext: What else?"


@pytest.fixture
def world() -> World:
    return make_world("missouri")


def drafted(client, world, **values) -> Survey:
    form = {
        "once": "survey-1", "title": "How we helped", "questions": LINES, "is_anonymous": "y", "open_days": "21",
        "remind_days": "10", "least_answers": "5",
    }  # fmt: skip
    answer = sign_in(client, world.admin).post("/surveys/new", data={**form, **values})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return survey(int(answer.location.rsplit("/", 1)[1]))


def survey(number: int) -> Survey:
    db.session.expire_all()
    return db.session.get_one(Survey, number)


def opened(client, world, **values) -> Survey:
    row = drafted(client, world, **values)
    assert sign_in(client, world.admin).post(f"/surveys/{row.id}/open").status_code == 302
    return survey(row.id)


def link_for(row: Survey, person) -> str:
    mine = (SurveyInvite.survey_id == row.id, SurveyInvite.person_id == person.id)
    return f"/yearly-survey/{links.token(db.session.scalars(select(SurveyInvite.id).where(*mine)).one())}"


def answered_by_others(client, row: Survey, world, count: int) -> None:
    """So many more answer the second question alone."""
    others = (world.administrator, world.representative, world.security_officer, world.director)
    for person in others[:count]:
        assert by_link(client, link_for(row, person), q1="1").status_code == 200


def yearly() -> list[Deadline]:
    query = select(Deadline).where(Deadline.kind == services.YEARLY).order_by(Deadline.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


@pytest.mark.rule("HUD-HD-5")
def test_everybody_is_asked_once_and_says_so_by_their_own_link(client, world):
    row = opened(client, world)
    asked = [m.person_id for m in mails("survey-asked")]
    assert world.end_user.id in asked
    assert world.agent.id not in asked, "who works for the Lead is not asked about it"
    assert len(asked) == len(set(asked)) == row.invited
    assert client.post(f"/surveys/{row.id}/open").status_code == 409
    assert len(mails("survey-asked")) == row.invited
    link = link_for(row, world.end_user)
    assert any(link in m.body_text for m in mails("survey-asked") if m.person_id == world.end_user.id)
    assert f'href="{link}"' in read(client, world.end_user, "/")
    sign_out(client)
    assert client.get(link).status_code == 200
    assert by_link(client, link, q0="9").status_code == 422
    assert by_link(client, link, q2="SSN 123-45-6789").status_code == 422
    assert by_link(client, link).status_code == 422, "at least one question"
    assert by_link(client, link, q0="4", q1="2", q2="More hours.").status_code == 200
    assert by_link(client, link, q0="1").status_code == 409
    assert link not in read(client, world.end_user, "/")
    sheet = db.session.scalars(select(SurveySheet)).one()
    assert (sheet.person_id, sheet.answers) == (None, {"0": "4", "1": "2", "2": "More hours."})
    number, mac = link.rsplit("/", 1)[1].split(".")
    for wrong in (f"{int(number) + 1}.{mac}", "x"):
        assert client.get(f"/yearly-survey/{wrong}").status_code == 410


def test_what_people_said_shows_when_an_anonymous_survey_is_over(client, world, travel):
    row = opened(client, world)
    by_link(client, link_for(row, world.end_user), q0="4", q2="=1+1")
    by_link(client, link_for(row, world.director), q0="1", q1="1")
    answered_by_others(client, row, world, 3)
    assert "on average" not in read(client, world.manager, f"/surveys/{row.id}")
    travel(NOON + timedelta(days=21))
    fire_due()
    page = words(read(client, world.manager, f"/surveys/{row.id}"))
    assert "1 of 2 say very good or good; on average 2.5 of 5" in page
    assert "How was it?, Good: 1" in page or "Good, Times: 1" in page, "the plot says its numbers"
    assert f"5 of {row.invited} people have answered." in page
    told = list(csv.reader(StringIO(client.get(f"/surveys/{row.id}/results.csv").get_data(as_text=True))))
    assert ["How was it?", "Good", "1"] in told
    assert ["What else?", "'=1+1", "1"] in told
    with client.get(f"/surveys/{row.id}/results.xlsx") as book:
        assert (book.status_code, book.data[:2]) == (200, b"PK")
    assert client.get(f"/surveys/{row.id}/results.exe").status_code == 404
    assert by_link(client, link_for(row, world.administrator), q0="5").status_code == 409


def test_a_survey_with_names_shows_at_once(client, world):
    row = opened(client, world, is_anonymous="")
    by_link(client, link_for(row, world.end_user), q0="4")
    assert db.session.scalars(select(SurveySheet)).one().person_id == world.end_user.id
    assert "on average 4.0 of 5" in words(read(client, world.manager, f"/surveys/{row.id}"))


def test_who_has_not_answered_is_reminded_once_and_it_closes_on_its_day(client, world, travel):
    row = opened(client, world)
    by_link(client, link_for(row, world.end_user), q0="4")
    for moment, count in ((timedelta(days=10) - timedelta(seconds=1), 0), (timedelta(days=10), row.invited - 1)):
        travel(NOON + moment)
        fire_due()
        fire_due()
        assert len([m for m in mails("survey-asked") if m.subject.startswith("Still open: ")]) == count
    travel(NOON + timedelta(days=21) - timedelta(seconds=1))
    fire_due()
    assert survey(row.id).state is State.OPEN
    travel(NOON + timedelta(days=21))
    fire_due()
    assert survey(row.id).state is State.CLOSED


@pytest.mark.rule("HUD-HD-5")
@pytest.mark.parametrize(("late", "was_late"), [(-1, False), (0, False), (1, True)])
def test_the_year_is_a_deadline_that_opening_meets(client, world, travel, late, was_late):
    assert services.begin_years() == 1
    assert services.begin_years() == 0
    (clock,) = yearly()
    assert (clock.rule, clock.holder) == ("HUD-HD-5", "lead")
    assert clock.due_at - NOON > timedelta(days=365)
    assert "Open the yearly satisfaction survey" in read(client, world.admin, "/surveys") + read(
        client, world.admin, "/deadlines"
    )
    travel(clock.due_at + timedelta(seconds=late))
    fire_due()
    opened(client, world)
    met, following = yearly()
    assert (met.state, met.was_late) == ("met", was_late)
    assert following.due_at - met.due_at > timedelta(days=364)
    assert "The last survey was opened on" in str(following.explanation["because"])


def test_questions_are_lines_and_last_years_come_again(client, world):
    for wrong in ("scale:", "Which?", "choice: One? | Only", "scale: How? | a | b", "choice: Same? | a | a", ""):
        form = {"once": "survey-2", "title": "T", "questions": wrong, "open_days": "21", "remind_days": "0",
                "least_answers": "5"}  # fmt: skip
        assert sign_in(client, world.admin).post("/surveys/new", data=form).status_code == 422, wrong
    drafted(client, world)
    page = read(client, world.admin, "/surveys/new")
    assert re.search(r"choice: How do you ask\? \| By mail \| By phone", page)


def test_a_draft_is_changed_or_discarded_until_it_is_opened(client, world):
    row = drafted(client, world)
    form = {"once": "edit-1", "title": "Another year", "questions": "text: What?", "open_days": "5", "remind_days": "0",
            "least_answers": "9"}  # fmt: skip
    edit = f"/surveys/{row.id}/edit"
    assert "choice: How do you ask? | By mail | By phone" in read(client, world.admin, edit)
    wrong = client.post(edit, data={**form, "questions": "What?"})
    assert (wrong.status_code, "Another year" in wrong.get_data(as_text=True)) == (422, True)
    assert client.post(edit, data=form).status_code == 302
    changed = survey(row.id)
    assert (changed.title, changed.open_days, changed.is_anonymous) == ("Another year", 5, False)
    assert changed.least_answers == 9
    assert f'href="/surveys/{row.id}"' in read(client, world.manager, "/search?q=year")
    assert f'href="/surveys/{row.id}"' not in read(client, world.end_user, "/search?q=year")
    sign_in(client, world.admin)
    assert client.post(f"/surveys/{row.id}/discard").status_code == 302
    assert client.get(f"/surveys/{row.id}").status_code == 404
    asked = opened(client, world, once="survey-3")
    assert client.post(edit.replace(str(row.id), str(asked.id)), data=form).status_code == 409
    assert client.post(f"/surveys/{asked.id}/discard").status_code == 409
    assert survey(asked.id).title == "How we helped"


def test_a_survey_of_one_community_asks_nobody_else_and_leaves_the_year_open(client, world):
    coc = make_coc(world.lead)
    agency = make_agency(coc, name="Far House")
    there = member(agency, name="Rob Field")
    services.begin_years()
    row = opened(client, world, coc=str(coc.id))
    assert [mail.person_id for mail in mails("survey-asked")] == [there.id]
    assert (row.coc_id, row.invited) == (coc.id, 1)
    assert [one.is_open for one in yearly()] == [True]
    assert sign_in(client, world.admin).post("/surveys/new", data={
        "once": "survey-9", "title": "T", "questions": LINES, "open_days": "21", "remind_days": "0",
        "least_answers": "5", "coc": str(make_world("sonoma").coc.id),
    }).status_code == 422  # fmt: skip


def test_the_api_writes_opens_and_closes_a_survey_and_gives_what_came_of_it(client, world):
    office, key = api_headers(world.admin), {"Idempotency-Key": "survey-by-api"}
    given = {"title": "How we helped", "questions": LINES.splitlines(), "remind_days": 0}
    long = client.post("/api/v1/surveys", json={**given, "title": "x" * 201}, headers=office)
    assert (long.status_code, "title" in long.text) == (422, True), "too long is said, not cut"
    made = [client.post("/api/v1/surveys", json=given, headers={**office, **key}) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    url = f"/api/v1/surveys/{made[0].json['id']}"
    assert made[1].json["id"] == made[0].json["id"]
    assert client.put(url, json={**given, "title": "This year"}, headers=office).json["title"] == "This year"
    assert client.put(url, json={**given, "questions": ["What?"]}, headers=office).status_code == 422
    assert client.post(f"{url}/open", headers=api_headers(world.manager)).status_code == 403
    assert client.post(f"{url}/open", headers=office).json["state"] == "open"
    assert client.put(url, json=given, headers=office).status_code == 409
    by_link(client, link_for(survey(made[0].json["id"]), world.end_user), q0="4", q2="More hours.")
    assert client.get(f"{url}/results", headers=office).json["items"] == [], "anonymous, and not over yet"
    answered_by_others(client, survey(made[0].json["id"]), world, 4)
    assert client.post(f"{url}/close", headers=office).json["state"] == "closed"
    told = client.get(f"{url}/results", headers=api_headers(world.manager)).json
    assert (told["answered"], told["items"][0]["mean"], told["items"][2]["texts"]) == (5, 4.0, ["More hours."])
    assert {"answer": "Good", "times": 1} in told["items"][0]["counts"]
    assert client.get("/api/v1/surveys", headers=office).json["items"][0]["title"] == "This year"


@pytest.mark.parametrize(("answers", "shown"), [(4, False), (5, True)])
def test_what_few_people_said_without_their_names_is_never_shown(client, world, answers, shown):
    row = opened(client, world)
    answered_by_others(client, row, world, answers - 1)
    by_link(client, link_for(row, world.end_user), q0="4", q2="More hours.")
    sign_in(client, world.admin).post(f"/surveys/{row.id}/close")
    page = words(read(client, world.manager, f"/surveys/{row.id}"))
    assert ("More hours." in page, "Too few answered" in page) == (shown, not shown)
    assert ("More hours." in client.get(f"/surveys/{row.id}/results.csv").get_data(as_text=True)) is shown
    told = client.get(f"/api/v1/surveys/{row.id}/results", headers=api_headers(world.manager)).json
    assert (told["answered"], told["too_few"], bool(told["items"])) == (answers, not shown, shown)


@pytest.mark.parametrize(("least", "status"), [("4", 422), ("5", 302), ("100", 302), ("101", 422)])
def test_five_is_the_floor_of_what_may_be_shown(client, world, least, status):
    form = {"once": "survey-f", "title": "T", "questions": LINES, "is_anonymous": "y", "open_days": "21",
            "remind_days": "0", "least_answers": least}  # fmt: skip
    assert sign_in(client, world.admin).post("/surveys/new", data=form).status_code == status
    given = {"title": "T", "questions": LINES.splitlines(), "remind_days": 0, "least_answers": int(least)}
    answer = client.post("/api/v1/surveys", json=given, headers=api_headers(world.admin))
    assert answer.status_code == (201 if status == 302 else 422)


@pytest.mark.parametrize(("late", "status"), [(-1, 200), (0, 200), (1, 409)])
def test_the_second_of_closing_is_the_last_on_time(client, world, travel, late, status):
    """Opened at noon for 21 days: noon of that day is the first instant that is too late, whatever the sweep does."""
    row = opened(client, world)
    assert row.closes_at == NOON + timedelta(days=21, seconds=-1)
    travel(row.closes_at + timedelta(seconds=late))
    assert by_link(client, link_for(row, world.end_user), q0="4").status_code == status
    travel(row.closes_at + timedelta(microseconds=999_999))
    assert by_link(client, link_for(row, world.director), q0="4").status_code == 200, "within that second"


def test_an_answer_at_the_very_instant_of_closing_is_late(client, world, travel):
    row = opened(client, world)
    travel(NOON + timedelta(days=21))
    page = by_link(client, link_for(row, world.end_user), q0="4")
    assert (page.status_code, survey(row.id).state) == (409, State.OPEN), "before any sweep came by"


@pytest.mark.parametrize(
    ("opened_at", "hours"),
    [
        (datetime(2026, 3, 7, 8, 30, tzinfo=UTC), 48),
        (datetime(2026, 10, 31, 6, 30, tzinfo=UTC), 48),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), 48),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), 48),
    ],
)
def test_a_survey_over_a_night_when_clocks_change_is_open_for_as_long_as_it_says(
    client, world, travel, opened_at, hours
):
    """In Chicago 2:30 of March 8 is not there and 1:30 of November 1 is there twice; a day of a survey is 24 hours."""
    travel(opened_at)
    row = opened(client, world, open_days="2", remind_days="1")
    over = opened_at + timedelta(hours=hours)
    assert row.closes_at == over - timedelta(seconds=1)
    for moment, reminded in ((timedelta(hours=24, seconds=-1), 0), (timedelta(hours=24), row.invited)):
        travel(opened_at + moment)
        fire_due()
        assert len([m for m in mails("survey-asked") if m.subject.startswith("Still open: ")]) == reminded
    travel(over - timedelta(seconds=1))
    fire_due()
    assert survey(row.id).state is State.OPEN
    travel(over)
    fire_due()
    assert survey(row.id).state is State.CLOSED
