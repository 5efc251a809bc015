"""Training over its whole length: the trainer with one learner from the series that is written to the license that may
begin, and the manager with what comes round each year. Narrow and wide, and each mail on the way is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.deadlines import fire_due
from core.outbox import OutboxMessage
from core.people.models import Person
from licensing.access.models import AccessRequest
from tests.browser.looking import good, picture
from tests.licensing.acting import decide, lines_of, request_made
from tests.support.factories import World, make_world, member
from tests.training.acting import did
from tests.training.courses.acting import ask, made, publish, write
from tests.training.courses.acting import pass_it as takes_test
from tests.training.practice.acting import make_case, newest
from tests.training.recertification.acting import licensed
from tests.training.sessions.acting import make_course as make_live
from tests.training.sessions.acting import zoom
from training.courses.models import Course, CourseVersion, VersionState
from training.courses.vocabulary import CourseKind
from training.practice.models import PracticeCase
from training.recertification import jobs

Enter = Callable[..., Page]
CENTRAL = ZoneInfo("America/Chicago")
FRIDAY = datetime(2026, 11, 20, 10, tzinfo=CENTRAL)
SESSION = (datetime(2026, 11, 24, 14, tzinfo=CENTRAL), datetime(2026, 11, 24, 16, tzinfo=CENTRAL))
THERE = ("2026-11-24 14:05:00", "2026-11-24 16:00:00")
TAUGHT = (
    "security-and-privacy", "data-standards", "software-basics", "security", "data-security",
    "confidentiality-and-privacy", "software",
)  # fmt: skip
NAMES = {"Harbor House": ("Bea Bird", "Gus Ames"), "Casa Sol": ("Ivy Stone", "Noor Haddad")}
QUESTIONS = (
    "A mail to the help desk holds the client ID only.",
    "A license is used by one person.",
    "A screen is locked when you leave it.",
    "A lost laptop is reported at once.",
)


@pytest.fixture
def world(app, travel) -> World:
    travel(FRIDAY.astimezone(UTC))
    return make_world("missouri")


def told(person: Person, message: str) -> list[str]:
    """The text of each mail of this kind that the person has got, the oldest first."""
    query = select(OutboxMessage).where(OutboxMessage.person_id == person.id, OutboxMessage.message == message)
    rows = db.session.scalars(query.order_by(OutboxMessage.id).execution_options(populate_existing=True))
    return [row.body_text for row in rows]


def look(enter: Enter, person: Person, live: str, *paths: str) -> Page:
    """Each page narrow and wide; returns the wide window, on the last one."""
    for width in (320, 1280):
        view = enter(person, width, dark=width == 320)
        for path in paths:
            answer = view.goto(f"{live}{path}")
            assert answer is not None
            assert answer.ok, f"{path}: {answer.status}"
            good(view)
    return view


# ------------------------------------------------------------------ the trainer and one learner, a whole series


def test_a_trainer_takes_somebody_through_a_whole_series(
    client: FlaskClient, world: World, live: str, enter: Enter, travel, tmp_path: Path
) -> None:
    _courses(client, world)
    _pictures_of_the_case(enter(world.trainer), live, make_case(world, title="A mother and her child come on a Monday"))
    _writes_the_series(world, live, enter)
    asked = request_made(client, world, name=world.end_user.name, email=world.end_user.email)
    decide(client, world.manager, asked)
    for person, who in ((world.end_user, "You are"), (world.administrator, "Erin Doyle is")):
        assert f"{who} to take New users before access to the HMIS." in told(person, "series-news")[0]
    session = _plans_the_session(world, live, enter)
    _begins_signs_and_registers(world, live, enter, session)
    travel(SESSION[1].astimezone(UTC) + timedelta(minutes=5))
    fire_due()
    _brings_the_report(world, live, enter, session, tmp_path)
    assert lines_of(asked)["training-complete"] == "missing"
    _practices(world, live, enter)
    _proves(client, world, live, enter, asked)


def _courses(client: FlaskClient, world: World) -> None:
    agreement = made(client, world, kind="agreement", title="User agreement", credits=["user-agreement"])
    write(client, world.trainer, agreement, clauses="I lock my screen.\nI keep my password to myself.")
    publish(client, world.trainer, agreement)
    make_live(world, title="The HMIS from the ground up", credits=list(TAUGHT))
    make_live(world, CourseKind.PRACTICE, title="Practice cases", credits=["practice-cases"])


def _pictures_of_the_case(view: Page, live: str, case: PracticeCase) -> None:
    view.goto(f"{live}/training/practice/cases/{case.id}")
    good(view)
    view.set_viewport_size({"width": 1280, "height": 1000})
    picture(view, "practice-case")
    view.goto(f"{live}/training/practice/cases")
    good(view)


def _writes_the_series(world: World, live: str, enter: Enter) -> None:
    """A part of it first: the manual's steps that are missing keep it from being offered."""
    view = enter(world.trainer)
    view.goto(f"{live}/training/series/new")
    view.get_by_label("Title").fill("New users")
    view.get_by_label("Short name").fill("new-users")
    view.get_by_label("Who takes it").select_option("new-user")
    view.get_by_label("What completing it counts for").select_option("new-user-series")
    view.get_by_label("Step 1", exact=True).select_option(label="User agreement")
    view.get_by_label("Step 2", exact=True).select_option(label="The HMIS from the ground up")
    good(view)
    view.get_by_role("button", name="Save").click()
    expect(view.get_by_text("It cannot be offered to new users yet")).to_be_visible()
    good(view)
    view.get_by_role("link", name="Change it").click()
    view.get_by_label("Step 3", exact=True).select_option(label="Practice cases")
    view.get_by_role("button", name="Save").click()
    view.get_by_role("button", name="Offer it").click()
    expect(view.get_by_text("Offered").first).to_be_visible()
    look(enter, world.trainer, live, view.url.removeprefix(live), "/training/series")


def _plans_the_session(world: World, live: str, enter: Enter) -> str:
    view = enter(world.trainer)
    view.goto(f"{live}/training/sessions/new")
    view.get_by_label("Title").fill("The HMIS in an afternoon")
    _choose(view, "Course", "The HMIS from the ground up")
    _choose(view, "Trainer", "Theo Marsh")
    view.get_by_label("It begins").fill(f"{SESSION[0]:%Y-%m-%dT%H:%M}")
    view.get_by_label("It ends").fill(f"{SESSION[1]:%Y-%m-%dT%H:%M}")
    view.get_by_label("Time zone").select_option("America/Chicago")
    view.get_by_label("Kind").select_option(label="Scheduled group training")
    view.get_by_label("How people come").select_option("meeting")
    view.get_by_label("Link to join").fill("https://meet.test/secret")
    good(view)
    view.get_by_role("button", name="Plan it").click()
    expect(view.get_by_role("heading", level=1)).to_have_text("The HMIS in an afternoon")
    path = view.url.removeprefix(live).partition("?")[0]
    look(enter, world.trainer, live, path, "/training/sessions")
    return path


def _choose(view: Page, label: str, words: str) -> None:
    """In a box that one types in to find."""
    view.get_by_role("combobox", name=label).fill(words)
    view.get_by_role("option", name=words).click()


def _begins_signs_and_registers(world: World, live: str, enter: Enter, session: str) -> None:
    view = enter(world.end_user, 320)
    view.goto(f"{live}/training")
    good(view)
    view.get_by_role("button", name="Begin New users").click()
    good(view)
    view.locator("li.hd-gate", has_text="1. User agreement").get_by_role("link", name="Open").click()
    view.get_by_role("button", name="Begin").click()
    view.get_by_label("1. I lock my screen.").press("Space")
    view.get_by_label("2. I keep my password to myself.").press("Space")
    view.get_by_label("Type your full name").fill("Erin Doyle")
    view.keyboard.press("Enter")
    expect(view.get_by_text("SHA-256 of the text")).to_be_visible()
    view.goto(f"{live}/training")
    view.locator("li.hd-gate", has_text="2. The HMIS from the ground up").get_by_role("link", name="Open").click()
    good(view)
    view.goto(f"{live}{session}")
    view.get_by_role("button", name="Register").click()
    expect(view.get_by_role("button", name="Withdraw")).to_be_visible()
    good(view)
    assert "You are registered." in told(world.end_user, "session-news")[0]


def _brings_the_report(world: World, live: str, enter: Enter, session: str, tmp_path: Path) -> None:
    """Five minutes late is no reason to lose the credit, and the page says how that is reckoned."""
    file = tmp_path / "participants.csv"
    file.write_bytes(zoom((world.end_user.name, world.end_user.email, *THERE)))
    view = enter(world.trainer)
    view.goto(f"{live}{session}/imports/new")
    view.get_by_label("Report").set_input_files(file)
    view.get_by_label("Time zone of its times").select_option("America/Chicago")
    view.get_by_role("button", name="Look at it").click()
    expect(view.get_by_text("1 recognized, 0 may be several people, 0 not known, 0 none of ours.")).to_be_visible()
    good(view)
    view.get_by_role("button", name="Commit: these people were there").click()
    expect(view.get_by_text("Committed: 1 person was there.")).to_be_visible()
    look(enter, world.trainer, live, f"{session}/attendance", "/training/enrollments")
    learner = enter(world.end_user, 320)
    learner.goto(f"{live}{session}")
    expect(learner.get_by_text("You were there for 115 min.")).to_be_visible()
    learner.get_by_role("link", name="How that is reckoned").click()
    good(learner)
    learner.locator("main details.hd-why summary").first.click()
    picture(learner, "credit-reckoned-320")


def _practices(world: World, live: str, enter: Enter) -> None:
    """The first part comes back once; then each is accepted, and the next comes out by itself."""
    assert "is ready: begin with project entry" in told(world.end_user, "practice-news")[0]
    learner, desk = enter(world.end_user, 320), enter(world.trainer)
    learner.goto(f"{live}/training")
    learner.get_by_role("link", name="Go on").click()
    learner.get_by_role("heading", name="Project entry: what to do").scroll_into_view_if_needed()
    picture(learner, "practice-to-do-320")
    _hands_in(learner, live, "project entry")
    desk.goto(f"{live}/training/practice/reviews")
    good(desk)
    picture(desk, "practice-queue")
    _reviews(desk, live, "Return it for corrections", wrong=True)
    expect(desk.get_by_text("It goes back to be corrected")).to_be_visible()
    assert "a few things are to be corrected" in told(world.end_user, "practice-news")[1]
    learner.goto(f"{live}/training")
    learner.get_by_role("link", name="Go on").click()
    picture(learner.locator("section", has=learner.locator("#to-do")), "practice-to-correct-320")
    for part in ("project entry", "update", "project exit"):
        _hands_in(learner, live, part)
        _reviews(desk, live, "Accept this part")
        expect(desk.get_by_text("Accepted; the trainee is told.")).to_be_visible()
    assert "Every part is accepted." in told(world.end_user, "practice-news")[-1]
    look(enter, world.trainer, live, "/training/practice", "/training/practice/figures")


def _hands_in(view: Page, live: str, part: str) -> None:
    view.goto(f"{live}/training")
    view.get_by_role("link", name="Go on").click()
    view.get_by_label("Client number in the training site").fill("88412")
    good(view)
    view.get_by_role("button", name=f"Hand in {part}").click()
    expect(view.get_by_text("It is with your trainers now")).to_be_visible()


def _reviews(view: Page, live: str, outcome: str, *, wrong: bool = False) -> None:
    view.goto(f"{live}/training/practice/reviews/{newest().id}")
    for label in view.locator(".hd-marks label", has_text="Right").all():
        label.click()
    if wrong:
        view.locator(".hd-marks label", has_text="Wrong").first.click()
        view.get_by_label("Remark on First name", exact=False).first.fill("The sheet writes it with a J.")
        view.get_by_label("Summary for the trainee").fill("Nearly there: one name is to be corrected.")
        picture(view.locator("section", has=view.locator("#lines")), "practice-review")
    view.get_by_text(outcome).click()
    view.get_by_role("button", name="Send the review").click()


def _proves(client: FlaskClient, world: World, live: str, enter: Enter, asked: AccessRequest) -> None:
    """The series is whole, the certificate can be checked by anybody, and the license waits for nothing of it."""
    for person, who in ((world.end_user, "You have"), (world.administrator, "Erin Doyle has")):
        assert f"{who} completed New users." in told(person, "series-news")[-1]
    assert lines_of(asked)["training-complete"] == "met"
    view = look(enter, world.end_user, live, "/training", "/training/transcript")
    view.get_by_role("button", name="Certificate of New users").click()
    expect(view.get_by_text("confirms this certificate")).to_be_visible()
    good(view)
    desk = look(enter, world.manager, live, f"/access/{asked.id}")
    expect(desk.locator("li.hd-gate", has_text="Training complete").first).to_contain_text("New users")


# ------------------------------------------------------------------ the manager and what comes round each year


def test_a_manager_follows_a_year_from_the_matrix_to_the_last_late_one(
    client: FlaskClient, world: World, live: str, enter: Enter, travel
) -> None:
    everything, course = _a_year(client, world)
    campaign = _starts(world, live, enter)
    _finds_who_owes(world, live, enter)
    did(world.other_end_user.id, everything)
    travel((FRIDAY + timedelta(days=1)).astimezone(UTC))
    _reminds(world, live, enter, campaign)
    _reads_what_to_teach_better(world, live, enter, course.title)
    travel(datetime(2026, 12, 19, 8, tzinfo=CENTRAL).astimezone(UTC))
    jobs.lapse_due()
    _sees_who_is_late(world, live, enter, campaign)


def _a_year(client: FlaskClient, world: World) -> tuple[Course, Course]:
    """Six with a license, a course for all that is owed, and a test that is hard."""
    since = datetime(2024, 6, 1, tzinfo=CENTRAL)
    for agency in (world.agency, world.other_agency):
        for name in NAMES[agency.name]:
            licensed(member(agency, name=name), agency, since)
    licensed(world.end_user, world.agency, since)
    licensed(world.other_end_user, world.other_agency, since)
    parts = ["data-standards", "security-and-privacy", "user-agreement"]
    everything = make_live(world, CourseKind.MATERIAL, title="Recertification of the year", credits=parts)
    with unit_of_work() as session:
        everything.versions.append(CourseVersion(
            number=1, state=VersionState.PUBLISHED, body="Read this.", author_id=world.trainer.id,
            created_at=clock.now(), published_at=clock.now(),
        ))  # fmt: skip
        session.add(everything)
    course = made(client, world, title="Security awareness")
    for text in QUESTIONS:
        ask(client, world.trainer, course, "true-false", "true", text=text)
    write(client, world.trainer, course, has_test="y", draw="4", pass_percent="80", attempts="3")
    publish(client, world.trainer, course)
    for wrong in (0, 0, 1, 1, 2, 4):
        takes_test(client, member(world.agency), course, wrong)
    return everything, course


def _starts(world: World, live: str, enter: Enter) -> str:
    """The cycle of the year, with days that nobody is locked out by at once."""
    view = enter(world.manager)
    view.goto(f"{live}/training/recertification")
    view.get_by_role("link", name="Start Recertification", exact=False).click()
    view.get_by_label("Nobody is late before the end of").fill("2026-12-18")
    view.get_by_role("button", name="Show who would owe what").click()
    expect(view.get_by_text("People who would owe something")).to_be_visible()
    view.set_viewport_size({"width": 1280, "height": 1000})
    picture(view, "recertification-start")
    view.get_by_role("button", name="Start it").click()
    expect(view.get_by_text("Everybody concerned is told")).to_be_visible()
    jobs.remind_due()
    assert "Data standards training, by Fri, Dec 18, 2026" in told(world.end_user, "training-due")[0]
    return view.url.removeprefix(live).partition("?")[0]


def _finds_who_owes(world: World, live: str, enter: Enter) -> None:
    """From the matrix to one line of it, and from the list somebody is excused."""
    view = look(enter, world.manager, live, "/training/requirements", "/training/recertification/people")
    view.goto(f"{live}/training/requirements?show=soon")
    expect(view.get_by_role("row", name="Erin Doyle")).to_contain_text("Due by")
    view.set_viewport_size({"width": 1280, "height": 800})
    picture(view, "requirements")
    view.get_by_role("link", name="Data standards training, Erin Doyle", exact=False).click()
    good(view)
    view.locator("main details.hd-why summary").first.click()
    expect(view.get_by_text("MO-TR-8").first).to_be_visible()
    picture(view, "owed-and-why")
    view.goto(f"{live}/training/recertification/people?q=harbor")
    view.get_by_role("row", name="Bea Bird").first.get_by_role("checkbox").press("Space")
    view.get_by_label("Why they need not do it").fill("On leave until January.")
    view.get_by_role("button", name="Excuse from it").click()
    expect(view.get_by_text("It is not owed.")).to_be_visible()
    view.goto(f"{live}/training/recertification/people?state=exempt")
    expect(view.get_by_role("row", name="Bea Bird")).to_contain_text("Not owed")
    good(view)


def _reminds(world: World, live: str, enter: Enter, campaign: str) -> None:
    """Once a day at most, and nobody who has done it."""
    before = len(told(world.other_end_user, "training-due"))
    view = enter(world.manager)
    view.goto(f"{live}{campaign}")
    view.get_by_role("button", name="Remind everybody now").click()
    expect(view.get_by_text("5 people are reminded.")).to_be_visible()
    good(view)
    view.get_by_role("button", name="Remind everybody now").click()
    expect(view.get_by_text("Nobody is left to remind today.")).to_be_visible()
    assert len(told(world.end_user, "training-due")) == 2
    assert len(told(world.other_end_user, "training-due")) == before


def _reads_what_to_teach_better(world: World, live: str, enter: Enter, course: str) -> None:
    view = look(enter, world.manager, live, "/training/practice/figures", "/training/courses/figures")
    view.get_by_role("link", name=course, exact=True).click()
    expect(view.get_by_text("The hardest question was answered right by", exact=False).first).to_be_visible()
    good(view)
    view.set_viewport_size({"width": 1280, "height": 900})
    picture(view, "pass-rates-by-question")


def _sees_who_is_late(world: World, live: str, enter: Enter, campaign: str) -> None:
    """The day after the last: the agency and the person are told, and the campaign says whose agency is behind."""
    mail = told(world.administrator, "training-lapsed")
    assert len(mail) == 1
    assert "- Erin Doyle:" in mail[0]
    assert told(world.other_end_user, "training-lapsed") == []
    view = look(enter, world.manager, live, "/training/requirements?show=late", f"{campaign}?sort=late", campaign)
    expect(view.get_by_role("row", name="Harbor House").get_by_role("cell")).to_have_text(["0 of 9", "1", "8", "8"])
    expect(view.get_by_role("row", name="Casa Sol").get_by_role("cell")).to_have_text(["3 of 9", "0", "6", "6"])
    picture(view, "recertification-campaign")
    view.goto(f"{live}/training/requirements?show=late")
    expect(view.get_by_role("row", name="Erin Doyle")).to_contain_text("Late since")
    expect(view.get_by_text("Olga Finch")).to_have_count(0)
