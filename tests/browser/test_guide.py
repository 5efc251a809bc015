"""What docs/guide tells three readers to do, done as it says; each step is kept as a picture for the guide.

Monday, November 23, 2026, at a Sonoma agency: its community's manual knows merges by case number, and the agency's
own administrator answers first. HEARTHDESK_PICTURES=1 writes docs/guide/pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.authz import principal_for
from core.db import unit_of_work
from core.workcalendar import BusinessDays, BusinessHours, Span
from helpdesk.desk.keeping import keep_named
from helpdesk.desk.macros import Steps
from helpdesk.desk.models import Macro
from helpdesk.flow.practice import Practice, Promised
from helpdesk.flow.rules import Desk, Promise
from helpdesk.flow.setting import set_practice
from helpdesk.intake.services import Asked, open_request
from helpdesk.mail.services import receive
from helpdesk.routing import services as routing
from helpdesk.tickets import services
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category, Channel, Priority
from tests.answering.test_answering import kept
from tests.browser.looking import picture
from tests.knowledge.acting import made
from tests.support.factories import World, make_world, member
from tests.tickets.acting import fresh, opened
from tests.vendor.acting import agreed, case_with, named

Enter = Callable[..., Page]
MONDAY = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
PROMISED: dict[tuple[Desk, Promise], Span] = {
    (Desk.AGENCY, Promise.FIRST_ANSWER): BusinessDays(2),
    (Desk.AGENCY, Promise.ESCALATION): BusinessDays(3),
    (Desk.LEAD, Promise.FIRST_ANSWER): BusinessHours(8),
    (Desk.LEAD, Promise.RESOLUTION): BusinessDays(5),
}


@pytest.fixture
def world(app, travel) -> World:
    """A community with a service practice, an article, a canned reply and colleagues."""
    travel(MONDAY - timedelta(days=3))
    world = make_world("sonoma", tz="America/Los_Angeles")
    promises = tuple(
        Promised(desk=desk, promise=promise, priority=priority, within=within)
        for (desk, promise), within in PROMISED.items()
        for priority in Priority
    )
    practice = Practice(promises=promises, silence=BusinessDays(7), attempts=2, vendor=BusinessDays(5))
    with unit_of_work():
        by = principal_for(world.admin, clock.now())
        set_practice(world.lead, None, practice, date(2026, 11, 20), by, clock.now())
        routing.look_after(world.other_agency, world.agent, clock.now())
    made(world, title="The move-in date is refused", kind="article")
    kept(world)
    travel(MONDAY)
    return world


def test_an_end_user_asks_follows_and_says_how_it_was(
    live: str, enter: Enter, page: Callable[..., Page], world: World
) -> None:
    erin = enter(world.end_user)
    erin.goto(f"{live}/tickets/new")
    expect(erin.get_by_role("heading", name="What has a way of its own")).to_be_visible()
    picture(erin, "choose-what-you-need")
    erin.get_by_role("link", name="Two records of one client, to be merged").click()
    erin.locator("#questions details.hd-why summary").click()
    expect(erin.get_by_text("SON-HD-6").first).to_be_visible()
    picture(erin, "two-records")

    erin.goto(f"{live}/tickets/new?category=problem")
    erin.get_by_label("Subject").press_sequentially("The move-in date is refused")
    expect(erin.get_by_role("button", name="This solved it")).to_be_visible()
    erin.get_by_role("button", name="This solved it").scroll_into_view_if_needed()
    picture(erin, "answers-while-you-type")
    erin.get_by_label("What happened").fill("It says the date is out of range. Client SSN 512-60-9981.")
    erin.get_by_role("button", name="Send the request").click()
    expect(erin.get_by_text("what looks like a client's SSN").first).to_be_visible()
    erin.get_by_label("Subject").scroll_into_view_if_needed()
    erin.locator("main mark").first.scroll_into_view_if_needed()
    picture(erin, "a-clients-number-is-refused")
    erin.get_by_label("What happened").fill("It says the date is out of range. Client ID 104877.")
    erin.get_by_role("button", name="Send the request").click()
    expect(erin.get_by_role("heading", level=1)).to_have_text("The move-in date is refused")
    number = int(erin.url.rpartition("/")[2].partition("?")[0])

    ticket = fresh(number)
    with unit_of_work():
        services.answer(ticket, world.administrator, "Exit the second entry first, then save again.", clock.now())
    phone = enter(world.end_user, 320)
    phone.goto(f"{live}/tickets/{number}")
    expect(phone.get_by_text("Exit the second entry first")).to_be_visible()
    picture(phone, "your-request-320")
    with unit_of_work():
        services.close(fresh(number), world.administrator, "It saves now.", clock.now())
    phone.goto(f"{live}/tickets/{number}")
    expect(phone.get_by_role("heading", name="How was it?")).to_be_visible()
    phone.locator("#how-was-it").scroll_into_view_if_needed()
    picture(phone, "how-was-it-320")
    anybody = page(320)
    anybody.goto(f"{live}/help/ask")
    expect(anybody.get_by_role("button", name="Send it")).to_be_visible()
    picture(anybody, "ask-without-an-account-320")


def test_an_administrator_answers_first_and_passes_on(live: str, enter: Enter, world: World) -> None:
    ticket = opened(world, subject="Exit dates are locked", text="The page says the exit date is locked. ID 204417.")
    merge = _asked_to_merge(world)
    tam = enter(world.administrator)
    tam.goto(live)
    expect(tam.get_by_text("Exit dates are locked").first).to_be_visible()
    picture(tam, "today-of-an-administrator")
    tam.goto(f"{live}/tickets/{ticket.id}")
    promises = tam.get_by_role("region", name="What is promised")
    promises.locator("summary").first.click()
    expect(promises).to_contain_text("2 business days")
    picture(promises, "what-is-promised")
    tam.locator("main summary").get_by_text("Forward to the HMIS Lead", exact=True).click()
    form = tam.locator("form[action$='/forward']")
    form.get_by_role("textbox").fill("Cleared the cache and tried another browser. Both projects show it.")
    form.scroll_into_view_if_needed()
    picture(tam, "forward-with-what-was-tried")
    form.get_by_role("button", name="Forward").click()
    expect(tam.get_by_role("region", name="Where it is")).to_contain_text("Cleared the cache")
    tam.goto(f"{live}/tickets/{merge.id}")
    expect(tam.get_by_text("98012 is lower and stays as the master record").first).to_be_visible()
    picture(tam, "merge-two-records")
    tam.goto(f"{live}/demands/new")
    expect(tam.get_by_text("Give them nothing yet")).to_be_visible()
    picture(tam, "an-outside-demand")


def test_staff_work_the_queue_and_the_vendor(live: str, enter: Enter, world: World) -> None:
    paula = member(world.other_agency, name="Paula Quist")
    tickets = [
        opened(world, subject="Exit dates are locked", category=Category.SECURITY),
        opened(world, paula, agency=world.other_agency, subject="The exit report stays empty"),
        opened(world, world.other_end_user, agency=world.other_agency, subject="The move-in date is refused"),
    ]
    words = "Dear {requester_name}, please clear the browser's cache and try again. {signature}"
    reply = kept(world, "Clear the cache", words)
    with unit_of_work():
        by = principal_for(world.agent, clock.now())
        steps = {"steps": asdict(Steps(tag="browser-cache", assign="me", reply=reply.id))}
        macro = keep_named(Macro, world.lead.id, "Ask to clear the cache", steps, shared=True, by=by, now=clock.now())
    ana = enter(world.agent)
    ana.goto(f"{live}/tickets?view=needs-action")
    for key in "jxjx":
        ana.keyboard.press(key)
    expect(ana.locator("#preview").get_by_role("heading")).to_be_visible()
    picture(ana, "queue")
    ana.keyboard.press("?")
    expect(ana.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    picture(ana, "keyboard-sheet")
    ana.goto(f"{live}/desk/tickets/{tickets[1].id}/macro?macro={macro.id}")
    expect(ana.get_by_text("please clear the browser's cache")).to_be_visible()
    picture(ana, "what-a-macro-will-do")

    named(world, "Vera Lang", "Support desk", 1)
    agreed(world)
    case = case_with(world, tickets[0], title="Exit dates are locked for everybody")
    ana.goto(f"{live}/vendor-cases/{case.id}")
    ana.get_by_label("What to write").fill("Erin Doyle of Harbor House cannot change an exit date since Friday.")
    ana.get_by_role("button", name="See what would leave").click()
    expect(ana.get_by_text("[the user] of [the agency]")).to_be_visible()
    picture(ana, "what-leaves-to-the-vendor")
    receive(b"To: " + world.lead.support_address.encode() + b"\r\nSubject: Fax 0417\r\n\r\nno sender")
    ana.goto(f"{live}/mail/quarantine")
    ana.get_by_role("link", name="Fax 0417").click()
    expect(ana.get_by_role("button", name="Make a ticket")).to_be_visible()
    picture(ana, "quarantined-mail")


def test_a_manager_keeps_the_promises_the_days_and_the_cover(live: str, enter: Enter, world: World) -> None:
    opened(world, subject="Exit dates are locked", category=Category.SECURITY)
    ada = enter(world.admin)
    ada.goto(f"{live}/practice")
    ada.get_by_role("table").get_by_role("link").first.click()
    expect(ada.get_by_text("8 business hours").first).to_be_visible()
    picture(ada, "service-practice")
    ada.goto(f"{live}/closures")
    ada.locator("#day").fill("2026-11-24")
    ada.get_by_label("Why").fill("Snow")
    ada.get_by_role("button", name="Show what it moves").click()
    expect(ada.get_by_role("heading", name="What this would move")).to_be_visible()
    expect(ada.get_by_text("What the help desk promised on open requests is among them")).to_be_visible()
    ada.goto(f"{live}/staff")
    expect(ada.get_by_text("No backup cover")).to_be_visible()
    picture(ada, "staff-and-cover")


def _asked_to_merge(world: World) -> Ticket:
    asked = Asked(
        requester=world.end_user,
        address=world.end_user.email,
        name=world.end_user.name,
        subject="Two records of one client",
        text="Entered twice at intake.",
        lead=world.lead,
        agency=world.agency,
        channel=Channel.WEB,
        category=Category.DUPLICATE_MERGE,
        given={"first_case": "104877", "second_case": "98012", "enrollments_here": "yes"},
    )
    with unit_of_work():
        return open_request(asked, clock.now())
