"""Courses in a real browser, by keyboard: a video is watched, a test is taken, an agreement is signed."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from demo.lessons import FILM, WORDS
from tests.browser.looking import good
from tests.support.factories import World, make_world
from tests.support.signing_in import sign_in
from tests.training.courses.acting import TEST, ask, begin, completions, made, publish, sitting, try_test, write
from training.courses.models import Course

Enter = Callable[..., Page]
KINDS = (
    ("single", "* A password of one's own\nA password that all share\nNone", "Which password is right?"),
    ("multiple", "* Lock the screen\n* Sign out\nLeave it open", "What do you do when you leave?"),
    ("true-false", "true", "A mail holds the client ID only."),
    ("order", "Tell your security officer\nTell the HMIS Lead\nWrite down what was lost", "A laptop is stolen."),
    ("match", "A strange mail = Report it\nA paper intake = Lock it away", "What belongs together?"),
    ("number", "1", "How many people use one license?"),
)


@pytest.fixture
def world(app: Flask) -> World:
    return make_world("missouri")


@pytest.fixture
def course(app: Flask, world: World) -> Course:
    """A film of twelve seconds, then a test with a question of each kind."""
    client = app.test_client()
    row = made(client, world, title="Keeping client data safe", credits=["security-and-privacy"])
    for kind, lines, text in KINDS:
        ask(client, world.trainer, row, kind, lines, text=text, feedback="It is in the video.")
    write(client, world.trainer, row, **{**TEST, "draw": "6", "tolerance": "20", "feedback": "answers"})
    films = {"video": (BytesIO(FILM.read_bytes()), "film.webm"), "captions": (BytesIO(WORDS), "film.vtt")}
    assert client.post(f"/training/courses/{row.id}/draft/video", data=films).status_code == 302
    assert publish(client, world.trainer, row).status_code == 302
    return row


def test_a_video_is_watched_by_keyboard_and_what_was_watched_counts(
    app: Flask, world: World, course: Course, live: str, enter: Enter
) -> None:
    begin(app.test_client(), world.end_user, course)
    view = enter(world.end_user)
    view.goto(f"{live}/training/learn/{course.id}")
    expect(view.get_by_text("It opens once the video is watched.")).to_be_visible()
    player = view.locator("#player")
    expect(player).to_have_js_property("readyState", 4, timeout=15_000)
    assert view.evaluate("document.querySelector('#player').textTracks.length") == 1
    player.evaluate("video => { video.muted = true; video.playbackRate = 2; }")
    player.focus()
    view.keyboard.press("Space")
    expect(view.locator("[data-enough]")).to_be_visible(timeout=40_000)
    expect(view.get_by_text("It opens once the video is watched.")).to_have_count(0)
    row = sitting(world.end_user, course)
    assert sum(end - begin for begin, end in row.spans) >= 9_500
    good(view)
    view.get_by_role("button", name="Begin the test").press("Enter")
    expect(view.get_by_role("heading", name="Try 1")).to_be_visible()


def test_skipping_to_the_end_opens_nothing(app: Flask, world: World, course: Course, live: str, enter: Enter) -> None:
    begin(app.test_client(), world.end_user, course)
    view = enter(world.end_user)
    view.goto(f"{live}/training/learn/{course.id}")
    player = view.locator("#player")
    expect(player).to_have_js_property("readyState", 4, timeout=15_000)
    with view.expect_response("**/watched"):
        player.evaluate("async video => { video.muted = true; await video.play(); video.currentTime = 11; }")
    expect(player).to_have_js_property("ended", True, timeout=20_000)
    expect(view.locator("[data-left] button").first).to_be_visible(timeout=10_000)
    expect(view.locator("[data-enough]")).to_be_hidden()
    assert int(view.locator("[data-percent]").inner_text()) < 40


def test_a_test_is_taken_by_keyboard_left_and_taken_up_again(
    app: Flask, world: World, live: str, enter: Enter, course: Course
) -> None:
    client = app.test_client()
    begin(client, world.end_user, course)
    write(client, world.trainer, course, **{**TEST, "draw": "6", "pass_percent": "50"})
    client.post(f"/training/courses/{course.id}/draft/video/remove")
    publish(client, world.trainer, course, "Without the video.")
    sign_in(client, world.end_user).post(f"/training/learn/{course.id}/begin-anew")
    tried = try_test(client, world.end_user, course)
    view = enter(world.end_user, 320)
    view.goto(f"{live}/training/learn/attempts/{tried.id}")
    good(view)
    box = view.get_by_label("Lock the screen")
    box.focus()
    with view.expect_response("**/keep"):
        view.keyboard.press("Space")
    expect(view.get_by_text("Your answers are kept.")).to_be_visible()
    view.reload()
    expect(view.get_by_label("Lock the screen")).to_be_checked()
    view.get_by_label("Sign out").press("Space")
    view.get_by_label("A password of one's own").press("Space")
    view.get_by_label("True").press("Space")
    view.get_by_label("A number").fill("1")
    view.get_by_role("button", name="Send for scoring").press("Enter")
    expect(view.get_by_role("alert")).to_contain_text("has no answer yet")
    good(view)
    for label in ("A strange mail", "A paper intake"):
        view.get_by_label(label).select_option("Report it")
    for place, item in enumerate(("Tell your security officer", "Tell the HMIS Lead", "Write down what was lost"), 1):
        view.get_by_label(item).select_option(str(place))
    view.get_by_role("button", name="Send for scoring").press("Enter")
    expect(view.get_by_role("heading", name="Passed")).to_be_visible()
    good(view)
    assert completions(world.end_user, course)[0].score == 83


def test_an_agreement_is_ticked_and_signed_by_keyboard(app: Flask, world: World, live: str, enter: Enter) -> None:
    client = app.test_client()
    row = made(client, world, kind="agreement", title="User agreement", credits=["user-agreement"])
    write(client, world.trainer, row, clauses="I lock my screen.\nI keep my password to myself.")
    publish(client, world.trainer, row)
    view = enter(world.end_user)
    view.goto(f"{live}/training/learn/{row.id}")
    good(view)
    view.get_by_role("button", name=re.compile("^Begin")).press("Enter")
    view.get_by_label("1. I lock my screen.").press("Space")
    view.get_by_label("Type your full name").fill("Erin Doyle")
    view.keyboard.press("Enter")
    expect(view.get_by_text("Tick clause 2.").first).to_be_visible()
    good(view)
    expect(view.get_by_label("1. I lock my screen.")).to_be_checked()
    view.get_by_label("2. I keep my password to myself.").press("Space")
    view.get_by_label("Type your full name").press("Enter")
    expect(view.get_by_text("SHA-256 of the text")).to_be_visible()
    good(view)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_of_a_course_hold_at_every_width(
    app: Flask, world: World, course: Course, live: str, enter: Enter, width: int
) -> None:
    begin(app.test_client(), world.end_user, course)
    staff, person = enter(world.trainer, width), enter(world.end_user, width)
    write(app.test_client(), world.trainer, course, **{**TEST, "draw": "9"})
    of_course = (
        "",
        "/edit",
        "/draft",
        "/draft/video",
        "/publish",
        "/versions/1",
        "/questions",
        "/questions/new",
        "/people",
    )
    for path in (*of_course, "/record"):
        assert staff.goto(f"{live}/training/courses/{course.id}{path}").status == 200, path
        good(staff)
    for path in ("/training/courses", "/training/courses/topics"):
        staff.goto(f"{live}{path}")
        good(staff)
    for path in (f"/training/learn/{course.id}", "/training/learn", "/training"):
        person.goto(f"{live}{path}")
        good(person)
