"""Complaints, conflicts, policy changes, letters and breaches as people see them, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.people.models import StaffRole
from tests.browser.looking import good
from tests.matters import test_changes as changes
from tests.matters import test_conflicts as conflicts
from tests.matters.acting import complain, complained, once, seats, send
from tests.support.factories import make_staff, make_world

LONG = "Everything that was said at the front desk that morning, word for word. " * 12


@pytest.fixture
def world(app):
    return make_world("sonoma", "America/Los_Angeles")


@pytest.fixture
def seated(world):
    return seats(world)


def look(enter: Callable[..., Page], person: object, address: str) -> Page:
    """The page at both widths, dark and light."""
    for width, dark in ((320, True), (1280, False)):
        view = enter(person, width, dark=dark)
        answer = view.goto(address)
        assert answer is not None
        assert answer.ok, answer.status
        good(view)
    return view


def test_a_complaint_from_its_form_to_its_answer(client, world, seated, live, enter):
    view = look(enter, world.end_user, f"{live}/complaints/new")
    view.get_by_role("button", name="Send it").click()
    expect(view.get_by_role("alert")).to_contain_text("need another look")
    good(view)
    view.get_by_label("Agency").fill("Casa Sol")
    view.get_by_label("Who", exact=False).first.fill("Olga Finch")
    view.get_by_label("When").fill("In the second week of May")
    view.get_by_label("What happened").fill(LONG)
    view.get_by_role("button", name="Send it").click()
    expect(view.get_by_role("heading", level=1)).to_have_text("Complaint 1")
    look(enter, world.end_user, f"{live}/complaints/1")
    look(enter, world.manager, f"{live}/complaints/1")
    send(client, world.manager, "/complaints/1/answer", {"answer-answer": LONG})
    look(enter, world.manager, f"{live}/complaints/1")
    look(enter, world.end_user, f"{live}/complaints")


def test_a_complaint_about_the_lead_is_a_page_that_is_not_there(client, world, seated, live, enter):
    row = complain(client, world.end_user, complained("Casa Sol", about="Mina Cole"))
    answer = enter(world.manager).goto(f"{live}/complaints/{row.id}")
    assert answer is not None
    assert answer.status == 404
    look(enter, seated["coc-leadership"], f"{live}/complaints/{row.id}")


def test_a_conflict_on_every_step(client, world, seated, live, enter):
    row = conflicts.noted(client, world.director, text=LONG)
    look(enter, world.director, f"{live}/conflicts/{row.id}")
    conflicts.do(client, world.director, row, "forward")
    look(enter, world.manager, f"{live}/conflicts/{row.id}")
    conflicts.do(client, world.manager, row, "take-up")
    conflicts.do(client, world.manager, row, "settlement", **{"settlement-settlement": LONG})
    look(enter, world.director, f"{live}/conflicts/{row.id}")
    conflicts.do(client, world.director, row, "impasse")
    look(enter, seated["assistant-director"], f"{live}/conflicts/{row.id}")
    conflicts.do(client, seated["assistant-director"], row, "decision", **{"decision-decision": LONG})
    look(enter, world.director, f"{live}/conflicts/{row.id}")
    look(enter, world.manager, f"{live}/conflicts")


def test_a_change_from_the_list_to_its_acknowledgement(client, world, live, enter):
    committee = [make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc, name=f"Member {n}") for n in range(3)]
    row = changes.proposed(client, world.director, text=LONG)
    look(enter, world.manager, f"{live}/policy-changes/{row.id}")
    changes.do(client, world.manager, row, "put-to-vote")
    look(enter, committee[0], f"{live}/policy-changes/{row.id}")
    for member in committee[:2]:
        changes.vote(client, member, row, "for")
    look(enter, world.manager, f"{live}/policy-changes/{row.id}")
    today = clock.now().astimezone(changes.PACIFIC).date()
    changes.board(client, world.manager, row, day=str(today))
    changes.do(client, world.manager, row, "forward")
    look(enter, world.manager, f"{live}/policy-changes/{row.id}")
    look(enter, world.director, f"{live}/policy-changes/{row.id}")
    look(enter, world.director, f"{live}/policy-changes")


def test_letters_breaches_and_seats(client, world, seated, live, enter):
    send(client, world.director, "/participation-letters/new", {"once": once(), "addressee": "The Redwood Fund"})
    look(enter, world.director, f"{live}/participation-letters")
    known = clock.now().astimezone(changes.PACIFIC)
    form = {"once": once(), "known_on": str(known.date()), "known_time": f"{known:%H:%M}", "text": LONG}
    made = send(client, world.end_user, "/breaches/new", form)
    assert made.status_code == 302
    for person in (world.end_user, world.agent):
        look(enter, person, f"{live}{made.location}")
    look(enter, world.agent, f"{live}/breaches")
    look(enter, world.admin, f"{live}/seats")


def test_the_way_without_an_account(world, seated, live, page):
    for width in (320, 1280):
        view = page(width)
        view.goto(f"{live}/complain")
        good(view)
    view.get_by_role("button", name="Send it").click()
    expect(view.get_by_role("alert")).to_contain_text("need another look")
    good(view)
