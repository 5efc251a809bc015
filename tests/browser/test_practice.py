"""Practice cases in a real browser: handing in with an export, reviewing by keys and without JavaScript, deciding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from core.people.models import StaffRole
from tests.browser.looking import good
from tests.support.factories import World, make_staff, make_world
from tests.training.practice.acting import export, fails, give, hand_in, make_case, newest, tables, teach, track_of
from training.practice.rules import SegmentState

START = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
pytestmark = pytest.mark.browser


@pytest.fixture
def world(app: Flask, travel: Callable[[datetime], None]) -> World:
    travel(START)
    world = make_world("missouri")
    make_case(world)
    return world


def test_a_trainee_hands_in_with_an_export_and_reads_what_to_correct(
    world: World, live: str, enter: Callable[..., Page], client, tmp_path: Path
) -> None:
    track = give(world)
    told = tables()
    told["Enrollment"][0]["LivingSituation"] = "101"
    file = tmp_path / "export.zip"
    file.write_bytes(export(told)[0])
    view = enter(world.end_user, 320)
    view.goto(f"{live}/training")
    good(view)
    view.get_by_role("link", name="Go on").click()
    good(view)
    view.get_by_label("Client number in the training site").fill("88412")
    view.get_by_label("Export from the training site").set_input_files(file)
    view.get_by_role("button", name="Hand in project entry").click()
    expect(view.get_by_text("It is with your trainers now")).to_be_visible()
    assert newest().found["A.Enrollment.LivingSituation"]["found"] == "wrong"
    desk = enter(world.trainer)
    desk.goto(f"{live}/training/practice/reviews")
    good(desk)
    desk.get_by_role("link", name="Erin Doyle").click()
    good(desk)
    desk.get_by_label("Summary for the trainee").fill("Nearly there.")
    desk.get_by_text("Return it for corrections").click()
    desk.get_by_role("button", name="Send the review").click()
    expect(desk.get_by_text("It goes back to be corrected")).to_be_visible()
    view.goto(f"{live}/training/practice/{track.id}")
    good(view)
    expect(view.get_by_text("Nearly there.").first).to_be_visible()
    view.goto(f"{live}/training/practice/{track.id}/sheet")
    good(view)


def test_a_review_is_done_by_keys_alone(world: World, live: str, enter: Callable[..., Page], client) -> None:
    track = give(world)
    hand_in(client, world.end_user, track.id)
    desk = enter(world.trainer)
    desk.goto(f"{live}/training/practice/reviews/{newest().id}")
    for _ in range(6):
        desk.keyboard.press("y")
    desk.keyboard.press("c")
    desk.keyboard.type("Ask about the child, too.")
    checked = desk.locator("[data-mark]:checked")
    expect(checked).to_have_count(7)
    assert [mark.get_attribute("data-mark") for mark in checked.all()] == ["y"] * 6 + ["c"]
    desk.get_by_label("Accept this part").focus()
    desk.keyboard.press("Space")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Accepted; the trainee is told.")).to_be_visible()
    assert track_of(track.id).current.segments[0].state is SegmentState.ACCEPTED


@pytest.mark.parametrize("width", [320, 1280])
def test_what_was_read_is_typed_where_there_is_no_export(
    world: World, live: str, enter: Callable[..., Page], client, width: int
) -> None:
    hand_in(client, world.end_user, give(world).id)
    desk = enter(world.trainer, width)
    desk.goto(f"{live}/training/practice/reviews/{newest().id}")
    desk.get_by_text("Type what you read in the training site").click()
    good(desk)
    desk.get_by_role("button", name="Compare what I read").click()
    expect(desk.get_by_text("Nothing was read yet.")).to_be_visible()
    good(desk)
    desk.get_by_label("Project start date of Juniper", exact=True).fill("11/3/2026")
    desk.get_by_role("button", name="Compare what I read").click()
    expect(desk.get_by_text("The review is filled in with what you read.")).to_be_visible()
    expect(desk.locator("[data-mark='n']:checked")).to_have_count(1)
    good(desk)


def test_a_review_without_javascript(world: World, live: str, enter: Callable[..., Page], client) -> None:
    track = give(world)
    hand_in(client, world.end_user, track.id)
    desk = enter(world.trainer, javascript=False)
    desk.goto(f"{live}/training/practice/reviews/{newest().id}")
    for label in desk.locator(".hd-marks label", has_text="Right").all():
        label.click()
    desk.get_by_text("Accept this part").click()
    desk.get_by_role("button", name="Send the review").click()
    expect(desk.get_by_text("Accepted; the trainee is told.")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_staffs_and_the_committees_pages(
    app: Flask, travel: Callable[[datetime], None], live: str, enter: Callable[..., Page], client, width: int
) -> None:
    travel(START)
    world = make_world("missouri-bos")
    case = make_case(world)
    officer = make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc, name="Cora Mills")
    track = give(world)
    fails(client, world, track.id, 2)
    view = enter(world.manager, width)
    for path in (f"/{track.id}", "/give?q=Erin", "", "/reviews?shown=all", "/figures", f"/cases/{case.id}/sheet"):
        view.goto(f"{live}/training/practice{path}")
        good(view)
    view = enter(world.trainer, width, dark=True)
    view.goto(f"{live}/training/practice/cases/{case.id}")
    good(view)
    view.get_by_role("button", name="Begin a new version").click()
    good(view)
    teach(client, world.trainer, track.id)
    hand_in(client, world.end_user, track.id)
    view.goto(f"{live}/training/practice/reviews/{newest().id}")
    good(view)
    seat = enter(officer, width)
    seat.goto(f"{live}/training/practice/committee")
    good(seat)
