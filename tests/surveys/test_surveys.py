from __future__ import annotations

import csv
import re
from datetime import timedelta
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
from tests.support.factories import World, make_world
from tests.support.signing_in import sign_in, sign_out
from tests.tickets.acting import mails, read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")
LINES = "scale: How was it?\nchoice: How do you ask? | By mail | By phone\ntext: What else?"


@pytest.fixture
def world() -> World:
    return make_world("missouri")


def drafted(client, world, **values) -> Survey:
    form = {
        "once": "survey-1", "title": "How we helped", "questions": LINES, "is_anonymous": "y", "open_days": "21",
        "remind_days": "10",
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
    assert "On average" not in read(client, world.manager, f"/surveys/{row.id}")
    travel(NOON + timedelta(days=21))
    fire_due()
    page = words(read(client, world.manager, f"/surveys/{row.id}"))
    assert "On average 2.5 of 5." in page
    assert f"2 of {row.invited} people have answered." in page
    told = list(csv.reader(StringIO(client.get(f"/surveys/{row.id}/results.csv").get_data(as_text=True))))
    assert ["How was it?", "Good", "1"] in told
    assert ["What else?", "'=1+1", "1"] in told
    assert by_link(client, link_for(row, world.administrator), q0="5").status_code == 409


def test_a_survey_with_names_shows_at_once(client, world):
    row = opened(client, world, is_anonymous="")
    by_link(client, link_for(row, world.end_user), q0="4")
    assert db.session.scalars(select(SurveySheet)).one().person_id == world.end_user.id
    assert "On average 4.0 of 5." in words(read(client, world.manager, f"/surveys/{row.id}"))


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
        form = {"once": "survey-2", "title": "T", "questions": wrong, "open_days": "21", "remind_days": "0"}
        assert sign_in(client, world.admin).post("/surveys/new", data=form).status_code == 422, wrong
    drafted(client, world)
    page = read(client, world.admin, "/surveys/new")
    assert re.search(r"choice: How do you ask\? \| By mail \| By phone", page)
