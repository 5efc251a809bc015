"""How the help was, and answers that are there already: the pages narrow and wide, and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from helpdesk.satisfaction import links, queries
from helpdesk.surveys import links as links_of_surveys
from helpdesk.surveys import services as surveys
from helpdesk.surveys.models import Survey, SurveyInvite
from helpdesk.surveys.rules import USUAL
from helpdesk.tickets import services as tickets
from tests.answering.test_answering import kept
from tests.browser.looking import good, shot
from tests.knowledge.acting import made
from tests.support.factories import World, make_world
from tests.tickets.acting import opened

Enter = Callable[..., Page]


@pytest.fixture
def world(app) -> World:
    return make_world("missouri")


def test_saying_how_it_was_and_looking_into_it(
    live: str, enter: Enter, page: Callable[..., Page], world: World
) -> None:
    ticket = opened(world)
    with unit_of_work():
        tickets.close(ticket, world.agent, "The cache was cleared.", clock.now())
        row = queries.newest_of(ticket.id)
        assert row is not None
    for width in (320, 1280):
        view = page(width, dark=width == 320)
        for path in (f"/how-was-it/{links.token(row.id)}", "/how-was-it/cut-off"):
            view.goto(live + path)
            good(view)
        asker = enter(world.end_user, width)
        asker.goto(f"{live}/tickets/{ticket.id}")
        good(asker)
        shot(asker, f"how-was-it-{width}")
    view.goto(f"{live}/how-was-it/{links.token(row.id)}")
    view.get_by_text("Very poor").click()
    view.get_by_role("button", name="Send my answer").click()
    expect(view.get_by_text("Your answer is kept.")).to_be_visible()
    good(view)
    for width in (320, 1280):
        manager = enter(world.manager, width)
        for path in ("/satisfaction", "/satisfaction?view=look", f"/satisfaction/{row.id}", f"/tickets/{ticket.id}"):
            manager.goto(live + path)
            good(manager)
        shot(manager, f"satisfaction-{width}")


def test_words_go_where_one_types(live: str, enter: Enter, world: World) -> None:
    ticket = opened(world)
    kept(world)
    made(world, title="Move-in date out of range")
    for width in (320, 1280):
        view = enter(world.agent, width)
        view.goto(f"{live}/tickets/{ticket.id}")
        view.keyboard.press("i")
        good(view)
    box = view.locator("#answer-text")
    box.fill("Good morning")
    view.get_by_role("combobox", name="Canned reply").fill("Hel")
    view.keyboard.press("ArrowDown")
    view.keyboard.press("Enter")
    expect(view.get_by_text(f"Dear Erin Doyle, about #{ticket.id}.")).to_be_visible()
    view.get_by_role("button", name="Put it into the answer").click()
    expect(box).to_have_value(f"Good morning\n\nDear Erin Doyle, about #{ticket.id}.")
    view.get_by_role("button", name="Put the link in").first.click()
    expect(box).to_have_value(re.compile("Move-in date out of range: http"))
    shot(view, "answer-words")


def test_articles_show_while_one_types(live: str, enter: Enter, world: World) -> None:
    article = made(world, title="Move-in date out of range")
    for width in (320, 1280):
        view = enter(world.end_user, width)
        view.goto(f"{live}/tickets/new?category=problem")
        view.get_by_label("Subject").press_sequentially("Move-in date out of range")
        expect(view.get_by_role("link", name=article.title)).to_be_visible()
        good(view)
        shot(view, f"answers-while-typing-{width}")
    view.get_by_role("button", name="This solved it").click()
    expect(view.get_by_text("No request was sent.")).to_be_visible()


def test_the_yearly_survey(live: str, enter: Enter, page: Callable[..., Page], world: World) -> None:
    row = survey_opened(world)
    link = links_of_surveys.token(db.session.scalars(select(SurveyInvite.id).order_by(SurveyInvite.id).limit(1)).one())
    for width in (320, 1280):
        view = page(width, dark=width == 320)
        for path in (f"/yearly-survey/{link}", "/yearly-survey/cut-off"):
            view.goto(live + path)
            good(view)
        view.goto(f"{live}/yearly-survey/{link}")
        shot(view, f"survey-{width}")
    view.get_by_text("Very good").first.click()
    view.get_by_role("button", name="Send my answers").click()
    expect(view.get_by_text("You have answered.")).to_be_visible()
    with unit_of_work():
        surveys.close(row, clock.now())
    for width in (320, 1280):
        admin = enter(world.admin, width)
        for path in ("/surveys", f"/surveys/{row.id}"):
            admin.goto(live + path)
            good(admin)
        shot(admin, f"survey-results-{width}")


def survey_opened(world: World) -> Survey:
    by = principal_for(world.admin, clock.now())
    with unit_of_work():
        draft = surveys.Draft("How we helped", USUAL, "It takes two minutes.", remind_days=0)
        row = surveys.make(world.lead, draft, by, "browser-1")
        surveys.open_survey(row, clock.now())
    return row
